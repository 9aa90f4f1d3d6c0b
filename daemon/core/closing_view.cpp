// What the closing shows, when it wants to be woken, and what of it survives a restart (R5).
#include <algorithm>

#include "daemon/core/closing.hpp"

namespace hall {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

Step step_of(const ClosingCircuit& c) {
    return std::visit(
        Overloaded{
            [&](const CircuitStopping&) { return c.asked ? Step::asked : Step::waiting; },
            [](const CircuitCutting&) { return Step::cutting; },
            [](const CircuitProving&) { return Step::proving; },
            [](const CircuitHeld&) { return Step::held; },
            [](const CircuitCut&) { return Step::cut; },
            [](const CircuitFailed&) { return Step::failed; },
            [](const CircuitLeftOn&) { return Step::excepted; },
        },
        c.progress);
}

std::optional<CircuitIx> circuit_named(const HallConfig& config, const std::string& id) {
    for (std::size_t i = 0; i < config.circuits.size(); ++i) {
        if (config.circuits[i].id == id) return CircuitIx::of(i);
    }
    return std::nullopt;
}

void blockers_of(const Plan& plan, std::vector<Blocker>& out) {
    for (const auto& id : plan.open_contacts) out.push_back({"contact_open", id, {}});
    for (const auto& id : plan.unknown_contacts) out.push_back({"contact_unknown", id, {}});
}

}  // namespace

Step Closing::step(CircuitIx circuit) const {
    const auto* state = std::get_if<ClosingExecuting>(&state_);
    if (state == nullptr) return Step::none;
    for (const ClosingCircuit& c : state->circuits) {
        if (c.circuit == circuit) return step_of(c);
    }
    return Step::none;
}

std::optional<Instant> Closing::step_deadline(const HallConfig& config, CircuitIx circuit) const {
    const auto* state = std::get_if<ClosingExecuting>(&state_);
    if (state == nullptr) return std::nullopt;
    for (const ClosingCircuit& c : state->circuits) {
        if (c.circuit != circuit) continue;
        if (std::holds_alternative<CircuitStopping>(c.progress)) {
            return c.begun + config.closing.stop_timeout;
        }
        if (const auto* proving = std::get_if<CircuitProving>(&c.progress)) {
            return proving->since + config.closing.prove_within;
        }
    }
    return std::nullopt;
}

void Closing::deadlines(Deadlines& out, const HallConfig& config,
                        const std::vector<Circuit>& circuits) const {
    std::visit(Overloaded{
                   [&](const ClosingIdle&) {
                       if (!exceptions_.empty()) out.consider(draft_until_);
                   },
                   [&](const ClosingCollecting& state) { out.consider(state.deadline); },
                   [&](const ClosingCountdown& state) { out.consider(state.deadline); },
                   [&](const ClosingExecuting& state) {
                       out.consider(state.authorisation.expires);
                       out.consider(state.settled_by);
                       for (const ClosingCircuit& c : state.circuits) {
                           circuit_deadlines(out, config, circuits[c.circuit.value], c);
                       }
                       for (const auto& [circuit, force] : state.forces)
                           out.consider(force.deadline);
                   },
               },
               state_);
}

void Closing::circuit_deadlines(Deadlines& out, const HallConfig& config, const Circuit& circuit,
                                const ClosingCircuit& c) const {
    out.consider(circuit.earliest_switch(out.now.mono, false));
    out.consider(step_deadline(config, c.circuit));
    if (const auto* cutting = std::get_if<CircuitCutting>(&c.progress))
        out.consider(cutting->ordered + kCutPatience);
    if (const auto* held = std::get_if<CircuitHeld>(&c.progress))
        out.consider(held->since + kRetryHeld);
    const bool may_ask = std::holds_alternative<CircuitStopping>(c.progress) ||
                         std::holds_alternative<CircuitHeld>(c.progress);
    if (!may_ask) return;
    if (c.asked) out.consider(c.asked->at + kAskAgain);
    const auto methods = static_cast<std::uint8_t>(circuit.config().stop.size());
    for (std::uint8_t method = 0; method < methods; ++method)
        out.consider(method_due(circuit.config(), c, method));
}

