#include "drivers/modbus/schedule.hpp"

#include <algorithm>
#include <utility>

namespace hall::drivers::modbus {

namespace {

/// One lost frame is noise; two in a row are a loss.
constexpr int kFailuresToLose = 2;
/// Asking the dead takes at most one part in five of the bus's time.
constexpr int kProbeRest = 4;
constexpr std::size_t kUnits = 256;

}  // namespace

Schedule::Schedule(std::vector<Batch> batches, milliseconds retry_first, milliseconds retry_most)
    : back_off_(retry_first, std::max(retry_first, retry_most)),
      units_(kUnits, Unit{{0, false, {}, back_off_}, false, {}}) {
    for (Batch& batch : batches)
        entries_.push_back({std::move(batch), {0, false, {}, back_off_}, {}, milliseconds{0}});
}

bool Schedule::is_probe(const Entry& entry) const {
    return units_[entry.batch.unit].health.down || entry.health.down;
}

TimePoint Schedule::eligible_at(const Entry& entry) const {
    const Unit& unit = units_[entry.batch.unit];
    TimePoint at = entry.due;
    // While the unit is lost, its requests' own failures say nothing. How often a value is wanted
    // says nothing either then: a meter that is read once a minute need not stay lost for one.
    if (unit.health.down) {
        at = unit.health.retry_at;
    } else if (entry.health.down) {
        at = entry.health.retry_at;
    }
    at = std::max(at, unit.hold_until);
    return is_probe(entry) ? std::max(at, next_probe_) : at;
}

std::optional<std::size_t> Schedule::next(TimePoint now) {
    // The least virtual time goes first. When the bus is too slow for all, each request still gets
    // turns in proportion to how often it is wanted, and none is forgotten.
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (eligible_at(entries_[i]) > now) continue;
        if (!best || entries_[i].pass < entries_[*best].pass) best = i;
    }
    if (best) {
        Entry& entry = entries_[*best];
        // Who was not due for a while has no claim to the turns of that while.
        virtual_time_ = std::max(virtual_time_, entry.pass);
        entry.pass = virtual_time_ + std::max(entry.batch.every, milliseconds{1});
        entry.due = std::max(entry.due + entry.batch.every, now);
    }
    return best;
}

TimePoint Schedule::wake(TimePoint now) const {
    TimePoint at = now + std::chrono::hours{1};
    for (const Entry& entry : entries_) at = std::min(at, eligible_at(entry));
    return at;
}

void Schedule::replace(std::size_t ix, std::pair<Batch, Batch> halves, TimePoint now) {
    const milliseconds pass = entries_[ix].pass;
    entries_[ix] = {std::move(halves.first), {0, false, {}, back_off_}, now, pass};
    entries_.push_back({std::move(halves.second), {0, false, {}, back_off_}, now, pass});
}

bool Schedule::fail(Health& health, TimePoint now) {
    ++health.failures;
    if (health.failures < kFailuresToLose) return false;
    health.retry_at = now + health.back_off.next();
    return !std::exchange(health.down, true);
}

milliseconds Schedule::patience(std::uint8_t ix, milliseconds timeout, bool hears_late) {
    Unit& unit = units_[ix];
    if (!unit.health.down || unit.answers_late) return timeout;
    ++unit.probes;
    if (!hears_late && unit.probes % kWholeProbe == 0) return timeout;
    return std::min(timeout, std::max(kProbePatience, 2 * unit.slowest));
}

void Schedule::stray(TimePoint now) {
    for (Unit& unit : units_) {
        if (unit.health.down && now < unit.hold_until) unit.answers_late = true;
    }
}

bool Schedule::unit_answered(std::uint8_t ix, milliseconds latency) {
    Unit& unit = units_[ix];
    unit.slowest = std::max(unit.slowest, latency);
    unit.answers_late = false;
    unit.probes = 0;
    unit.health.failures = 0;
    unit.health.back_off.reset();
    const bool news = unit.health.down || !unit.heard;
    unit.health.down = false;
    unit.heard = true;
    return news;
}

bool Schedule::unit_silent(std::uint8_t ix, TimePoint now, milliseconds hold) {
    units_[ix].hold_until = now + hold;
    return fail(units_[ix].health, now);
}

void Schedule::repeat_soon(std::size_t ix, TimePoint now) {
    entries_[ix].due = now;
}

void Schedule::batch_answered(std::size_t ix) {
    Health& health = entries_[ix].health;
    health.failures = 0;
    health.down = false;
    health.back_off.reset();
}

bool Schedule::batch_failed(std::size_t ix, TimePoint now) {
    return fail(entries_[ix].health, now);
}

void Schedule::probe_failed(TimePoint now, milliseconds cost) {
    next_probe_ = now + kProbeRest * cost;
}

bool Schedule::quarantined(std::uint8_t unit, TimePoint now) const {
    const Health& health = units_[unit].health;
    return health.down && now < health.retry_at;
}

void Schedule::restart(TimePoint now) {
    next_probe_ = now;
    for (Unit& unit : units_) {
        unit.health.failures = 0;
        unit.health.retry_at = now;
        unit.health.back_off.reset();
    }
    for (Entry& entry : entries_) {
        entry.due = now;
        entry.health = {0, false, now, back_off_};
    }
}

}  // namespace hall::drivers::modbus
