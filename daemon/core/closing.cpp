// The closing's frame: phases, cancel, expiry of the confirm window, rest. Confirming and executing
// have files of their own.
#include "daemon/core/closing.hpp"

#include <algorithm>

#include "daemon/core/day.hpp"

namespace hall {

namespace {
constexpr std::size_t kRememberedDigests = 16;
/// A countdown that ended this long ago ended while nobody looked.
constexpr Millis kUnseen{3'000};

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

std::vector<std::string> names(const std::vector<SavedConfirmation>& given) {
    std::vector<std::string> list;
    list.reserve(given.size());
    for (const auto& g : given) list.push_back(g.person.value);
    return list;
}

Plan Closing::current_plan(const HallConfig& config, const ClosingWorld& world, Instant now) const {
    // Whether the closing is early is settled by the first person: closing time must not void what
    // was confirmed.
    const auto* collecting = std::get_if<ClosingCollecting>(&state_);
    const bool early =
        collecting != nullptr ? collecting->plan.early : world.day.early(config, world.now);
    return make_plan({config, world.circuits, world.contacts, exceptions_, attempt_, early, now});
}

void Closing::void_confirmations(Turn& turn, const std::string& reason,
                                 const std::vector<std::string>& changed) {
    auto& collecting = std::get<ClosingCollecting>(state_);
    turn.record(reason == "confirm_window_over" ? "closing.expired" : "closing.void",
                reason == "confirm_window_over" ? "R3" : "R2", names(collecting.given), "refused",
                {{"reason", reason}, {"changed", join(changed)}, {"plan", collecting.plan.digest}});
    remember_void(collecting.plan.digest, reason);
    void_reason_ = reason;
    void_detail_ = changed;
    ++attempt_;
    state_ = ClosingIdle{};
}

void Closing::remember_void(const std::string& digest, const std::string& why) {
    old_digests_.emplace_back(digest, why);
    if (old_digests_.size() > kRememberedDigests) old_digests_.erase(old_digests_.begin());
}

void Closing::rest(Turn& turn, Phase phase) {
    resting_ = phase;
    exceptions_.clear();
    ++attempt_;
    state_ = ClosingIdle{};
    turn.changed = true;
}

void Closing::forget_drafts(Turn& turn, const std::string& actor) {
    turn.record("closing.exceptions_dropped", "R2", {actor}, "done");
    exceptions_.clear();
    ++attempt_;
}

bool Closing::authorised() const {
    return std::holds_alternative<ClosingCountdown>(state_) ||
           std::holds_alternative<ClosingExecuting>(state_);
}

bool Closing::left_on(const std::string& circuit) const {
    return std::find(left_on_.begin(), left_on_.end(), circuit) != left_on_.end();
}

void Closing::cancel(Turn& turn, ClosingWorld& world, const ClosingCancelled& event) {
    std::visit(Overloaded{
                   [&](ClosingIdle&) {
                       if (exceptions_.empty())
                           return turn.conflict(event.request, "nothing_to_cancel");
                       forget_drafts(turn, event.source);
                       turn.done(event.request);
                   },
                   [&](ClosingCollecting& state) {
                       turn.record("closing.cancelled", "R3", {event.source}, "done",
                                   {{"phase", "collecting"}, {"plan", state.plan.digest}});
                       remember_void(state.plan.digest, "cancelled");
                       void_reason_ = "cancelled";
                       void_detail_.clear();
                       rest(turn, resting_);
                       turn.done(event.request);
                   },
                   [&](ClosingCountdown& state) {
                       turn.record(
                           "closing.cancelled", "R3", {event.source}, "done",
                           {{"phase", "countdown"}, {"plan", state.authorisation.plan.digest}});
                       remember_void(state.authorisation.plan.digest, "cancelled");
                       void_reason_ = "cancelled";
                       void_detail_.clear();
                       rest(turn, resting_);
                       turn.done(event.request);
                   },
                   [&](ClosingExecuting& state) {
                       turn.record("closing.cancelled", "R3", {event.source}, "done",
                                   {{"phase", to_string(phase(world))},
                                    {"plan", state.authorisation.plan.digest}});
                       remember_void(state.authorisation.plan.digest, "cancelled");
                       void_reason_ = "cancelled";
                       void_detail_.clear();
                       finish(turn, world, state, true);
                       turn.done(event.request);
                   },
               },
               state_);
}

void Closing::opened(Turn& turn, ClosingWorld& world) {
    for (const auto& circuit : world.circuits) {
        const std::string& id = circuit.config().id;
        world.alarms.clear(turn, "pc_left_on", id);
        world.alarms.clear(turn, "closing_cut_short", id);
        world.alarms.clear(turn, "output_failed", id);
    }
    left_on_.clear();
    void_reason_.clear();
    void_detail_.clear();
    ended_.reset();
    rest(turn, Phase::open);
}

void Closing::advance(Turn& turn, ClosingWorld& world) {
    std::visit(Overloaded{
                   [&](ClosingIdle&) {
                       if (!exceptions_.empty() && turn.now.mono >= draft_until_)
                           forget_drafts(turn, "halld");
                   },
                   [&](ClosingCollecting& state) { advance_collecting(turn, world, state); },
                   [&](ClosingCountdown& state) { advance_countdown(turn, world, state); },
                   [&](ClosingExecuting& state) { advance_executing(turn, world, state); },
               },
               state_);
}

void Closing::advance_collecting(Turn& turn, ClosingWorld& world, ClosingCollecting& state) {
    if (turn.now.mono >= state.deadline) {
        void_confirmations(turn, "confirm_window_over", {});
        exceptions_.clear();
        return;
    }
    const Plan plan = current_plan(turn.config, world, turn.now.mono);
    if (plan.digest != state.plan.digest) {
        void_confirmations(turn, "plan_changed", differences(state.plan, plan));
    } else if (world.inhibited) {
        void_confirmations(turn, "inhibited", {});
    }
}

void Closing::advance_countdown(Turn& turn, ClosingWorld& world, ClosingCountdown& state) {
    if (world.inhibited) {
        turn.record("closing.cancelled", "R3", {"mqtt"}, "done",
                    {{"phase", "countdown"}, {"reason", "inhibited"}});
        void_reason_ = "inhibited";
        void_detail_.clear();
        rest(turn, resting_);
        return;
    }
    if (turn.now.mono < state.deadline) return;
    // Nobody could cancel while the daemon was down or could not record anything: the countdown
    // runs again, as long as the authorisation holds.
    const Millis countdown = turn.config.closing.countdown;
    if (countdown > Millis{0} && turn.now.mono >= state.deadline + kUnseen) {
        state.deadline = turn.now.mono + countdown;
        turn.record("closing.countdown_again", "R3", {"halld"}, "done",
                    {{"plan", state.authorisation.plan.digest}});
        return;
    }
    execute(turn, world, std::move(state.authorisation));
}

Phase Closing::phase(const ClosingWorld& world) const {
    (void)world;
    return std::visit(Overloaded{
                          [&](const ClosingIdle&) { return resting_; },
                          [](const ClosingCollecting&) { return Phase::collecting; },
                          [](const ClosingCountdown&) { return Phase::countdown; },
                          [](const ClosingExecuting& state) {
                              bool cutting = false;
                              for (const auto& c : state.circuits) {
                                  if (std::holds_alternative<CircuitHeld>(c.progress))
                                      return Phase::hold;
                                  cutting = cutting ||
                                            std::holds_alternative<CircuitCutting>(c.progress) ||
                                            std::holds_alternative<CircuitProving>(c.progress);
                              }
                              return cutting ? Phase::cutting : Phase::stopping;
                          },
                      },
                      state_);
}

bool Closing::asked_to_stop(CircuitIx circuit) const {
    const auto* state = std::get_if<ClosingExecuting>(&state_);
    if (state == nullptr) return false;
    return std::any_of(
        state->circuits.begin(), state->circuits.end(),
        [&](const ClosingCircuit& c) { return c.circuit == circuit && c.asked.has_value(); });
}

}  // namespace hall