void Closing::view(ClosingView& out, const HallConfig& config, const ClosingWorld& world,
                   const Now& now) const {
    out.phase = phase(world);
    out.needed = config.closing.min_persons;
    out.void_reason = void_reason_;
    out.void_detail = void_detail_;
    out.ended = ended_;
    out.left_on = left_on_;
    if (world.inhibited) out.blockers.push_back({"inhibited", "", {}});
    const auto confirmed = [&](const std::vector<SavedConfirmation>& given) {
        out.confirmations = static_cast<int>(given.size());
        for (const auto& g : given) out.persons.push_back(g.person);
    };
    std::visit(Overloaded{
                   [&](const ClosingIdle&) {
                       out.plan = current_plan(config, world, now.mono);
                       if (!closed()) blockers_of(out.plan, out.blockers);
                   },
                   [&](const ClosingCollecting& state) {
                       out.plan = state.plan;
                       out.deadline = state.deadline;
                       confirmed(state.given);
                       blockers_of(out.plan, out.blockers);
                   },
                   [&](const ClosingCountdown& state) {
                       out.plan = state.authorisation.plan;
                       out.deadline = state.deadline;
                       out.expires = state.authorisation.expires;
                       confirmed(state.authorisation.given);
                   },
                   [&](const ClosingExecuting& state) {
                       out.plan = state.authorisation.plan;
                       out.deadline = state.authorisation.expires;
                       out.expires = state.authorisation.expires;
                       confirmed(state.authorisation.given);
                       for (const ClosingCircuit& c : state.circuits) {
                           if (const auto* held = std::get_if<CircuitHeld>(&c.progress)) {
                               out.blockers.push_back(
                                   {held->why, config.circuits[c.circuit.value].id, {}});
                           }
                       }
                       for (const auto& [circuit, force] : state.forces) {
                           out.force_circuit = config.circuits[circuit.value].id;
                           out.force_deadline = force.deadline;
                       }
                   },
               },
               state_);
    out.early = out.plan.early;
    out.to_attest = out.plan.to_attest;
}

void Closing::save(Snapshot& out, const HallConfig& config) const {
    out.attempt = attempt_;
    out.resting = resting_;
    out.ended = ended_;
    out.left_on = left_on_;
    const auto keep = [&](const Authorisation& a, Instant countdown_ends) {
        out.closing = SavedClosing{a.plan,         a.given, a.authorised, a.expires,
                                   countdown_ends, {},      std::nullopt};
    };
    std::visit(
        Overloaded{
            [](const ClosingIdle&) {},
            [&](const ClosingCollecting& state) { out.collecting = names(state.given); },
            [&](const ClosingCountdown& state) { keep(state.authorisation, state.deadline); },
            [&](const ClosingExecuting& state) {
                keep(state.authorisation, state.started);
                out.closing->started = state.started;
                for (const ClosingCircuit& c : state.circuits) {
                    SavedClosing::Circuit saved;
                    saved.id = config.circuits[c.circuit.value].id;
                    saved.step = step_of(c);
                    if (const auto* held = std::get_if<CircuitHeld>(&c.progress))
                        saved.why = held->why;
                    saved.forced = c.forced;
                    saved.forced_by = c.forced_by;
                    if (c.asked) {
                        saved.method = c.asked->method;
                        saved.asked = c.begun;
                        saved.method_asked = c.asked->at;
                        saved.answer = c.asked->answer;
                    }
                    out.closing->circuits.push_back(std::move(saved));
                }
            },
        },
        state_);
}

