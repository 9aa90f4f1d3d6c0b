#include "daemon/shell/zone_load.hpp"

#include <date/tz.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "daemon/shell/zone_rule.hpp"

namespace hall {

namespace {

constexpr int kFirstYear = 2000, kLastYear = 2100;
constexpr const char* kDatabase = "/usr/share/zoneinfo/";

date::sys_seconds new_year(int year) {
    return date::sys_days{date::year{year} / 1 / 1};
}

WallTime wall(date::sys_seconds t) {
    return WallTime{t.time_since_epoch()};
}

/// The last line of a zone's file.
std::string rule_of(const std::string& name) {
    std::ifstream in(kDatabase + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (bytes.size() < 2 || bytes.back() != '\n') return {};
    const std::size_t before = bytes.rfind('\n', bytes.size() - 2);
    if (before == std::string::npos) return {};
    return bytes.substr(before + 1, bytes.size() - before - 2);
}

}  // namespace

std::optional<Zone> load_zone(const std::string& name) {
    try {
        const date::time_zone* zone = date::locate_zone(name);
        date::sys_info info = zone->get_info(new_year(kFirstYear));
        const std::chrono::seconds before = info.offset;
        std::vector<Zone::Change> changes;
        while (info.end < new_year(kLastYear + 1)) {
            const std::chrono::seconds old = info.offset;
            info = zone->get_info(info.end);
            // A change of the abbreviation alone is no change of the clock.
            if (info.offset != old) changes.push_back({wall(info.begin), info.offset});
        }
        // The library knows the listed changes alone, and they end in 2037 at the latest.
        const WallTime known = changes.empty() ? wall(new_year(kFirstYear)) : changes.back().from;
        const auto later = yearly_changes(rule_of(name), kFirstYear, kLastYear);
        for (const Zone::Change& change : later.value_or(std::vector<Zone::Change>{})) {
            if (change.from > known) changes.push_back(change);
        }
        return Zone{before, std::move(changes)};
    } catch (const std::runtime_error&) {  // unknown name, no database
        return std::nullopt;
    }
}

}  // namespace hall
