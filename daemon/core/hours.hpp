#pragma once
// The hall's working hours on the wall clock: when the day ends (R6), whether a closing is early.
// The calendar goes before the weekday: a holiday has no hours, a make-up working day has (R20).
#include <optional>

#include "daemon/core/config.hpp"

namespace hall {

struct DayHours {
    WallTime opens{};
    WallTime closes{};
};

std::chrono::local_days local_date(const HallConfig& config, WallTime t);
/// Hours of that date; none on a day off.
std::optional<DayHours> hours_on(const HallConfig& config, std::chrono::local_days date);
/// Hours of the local day that `t` falls in; none on a day off.
std::optional<DayHours> hours_of_day(const HallConfig& config, WallTime t);
/// The newest closing time at or before `t`, within the last 31 days.
std::optional<DayHours> last_closing(const HallConfig& config, WallTime t);
/// The first opening time after `t`, within the next 31 days.
std::optional<WallTime> next_opening(const HallConfig& config, WallTime t);

/// When the local day after that of `t` begins.
WallTime next_midnight(const HallConfig& config, WallTime t);

}  // namespace hall
