// R7-R10: from an authorisation to circuits that are proven off, one state of one circuit at a
// time.
#include <algorithm>
#include <cmath>

#include "daemon/core/closing.hpp"

namespace hall {

namespace {

/// One circuit's turn: everything its state functions need.
struct Work {
    Turn& turn;
    ClosingWorld& world;
    const ClosingExecuting& closing;
    ClosingCircuit& mine;

    [[nodiscard]] Circuit& circuit() const { return world.circuits[mine.circuit.value]; }
    [[nodiscard]] const CircuitConfig& config() const { return circuit().config(); }
    [[nodiscard]] Instant now() const { return turn.now.mono; }
    [[nodiscard]] OutputRef output() const { return OutputRef::circuit(mine.circuit); }
    [[nodiscard]] bool output_off() const { return world.outputs.level(output()) == Level::off; }
    [[nodiscard]] bool expired() const { return now() >= closing.authorisation.expires; }
};

bool may_ask(const Work& w, std::uint8_t method) {
    const Evidence& evidence = w.circuit().evidence;
    switch (w.config().stop[method].kind) {
        // A PC that is already going down need not be asked.
        case StopMethodKind::command:
        case StopMethodKind::ssh:
        case StopMethodKind::mqtt:
            return !evidence.going_off(w.now());
        // The same button that shuts a PC down starts one that is off: pressed only on proof that
        // it runs.
        case StopMethodKind::pulse:
            return evidence.running(w.now());
    }
    return false;
}

const char* to_string(StopMethodKind kind) {
    switch (kind) {
        case StopMethodKind::command:
            return "command";
        case StopMethodKind::pulse:
            return "pulse";
        case StopMethodKind::ssh:
            return "ssh";
        case StopMethodKind::mqtt:
            return "mqtt";
    }
    return "command";
}

void ask(Work& w, std::uint8_t method) {
    w.turn.record("closing.stop_asked", "R7", names(w.closing.authorisation.given), "done",
                  {{"circuit", w.config().id},
                   {"method", to_string(w.config().stop[method].kind)},
                   {"plan", w.closing.authorisation.plan.digest}});
    if (!w.mine.asked) w.mine.begun = w.now();
    const CommandId command = w.turn.command(StopPc{w.mine.circuit, method});
    w.mine.asked = StopRequest{method, w.now(), command, StopAnswer::awaited};
}

/// Asks once more by the method that nobody can say was used.
void ask_lost_again(Work& w) {
    const StopRequest& asked = *w.mine.asked;
    // The pulse may have been given a moment ago, and two of them must not join into a long one,
    // which would be a hard power-off.
    const bool pulse = w.config().stop[asked.method].kind == StopMethodKind::pulse;
    if (pulse && w.now() < asked.at + kAskAgain) return;
    if (may_ask(w, asked.method)) ask(w, asked.method);
}

void ask_if_due(Work& w) {
    const std::size_t methods = w.config().stop.size();
    if (methods == 0) return;  // somebody shuts it down by hand
    const auto& asked = w.mine.asked;
    if (asked && asked->answer == StopAnswer::lost) return ask_lost_again(w);
    // In their order; one that may not be used is passed over when its own wait has passed.
    for (auto next = static_cast<std::uint8_t>(asked ? asked->method + 1 : 0); next < methods;
         ++next) {
        if (w.now() < method_due(w.config(), w.mine, next)) return;
        if (may_ask(w, next)) return ask(w, next);
    }
    const bool in_vain = asked && (asked->answer == StopAnswer::failed ||
                                   (asked->answer == StopAnswer::unknown &&
                                    w.now() >= asked->at + w.config().stop[asked->method].wait));
    if (in_vain && w.now() >= asked->at + kAskAgain && may_ask(w, asked->method))
        ask(w, asked->method);
}

}  // namespace

Instant method_due(const CircuitConfig& config, const ClosingCircuit& c, std::uint8_t method) {
    // From the request before it, or from the beginning; what failed for sure is waited for no
    // more.
    Instant due = c.asked ? c.asked->at : c.begun;
    std::uint8_t from = c.asked ? c.asked->method : std::uint8_t{0};
    if (c.asked && c.asked->answer == StopAnswer::failed) ++from;
    for (; from < method; ++from) due += config.stop[from].wait;
    return due;
}

namespace {

CircuitProgress hold(Work& w, const std::string& why) {
    w.turn.record("closing.held", "R9", {"halld"}, "failed",
                  {{"circuit", w.config().id}, {"reason", why}});
    w.world.alarms.raise(w.turn, why, w.config().id);
    return CircuitHeld{why, w.now()};
}

std::string watts_text(const Evidence& evidence, Instant now) {
    const auto watts = evidence.watts(now);
    if (!watts) return "none";
    const auto tenths = static_cast<long long>(std::llround(*watts * 10));
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

/// The one place that orders a cut. The caller has seen the evidence, or the force.
CircuitProgress order_cut(Work& w) {
    Circuit& circuit = w.circuit();
    if (circuit.limit_reached(w.now())) return hold(w, "switch_limit");
    if (circuit.earliest_switch(w.now(), false)) return w.mine.progress;  // R11: not yet
    auto actors = names(w.closing.authorisation.given);
    if (w.mine.forced) actors = w.mine.forced_by;
    w.turn.record("closing.cut_ordered", w.mine.forced ? "R9" : "R8", std::move(actors), "done",
                  {{"circuit", w.config().id},
                   {"plan", w.closing.authorisation.plan.digest},
                   {"watts", watts_text(circuit.evidence, w.now())},
                   {"forced", w.mine.forced ? "yes" : "no"}});
    w.world.outputs.want(w.output(), false);
    return CircuitCutting{w.now()};
}

/// The output is off. From here on nothing is ordered any more: were it to come back on, another
/// cut would need evidence of its own.
CircuitProgress begin_proof(Work& w) {
    w.world.outputs.want(w.output(), std::nullopt);
    if (!w.mine.counted) w.circuit().switched(w.now(), false);
    w.mine.counted = true;
    return CircuitProving{w.now()};
}

CircuitProgress left_on(Work& w, const std::string& why) {
    w.world.outputs.want(w.output(), std::nullopt);
    w.world.alarms.raise(w.turn, "pc_left_on", w.config().id, why);
    w.turn.record("closing.left_on", "R5", {"halld"}, "failed",
                  {{"circuit", w.config().id}, {"reason", why}});
    return CircuitLeftOn{why};
}

CircuitProgress next_of(Work& w, const CircuitStopping&) {
    if (w.output_off())
        return begin_proof(w);  // a cut of unknown outcome did happen, or somebody else cut
    if (w.expired()) return left_on(w, "authorisation_expired");
    if (w.mine.forced || w.circuit().evidence.off(w.now())) return order_cut(w);
    if (w.now() >= w.mine.begun + w.turn.config.closing.stop_timeout) return hold(w, "pc_not_off");
    ask_if_due(w);
    return CircuitStopping{};
}

CircuitProgress next_of(Work& w, const CircuitCutting& state) {
    if (w.output_off()) return begin_proof(w);
    if (w.world.outputs.busy(w.output())) return state;
    // Not settled yet: whatever is ordered again must still be allowed now.
    const bool allowed = !w.expired() && (w.mine.forced || w.circuit().evidence.off(w.now()));
    if (allowed && w.now() < state.ordered + kCutPatience) return state;
    w.world.outputs.want(w.output(), std::nullopt);
    if (w.expired()) return left_on(w, "authorisation_expired");
    if (!allowed) {
        w.turn.record("closing.cut_withdrawn", "R8", {"halld"}, "failed",
                      {{"circuit", w.config().id}});
        return CircuitStopping{};
    }
    return hold(w, "output_failed");
}

CircuitProgress next_of(Work& w, const CircuitProving& state) {
    if (w.circuit().proven_cut(w.now(), state.since)) {
        w.turn.record(
            "closing.cut_proven", "R10", {"halld"}, "done",
            {{"circuit", w.config().id}, {"watts", watts_text(w.circuit().evidence, w.now())}});
        for (const char* over :
             {"welded_contact", "pc_left_on", "closing_cut_short", "output_failed"})
            w.world.alarms.clear(w.turn, over, w.config().id);
        return CircuitCut{};
    }
    if (w.now() < state.since + w.turn.config.closing.prove_within) return state;
    w.turn.record(
        "closing.cut_unproven", "R10", {"halld"}, "failed",
        {{"circuit", w.config().id}, {"watts", watts_text(w.circuit().evidence, w.now())}});
    w.world.alarms.raise(w.turn, "welded_contact", w.config().id);
    return CircuitFailed{};
}

CircuitProgress next_of(Work& w, const CircuitHeld& state) {
    // A restart may have swallowed the request; a PC that nobody asked would be held for ever.
    if (w.mine.asked && w.mine.asked->answer == StopAnswer::lost) ask_lost_again(w);
    if (w.output_off()) {
        w.world.alarms.clear(w.turn, state.why, w.config().id);
        return begin_proof(w);
    }
    if (w.expired()) {
        w.world.alarms.clear(w.turn, state.why, w.config().id);
        return left_on(w, "authorisation_expired");
    }
    const bool allowed = w.mine.forced || w.circuit().evidence.off(w.now());
    if (!allowed || w.circuit().limit_reached(w.now())) return state;
    // A board that refused the order a moment ago is given some time; a PC that is off at last goes
    // on at once.
    const bool again =
        w.mine.forced || state.why == "pc_not_off" || w.now() >= state.since + kRetryHeld;
    if (w.world.outputs.level(w.output()) == Level::unknown) {
        if (w.now() < state.since + kRetryHeld) return state;
        w.world.outputs.ask(w.turn, w.output());
        return CircuitHeld{state.why, w.now()};
    }
    if (!again) return state;
    w.world.alarms.clear(w.turn, state.why, w.config().id);
    const CircuitProgress next = order_cut(w);
    // R11 may still make it wait: then it waits as one that is ready, not as one that is held.
    return std::holds_alternative<CircuitHeld>(next) ? CircuitProgress{CircuitStopping{}} : next;
}

// Endings.
CircuitProgress next_of(Work&, const CircuitCut& state) {
    return state;
}
CircuitProgress next_of(Work&, const CircuitFailed& state) {
    return state;
}
CircuitProgress next_of(Work&, const CircuitLeftOn& state) {
    return state;
}

bool ended(const CircuitProgress& progress) {
    return std::holds_alternative<CircuitCut>(progress) ||
           std::holds_alternative<CircuitFailed>(progress) ||
           std::holds_alternative<CircuitLeftOn>(progress);
}

}  // namespace

void Closing::execute(Turn& turn, ClosingWorld& world, Authorisation authorisation) {
    ClosingExecuting next{std::move(authorisation), turn.now.mono, turn.now.mono, {}, {}};
    for (const std::string& id : next.authorisation.plan.cut) {
        for (std::size_t i = 0; i < turn.config.circuits.size(); ++i) {
            if (turn.config.circuits[i].id == id)
                next.circuits.push_back(
                    {CircuitIx::of(i), CircuitStopping{}, turn.now.mono, {}, false, {}});
        }
    }
    turn.record("closing.started", "R5", names(next.authorisation.given), "done",
                {{"plan", next.authorisation.plan.digest},
                 {"circuits", join(next.authorisation.plan.cut)}});
    state_ = std::move(next);
    advance_executing(turn, world, std::get<ClosingExecuting>(state_));
}

/// Whether the wires have told of every circuit that the closing calls off.
bool Closing::all_known(const Turn& turn, const ClosingWorld& world,
                        const ClosingExecuting& state) const {
    const auto known = [&](const Circuit& circuit) {
        return circuit.actual(turn.now.mono) != Level::unknown;
    };
    const auto& off = state.authorisation.plan.already_off;
    return std::all_of(state.circuits.begin(), state.circuits.end(),
                       [&](const ClosingCircuit& c) {
                           return !std::holds_alternative<CircuitCut>(c.progress) ||
                                  known(world.circuits[c.circuit.value]);
                       }) &&
           std::all_of(world.circuits.begin(), world.circuits.end(), [&](const Circuit& circuit) {
               return std::find(off.begin(), off.end(), circuit.config().id) == off.end() ||
                      known(circuit);
           });
}

void Closing::advance_executing(Turn& turn, ClosingWorld& world, ClosingExecuting& state) {
    for (auto it = state.forces.begin(); it != state.forces.end();) {
        if (turn.now.mono < it->second.deadline) {
            ++it;
            continue;
        }
        turn.record("closing.force_expired", "R9", {"halld"}, "refused",
                    {{"circuit", turn.config.circuits[it->first.value].id}});
        it = state.forces.erase(it);
    }
    bool all_ended = true;
    for (ClosingCircuit& c : state.circuits) {
        for (int hop = 0; hop < 4; ++hop) {  // a state may lead straight to the next
            const std::size_t before = c.progress.index();
            Work w{turn, world, state, c};
            c.progress = std::visit([&](const auto& s) { return next_of(w, s); },
                                    CircuitProgress{c.progress});
            if (c.progress.index() == before) break;
            turn.changed = true;
        }
        all_ended = all_ended && ended(c.progress);
    }
    // After a restart boards answer one by one; none is taken for on before it could answer.
    if (all_ended && (turn.now.mono >= state.settled_by || all_known(turn, world, state)))
        finish(turn, world, state, false);
}

void Closing::finish(Turn& turn, ClosingWorld& world, ClosingExecuting& state, bool cut_short) {
    std::vector<std::string> left, failed;
    bool any_cut = false;
    for (ClosingCircuit& c : state.circuits) {
        const std::string& id = turn.config.circuits[c.circuit.value].id;
        const OutputRef output = OutputRef::circuit(c.circuit);
        world.outputs.want(output, std::nullopt);
        if (const auto* held = std::get_if<CircuitHeld>(&c.progress))
            world.alarms.clear(turn, held->why, id);
        // Cancelled half-way: an order that is out may still be carried out, a cut without proof is
        // not proven.
        const bool half_way =
            std::holds_alternative<CircuitProving>(c.progress) ||
            (std::holds_alternative<CircuitCutting>(c.progress) && world.outputs.busy(output));
        if (std::holds_alternative<CircuitCut>(c.progress)) {
            any_cut = true;
        } else if (half_way || std::holds_alternative<CircuitFailed>(c.progress)) {
            any_cut = true;
            failed.push_back(id);
            if (half_way) world.alarms.raise(turn, "closing_cut_short", id);
        } else {
            left.push_back(id);
        }
    }
    const bool back_to_rest = cut_short && !any_cut;
    // A circuit that was off when the plan was made, and is not any more, was nobody's to cut; one
    // that was cut and proven has power again (its board was reset, somebody switched it): either
    // way the hall is not closed.
    std::vector<std::string> back_on;
    for (const ClosingCircuit& c : state.circuits) {
        const Circuit& circuit = world.circuits[c.circuit.value];
        if (std::holds_alternative<CircuitCut>(c.progress) &&
            circuit.actual(turn.now.mono) != Level::off)
            back_on.push_back(circuit.config().id);
    }
    for (const Circuit& circuit : world.circuits) {
        const auto& off = state.authorisation.plan.already_off;
        const std::string& id = circuit.config().id;
        if (std::find(off.begin(), off.end(), id) != off.end() &&
            circuit.actual(turn.now.mono) != Level::off)
            back_on.push_back(id);
    }
    const bool whole = left.empty() && failed.empty() && back_on.empty();
    const Phase phase = back_to_rest ? resting_ : whole ? Phase::closed : Phase::partial;
    for (const auto& id : left) {
        if (cut_short && any_cut) world.alarms.raise(turn, "closing_cut_short", id);
    }
    if (!back_to_rest) {
        left_on_ = left;
        left_on_.insert(left_on_.end(), failed.begin(), failed.end());
        for (const auto& e : state.authorisation.plan.excepted) {
            world.alarms.raise(turn, "pc_left_on", e.id, e.reason);
            left_on_.push_back(e.id);
        }
        ended_ = turn.now.wall;
    }
    turn.record("closing.ended", "R10", names(state.authorisation.given), "done",
                {{"phase", back_to_rest ? "cancelled" : to_string(phase)},
                 {"plan", state.authorisation.plan.digest},
                 {"left_on", join(left)},
                 {"unproven", join(failed)},
                 {"back_on", join(back_on)}});
    rest(turn, phase);
}

bool Closing::finished(Turn& turn, CommandId command, Outcome outcome) {
    auto* state = std::get_if<ClosingExecuting>(&state_);
    if (state == nullptr) return false;
    for (ClosingCircuit& c : state->circuits) {
        if (!c.asked || c.asked->command != command) continue;
        const Detail about{{"circuit", turn.config.circuits[c.circuit.value].id}};
        // Each end is durable: after a restart only a request without one is made again.
        switch (outcome) {
            case Outcome::done:
                c.asked->answer = StopAnswer::given;
                turn.record("closing.stop_given", "R7", {"halld"}, "done", about);
                break;
            case Outcome::failed:
                c.asked->answer = StopAnswer::failed;
                turn.record("closing.stop_failed", "R7", {"halld"}, "failed", about);
                break;
            case Outcome::unknown:
                c.asked->answer = StopAnswer::unknown;
                turn.record("closing.stop_unanswered", "R7", {"halld"}, "failed", about);
                break;
        }
        return true;
    }
    return false;
}

}  // namespace hall
