#include "tests/support/lightbox_reference.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace hall::test {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;
using From = DayPoint::From;

long floor_day(long seconds) {
    return seconds >= 0 ? seconds / kDaySeconds : (seconds - kDaySeconds + 1) / kDaySeconds;
}
/// Monday is 0; day 0 was a Thursday.
std::size_t weekday(long day) {
    return static_cast<std::size_t>((day + 3) % 7);
}
bool evening(const DayPoint& p) {
    return p.from == From::sunset || (p.from == From::midnight && p.offset.count() >= 720);
}
long day_after(const DayPoint& a, const DayPoint& b, long day) {
    if (a.from == From::midnight && b.from == From::midnight)
        return b.offset > a.offset ? day : day + 1;
    return evening(a) && !evening(b) ? day + 1 : day;
}

}  // namespace

long day_number(year y, unsigned month, unsigned day) {
    return sys_days{y / std::chrono::month{month} / std::chrono::day{day}}
        .time_since_epoch()
        .count();
}
const long kFirstDay = day_number(year{2025}, 1, 3), kLastDay = day_number(year{2026}, 12, 29);

namespace {
const long kFirstNight = kFirstDay - 4;
}  // namespace

LightboxReference::LightboxReference(const Place& place) : place_(place), hall_(place.config) {
    read_sun();
    count_minutes();
    for (const long late : {-kSunSlack, 0L, kSunSlack}) {
        auto& parts = parts_.emplace_back();
        for (long day = kFirstNight; day <= kLastDay + 4; ++day) parts.push_back(night(day, late));
    }
}

long LightboxReference::local(long t) const {
    long offset = place_.offset;
    for (const auto& [from, now] : place_.changes) offset = t >= from ? now : offset;
    return t + offset;
}

bool LightboxReference::needs_clock() const {
    return hall_.lightbox.policy != LightboxPolicy::after_closing;
}

bool LightboxReference::working(long day) const {
    for (const CalendarDay& listed : hall_.calendar.days()) {
        if (listed.date.time_since_epoch().count() == day) return !listed.off;
    }
    return hall_.hours.at(weekday(day)).has_value();
}

std::optional<bool> LightboxReference::lit(long t, bool closed) const {
    const long date = floor_day(local(t));
    if (!needs_clock()) return closed;
    bool any = false, all = true;
    for (const auto& parts : parts_) {
        bool in = false;
        for (long day = date - 2; day <= date + 1; ++day) {
            for (const auto& [from, to] : parts.at(static_cast<std::size_t>(day - kFirstNight)))
                in = in || (from <= t && t < to);
        }
        any = any || in;
        all = all && in;
    }
    const bool may = hall_.lightbox.policy == LightboxPolicy::schedule || closed || !working(date);
    if (!may) return false;
    if (any != all) return std::nullopt;
    return any;
}

void LightboxReference::read_sun() {
    std::ifstream in(HALL_SOURCE_DIR "/tests/data/sun.csv");
    for (std::string line; std::getline(in, line);) {
        std::stringstream fields(line);
        std::vector<std::string> f(7);
        for (std::string& field : f) std::getline(fields, field, ',');
        if (f[0] != place_.sun) continue;
        const long rise = std::stol(f[4]), set = std::stol(f[5]);
        // The date on which the local clock shows the middle of that day.
        sun_[floor_day(local((rise + set) / 2))] = {rise, set};
    }
}

/// For every minute that the local calendar counts: the first instant at which the local clock
/// has reached it.
void LightboxReference::count_minutes() {
    const long begin = (kFirstDay - 6) * kDaySeconds, end = (kLastDay + 7) * kDaySeconds;
    base_ = local(begin) / 60;
    long reached = base_ - 1;
    for (long t = begin; t < end; t += 60) {
        for (const long now = local(t) / 60; reached < now; ++reached) first_.push_back(t);
    }
}

long LightboxReference::clock(long day, long minute) const {
    return first_.at(static_cast<std::size_t>(day * 1440 + minute - base_));
}

std::optional<long> LightboxReference::moment(const DayPoint& p, long day, long late) const {
    if (p.from == From::midnight) return clock(day, p.offset.count());
    const auto found = sun_.find(day);
    if (found == sun_.end()) return std::nullopt;
    const auto& [rise, set] = found->second;
    return (p.from == From::sunrise ? rise : set) + p.offset.count() * 60 + late;
}

const NightPlan& LightboxReference::plan(long day) const {
    const NightPlan* best = &hall_.lightbox.usual;
    int rank = 0;
    for (const NightRule& rule : hall_.lightbox.rules) {
        int mine = 0;
        if (rule.kind == NightRule::For::weekdays && rule.weekdays.at(weekday(day))) mine = 1;
        if (rule.kind == NightRule::For::holidays) {
            for (const CalendarDay& d : hall_.calendar.days()) {
                if (d.off && d.date.time_since_epoch().count() == day) mine = 2;
            }
        }
        if (rule.kind == NightRule::For::dates) {
            const std::chrono::year_month_day date{sys_days{days{day}}};
            const auto number = [](std::chrono::month_day d) {
                return unsigned{d.month()} * 100 + unsigned{d.day()};
            };
            const unsigned first = number(rule.dates.first), last = number(rule.dates.last);
            const unsigned now = number(date.month() / date.day());
            const bool in =
                first <= last ? now >= first && now <= last : now >= first || now <= last;
            if (in) mine = 3;
        }
        if (mine > rank) {
            rank = mine;
            best = &rule.plan;
        }
    }
    return *best;
}

/// The lit parts of the night that begins on that day. Less than a minute is none.
LightboxReference::Parts LightboxReference::night(long day, long late) const {
    const NightPlan& p = plan(day);
    if (!p.burns) return {};
    const auto on = moment(p.on, day, late);
    const auto off = moment(p.off, day_after(p.on, p.off, day), late);
    if (!on || !off) return {};
    Parts parts{{*on, *off}};
    if (p.night_off) {
        const auto& [first, second] = *p.night_off;
        const long begins = evening(p.on) && !evening(first) ? day + 1 : day;
        const auto from = moment(first, begins, late);
        const auto to = moment(second, day_after(first, second, begins), late);
        if (from && to) parts = {{*on, std::min(*from, *off)}, {std::max(*to, *on), *off}};
    }
    std::erase_if(parts, [](const auto& part) { return part.second - part.first < 60; });
    return parts;
}

}  // namespace hall::test
