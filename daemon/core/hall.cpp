#include "daemon/core/hall.hpp"

#include <algorithm>

#include "daemon/core/hall_state.hpp"
#include "daemon/core/hours.hpp"

namespace hall {

namespace {

/// A rule that keeps changing something for this long contradicts another: a bug, not a state of
/// the world.
constexpr int kMostRounds = 32;
/// A meter that is silent for this long beyond the freshness limit is worth an alarm.
constexpr Millis kMeterPatience{10'000};
/// Nobody keeps a hall from closing for longer than this with one order (R3).
constexpr Millis kLongestInhibit{24 * 3600'000};
/// An opening that was interrupted goes on if the daemon is back within this.
constexpr Millis kResumeOpening{300'000};

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

template <class Wanted>
bool is(const Event& event) {
    return std::holds_alternative<Wanted>(event);
}

std::vector<Circuit> make_circuits(const HallConfig& config) {
    std::vector<Circuit> list;
    list.reserve(config.circuits.size());
    for (const CircuitConfig& c : config.circuits)
        list.emplace_back(c, config.closing.fresh_within);
    return list;
}

}  // namespace

bool from_wires(const Event& event) {
    return is<OutputReported>(event) || is<FeedbackReported>(event) ||
           is<LightboxFeedbackReported>(event) || is<MeterReported>(event) ||
           is<PowerGoodReported>(event) || is<ReachabilityReported>(event) ||
           is<ContactReported>(event) || is<LinkReported>(event) || is<CommandFinished>(event);
}

bool must_be_recorded(const Event& event) {
    return request_of(event) != 0 || std::holds_alternative<CommandAccepted>(event);
}

RequestId request_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> RequestId {
            if constexpr (requires { e.request; }) {
                return e.request;
            } else {
                return 0;
            }
        },
        event);
}

Hall::State::State(HallConfig c, std::optional<Restored> r, const Now& now)
    : config(std::move(c)),
      circuits(make_circuits(config)),
      contacts(config.contacts.size(), ContactState::unknown),
      links(config.links.size(), Level::unknown),
      outputs(config, now.mono),
      day(r ? r->snapshot.first_start : std::nullopt),
      windows(config),
      posts(config),
      phase_since(now.mono),
      born_at(now.mono),
      restored(std::move(r)) {}

Hall::Hall(HallConfig config, std::optional<Restored> restored, const Now& now)
    : state_(std::make_unique<State>(std::move(config), std::move(restored), now)) {}
Hall::~Hall() = default;
Hall::Hall(Hall&&) noexcept = default;
Hall& Hall::operator=(Hall&&) noexcept = default;

const HallConfig& Hall::config() const {
    return state_->config;
}

ClosingWorld Hall::State::world(const Now& now) {
    const bool inhibited = inhibited_until && now.mono < *inhibited_until;
    return {circuits, contacts, outputs, alarms, inhibited, opening.under_way(), day, now};
}

ClosingWorld Hall::State::world(const Now& now) const {
    // Looking does not change anything; the closing's view takes the same world as its rules do.
    return const_cast<State*>(this)->world(now);
}

Phase Hall::State::phase(const Now& now) const {
    return opening.under_way() ? Phase::opening : closing.phase(world(now));
}

bool Hall::State::hall_open() const {
    return !closing.closed();
}

bool Hall::State::at_work() const {
    return hall_open() && !closing.authorised() && !opening.under_way();
}

Effects Hall::born(const Now& now) {
    Effects effects;
    Turn turn{now, state_->config, effects, state_->next_command};
    turn.record("hall.started", "R14", {"halld"}, "done",
                {{"restored", state_->restored ? "yes" : "no"},
                 {"same_boot", state_->restored && state_->restored->same_boot ? "yes" : "no"}});
    if (state_->restored) state_->restore(turn, *state_->restored);
    state_->restored.reset();
    state_->settle(turn);
    state_->conclude(turn);
    return effects;
}

Effects Hall::step(const Now& now, const Event& event) {
    Effects effects;
    Turn turn{now, state_->config, effects, state_->next_command};
    // What time has brought about comes before what somebody does now: a late confirmation finds
    // the window closed. A fact from the wires comes before time: evidence must not become complete
    // in the very step whose sample says that the PC runs.
    if (!from_wires(event)) state_->settle(turn);
    state_->apply(turn, event);
    state_->settle(turn);
    state_->conclude(turn);
    return effects;
}

Effects Hall::step(const Now& now, const std::vector<Event>& scan) {
    Effects effects;
    Turn turn{now, state_->config, effects, state_->next_command};
    for (const Event& event : scan) state_->apply(turn, event);
    state_->settle(turn);
    state_->conclude(turn);
    return effects;
}

/// Orders leave when all rules have had their say: none is followed by its opposite at once.
void Hall::State::conclude(Turn& turn) {
    outputs.order(turn);
    note_phase(turn);
}

void Hall::State::settle(Turn& turn) {
    for (int round = 0; round < kMostRounds; ++round) {
        turn.changed = false;
        if (inhibited_until && turn.now.mono >= *inhibited_until) {
            inhibited_until.reset();
            turn.record("closing.inhibit_ended", "R3", {"halld"}, "done");
        }
        for (std::size_t i = 0; i < circuits.size(); ++i)
            circuits[i].output(outputs.level(OutputRef::circuit(CircuitIx::of(i))));
        ClosingWorld w = world(turn.now);
        closing.advance(turn, w);
        if (opening.advance(turn, circuits, outputs, alarms)) opened(turn);
        if (closing.closed() && !was_closed) {
            windows.close_all(turn);
            day.closed();
            for (std::size_t i = 0; i < contacts.size(); ++i) {
                if (contacts[i] == ContactState::open)
                    alarms.raise(turn, "contact_left_open", config.contacts[i].id);
            }
        }
        if (!closing.closed() && was_closed) alarms.clear_all(turn, "credential_after_hours");
        was_closed = closing.closed();
        alarms.set(turn, !turn.now.wall_trusted, "clock_untrusted", "");
        if (turn.now.wall_trusted) {  // R20: a doubtful date neither raises nor clears
            const int year = config.calendar.missing_on(local_date(config, turn.now.wall));
            alarms.set(turn, year != 0, "calendar_missing", "", std::to_string(year));
        }
        for (const Circuit& circuit : circuits) {
            if (!circuit.limit_reached(turn.now.mono))
                alarms.clear(turn, "switch_limit", circuit.config().id);
            if (!circuit.config().has_meter) continue;
            const Instant last = std::max(circuit.evidence.sampled().value_or(born_at), born_at);
            const bool silent = turn.now.mono - last > config.closing.fresh_within + kMeterPatience;
            alarms.set(turn, silent, "meter_silent", circuit.config().id);
        }
        day.advance(turn, closing, opening.under_way(), circuits, contacts, outputs, alarms);
        posts.advance(turn, at_work(), windows, alarms);
        faults.advance(turn, at_work(), circuits, windows, alarms);
        windows.advance(turn, outputs);
        lightbox.advance(turn, outputs, closing.closed());
        outputs.advance(turn, alarms);
        if (!turn.changed) return;
    }
}

void Hall::State::opened(Turn& turn) {
    ClosingWorld w = world(turn.now);
    closing.opened(turn, w);
    day.opened();
}

void Hall::State::note_phase(const Turn& turn) {
    const Phase now_phase = phase(turn.now);
    if (now_phase != last_phase) {
        last_phase = now_phase;
        phase_since = turn.now.mono;
    }
}

void Hall::State::finish_command(Turn& turn, const CommandFinished& event) {
    if (outputs.finished(turn, event.command, event.outcome)) return;
    closing.finished(turn, event.command, event.outcome);
}

void Hall::State::request_opening(Turn& turn, const OpeningRequested& event) {
    if (closing.under_way()) return turn.conflict(event.request, "closing_under_way");
    if (opening.under_way()) return turn.conflict(event.request, "not_now");
    std::vector<CircuitIx> off;
    for (std::size_t i = 0; i < circuits.size(); ++i) {
        // A welded contactor conducts although its output says "cut": the output must come back
        // too, or the PC loses its power on the day that the weld breaks.
        const CircuitIx circuit = CircuitIx::of(i);
        const bool ordered_off = outputs.level(OutputRef::circuit(circuit)) == Level::off;
        if (ordered_off || circuits[i].actual(turn.now.mono) != Level::on) off.push_back(circuit);
    }
    if (off.empty() && !closing.closed()) return turn.conflict(event.request, "already_open");
    if (config.opening.min_persons > 1) {
        if (turn.now.mono >= openers_until) openers.clear();
        if (std::find(openers.begin(), openers.end(), event.person) != openers.end()) {
            return turn.conflict(event.request, "same_person");
        }
        if (openers.empty()) openers_until = turn.now.mono + config.closing.confirm_window;
        openers.push_back(event.person);
        turn.record("opening.confirmed", "R15", {event.person.value}, "done");
        if (static_cast<int>(openers.size()) < config.opening.min_persons)
            return turn.done(event.request);
        openers.clear();
    }
    opening.begin(turn, event.person, std::move(off), turn.now.mono,
                  turn.now.mono + kResumeOpening);
    turn.done(event.request);
}

void Hall::State::apply(Turn& turn, const Event& event) {
    const Instant now = turn.now.mono;
    ClosingWorld w = world(turn.now);
    std::visit(
        Overloaded{
            [&](const OutputReported& e) { outputs.reported(turn, e.output, e.level); },
            [&](const FeedbackReported& e) { circuits.at(e.circuit.value).feedback(e.level); },
            [&](const LightboxFeedbackReported& e) { lightbox.feedback(e.level); },
            [&](const MeterReported& e) {
                circuits.at(e.circuit.value).evidence.meter(now, e.watts);
            },
            [&](const PowerGoodReported& e) {
                circuits.at(e.circuit.value).evidence.power_good(now, e.level);
            },
            [&](const ReachabilityReported& e) {
                circuits.at(e.circuit.value).evidence.reachability(now, e.level);
            },
            [&](const ContactReported& e) { contacts.at(e.contact.value) = e.state; },
            [&](const ButtonPressed& e) { windows.pressed(turn, e.window, hall_open()); },
            [&](const LinkReported& e) {
                links.at(e.link.value) = e.up ? Level::on : Level::off;
                alarms.set(turn, !e.up, "link_lost", config.links.at(e.link.value).id);
                windows.link(turn, e.link, e.up);
            },
            [&](const CommandFinished& e) { finish_command(turn, e); },
            [&](const ClosingConfirmed& e) { closing.confirm(turn, w, e); },
            [&](const ClosingCancelled& e) { closing.cancel(turn, w, e); },
            [&](const ExceptionRequested& e) { closing.except(turn, w, e); },
            [&](const ForceConfirmed& e) { closing.force(turn, w, e); },
            [&](const DayExtended& e) { day.extend(turn, e); },
            [&](const ClosingInhibited& e) {
                if (e.length <= Millis{0} || e.length > kLongestInhibit)
                    return turn.malformed(e.request, "bad_value", {{"field", "seconds"}});
                inhibited_until = now + e.length;
                turn.record("closing.inhibited", "R3", {e.source}, "done",
                            {{"seconds", std::to_string(e.length.count() / 1000)}});
                turn.done(e.request);
            },
            [&](const OpeningRequested& e) { request_opening(turn, e); },
            [&](const WindowSet& e) { windows.set(turn, e, hall_open(), alarms); },
            [&](const FaultRaised& e) { windows.raise_fault(turn, e, alarms); },
            [&](const FaultButtonPressed& e) { windows.fault_pressed(turn, e.window, alarms); },
            [&](const PostSignedIn& e) { posts.sign_in(turn, e); },
            [&](const PostSignedOut& e) { posts.sign_out(turn, e); },
            [&](const PostHandedOver& e) { posts.hand_over(turn, e); },
            [&](const LightboxOverridden& e) { lightbox.override_by(turn, e, closing.closed()); },
            [&](const AlarmAcknowledged& e) { alarms.acknowledge(turn, e); },
            [&](const CredentialRefused& e) {
                turn.record("credential.refused", e.locked ? "R27" : "R26",
                            e.person.value.empty() ? std::vector<std::string>{"unknown"}
                                                   : std::vector<std::string>{e.person.value},
                            "refused",
                            {{"panel", e.panel},
                             {"action", e.action},
                             {"locked", e.locked ? "yes" : "no"}});
                if (closing.closed()) alarms.raise(turn, "credential_after_hours", e.panel);
            },
            [](const TimePassed&) {},
            [&](const ConditionReported& e) {
                alarms.set(turn, e.present, e.code, e.subject, e.detail);
            },
            [&](const CommandAccepted& e) {
                turn.record("command.accepted", "R31", {e.source}, "done",
                            {{"id", e.id}, {"name", e.name}});
            },
            [&](const CommandRefused& e) {
                Detail detail{{"id", e.id}, {"name", e.name}, {"code", e.code}};
                if (e.unrecorded > 0)
                    detail.emplace_back("unrecorded", std::to_string(e.unrecorded));
                turn.record("command.refused", "R31", {e.source}, "refused", detail);
            },
        },
        event);
}

std::optional<Instant> Hall::next_deadline(const Now& now) const {
    const State& s = *state_;
    Deadlines out{now, std::nullopt};
    s.closing.deadlines(out, s.config, s.circuits);
    s.opening.deadlines(out, s.config, s.circuits, s.outputs);
    s.day.deadlines(out, s.config);
    s.windows.deadlines(out, s.config);
    s.posts.deadlines(out, s.config);
    s.faults.deadlines(out, s.config, s.alarms);
    s.lightbox.deadlines(out, s.config);
    s.outputs.deadlines(out, s.config);
    out.consider(s.inhibited_until);
    if (s.config.calendar.used()) out.consider_wall(next_midnight(s.config, now.wall));
    for (const Circuit& circuit : s.circuits) {
        // Evidence that grows old or complete changes plans, proofs and alarms without any event.
        circuit.evidence.deadlines(out);
        out.consider(circuit.limit_ends(now.mono));
        const Instant last = std::max(circuit.evidence.sampled().value_or(s.born_at), s.born_at);
        if (circuit.config().has_meter)
            out.consider(last + s.config.closing.fresh_within + kMeterPatience + Millis{1});
    }
    return out.next;
}

}  // namespace hall
