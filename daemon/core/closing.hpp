#pragma once
// The end-of-day shutdown: two persons authorise one exact plan (R1-R5), then each circuit is
// brought down by evidence (R7-R10). One variant of states; each circuit within it is a variant of
// its own.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/alarms.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/outputs.hpp"
#include "daemon/core/plan.hpp"
#include "daemon/core/power.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Day;

/// The rest of the hall, as the closing sees it.
struct ClosingWorld {
    std::vector<Circuit>& circuits;
    const std::vector<ContactState>& contacts;
    Outputs& outputs;
    Alarms& alarms;
    bool inhibited = false;
    bool opening = false;  ///< an opening is under way
    const Day& day;        ///< knows whether it is before today's closing time
    Now now;
};

// --- where one circuit stands within a closing
// ----------------------------------------------------------------------

/// How its PC was asked to shut down.
struct StopRequest {
    std::uint8_t method = 0;
    Instant at{};
    CommandId command = 0;
    StopAnswer answer = StopAnswer::awaited;
};
struct CircuitStopping {};  ///< not yet off; asked or about to be
struct CircuitCutting {
    Instant ordered;
};
struct CircuitProving {
    Instant since;
};
struct CircuitHeld {
    std::string why;
    Instant since;
};
struct CircuitCut {};
struct CircuitFailed {};
struct CircuitLeftOn {
    std::string why;
};
using CircuitProgress = std::variant<CircuitStopping, CircuitCutting, CircuitProving, CircuitHeld,
                                     CircuitCut, CircuitFailed, CircuitLeftOn>;

struct ClosingCircuit {
    CircuitIx circuit;
    CircuitProgress progress;
    Instant begun{};  ///< `stop_timeout` counts from here: its PC was asked first, or could not be
    std::optional<StopRequest> asked;
    bool forced = false;
    std::vector<std::string> forced_by;
    bool counted = false;  ///< the contactor has operated (R11)
};

// --- where the closing stands
// ---------------------------------------------------------------------------------------

struct ClosingIdle {};
struct ClosingCollecting {
    Plan plan;
    std::vector<SavedConfirmation> given;
    Instant deadline;
};
/// What at least two persons gave for one exact plan, for a limited time.
struct Authorisation {
    Plan plan;
    std::vector<SavedConfirmation> given;
    Instant authorised;
    Instant expires;
};
struct ClosingCountdown {
    Authorisation authorisation;
    Instant deadline;
};
struct ForceAttempt {
    std::vector<std::pair<PersonId, std::string>> given;  ///< who, and why
    Instant deadline;
};
struct ClosingExecuting {
    Authorisation authorisation;
    Instant started;
    Instant settled_by;  ///< after a restart: until then boards may not have answered yet
    std::vector<ClosingCircuit> circuits;
    std::map<CircuitIx, ForceAttempt> forces;
};
using ClosingState =
    std::variant<ClosingIdle, ClosingCollecting, ClosingCountdown, ClosingExecuting>;

class Closing {
  public:
    Closing() = default;

    void confirm(Turn& turn, ClosingWorld& world, const ClosingConfirmed& event);
    void cancel(Turn& turn, ClosingWorld& world, const ClosingCancelled& event);
    void except(Turn& turn, ClosingWorld& world, const ExceptionRequested& event);
    void force(Turn& turn, ClosingWorld& world, const ForceConfirmed& event);
    /// An order to shut a PC down ended. False: not one of ours.
    bool finished(Turn& turn, CommandId command, Outcome outcome);
    /// What time and the wires have brought about.
    void advance(Turn& turn, ClosingWorld& world);
    /// The hall was opened: the day begins.
    void opened(Turn& turn, ClosingWorld& world);
    /// R5: resumes a complete, unexpired authorisation; everything else is void, and says so.
    /// @param shift       added to the snapshot's instants
    /// @param clock_spans whether the time between snapshot and now is known
    void restore(Turn& turn, Alarms& alarms, const Restored& restored, Millis shift,
                 bool clock_spans);

