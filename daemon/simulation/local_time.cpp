#include "daemon/simulation/local_time.hpp"

namespace hall::simulation {

namespace {
std::int64_t floor_days(Ms t) {
    return t >= 0 ? t / kDay : -((-t + kDay - 1) / kDay);
}
}  // namespace

Ms offset_at(const ZoneFacts& zone, Ms t) {
    Ms offset = zone.before;
    for (const auto& [from, next] : zone.changes) {
        if (from > t) break;
        offset = next;
    }
    return offset;
}

std::int64_t local_day(const ZoneFacts& zone, Ms t) {
    return floor_days(t + offset_at(zone, t));
}

int weekday(std::int64_t day) {
    return static_cast<int>(((day + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

Ms moment(const ZoneFacts& zone, std::int64_t day, Ms after_midnight) {
    const Ms wanted = day * kDay + after_midnight;
    // No offset is more than 16 hours; minutes are fine enough for every change of the last 50
    // years.
    const Ms around = wanted - offset_at(zone, wanted - 16 * kHour);
    for (Ms t = around - 2 * kHour; t <= around + 4 * kHour; t += 30 * kMinute) {
        // The first stretch of half an hour in which the clock reaches or passes it.
        if (t + 30 * kMinute + offset_at(zone, t + 30 * kMinute) < wanted) continue;
        for (Ms m = t; m <= t + 30 * kMinute; m += kMinute) {
            if (m + offset_at(zone, m) >= wanted) return m;
        }
    }
    return around;
}

bool lit_by_schedule(const HallFacts& facts, Ms t) {
    const std::int64_t today = local_day(facts.zone, t);
    // Where clocks are set forward several times of the day come at one moment: in their order.
    std::pair<Ms, Ms> newest{INT64_MIN, INT64_MIN};
    bool lit = false;
    for (std::int64_t day = today - 1; day <= today; ++day) {
        for (const bool on : {true, false}) {
            const Ms after = on ? facts.lightbox.on : facts.lightbox.off;
            const std::pair point{moment(facts.zone, day, after), day * kDay + after};
            if (point.first > t || point < newest) continue;
            newest = point;
            lit = on;
        }
    }
    return lit;
}

std::optional<Ms> next_switch(const HallFacts& facts, Ms t) {
    const std::int64_t today = local_day(facts.zone, t);
    std::optional<Ms> next;
    for (std::int64_t day = today; day <= today + 1; ++day) {
        for (const Ms at : {facts.lightbox.on, facts.lightbox.off}) {
            const Ms m = moment(facts.zone, day, at);
            if (lit_by_schedule(facts, m - 1) == lit_by_schedule(facts, m)) continue;
            if (m > t && (!next || m < *next)) next = m;
        }
    }
    return next;
}

std::optional<std::pair<Ms, Ms>> hours_of(const HallFacts& facts, std::int64_t day) {
    const auto& hours = facts.hours[static_cast<std::size_t>(weekday(day))];
    if (!hours) return std::nullopt;
    return std::pair{moment(facts.zone, day, hours->first), moment(facts.zone, day, hours->second)};
}

std::optional<std::pair<Ms, Ms>> last_close_and_next_open(const HallFacts& facts, Ms t) {
    const std::int64_t today = local_day(facts.zone, t);
    for (std::int64_t day = today; day >= today - 7; --day) {
        const auto hours = hours_of(facts, day);
        if (!hours || hours->second > t) continue;
        Ms opens = INT64_MAX;
        for (std::int64_t next = day; next <= day + 8; ++next) {
            const auto then = hours_of(facts, next);
            if (then && then->first > hours->second) {
                opens = then->first;
                break;
            }
        }
        return std::pair{hours->second, opens};
    }
    return std::nullopt;
}

}  // namespace hall::simulation
