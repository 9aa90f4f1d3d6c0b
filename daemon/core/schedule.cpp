#include "daemon/core/schedule.hpp"

#include <array>

namespace hall {

Scheduled scheduled(const HallConfig& config, WallTime t) {
    using std::chrono::days;
    const LightboxConfig& box = config.lightbox;
    if (box.on == box.off) return {false, std::nullopt};
    const auto today = std::chrono::floor<days>(config.zone.to_local(t));
    // The newest switching point at or before t decides; the oldest after t is next. Two days
    // either side hold both.
    std::optional<WallTime> newest, next;
    bool lit = false;
    for (int day = -2; day <= 2; ++day) {
        const LocalTime midnight{today + days{day}};
        const std::array<std::pair<WallTime, bool>, 2> points{
            std::pair{config.zone.to_wall(midnight + box.on), true},
            std::pair{config.zone.to_wall(midnight + box.off), false}};
        for (const auto& [at, on] : points) {
            if (at <= t && (!newest || at >= *newest)) {
                newest = at;
                lit = on;
            }
            if (at > t && (!next || at < *next)) next = at;
        }
    }
    return {lit, next};
}

}  // namespace hall