    [[nodiscard]] Phase phase(const ClosingWorld& world) const;
    [[nodiscard]] bool closed() const {
        return resting_ == Phase::closed || resting_ == Phase::partial;
    }
    [[nodiscard]] bool under_way() const { return !std::holds_alternative<ClosingIdle>(state_); }
    /// Countdown or later: a complete authorisation is being carried out.
    [[nodiscard]] bool authorised() const;
    [[nodiscard]] bool left_on(const std::string& circuit) const;
    [[nodiscard]] bool asked_to_stop(CircuitIx circuit) const;
    void deadlines(Deadlines& out, const HallConfig& config,
                   const std::vector<Circuit>& circuits) const;
    void view(ClosingView& out, const HallConfig& config, const ClosingWorld& world,
              const Now& now) const;
    void save(Snapshot& out, const HallConfig& config) const;
    [[nodiscard]] Step step(CircuitIx circuit) const;
    [[nodiscard]] std::optional<Instant> step_deadline(const HallConfig& config,
                                                       CircuitIx circuit) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [state, resting, attempt, exceptions, draft_until, old_digests, void_reason,
               void_detail, ended, left_on] = *this;
        image::put(a, state, resting, attempt, exceptions, draft_until, old_digests, void_reason,
                   void_detail, ended, left_on);
    }

  private:
    void circuit_deadlines(Deadlines& out, const HallConfig& config, const Circuit& circuit,
                           const ClosingCircuit& c) const;
    [[nodiscard]] Plan current_plan(const HallConfig& config, const ClosingWorld& world,
                                    Instant now) const;
    void void_confirmations(Turn& turn, const std::string& reason,
                            const std::vector<std::string>& changed);
    void refuse(Turn& turn, const ClosingConfirmed& event, const std::string& code,
                Detail args = {});
    bool plan_named_right(Turn& turn, const ClosingConfirmed& event, const Plan& plan);
    bool add_exceptions(Turn& turn, ClosingWorld& world, const ClosingConfirmed& event);
    void authorise(Turn& turn, Plan plan, std::vector<SavedConfirmation> given);
    void rest(Turn& turn, Phase phase);
    void remember_void(const std::string& digest, const std::string& why);
    void restore_void(Turn& turn, Alarms& alarms, const SavedClosing& saved, const char* why);
    void forget_drafts(Turn& turn, const std::string& actor);

    void advance_collecting(Turn& turn, ClosingWorld& world, ClosingCollecting& state);
    void advance_countdown(Turn& turn, ClosingWorld& world, ClosingCountdown& state);
    void advance_executing(Turn& turn, ClosingWorld& world, ClosingExecuting& state);
    [[nodiscard]] bool all_known(const Turn& turn, const ClosingWorld& world,
                                 const ClosingExecuting& state) const;
    void execute(Turn& turn, ClosingWorld& world, Authorisation authorisation);
    void finish(Turn& turn, ClosingWorld& world, ClosingExecuting& state, bool cut_short);

    ClosingState state_;
    Phase resting_ =
        Phase::open;  ///< `open`, `closed` or `partial`: what holds when nothing is under way
    std::uint64_t attempt_ = 1;
    std::vector<PlanException> exceptions_;  ///< of the next plan
    Instant draft_until_{};                  ///< when unconfirmed exceptions are forgotten
    std::vector<std::pair<std::string, std::string>> old_digests_;  ///< digest, and why it is void
    std::string void_reason_;
    std::vector<std::string> void_detail_;
    std::optional<WallTime> ended_;
    std::vector<std::string> left_on_;
};

/// When its turn comes: a PC is asked by its methods in their order, each with its own wait.
Instant method_due(const CircuitConfig& config, const ClosingCircuit& circuit, std::uint8_t method);

/// The last method, when it failed, is tried again after this, while there is time.
constexpr Millis kAskAgain{10'000};
/// How long a cut may stay unsettled (board not answering) before the circuit is held.
constexpr Millis kCutPatience{15'000};
/// A held circuit whose board comes back is tried again, not more often than this.
constexpr Millis kRetryHeld{5'000};

/// Confirmers' staff numbers.
std::vector<std::string> names(const std::vector<SavedConfirmation>& given);

}  // namespace hall
