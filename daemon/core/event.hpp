#pragma once
// Facts that reach the rules, in the past tense. Any event is legal in any state.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/now.hpp"

namespace hall {

/// Correlates an event with the answer that somebody waits for; 0 when nobody does.
using RequestId = std::uint64_t;
/// Correlates a command with what became of it.
using CommandId = std::uint64_t;

// --- what the wires told
// ---------------------------------------------------------------------------------------

/// The level of one of our own outputs was read from the board. `unknown`: the board does not
/// answer.
struct OutputReported {
    OutputRef output;
    Level level = Level::unknown;
};
/// A circuit's contactor feedback (auxiliary or mirror contact): on = the contactor conducts.
struct FeedbackReported {
    CircuitIx circuit;
    Level level = Level::unknown;
};
/// The lightbox's own feedback.
struct LightboxFeedbackReported {
    Level level = Level::unknown;
};
/// One fresh sample of a circuit's meter; none: it did not answer, or answered nonsense.
struct MeterReported {
    CircuitIx circuit;
    std::optional<double> watts;
};
/// A wired power-good input of the PC itself.
struct PowerGoodReported {
    CircuitIx circuit;
    Level level = Level::unknown;
};
/// The PC's network address answered (on), did not answer (off), or could not be tried.
struct ReachabilityReported {
    CircuitIx circuit;
    Level level = Level::unknown;
};
struct ContactReported {
    ContactIx contact;
    ContactState state = ContactState::unknown;
};
/// A window's button went down.
struct ButtonPressed {
    WindowIx window;
};
/// The button at the window that reports a fault went down.
struct FaultButtonPressed {
    WindowIx window;
};
/// A bus or a device was lost or came back.
struct LinkReported {
    LinkIx link;
    bool up = false;
};
/// A command ended. An outcome `unknown` is settled by reading back.
struct CommandFinished {
    CommandId command = 0;
    Outcome outcome = Outcome::unknown;
};

// --- what people did, with credentials already verified by the shell
// ---------------------------------------------

/// An exception that somebody wants in the plan: a circuit that stays powered, or a contact whose
/// sensor is faulty.
struct AskedException {
    std::string id;
    std::string reason;
    friend bool operator==(const AskedException&, const AskedException&) = default;
};

struct ClosingConfirmed {
    RequestId request = 0;
    PersonId person;
    std::string plan;                   ///< digest of the plan that this person saw
    std::vector<std::string> attested;  ///< contacts without a sensor that this person looked at
    std::vector<AskedException> exceptions;  ///< further exceptions that this person asks for
};
struct ClosingCancelled {
    RequestId request = 0;
    std::string source;
};
/// In `open`/`collecting`: changes the plan. In `hold`: leaves the circuit powered, with an alarm.
struct ExceptionRequested {
    RequestId request = 0;
    PersonId person;
    AskedException exception;
};
struct ForceConfirmed {
    RequestId request = 0;
    PersonId person;
    CircuitIx circuit;
    std::string reason;
};
/// Staff stay longer: no overdue alarm before `until_minutes` from now.
struct DayExtended {
    RequestId request = 0;
    PersonId person;
    std::chrono::minutes by{0};
};
struct ClosingInhibited {
    RequestId request = 0;
    std::string source;
    Millis length{0};
};
struct OpeningRequested {
    RequestId request = 0;
    PersonId person;
};
struct WindowSet {
    RequestId request = 0;
    std::string source;
    WindowIx window;
    WindowState state = WindowState::closed;
};
struct FaultRaised {
    RequestId request = 0;
    std::string source;
    WindowIx window;
    std::string text;
};
struct PostSignedIn {
    RequestId request = 0;
    PersonId person;
    std::string post;
};
struct PostSignedOut {
    RequestId request = 0;
    PersonId person;
    std::string post;  ///< empty: wherever this person is signed in
};
/// Both showed their credentials.
struct PostHandedOver {
    RequestId request = 0;
    PersonId from;
    PersonId to;
    std::string post;
};

enum class OverrideUntil : std::uint8_t { next_switch, duration, permanent, cleared };
struct LightboxOverridden {
    RequestId request = 0;
    std::string source;
    bool lit = false;
    OverrideUntil until = OverrideUntil::next_switch;
    Millis length{0};  ///< for OverrideUntil::duration
};
struct AlarmAcknowledged {
    RequestId request = 0;
    std::string source;
    std::string alarm;
};

/// A person's credential did not hold (never says which part). `person` empty: no such person.
struct CredentialRefused {
    std::string panel;
    PersonId person;
    std::string action;
    bool locked = false;
};

// --- the program itself
// ------------------------------------------------------------------------------------------

/// A deadline was reached, or the shell wants the rules to look at the time.
struct TimePassed {};
/// Something about the machine that becomes an alarm or ends one (journal damaged, broker away,
/// certificate ...).
struct ConditionReported {
    std::string code;
    std::string subject;
    bool present = false;
    std::string detail;
};
/// A command over MQTT that holds; what it asks for comes right behind it (R31).
struct CommandAccepted {
    std::string id;
    std::string name;
    std::string source;  ///< `mqtt`, or `mqtt:<user>` where the broker vouches for the user
};
/// A command over MQTT that has no effect, for itself or because the rules said no (R31).
struct CommandRefused {
    std::string id;
    std::string name;
    std::string code;
    std::string source = "mqtt";
    std::uint64_t unrecorded = 0;  ///< more that were refused since the last record of one
};

using Event =
    std::variant<OutputReported, FeedbackReported, LightboxFeedbackReported, MeterReported,
                 PowerGoodReported, ReachabilityReported, ContactReported, ButtonPressed,
                 LinkReported, CommandFinished, ClosingConfirmed, ClosingCancelled,
                 ExceptionRequested, ForceConfirmed, DayExtended, ClosingInhibited,
                 OpeningRequested, WindowSet, FaultRaised, LightboxOverridden, AlarmAcknowledged,
                 CredentialRefused, TimePassed, ConditionReported, CommandAccepted, CommandRefused,
                 FaultButtonPressed, PostSignedIn, PostSignedOut, PostHandedOver>;

/// A fact that a wire told. The rules take it before they look at the time.
bool from_wires(const Event& event);
/// Is forgotten, as if it had never come, when its record cannot be written: what somebody asks for
/// must not come true later.
bool must_be_recorded(const Event& event);
/// The request that it carries; 0 for none.
RequestId request_of(const Event& event);

}  // namespace hall
