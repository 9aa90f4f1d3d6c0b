#include "daemon/core/opening.hpp"

#include <algorithm>

namespace hall {

void Opening::begin(Turn& turn, const PersonId& person, std::vector<CircuitIx> off, Instant from,
                    Instant until) {
    under_way_ = true;
    until_ = until;
    person_ = person.value;
    waiting_.assign(off.begin(), off.end());
    proving_.clear();
    on_.clear();
    failed_.clear();
    next_ = from;
    std::vector<std::string> ids;
    for (const CircuitIx c : waiting_) ids.push_back(turn.config.circuits[c.value].id);
    turn.record("opening.requested", "R15", {person_}, "done", {{"circuits", join(ids)}});
}

bool Opening::advance(Turn& turn, std::vector<Circuit>& circuits, Outputs& outputs,
                      Alarms& alarms) {
    if (!under_way_) return false;
    const Instant now = turn.now.mono;
    // One circuit a stagger: inrush currents must not add up. One whose contactor needs rest keeps
    // its place in the queue, and the others wait behind it no longer than it does. An order that
    // must be repeated comes first.
    const bool taken = turn.config.opening.stagger > Millis{0} && outputs.power_waits(now);
    if (!waiting_.empty() && !taken &&
        now >= std::max(next_, outputs.may_power_from(turn.config))) {
        const auto ready = std::find_if(waiting_.begin(), waiting_.end(), [&](CircuitIx c) {
            return !circuits[c.value].earliest_switch(now, true);
        });
        if (ready != waiting_.end()) {
            const CircuitIx c = *ready;
            waiting_.erase(ready);
            const std::string& id = turn.config.circuits[c.value].id;
            if (circuits[c.value].limit_reached(now)) {
                alarms.raise(turn, "switch_limit", id);
                failed_.push_back(id);
            } else {
                turn.record("power.switched", "R15", {person_}, "done",
                            {{"circuit", id}, {"to", "on"}});
                outputs.want(OutputRef::circuit(c), true);
                proving_.push_back({c, now + turn.config.closing.prove_within, false, false});
                next_ = now + turn.config.opening.stagger;
            }
            turn.changed = true;
        }
    }
    for (auto it = proving_.begin(); it != proving_.end();) {
        const CircuitIx c = it->circuit;
        const std::string& id = turn.config.circuits[c.value].id;
        const OutputRef output = OutputRef::circuit(c);
        if (outputs.level(output) == Level::on && !it->counted) {
            it->counted = true;
            circuits[c.value].switched(now, true);
        }
        if (outputs.level(output) == Level::on && circuits[c.value].proven_on(now)) {
            outputs.want(output, std::nullopt);
            alarms.clear(turn, "stuck_open", id);
            on_.push_back(c);
        } else if (now >= it->deadline && !outputs.busy(output)) {
            // While nothing can be recorded no order leaves: one that failed once says nothing of
            // the contactor.
            if (!it->again && outputs.level(output) == Level::off && !outputs.failing(output)) {
                it->again = true;
                it->deadline = now + turn.config.closing.prove_within;
                ++it;
                continue;
            }
            outputs.want(output, std::nullopt);
            alarms.raise(turn, "stuck_open", id);
            failed_.push_back(id);
        } else {
            ++it;
            continue;
        }
        turn.changed = true;
        it = proving_.erase(it);
    }
    if (!waiting_.empty() || !proving_.empty()) return false;
    under_way_ = false;
    turn.record("opening.ended", "R15", {person_}, failed_.empty() ? "done" : "failed",
                {{"without_power", join(failed_)}});
    return true;
}

void Opening::save(Snapshot& out, const HallConfig& config) const {
    if (!under_way_) return;
    for (const Proving& p : proving_) out.opening.push_back(config.circuits[p.circuit.value].id);
    for (const CircuitIx c : waiting_) out.opening.push_back(config.circuits[c.value].id);
    out.opened_by = person_;
    out.opening_until = until_;
}

Step Opening::step(CircuitIx circuit) const {
    if (!under_way_) return Step::none;
    if (std::find(waiting_.begin(), waiting_.end(), circuit) != waiting_.end())
        return Step::waiting;
    for (const Proving& p : proving_) {
        if (p.circuit == circuit) return Step::switching_on;
    }
    return std::find(on_.begin(), on_.end(), circuit) != on_.end() ? Step::on : Step::none;
}

void Opening::deadlines(Deadlines& out, const HallConfig& config,
                        const std::vector<Circuit>& circuits, const Outputs& outputs) const {
    if (!waiting_.empty()) out.consider(std::max(next_, outputs.may_power_from(config)));
    for (const CircuitIx c : waiting_)
        out.consider(circuits[c.value].earliest_switch(out.now.mono, true));
    for (const Proving& p : proving_) out.consider(p.deadline);
}

}  // namespace hall
