#include "daemon/core/lightbox_policy.hpp"

#include <algorithm>

#include "daemon/core/hours.hpp"

namespace hall {

namespace {

using std::chrono::days;
using std::chrono::local_days;

/// As far as the schedule itself looks.
constexpr days kWeek{7};

WallTime midnight_of(const HallConfig& config, local_days date) {
    return config.zone.to_wall(LocalTime{date});
}

/// `both`, without `next`.
PolicyWish both(const HallConfig& config, WallTime t, bool hall_closed) {
    PolicyWish wish;
    wish.schedule = scheduled(config, t);
    const local_days today = local_date(config, t);
    const bool working_day = hours_on(config, today).has_value();
    wish.by_schedule = !working_day || hall_closed || !wish.schedule.lit();
    wish.lit = wish.schedule.lit() && wish.by_schedule;
    wish.holds = {std::max(wish.schedule.holds.from, midnight_of(config, today)),
                  std::min(wish.schedule.holds.to, midnight_of(config, today + days{1}))};
    return wish;
}

/// The part of `spans` that `hole` leaves.
std::vector<Span> without(const std::vector<Span>& spans, const Span& hole) {
    std::vector<Span> left;
    for (const Span& span : spans) {
        const Span before{span.from, std::min(span.to, hole.from)};
        const Span after{std::max(span.from, hole.to), span.to};
        if (hole.to <= span.from || span.to <= hole.from) {
            left.push_back(span);
            continue;
        }
        if (before.from < before.to) left.push_back(before);
        if (after.from < after.to) left.push_back(after);
    }
    return left;
}

}  // namespace

PolicyWish wish_at(const HallConfig& config, WallTime t, bool hall_closed) {
    switch (config.lightbox.policy) {
        case LightboxPolicy::after_closing: {
            PolicyWish wish;
            wish.lit = hall_closed;
            wish.by_schedule = false;
            wish.holds = {WallTime::min(), WallTime::max()};
            return wish;
        }
        case LightboxPolicy::schedule: {
            PolicyWish wish;
            wish.schedule = scheduled(config, t);
            wish.lit = wish.schedule.lit();
            wish.next = wish.schedule.next;
            wish.holds = wish.schedule.holds;
            return wish;
        }
        case LightboxPolicy::both:
            break;
    }
    PolicyWish wish = both(config, t, hall_closed);
    // Only a midnight between working day and day off, or the schedule, can change it.
    for (PolicyWish later = wish; later.holds.to < t + kWeek;) {
        const WallTime at = later.holds.to;
        later = both(config, at, hall_closed);
        if (later.lit == wish.lit) continue;
        wish.next = at;
        break;
    }
    return wish;
}

std::vector<Span> expected_lit(const HallConfig& config, local_days first, local_days last) {
    const Span all{midnight_of(config, first), midnight_of(config, last + days{1})};
    std::vector<Span> lit{all};
    if (config.lightbox.policy != LightboxPolicy::after_closing) {
        lit = without(without(lit_nights(config, first - days{2}, last + days{1}),
                              {WallTime::min(), all.from}),
                      {all.to, WallTime::max()});
    }
    if (config.lightbox.policy == LightboxPolicy::schedule) return lit;
    for (local_days date = first; date <= last; date += days{1}) {
        if (const auto open = hours_on(config, date))
            lit = without(lit, {open->opens, open->closes});
    }
    return lit;
}

}  // namespace hall
