#pragma once
// R16, R17, R19: "what should be lit now, why, and when does that change next", as a pure function
// of the configuration and the wall clock: a restart, a clock step or a new calendar just asks it
// again.
//
// A night belongs to the date on which it begins. The plan of that date (date ranges before
// holidays before weekdays before the usual one) says when it goes on and off. Of a point that is
// not on the date itself, the half of the day tells: after a point of the evening (12:00 or later,
// sunset), a point of the morning (before 12:00, sunrise) is one of the next date; of two times of
// the clock, the second is on the next date when it is not later. An end before its begin is no
// night. Parts and gaps of less than a minute do not count. Where the sun does not set or rise, the
// moment at which it comes nearest to it stands for both, without offset: a night that never gets
// dark has no length, one that never gets light joins the next.
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/core/config.hpp"

namespace hall {

/// From the first instant that belongs to it to the first that does not.
struct Span {
    WallTime from{}, to{};
    friend bool operator==(const Span&, const Span&) = default;
};

/// What the schedule says of one moment.
enum class Sky : std::uint8_t {
    day,    ///< no night
    night,  ///< lit
    pause   ///< the break within a night
};

struct Scheduled {
    Sky sky = Sky::day;
    [[nodiscard]] bool lit() const { return sky == Sky::night; }
    std::string_view rule;  ///< of the night; empty: the usual plan. Lives in the configuration
    std::optional<WallTime> next;  ///< when `lit()` changes; none: not within a week
    Span holds;                    ///< around the asked moment: `sky` and `rule` are the same in it
};

Scheduled scheduled(const HallConfig& config, WallTime t);

/// All that the schedule wants lit of the nights that begin on `first` to `last`, joined and in
/// order.
std::vector<Span> lit_nights(const HallConfig& config, std::chrono::local_days first,
                             std::chrono::local_days last);

/// The plan for the night that begins on that date, and the name of its rule.
struct ChosenPlan {
    const NightPlan* plan;
    std::string_view rule;
};
ChosenPlan plan_of(const HallConfig& config, std::chrono::local_days date);

}  // namespace hall
