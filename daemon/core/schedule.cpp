#include "daemon/core/schedule.hpp"

#include <algorithm>

#include "daemon/core/hours.hpp"

namespace hall {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using From = DayPoint::From;

constexpr hours kHalfDay{12};
/// No night is longer than this many dates, offsets included.
constexpr days kLongestNight{2};
/// A change that is further away than this is told as none.
constexpr days kFar{9};

/// On the evening's half of its date.
bool of_evening(const DayPoint& point) {
    return point.from == From::sunset || (point.from == From::midnight && point.offset >= kHalfDay);
}

WallTime instant_of(const HallConfig& config, const DayPoint& point, local_days date) {
    const LocalTime midnight{date};
    if (point.from == From::midnight) return config.zone.to_wall(midnight + point.offset);
    const SunDay sun = sun_day(config.where, config.zone.to_wall(midnight + kHalfDay));
    if (point.from == From::sunrise) {
        const auto rises = sun.rises();
        return rises ? *rises + point.offset : sun.rise_or_nearest();
    }
    const auto sets = sun.sets();
    return sets ? *sets + point.offset : sun.set_or_nearest();
}

/// The date of a point that follows another one, which is on `date` itself.
local_days date_after(const DayPoint& first, const DayPoint& second, local_days date) {
    const bool clocks = first.from == From::midnight && second.from == From::midnight;
    const bool next =
        clocks ? second.offset <= first.offset : of_evening(first) && !of_evening(second);
    return next ? date + days{1} : date;
}

/// The night that begins on one date.
struct Night {
    Span whole;
    Span pause;  ///< within it; empty when from == to
    std::string_view rule;
};

std::optional<Night> night_of(const HallConfig& config, local_days date) {
    const auto [plan, rule] = plan_of(config, date);
    if (!plan->burns) return std::nullopt;
    const WallTime on = instant_of(config, plan->on, date);
    const WallTime off = instant_of(config, plan->off, date_after(plan->on, plan->off, date));
    if (off <= on) return std::nullopt;
    Night night{{on, off}, {off, off}, rule};
    if (plan->night_off) {
        const auto& [from, to] = *plan->night_off;
        const bool past_midnight = of_evening(plan->on) && !of_evening(from);
        const local_days begins = past_midnight ? date + days{1} : date;
        const WallTime first = instant_of(config, from, begins);
        const WallTime last = instant_of(config, to, date_after(from, to, begins));
        const Span clipped{std::clamp(first, on, off), std::clamp(last, on, off)};
        if (clipped.from < clipped.to) night.pause = clipped;
    }
    return night;
}

std::vector<Night> nights_of(const HallConfig& config, local_days first, local_days last) {
    std::vector<Night> nights;
    for (local_days date = first; date <= last; date += days{1}) {
        if (auto night = night_of(config, date)) nights.push_back(*night);
    }
    return nights;
}

/// A lit part or a gap that is shorter is not worth the relay's switching; nor is what rounding
/// leaves of a night that never gets dark.
constexpr std::chrono::minutes kShortest{1};

/// The lit parts of all nights, joined where they (nearly) touch.
std::vector<Span> lit_parts(const std::vector<Night>& nights) {
    std::vector<Span> parts;
    for (const Night& night : nights) {
        if (night.whole.from < night.pause.from)
            parts.push_back({night.whole.from, night.pause.from});
        if (night.pause.to < night.whole.to) parts.push_back({night.pause.to, night.whole.to});
    }
    std::sort(parts.begin(), parts.end(),
              [](const Span& a, const Span& b) { return a.from < b.from; });
    std::vector<Span> joined;
    for (const Span& part : parts) {
        if (joined.empty() || part.from - joined.back().to >= kShortest) {
            joined.push_back(part);
        } else {
            joined.back().to = std::max(joined.back().to, part.to);
        }
    }
    std::erase_if(joined, [](const Span& part) { return part.to - part.from < kShortest; });
    return joined;
}

bool within(const Span& span, WallTime t) {
    return span.from <= t && t < span.to;
}

Scheduled answer(const std::vector<Night>& nights, WallTime t) {
    Scheduled out;
    out.holds = {t - kHalfDay, t + kHalfDay};
    const auto boundary = [&](WallTime at) {
        if (at <= t) out.holds.from = std::max(out.holds.from, at);
        if (at > t) out.holds.to = std::min(out.holds.to, at);
    };
    for (const Night& night : nights) {
        for (const WallTime at :
             {night.whole.from, night.pause.from, night.pause.to, night.whole.to})
            boundary(at);
        if (!within(night.whole, t)) continue;
        out.rule = night.rule;  // of the night that began last
        out.sky = Sky::pause;
    }
    for (const Span& part : lit_parts(nights)) {
        if (within(part, t)) {
            out.sky = Sky::night;
            out.next = part.to;
        } else if (part.from > t && !out.next) {
            out.next = part.from;
        }
    }
    return out;
}

const NightRule* rule_of(const HallConfig& config, NightRule::For kind, local_days date) {
    const CalendarDay* listed = config.calendar.find(date);
    for (const NightRule& rule : config.lightbox.rules) {
        if (rule.kind != kind) continue;
        switch (kind) {
            case NightRule::For::dates:
                if (rule.dates.holds(date)) return &rule;
                break;
            case NightRule::For::holidays:
                if (listed != nullptr && listed->off) return &rule;
                break;
            case NightRule::For::weekdays:
                if (rule.weekdays.at(std::chrono::weekday{date}.iso_encoding() - 1)) return &rule;
                break;
        }
    }
    return nullptr;
}

}  // namespace

bool DateRange::holds(local_days date) const {
    const std::chrono::year_month_day day{date};
    const std::chrono::month_day yearly{day.month(), day.day()};
    if (first_year && last_year) {
        return *first_year / first.month() / first.day() <= day &&
               day <= *last_year / last.month() / last.day();
    }
    // A range that ends before it begins runs over New Year.
    return first <= last ? first <= yearly && yearly <= last : first <= yearly || yearly <= last;
}

ChosenPlan plan_of(const HallConfig& config, local_days date) {
    using For = NightRule::For;
    for (const For kind : {For::dates, For::holidays, For::weekdays}) {
        if (const NightRule* rule = rule_of(config, kind, date)) return {&rule->plan, rule->name};
    }
    return {&config.lightbox.usual, {}};
}

Scheduled scheduled(const HallConfig& config, WallTime t) {
    const local_days today = local_date(config, t);
    // Nearly always the next change is near; far ones cost more to find.
    for (const days ahead : {days{1}, kFar}) {
        const local_days last = today + ahead;
        Scheduled found = answer(nights_of(config, today - kLongestNight, last), t);
        // What lies beyond the noon of the last date, a later night may still change.
        const WallTime sure = config.zone.to_wall(LocalTime{last} + kHalfDay);
        if (found.next && *found.next < sure) return found;
        found.next.reset();
        if (ahead == kFar) return found;
    }
    return {};
}

std::vector<Span> lit_nights(const HallConfig& config, local_days first, local_days last) {
    return lit_parts(nights_of(config, first, last));
}

}  // namespace hall
