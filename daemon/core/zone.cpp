#include "daemon/core/zone.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace hall {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::seconds;

Zone::Zone(seconds before, std::vector<Change> changes)
    : before_(before), changes_(std::move(changes)) {}

seconds Zone::offset_at(WallTime t) const {
    const auto next =
        std::upper_bound(changes_.begin(), changes_.end(), t,
                         [](WallTime wanted, const Change& c) { return wanted < c.from; });
    return next == changes_.begin() ? before_ : std::prev(next)->offset;
}

LocalTime Zone::to_local(WallTime t) const {
    return LocalTime{t.time_since_epoch() + offset_at(t)};
}

WallTime Zone::to_wall(LocalTime t) const {
    // Walks the stretches of one offset in order. The first one that ends after `t` holds its first
    // occurrence, or begins at the gap that `t` falls into.
    WallTime begins = WallTime::min();
    seconds offset = before_;
    for (const Change& change : changes_) {
        const WallTime shown{t.time_since_epoch() - offset};
        if (shown < change.from) return std::max(shown, begins);
        begins = change.from;
        offset = change.offset;
    }
    return std::max(WallTime{t.time_since_epoch() - offset}, begins);
}

std::string rfc3339(WallTime t, seconds offset) {
    // RFC 3339 has no seconds in an offset (local mean times have): the time shown follows the
    // offset shown, so that the pair names the same instant.
    const auto shift = std::chrono::duration_cast<minutes>(offset);
    const LocalTime local{t.time_since_epoch() + shift};
    const auto day = floor<days>(local);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{local - day};
    const auto size = std::chrono::abs(shift);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03d%c%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()),
                  static_cast<int>(time.subseconds().count()), shift < minutes{0} ? '-' : '+',
                  static_cast<int>(size.count() / 60), static_cast<int>(size.count() % 60));
    return text;
}

}  // namespace hall
