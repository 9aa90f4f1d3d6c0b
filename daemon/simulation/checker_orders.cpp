// What may leave for an output, and when (R1, R2, R5, R7, R8, R11, R13, R14, R15, R29).
#include <algorithm>

#include "daemon/simulation/checker.hpp"

namespace hall::simulation {

namespace {
/// At start the daemon waits this long for boards that are dead.
constexpr Ms kReadAll = 3 * kSecond;
/// A verdict about the network address, which is asked seldom, holds this many times longer than a
/// sample.
constexpr Ms kReachHolds = 4;
/// What happens this shortly before an order leaves cannot have been told yet.
constexpr Ms kTellingTakes = kSecond;

std::string name_of(const HallFacts& facts, Line line) {
    const auto index = static_cast<std::size_t>(line.index);
    switch (line.role) {
        case Role::circuit:
            return "circuit " + facts.circuits[index].id;
        case Role::lamp:
            return "lamp " + std::to_string(line.lamp + 1) + " of window " +
                   facts.windows[index].id;
        case Role::lightbox:
            return "the lightbox";
        case Role::buzzer:
            return "the buzzer";
    }
    return {};
}
}  // namespace

bool Checker::seen_running(Ms t, int index) const {
    const Seen& c = circuits_[static_cast<std::size_t>(index)];
    const bool fresh = c.sample && t - *c.sample <= facts_.fresh_within;
    return c.power_good == Said::on ||
           (fresh && c.watts >= facts_.circuits[static_cast<std::size_t>(index)].off_watts);
}

bool Checker::proven_off(Ms t, int index) const {
    const CircuitFacts& facts = facts_.circuits[static_cast<std::size_t>(index)];
    const Seen& c = circuits_[static_cast<std::size_t>(index)];
    const bool fresh = c.sample && t - *c.sample <= facts_.fresh_within;
    if (fresh && c.watts >= facts.off_watts) return false;
    if (c.power_good == Said::on) return false;
    const bool meter = fresh && c.low_since && t - *c.low_since >= facts.off_for;
    const bool input = c.power_good == Said::off && t - c.power_good_since >= facts.off_for;
    if (!meter && !input) return false;
    return !facts.has_reachability ||
           (c.reach == Said::off && t - c.reach_at <= kReachHolds * facts_.fresh_within);
}

void Checker::ordered(Ms t, Line line, bool on) {
    const std::string name = name_of(facts_, line);
    if (!holds(static_cast<int>(told_.size()) >= facts_.outputs || t - started_ >= kReadAll))
        blame(t, "R14 written before all was read: " + name);
    const auto known = known_.find(line);
    if (!holds(known != known_.end() && known->second != Said::silent))
        blame(t, "R13 written while unknown: " + name);
    switch (line.role) {
        case Role::circuit:
            return circuit_ordered(t, line.index, on);
        case Role::lightbox:
            if (!holds(lightbox_recorded_ == on)) blame(t, "R29 the lightbox without a record");
            return;
        case Role::buzzer:
            if (!holds(!on || buzzer_recorded_)) blame(t, "R29 the buzzer without a record");
            return;
        case Role::lamp: {
            const auto window = static_cast<std::size_t>(line.index);
            const auto& look =
                facts_.windows[window].look[static_cast<std::size_t>(window_shown_[window])];
            const auto wanted = look[static_cast<std::size_t>(line.lamp)];
            if (!holds(!wanted || *wanted == on)) blame(t, "R29 no record explains " + name);
            return;
        }
    }
}

void Checker::circuit_ordered(Ms t, int index, bool on) {
    const std::string& id = facts_.circuits[static_cast<std::size_t>(index)].id;
    wait_and_limit(t, index, on);
    if (!on) return may_cut(t, index);
    if (!holds(opening_ || opening_over_ == t))
        blame(t, "R15 switched on without an opening: " + id);
    if (!holds(switched_.count(id) != 0)) blame(t, "R29 switched on without a record: " + id);
    const bool another = switched_on_ && switched_on_->first != index;
    if (!holds(!another || t - switched_on_->second >= facts_.stagger))
        blame(t, "R11 not staggered: " + id);
    switched_on_ = {index, t};
}

void Checker::may_cut(Ms t, int index) {
    const CircuitFacts& facts = facts_.circuits[static_cast<std::size_t>(index)];
    const Seen& c = circuits_[static_cast<std::size_t>(index)];
    const std::string& id = facts.id;
    // An ending of the same moment may have been written after the order was decided.
    if (!holds(authorised_ && (!authorised_->over || *authorised_->over == t)))
        return blame(t, "R1 cut without an authorisation: " + id);
    const Authorised& a = *authorised_;
    if (!holds(a.cut.count(id) != 0)) blame(t, "R2 cut outside the plan: " + id);
    if (!holds(t < a.expires)) blame(t, "R5 cut under an expired authorisation: " + id);
    if (!holds(t >= a.may_act)) blame(t, "R3 cut during the countdown: " + id);
    if (!holds(a.ordered.count(id) != 0)) blame(t, "R29 cut without a record: " + id);
    ++tally_.cuts;
    if (a.forced.count(id) != 0) return;
    if (!holds(proven_off(t, index))) blame(t, "R8 cut without evidence: " + id);
    // By the plant itself, unless a sensor lied: the PC is off, or was started a moment ago.
    const Ms slack = facts_.fresh_within + kTellingTakes;
    const bool lied = c.lying || t - c.lied <= slack;
    const bool off = c.pc == PcTruth::standby || c.pc == PcTruth::no_power;
    if (!holds(lied || off || t - c.pc_since <= slack)) blame(t, "a running PC was cut: " + id);
}

void Checker::wait_and_limit(Ms t, int index, bool on) {
    const CircuitFacts& facts = facts_.circuits[static_cast<std::size_t>(index)];
    Seen& c = circuits_[static_cast<std::size_t>(index)];
    if (!on && c.switched_on && !holds(t - *c.switched_on >= facts.min_on))
        blame(t, "R11 cut too soon after it was switched on: " + facts.id);
    if (on && c.switched_off && !holds(t - *c.switched_off >= facts.min_off))
        blame(t, "R11 switched on too soon after it was cut: " + facts.id);
    const auto old = [&](Ms then) { return t - then >= kDay; };
    c.operations.erase(std::remove_if(c.operations.begin(), c.operations.end(), old),
                       c.operations.end());
    if (!holds(static_cast<int>(c.operations.size()) < facts.max_switches_a_day + 1))
        blame(t, "R11 switched too often in a day: " + facts.id);
}

void Checker::stop_sent(Ms t, int index, bool pulse) {
    const std::string& id = facts_.circuits[static_cast<std::size_t>(index)].id;
    if (!holds(authorised_ && (!authorised_->over || *authorised_->over == t)))
        return blame(t, "R1 asked to stop without an authorisation: " + id);
    Authorised& a = *authorised_;
    if (!holds(t < a.expires)) blame(t, "R5 asked to stop under an expired one: " + id);
    if (!holds(t >= a.may_act)) blame(t, "R3 asked to stop during the countdown: " + id);
    if (!holds(a.cut.count(id) != 0)) blame(t, "R2 asked to stop outside the plan: " + id);
    if (!holds(a.asked.count(id) != 0)) blame(t, "R29 asked to stop without a record: " + id);
    if (!pulse) return;
    // Two presses must not join into a long one, which is a hard power-off.
    const auto before = a.pressed_at.find(id);
    if (before != a.pressed_at.end() && !holds(t - before->second >= 10 * kSecond))
        blame(t, "R7 pressed again at once: " + id);
    a.pressed_at[id] = t;
    if (!holds(a.pressed.emplace(id, false).second)) blame(t, "R7 pressed twice: " + id);
    if (!holds(seen_running(t, index)))
        blame(t, "R7 pressed without proof that its PC runs: " + id);
}

}  // namespace hall::simulation
