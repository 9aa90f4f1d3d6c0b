#pragma once
// Everything that the panel and the telemetry may show, as values. Made by Hall::view(); no rule
// lives outside the core.
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/config.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/now.hpp"

namespace hall {

struct PlanException {
    std::string id;
    std::string reason;
    friend bool operator==(const PlanException&, const PlanException&) = default;
};

/// The one exact plan that people authorise (R2).
struct Plan {
    std::uint64_t attempt = 0;
    bool early = false;                      ///< before closing time (R6)
    std::vector<std::string> cut;            ///< circuits that will be cut
    std::vector<std::string> already_off;    ///< circuits proven off
    std::vector<PlanException> excepted;     ///< circuits that stay powered
    std::vector<std::string> open_contacts;  ///< open, not excepted: these block
    std::vector<std::string>
        unknown_contacts;  ///< sensor does not answer, not excepted: these block
    std::vector<PlanException> excepted_contacts;
    std::vector<std::string> to_attest;  ///< no sensor fitted: each person attests them
    std::string digest;
    friend bool operator==(const Plan&, const Plan&) = default;
};

/// What keeps the closing from going on.
struct Blocker {
    std::string
        kind;  ///< `contact_open`, `contact_unknown`, `inhibited`, `pc_not_off`, `output_failed`
    std::string id;
    std::string text;  ///< further detail, may be empty
    friend bool operator==(const Blocker&, const Blocker&) = default;
};

/// Where one circuit stands within a closing or an opening.
enum class Step : std::uint8_t {
    none,      ///< not part of it
    waiting,   ///< its turn has not come
    asked,     ///< the PC was asked to shut down
    cutting,   ///< evidence is complete, the cut was ordered
    proving,   ///< the cut must be proven
    cut,       ///< proven off
    held,      ///< its PC is not off after stop_timeout
    excepted,  ///< stays powered
    failed,    ///< the cut could not be proven (welded contact)
    switching_on,
    on
};
const char* to_string(Step v);

struct ClosingView {
    Phase phase = Phase::open;
    Instant since{};
    std::optional<Instant> deadline;  ///< of the window, the countdown, or the authorisation
    Plan plan;
    int confirmations = 0;
    int needed = 2;
    std::vector<PersonId> persons;  ///< who confirmed; shown only where configured
    std::vector<Blocker> blockers;
    std::vector<std::string> to_attest;
    std::optional<Instant> expires;         ///< of the authorisation
    std::optional<Instant> force_deadline;  ///< a second person must join a force before this
    std::string force_circuit;
    std::string void_reason;  ///< of earlier confirmations: `plan_changed`, `cancelled`,
                              ///< `confirm_window_over`, `inhibited`, `restarted`
    std::vector<std::string> void_detail;  ///< what changed in the plan: ids
    std::optional<WallTime> ended;         ///< of the last closing
    std::vector<std::string> left_on;      ///< circuits that the last closing left powered
    bool early = false;
    std::optional<WallTime>
        closes_at;  ///< today's closing time, with extensions; none on a day off
    friend bool operator==(const ClosingView&, const ClosingView&) = default;
};

struct CircuitView {
    std::string id, name;
    Level target = Level::unknown;
    Level actual = Level::unknown;
    PcState pc = PcState::unknown;
    std::optional<double> watts;
    bool fresh = false;  ///< false: `quality` is `stale`
    Step step = Step::none;
    std::optional<Instant> step_deadline;
    std::uint64_t switches = 0;  ///< operations counted since the journal began (R11)
};

struct LampView {
    LampMode wanted = LampMode::off;
    Level level = Level::unknown;
    friend bool operator==(const LampView&, const LampView&) = default;
};
struct WindowView {
    std::string id, name, post;
    WindowState state = WindowState::closed;
    std::vector<LampView> lamps;
    Responsible responsible = Responsible::none;
    friend bool operator==(const WindowView&, const WindowView&) = default;
};
/// A post as anybody may see it: roles, never persons (R28).
struct PostView {
    std::string id, name;
    bool staffed = false;  ///< persons are assigned to it
    Responsible responsible = Responsible::none;
    bool primary = false, backup = false;  ///< somebody of this role is signed in
};
struct LightboxView {
    bool fitted = false;
    Level target = Level::unknown;
    Level actual = Level::unknown;
    std::string reason;  ///< `schedule`, `override`, `after_closing`, `hold`
    std::optional<WallTime> next_switch;
    std::optional<Instant> override_until;
    bool override_permanent = false;
    bool overridden = false;
    friend bool operator==(const LightboxView&, const LightboxView&) = default;
};
struct ContactView {
    std::string id, name;
    ContactState state = ContactState::unknown;
    bool sensed = true;
};
struct AlarmView {
    std::string id, code, subject, severity, rule, clause, detail;
    WallTime raised{};
    bool raised_trusted = false;
    std::optional<WallTime> cleared;
    std::string acknowledged_by;
    std::uint32_t count = 1;  ///< how often the condition came while the alarm stood
};
struct LinkView {
    std::string id;
    Level up = Level::unknown;
};

/// What the wires told, with the names of it. Cheaper than all of the hall.
struct WiresView {
    Now now;
    std::vector<CircuitView> circuits;
    std::vector<WindowView> windows;
    std::vector<ContactView> contacts;
    std::vector<LinkView> links;
};
struct HallView : WiresView {
    ClosingView closing;
    std::vector<PostView> posts;
    LightboxView lightbox;
    std::vector<AlarmView> alarms;  ///< open ones: not both cleared and acknowledged
    bool inhibited = false;
    std::optional<Instant> inhibited_until;
};

}  // namespace hall
