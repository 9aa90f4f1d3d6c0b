#include "daemon/core/power.hpp"

#include <algorithm>

namespace hall {

namespace {
constexpr Millis kDay{24 * 3600 * 1000};
}  // namespace

Circuit::Circuit(const CircuitConfig& config, Millis fresh_within)
    : evidence(config, fresh_within), config_(&config) {}

void Circuit::restore(const SavedCircuit& saved, Instant now) {
    switches_ = saved.switches;
    recent_ = saved.recent;
    last_on_ = saved.last_on;
    last_off_ = saved.last_off;
    // Instants of the future can only come from a clock that was reset: count them as now, the
    // careful side.
    for (Instant& t : recent_) t = std::min(t, now);
    if (last_on_) last_on_ = std::min(*last_on_, now);
    if (last_off_) last_off_ = std::min(*last_off_, now);
}

SavedCircuit Circuit::save() const {
    return {config_->id, switches_, recent_, last_on_, last_off_};
}

Level Circuit::actual(Instant now) const {
    const auto watts = evidence.watts(now);
    const bool draws = watts && *watts >= config_->cut_watts;
    if (config_->has_feedback) {
        // A feedback that says "open" while current flows lies (a weld behind an auxiliary
        // contact): not known.
        if (feedback_ == Level::off && draws) return Level::unknown;
        return feedback_;
    }
    if (output_ == Level::off && draws) return Level::unknown;
    return output_;
}

PcState Circuit::pc(Instant now, bool asked_to_stop) const {
    if (actual(now) == Level::off) return PcState::off;
    if (evidence.off(now)) return PcState::off;
    if (evidence.running(now)) return asked_to_stop ? PcState::stopping : PcState::running;
    if (evidence.going_off(now)) return asked_to_stop ? PcState::stopping : PcState::unknown;
    return PcState::unknown;
}

bool Circuit::proven_cut(Instant now, Instant since) const {
    if (config_->has_feedback && feedback_ != Level::off) return false;
    if (!config_->has_feedback && output_ != Level::off) return false;
    if (config_->has_meter) {
        const auto watts = evidence.watts(now);
        if (!watts || *watts >= config_->cut_watts) return false;
        if (*evidence.sampled() <= since)
            return false;  // taken before the cut: proves nothing about it
    }
    return true;
}

std::optional<Instant> Circuit::earliest_switch(Instant now, bool on) const {
    std::optional<Instant> from;
    if (on && last_off_) from = *last_off_ + config_->min_off;
    if (!on && last_on_) from = *last_on_ + config_->min_on;
    if (from && *from > now) return from;
    return std::nullopt;
}

bool Circuit::limit_reached(Instant now) const {
    const auto recent =
        std::count_if(recent_.begin(), recent_.end(), [&](Instant t) { return now - t < kDay; });
    return recent >= config_->max_switches_a_day;
}

std::optional<Instant> Circuit::limit_ends(Instant now) const {
    if (!limit_reached(now)) return std::nullopt;
    std::vector<Instant> sorted = recent_;
    std::sort(sorted.begin(), sorted.end());
    const auto cap = static_cast<std::size_t>(config_->max_switches_a_day);
    if (cap == 0) return std::nullopt;
    return sorted[sorted.size() - cap] + kDay;
}

void Circuit::switched(Instant now, bool on) {
    ++switches_;
    recent_.erase(
        std::remove_if(recent_.begin(), recent_.end(), [&](Instant t) { return now - t >= kDay; }),
        recent_.end());
    recent_.push_back(now);
    (on ? last_on_ : last_off_) = now;
}

}  // namespace hall
