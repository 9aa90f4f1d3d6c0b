// R1-R4: who may confirm what, and why not.
#include <algorithm>

#include "daemon/core/closing.hpp"

namespace hall {

namespace {

/// Exceptions that somebody asked for and nobody confirmed are forgotten after this: a plan must
/// not carry last week's.
constexpr Millis kDraftPatience{600'000};

bool known_circuit(const HallConfig& config, const std::string& id) {
    return std::any_of(config.circuits.begin(), config.circuits.end(),
                       [&](const CircuitConfig& c) { return c.id == id; });
}

bool known_sensor(const HallConfig& config, const std::string& id) {
    return std::any_of(config.contacts.begin(), config.contacts.end(),
                       [&](const ContactConfig& c) { return c.id == id && c.sensed; });
}

/// What is wrong with an exception, as an answer's code; empty when nothing is.
std::string fault_of(const HallConfig& config, const AskedException& e) {
    if (known_circuit(config, e.id)) return {};
    if (!known_sensor(config, e.id)) return "unknown_circuit";
    return e.reason.empty() ? "reason_missing" : "";
}

std::vector<std::string> missing(const std::vector<std::string>& wanted,
                                 const std::vector<std::string>& given) {
    std::vector<std::string> list;
    for (const auto& id : wanted) {
        if (std::find(given.begin(), given.end(), id) == given.end()) list.push_back(id);
    }
    return list;
}

}  // namespace

void Closing::refuse(Turn& turn, const ClosingConfirmed& event, const std::string& code,
                     Detail args) {
    Detail detail{{"reason", code}, {"plan", event.plan}};
    detail.insert(detail.end(), args.begin(), args.end());
    turn.record("closing.refused", "R2", {event.person.value}, "refused", std::move(detail));
    turn.conflict(event.request, code, std::move(args));
}

bool Closing::plan_named_right(Turn& turn, const ClosingConfirmed& event, const Plan& plan) {
    if (event.plan.empty()) {
        turn.malformed(event.request, "plan_missing");
        return false;
    }
    if (event.plan == plan.digest) return true;
    const auto old = std::find_if(old_digests_.begin(), old_digests_.end(),
                                  [&](const auto& entry) { return entry.first == event.plan; });
    if (old == old_digests_.end()) {
        refuse(turn, event, "plan_unknown");
    } else if (old->second == "confirm_window_over") {
        refuse(turn, event, "confirm_window_over");
    } else {
        refuse(turn, event, "plan_changed", {{"ids", join(void_detail_)}});
    }
    return false;
}

bool Closing::add_exceptions(Turn& turn, ClosingWorld& world, const ClosingConfirmed& event) {
    bool added = false;
    for (const AskedException& e : event.exceptions) {
        if (const std::string fault = fault_of(turn.config, e); !fault.empty()) {
            turn.malformed(event.request, fault, {{"id", e.id}});
            return false;
        }
    }
    for (const AskedException& e : event.exceptions) {
        const bool there = std::any_of(exceptions_.begin(), exceptions_.end(),
                                       [&](const PlanException& x) { return x.id == e.id; });
        if (there) continue;
        exceptions_.push_back({e.id, e.reason});
        added = true;
    }
    if (!added) return true;
    draft_until_ = turn.now.mono + kDraftPatience;
    turn.record("closing.exception_added", "R2", {event.person.value}, "done",
                {{"ids", [&] {
                      std::vector<std::string> ids;
                      for (const auto& x : exceptions_) ids.push_back(x.id + ": " + x.reason);
                      return join(ids, ';');
                  }()}});
    // Before anybody confirmed, this person confirms the plan as it is with the exceptions that it
    // lists.
    if (!std::holds_alternative<ClosingCollecting>(state_)) return true;
    advance_collecting(turn, world, std::get<ClosingCollecting>(state_));
    turn.conflict(event.request, "plan_changed", {{"ids", join(void_detail_)}});
    return false;
}

void Closing::confirm(Turn& turn, ClosingWorld& world, const ClosingConfirmed& event) {
    if (world.opening) return turn.conflict(event.request, "not_now");
    if (authorised()) return turn.conflict(event.request, "closing_under_way");
    Plan plan = current_plan(turn.config, world, turn.now.mono);
    if (resting_ == Phase::closed && plan.cut.empty())
        return turn.conflict(event.request, "already_closed");
    if (world.inhibited) return refuse(turn, event, "inhibited");
    if (!plan_named_right(turn, event, plan)) return;
    if (!add_exceptions(turn, world, event)) return;
    plan = current_plan(turn.config, world, turn.now.mono);
    if (!plan.open_contacts.empty()) {
        return refuse(turn, event, "contact_open", {{"ids", join(plan.open_contacts)}});
    }
    if (!plan.unknown_contacts.empty()) {
        return refuse(turn, event, "contact_unknown", {{"ids", join(plan.unknown_contacts)}});
    }
    if (const auto unseen = missing(plan.to_attest, event.attested); !unseen.empty()) {
        return refuse(turn, event, "attest_missing", {{"ids", join(unseen)}});
    }
    auto* collecting = std::get_if<ClosingCollecting>(&state_);
    if (collecting != nullptr) {
        const bool same =
            std::any_of(collecting->given.begin(), collecting->given.end(),
                        [&](const SavedConfirmation& g) { return g.person == event.person; });
        if (same) return refuse(turn, event, "same_person");
    }
    turn.record("closing.confirmed", "R1", {event.person.value}, "done",
                {{"plan", plan.digest},
                 {"text", canonical_text(turn.config, plan)},
                 {"attested", join(plan.to_attest)}});
    std::vector<SavedConfirmation> given;
    Instant deadline = turn.now.mono + turn.config.closing.confirm_window;
    if (collecting != nullptr) {
        given = collecting->given;
        deadline = collecting->deadline;
    }
    given.push_back({event.person, turn.now.mono, plan.to_attest});
    void_reason_.clear();
    void_detail_.clear();
    if (static_cast<int>(given.size()) >= turn.config.closing.min_persons) {
        authorise(turn, std::move(plan), std::move(given));
    } else {
        state_ = ClosingCollecting{std::move(plan), std::move(given), deadline};
    }
    turn.done(event.request);
}

void Closing::authorise(Turn& turn, Plan plan, std::vector<SavedConfirmation> given) {
    const Instant now = turn.now.mono;
    turn.record(
        "closing.authorised", "R1", names(given), "done",
        {{"plan", plan.digest},
         {"text", canonical_text(turn.config, plan)},
         {"attested", join(plan.to_attest)},
         {"valid_s", std::to_string(turn.config.closing.authorisation_ttl.count() / 1000)}});
    Authorisation authorisation{std::move(plan), std::move(given), now,
                                now + turn.config.closing.authorisation_ttl};
    state_ = ClosingCountdown{std::move(authorisation), now + turn.config.closing.countdown};
}

void Closing::except(Turn& turn, ClosingWorld& world, const ExceptionRequested& event) {
    const std::string& id = event.exception.id;
    if (const std::string fault = fault_of(turn.config, event.exception); !fault.empty()) {
        return turn.malformed(event.request, fault, {{"id", id}});
    }
    if (auto* state = std::get_if<ClosingExecuting>(&state_)) {
        for (ClosingCircuit& c : state->circuits) {
            if (turn.config.circuits[c.circuit.value].id != id) continue;
            const auto* held = std::get_if<CircuitHeld>(&c.progress);
            const auto* left = std::get_if<CircuitLeftOn>(&c.progress);
            // The second of the two may say the same: recorded, nothing changes.
            if (held == nullptr && (left == nullptr || left->why != "excepted")) break;
            turn.record("closing.excepted", "R9", {event.person.value}, "done",
                        {{"circuit", id}, {"reason", event.exception.reason}});
            if (held == nullptr) return turn.done(event.request);
            world.alarms.clear(turn, held->why, id);
            world.alarms.raise(turn, "pc_left_on", id, event.exception.reason);
            c.progress = CircuitLeftOn{"excepted"};
            return turn.done(event.request);
        }
        return turn.conflict(event.request, "not_held", {{"circuit", id}});
    }
    if (std::holds_alternative<ClosingCountdown>(state_))
        return turn.conflict(event.request, "closing_under_way");
    if (closed() && left_on(id)) {
        // The second of the two says the same of a circuit that the first already left powered:
        // recorded, nothing changes.
        turn.record("closing.excepted", "R9", {event.person.value}, "done",
                    {{"circuit", id}, {"reason", event.exception.reason}});
        return turn.done(event.request);
    }
    if (closed()) return turn.conflict(event.request, "already_closed");
    const bool there = std::any_of(exceptions_.begin(), exceptions_.end(),
                                   [&](const PlanException& x) { return x.id == id; });
    if (!there) {
        exceptions_.push_back({id, event.exception.reason});
        draft_until_ = turn.now.mono + kDraftPatience;
        turn.record("closing.exception_added", "R2", {event.person.value}, "done",
                    {{"id", id}, {"reason", event.exception.reason}});
    }
    turn.done(event.request);
}

void Closing::force(Turn& turn, ClosingWorld& world, const ForceConfirmed& event) {
    (void)world;
    const std::string id = turn.config.circuits.at(event.circuit.value).id;
    auto* state = std::get_if<ClosingExecuting>(&state_);
    ClosingCircuit* held = nullptr;
    if (state != nullptr) {
        for (ClosingCircuit& c : state->circuits) {
            if (c.circuit == event.circuit && std::holds_alternative<CircuitHeld>(c.progress))
                held = &c;
        }
    }
    if (held == nullptr) return turn.conflict(event.request, "not_held", {{"circuit", id}});
    if (event.reason.empty())
        return turn.malformed(event.request, "reason_missing", {{"field", "reason"}});
    // Forced already, and only waiting for its board: who says so again adds nothing.
    if (held->forced) return turn.done(event.request);
    ForceAttempt& attempt = state->forces[event.circuit];
    const bool same = std::any_of(attempt.given.begin(), attempt.given.end(),
                                  [&](const auto& g) { return g.first == event.person; });
    if (same) {
        turn.record("closing.refused", "R9", {event.person.value}, "refused",
                    {{"reason", "same_person"}, {"circuit", id}});
        return turn.conflict(event.request, "same_person");
    }
    if (attempt.given.empty())
        attempt.deadline = turn.now.mono + turn.config.closing.confirm_window;
    attempt.given.emplace_back(event.person, event.reason);
    turn.record("closing.force_confirmed", "R9", {event.person.value}, "done",
                {{"circuit", id}, {"reason", event.reason}});
    if (static_cast<int>(attempt.given.size()) >= turn.config.closing.min_persons) {
        held->forced = true;
        for (const auto& g : attempt.given) held->forced_by.push_back(g.first.value);
        turn.record("closing.forced", "R9", held->forced_by, "done",
                    {{"circuit", id}, {"reason", event.reason}});
        state->forces.erase(event.circuit);
    }
    turn.done(event.request);
}

}  // namespace hall
