#pragma once
// An evening that goes on through the night.
#include <utility>

#include "tests/support/core_fixture.hpp"

namespace hall::test {

inline const OutputRef kBox = OutputRef::lightbox();

/// No meters: a night takes a few steps.
inline HallConfig quiet(LightboxPolicy policy = LightboxPolicy::after_closing) {
    HallConfig hall = small_hall();
    hall.lightbox.policy = policy;
    hall.circuits = {hall.circuits[2]};
    hall.circuits[0].has_reachability = false;
    return hall;
}

struct Night : Evening {
    explicit Night(HallConfig hall, WallTime start) : Evening(std::move(hall), start) {
        sample_every = 3600s;
    }
    [[nodiscard]] bool burns() const { return lit.count(kBox) != 0; }
    [[nodiscard]] bool buzzes() const { return lit.count(OutputRef::buzzer()) != 0; }
    void close() {
        authorise();
        pass(60s);
        ASSERT_EQ(Phase::closed, phase());
    }
    /// That day of November at 17:30, with half an hour's grace.
    void ends_as_always(unsigned day) {
        pass_to(november(day, 17, 31));
        EXPECT_FALSE(view().closing.plan.early);
        pass_to(november(day, 18, 0) - 1ms);
        EXPECT_FALSE(alarm("closing_overdue"));
        pass(1ms);
        EXPECT_TRUE(alarm("closing_overdue"));
    }
};

}  // namespace hall::test
