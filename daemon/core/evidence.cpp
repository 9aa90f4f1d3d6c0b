#include "daemon/core/evidence.hpp"

#include <cmath>

namespace hall {

namespace {
/// A probe of the network address is slow by nature; its verdict holds this many times longer than
/// a meter's sample.
constexpr int kReachFreshness = 4;
}  // namespace

Evidence::Evidence(const CircuitConfig& config, Millis fresh_within)
    : off_watts_(config.off_watts),
      off_for_(config.off_for),
      fresh_within_(fresh_within),
      needs_unreachable_(config.has_reachability) {}

void Evidence::meter(Instant at, std::optional<double> watts) {
    if (!watts || !std::isfinite(*watts)) return;  // silence: the last sample grows old by itself
    // A gap between two low samples is silence, and silence is no evidence: the count begins anew.
    const bool gap = !sample_at_ || at - *sample_at_ > fresh_within_;
    watts_ = std::abs(*watts);
    sample_at_ = at;
    if (watts_ >= off_watts_) {
        low_since_.reset();
    } else if (!low_since_ || gap) {
        low_since_ = at;
    }
}

void Evidence::power_good(Instant at, Level level) {
    if (level != power_good_) power_good_since_ = at;
    power_good_ = level;
}

void Evidence::reachability(Instant at, Level level) {
    reach_ = level;
    reach_at_ = at;
}

bool Evidence::meter_low_long(Instant now) const {
    return meter_fresh(now) && low_since_ && now - *low_since_ >= off_for_;
}

bool Evidence::running(Instant now) const {
    if (meter_fresh(now) && !low_since_) return true;
    return power_good_ == Level::on;
}

bool Evidence::off(Instant now) const {
    if (running(now)) return false;
    // A fresh low reading that has not lasted is no contradiction of power-good, but no evidence
    // either.
    const bool by_meter = meter_low_long(now);
    const bool by_power_good = power_good_ == Level::off && now - *power_good_since_ >= off_for_;
    if (!by_meter && !by_power_good) return false;
    if (!needs_unreachable_) return true;
    return reach_ == Level::off && now - *reach_at_ <= kReachFreshness * fresh_within_;
}

bool Evidence::link_dead(Instant now) const {
    return needs_unreachable_ && running(now) && reach_ == Level::off &&
           now - *reach_at_ <= kReachFreshness * fresh_within_;
}

bool Evidence::going_off(Instant now) const {
    if (running(now) || off(now)) return false;
    return (meter_fresh(now) && low_since_) || power_good_ == Level::off;
}

bool Evidence::meter_silent(Instant now) const {
    return !meter_fresh(now);
}

void Evidence::deadlines(Deadlines& out) const {
    if (sample_at_) out.consider(*sample_at_ + fresh_within_ + Millis{1});
    if (low_since_) out.consider(*low_since_ + off_for_);
    if (power_good_ == Level::off) out.consider(*power_good_since_ + off_for_);
    if (reach_at_) out.consider(*reach_at_ + kReachFreshness * fresh_within_ + Millis{1});
}

}  // namespace hall
