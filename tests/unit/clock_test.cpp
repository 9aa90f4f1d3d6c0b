// R21 in its basic form: a clock that shows less than the journal has seen may lie.
#include "daemon/shell/clock.hpp"

#include <gtest/gtest.h>

namespace hall {
namespace {

using namespace std::chrono_literals;

WallTime machine_time() {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

TEST(Clock, WithoutAJournalTheMachinesTimeIsBelieved) {
    EXPECT_TRUE(Clock(std::nullopt).now().wall_trusted);
}

TEST(Clock, ATimeAfterTheNewestRecordIsBelieved) {
    EXPECT_TRUE(Clock(machine_time() - 1h).now().wall_trusted);
}

TEST(Clock, ATimeBeforeTheNewestRecordIsNotBelieved) {
    EXPECT_FALSE(Clock(machine_time() + 1h).now().wall_trusted);
}

TEST(Clock, SmallCorrectionsAreNoLie) {
    // The tolerance is 2 s; the margins leave room for a slow machine.
    EXPECT_TRUE(Clock(machine_time() + 1500ms).now().wall_trusted);
    EXPECT_FALSE(Clock(machine_time() + 60s).now().wall_trusted);
}

TEST(Clock, TheMonotonicClockNeverGoesBack) {
    Clock clock(std::nullopt);
    Instant before = clock.now().mono;
    for (int i = 0; i < 10'000; ++i) {
        const Instant now = clock.now().mono;
        ASSERT_GE(now, before);
        before = now;
    }
    EXPECT_GT(before.time_since_epoch(), 0ms);
}

TEST(Clock, TheBootIdNamesThisBoot) {
    EXPECT_EQ(machine_boot_id().size(), 36U);
    EXPECT_EQ(machine_boot_id(), machine_boot_id());
}

}  // namespace
}  // namespace hall