void Closing::restore(Turn& turn, Alarms& alarms, const Restored& restored, Millis shift,
                      bool clock_spans) {
    const Snapshot& s = restored.snapshot;
    attempt_ = s.attempt + 1;  // no digest from before the restart can be confirmed
    resting_ = s.resting;
    ended_ = s.ended;
    left_on_ = s.left_on;
    if (!s.collecting.empty()) {
        turn.record("closing.void", "R5", s.collecting, "refused", {{"reason", "restarted"}});
        void_reason_ = "restarted";
    }
    if (!s.closing) return;
    const SavedClosing& saved = *s.closing;
    Authorisation a{saved.plan, saved.confirmations, saved.authorised + shift,
                    saved.expires + shift};
    // R5: without a clock that spans the reboot nobody can say that the authorisation still holds,
    // so it does not.
    const bool valid = clock_spans && turn.now.mono < a.expires && turn.now.mono >= a.authorised;
    // What two persons authorised was a plan for the hall as it was wired and configured then (R2).
    if (!valid || !restored.same_config) {
        restore_void(turn, alarms, saved,
                     valid ? "configuration_changed" : "authorisation_expired");
        return;
    }
    turn.record("closing.resumed", "R5", names(a.given), "done",
                {{"plan", a.plan.digest}, {"phase", to_string(s.phase)}});
    if (!saved.started) {
        state_ = ClosingCountdown{std::move(a), saved.countdown_ends + shift};
        return;
    }
    ClosingExecuting next{std::move(a),
                          *saved.started + shift,
                          turn.now.mono + turn.config.closing.prove_within,
                          {},
                          {}};
    for (const auto& c : saved.circuits) {
        const auto ix = circuit_named(turn.config, c.id);
        if (!ix) continue;  // of another configuration: not reached
        ClosingCircuit circuit{
            *ix,      CircuitStopping{}, turn.now.mono,           {},
            c.forced, c.forced_by,       c.step == Step::proving,
        };
        if (c.asked && c.method_asked) {
            // A request of unheard end may never have been made: its PC has all its time again.
            const bool heard = c.answer != StopAnswer::awaited && c.answer != StopAnswer::lost;
            if (heard) circuit.begun = *c.asked + shift;
            circuit.asked = StopRequest{c.method, *c.method_asked + shift, 0,
                                        heard ? c.answer : StopAnswer::lost};
        }
        // What was being cut or proven is found out again from the wires; only endings are taken
        // over.
        if (c.step == Step::cut) circuit.progress = CircuitCut{};
        if (c.step == Step::failed) circuit.progress = CircuitFailed{};
        if (c.step == Step::excepted) circuit.progress = CircuitLeftOn{"excepted"};
        if (c.step == Step::held) circuit.progress = CircuitHeld{c.why, turn.now.mono};
        next.circuits.push_back(std::move(circuit));
    }
    state_ = std::move(next);
}

void Closing::restore_void(Turn& turn, Alarms& alarms, const SavedClosing& saved, const char* why) {
    const auto actors = names(saved.confirmations);
    turn.record("closing.void", "R5", actors, "refused",
                {{"reason", why}, {"plan", saved.plan.digest}});
    void_reason_ = "restarted";
    std::vector<std::string> left, unproven;
    bool any_cut = false;
    for (const auto& c : saved.circuits) {
        const std::string& id = c.id;
        if (c.step == Step::held) alarms.clear(turn, c.why, id);
        if (!circuit_named(turn.config, id)) continue;
        const bool ordered = c.step == Step::cutting || c.step == Step::proving;
        any_cut = any_cut || ordered || c.step == Step::cut || c.step == Step::failed;
        if (ordered || c.step == Step::failed) {
            unproven.push_back(id);
        } else if (c.step != Step::cut) {
            left.push_back(id);
        }
    }
    if (!any_cut) return;  // the hall is as open as it was, and will be overdue
    // Somebody must hear of what was not finished.
    for (const auto& id : left) alarms.raise(turn, "pc_left_on", id, why);
    for (const auto& id : unproven) alarms.raise(turn, "closing_cut_short", id, why);
    resting_ = Phase::partial;
    left_on_ = left;
    left_on_.insert(left_on_.end(), unproven.begin(), unproven.end());
    for (const auto& e : saved.plan.excepted) {
        alarms.raise(turn, "pc_left_on", e.id, e.reason);
        left_on_.push_back(e.id);
    }
    ended_ = turn.now.wall;
    turn.record("closing.ended", "R5", actors, "done",
                {{"phase", "partial"},
                 {"plan", saved.plan.digest},
                 {"left_on", join(left)},
                 {"unproven", join(unproven)},
                 {"back_on", ""}});
}

}  // namespace hall
