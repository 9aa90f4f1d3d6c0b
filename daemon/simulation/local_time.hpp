#pragma once
// The checker's own view of local time, found by trying, so that it shares no mistake with the
// rules.
#include "daemon/simulation/facts.hpp"

namespace hall::simulation {

Ms offset_at(const ZoneFacts& zone, Ms t);

/// The local day of `t`: days since 1970-01-01.
std::int64_t local_day(const ZoneFacts& zone, Ms t);
/// 0: Monday.
int weekday(std::int64_t day);
/// The first moment at which the local clock shows this time of that day, or has jumped over it.
Ms moment(const ZoneFacts& zone, std::int64_t day, Ms after_midnight);

/// Whether the fixed times of the lightbox ask for light.
bool lit_by_schedule(const HallFacts& facts, Ms t);
/// The next moment after `t` at which that changes, within two days.
std::optional<Ms> next_switch(const HallFacts& facts, Ms t);
/// Opening and closing of that local day; none on a day off.
std::optional<std::pair<Ms, Ms>> hours_of(const HallFacts& facts, std::int64_t day);
/// The newest closing time at or before `t`, and the opening time that follows it.
std::optional<std::pair<Ms, Ms>> last_close_and_next_open(const HallFacts& facts, Ms t);

}  // namespace hall::simulation
