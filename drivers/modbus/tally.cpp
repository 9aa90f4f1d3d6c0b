#include "drivers/modbus/tally.hpp"

#include <algorithm>

namespace hall::drivers::modbus {

namespace {

/// The mean leans on about so many of the newest answers.
constexpr int kMeanOver = 16;

void take(UnitStatistics& sum, const Exchange& exchange) {
    ++sum.requests;
    switch (exchange.reply) {
        case Reply::answer:
            break;
        case Reply::exception:
            ++sum.refusals;
            break;
        case Reply::timeout:
            ++sum.timeouts;
            return;
        case Reply::garbage:
            ++sum.garbage;
            return;
        case Reply::broken:
            ++sum.broken;
            return;
    }
    if (exchange.reply == Reply::answer) {
        ++sum.answers;
        sum.up = true;
    }
    // A refusal is an answer, too: it says how fast the unit is.
    const auto took = exchange.took;
    const bool first = sum.answers + sum.refusals == 1;
    sum.latency = first ? took : sum.latency + (took - sum.latency) / kMeanOver;
    sum.slowest = std::max(sum.slowest, took);
}

}  // namespace

void Tally::count(std::uint8_t number, const Exchange& exchange, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto [found, fresh] = units_.try_emplace(number);
    Unit& unit = found->second;
    if (fresh) {
        unit.sum.unit = number;
        unit.since = now;
    }
    take(unit.sum, exchange);
    if (now - unit.since < kStretch) return;
    unit.sum.answers_per_second = rate(unit, now);
    unit.since = now;
    unit.before = unit.sum.answers;
}

double Tally::rate(const Unit& unit, TimePoint now) {
    const std::chrono::duration<double> length = now - unit.since;
    return static_cast<double>(unit.sum.answers - unit.before) / length.count();
}

void Tally::lost(std::uint8_t number) {
    const std::lock_guard lock(mutex_);
    for (auto& [each, unit] : units_) {
        if (number == 0 || each == number) unit.sum.up = false;
    }
}

void Tally::reconnected() {
    const std::lock_guard lock(mutex_);
    ++reconnects_;
}

void Tally::scanned() {
    const std::lock_guard lock(mutex_);
    ++scans_;
}

void Tally::read_refused() {
    const std::lock_guard lock(mutex_);
    ++refused_reads_;
}

BusStatistics Tally::statistics(TimePoint now) const {
    const std::lock_guard lock(mutex_);
    BusStatistics all;
    all.reconnects = reconnects_;
    all.scans = scans_;
    all.errors = refused_reads_;
    for (const auto& [number, unit] : units_) {
        UnitStatistics one = unit.sum;
        // In its first stretch, and when nothing is asked any more, what there is since then.
        const bool first = unit.before == 0;
        if (now - unit.since >= 2 * kStretch ||
            (first && now - unit.since >= std::chrono::seconds{1}))
            one.answers_per_second = rate(unit, now);
        all.requests += one.requests;
        all.timeouts += one.timeouts;
        all.errors += one.garbage + one.broken;
        all.units.push_back(one);
    }
    return all;
}

}  // namespace hall::drivers::modbus
