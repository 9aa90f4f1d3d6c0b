#include "daemon/core/hours.hpp"

namespace hall {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;

/// Longer than any row of holidays.
constexpr int kFarthest = 31;

const std::optional<Hours>& hours_of(const HallConfig& config, local_days date) {
    static const std::optional<Hours> kOff;
    if (const CalendarDay* listed = config.calendar.find(date))
        return listed->off ? kOff : config.makeup;
    return config.hours.at(std::chrono::weekday{date}.iso_encoding() - 1);
}

}  // namespace

local_days local_date(const HallConfig& config, WallTime t) {
    return floor<days>(config.zone.to_local(t));
}

std::optional<DayHours> hours_on(const HallConfig& config, local_days date) {
    const auto& hours = hours_of(config, date);
    if (!hours) return std::nullopt;
    const LocalTime midnight{date};
    return DayHours{config.zone.to_wall(midnight + hours->opens),
                    config.zone.to_wall(midnight + hours->closes)};
}

std::optional<DayHours> hours_of_day(const HallConfig& config, WallTime t) {
    return hours_on(config, local_date(config, t));
}

std::optional<DayHours> last_closing(const HallConfig& config, WallTime t) {
    const local_days today = local_date(config, t);
    for (int back = 0; back <= kFarthest; ++back) {
        const auto hours = hours_on(config, today - days{back});
        if (hours && hours->closes <= t) return hours;
    }
    return std::nullopt;
}

std::optional<WallTime> next_opening(const HallConfig& config, WallTime t) {
    const local_days today = local_date(config, t);
    for (int ahead = 0; ahead <= kFarthest; ++ahead) {
        const auto hours = hours_on(config, today + days{ahead});
        if (hours && hours->opens > t) return hours->opens;
    }
    return std::nullopt;
}

WallTime next_midnight(const HallConfig& config, WallTime t) {
    return config.zone.to_wall(LocalTime{local_date(config, t) + days{1}});
}

}  // namespace hall
