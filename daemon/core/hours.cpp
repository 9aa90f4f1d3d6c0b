#include "daemon/core/hours.hpp"

namespace hall {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;

local_days day_of(const HallConfig& config, WallTime t) {
    return floor<days>(config.zone.to_local(t));
}

std::optional<DayHours> hours_on(const HallConfig& config, local_days day) {
    const unsigned monday_first = std::chrono::weekday{day}.iso_encoding() - 1;
    const auto& hours = config.hours.at(monday_first);
    if (!hours) return std::nullopt;
    const LocalTime midnight{day};
    return DayHours{config.zone.to_wall(midnight + hours->opens),
                    config.zone.to_wall(midnight + hours->closes)};
}

}  // namespace

std::optional<DayHours> hours_of_day(const HallConfig& config, WallTime t) {
    return hours_on(config, day_of(config, t));
}

std::optional<DayHours> last_closing(const HallConfig& config, WallTime t) {
    const local_days today = day_of(config, t);
    for (int back = 0; back <= 7; ++back) {
        const auto hours = hours_on(config, today - days{back});
        if (hours && hours->closes <= t) return hours;
    }
    return std::nullopt;
}

std::optional<WallTime> next_opening(const HallConfig& config, WallTime t) {
    const local_days today = day_of(config, t);
    for (int ahead = 0; ahead <= 7; ++ahead) {
        const auto hours = hours_on(config, today + days{ahead});
        if (hours && hours->opens > t) return hours->opens;
    }
    return std::nullopt;
}

WallTime next_midnight(const HallConfig& config, WallTime t) {
    return config.zone.to_wall(LocalTime{day_of(config, t) + days{1}});
}

}  // namespace hall
