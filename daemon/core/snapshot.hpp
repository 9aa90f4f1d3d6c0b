#pragma once
// What the rules must remember over a restart. The shell stores it in the same transaction as the
// records that it belongs to, and puts its hash into their chain; nothing else survives.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/core/view.hpp"

namespace hall {

struct SavedConfirmation {
    PersonId person;
    Instant at{};
    std::vector<std::string> attested;
};

/// What became of a request to shut down.
enum class StopAnswer : std::uint8_t {
    awaited,
    given,    ///< it was carried out
    failed,   ///< it was not, for sure
    unknown,  ///< nobody can say
    lost      ///< the daemon died before it heard of an end: perhaps before it asked at all
};

/// A complete authorisation, and how far its closing came.
struct SavedClosing {
    Plan plan;
    std::vector<SavedConfirmation> confirmations;
    Instant authorised{};  ///< the last needed confirmation
    Instant expires{};
    Instant countdown_ends{};
    struct Circuit {
        std::string id;
        Step step = Step::none;
        std::string why;  ///< it is held
        std::uint8_t method = 0;
        std::optional<Instant> asked;  ///< first asked to shut down
        std::optional<Instant> method_asked;
        StopAnswer answer = StopAnswer::awaited;  ///< to `method`, where that was asked
        bool forced = false;
        std::vector<std::string> forced_by;
    };
    std::vector<Circuit> circuits;
    std::optional<Instant> started;  ///< when the countdown had ended; none: still counting
};

struct SavedCircuit {
    std::string id;
    std::uint64_t switches = 0;
    std::vector<Instant> recent;  ///< operations of the last 24 h
    std::optional<Instant> last_on, last_off;
};

struct SavedAlarm {
    AlarmView view;
    bool present = true;
};

struct SavedWindow {
    std::string id;
    WindowState state = WindowState::closed;
};

/// Somebody is signed in at a post.
struct SavedPresence {
    PersonId person;
    std::string post;
    /// Local day of the sign-in, counted from 1970-01-01; none: the clock was not trusted yet.
    std::optional<int> day;
};

/// A window whose post has been empty since then.
struct SavedWait {
    std::string window;
    Instant since{};
    bool serving = false;
    bool over = false;  ///< waited long enough: paused, with an alarm
};

/// What a month knows of one person (R25).
struct SavedAttendance {
    PersonId person;
    std::string post;                     ///< of the newest fact
    std::optional<int> day;               ///< of the newest sign-in that was judged
    std::optional<WallTime> left_before;  ///< signed out before this closing time, and is away yet
    std::string month;                    ///< `2026-11`
    int late = 0, left_early = 0;         ///< days of that month
};

/// A fault that a department was told of (R24).
struct SavedNotice {
    std::string alarm;
    Instant since{};
    std::uint32_t attempts = 0;
};

struct SavedOverride {
    bool lit = false;
    OverrideUntil until = OverrideUntil::next_switch;
    std::optional<Instant> ends;
    std::optional<WallTime> next_switch;
};

struct Snapshot {
    Now at;                       ///< when it was taken
    Phase resting = Phase::open;  ///< what holds when nothing is under way
    Phase phase = Phase::open;  ///< `open`, `closed`, `partial`, `opening`, or a phase of `closing`
    std::uint64_t attempt = 0;
    std::vector<std::string> collecting;  ///< who had confirmed a plan that is not yet authorised
    std::optional<SavedClosing> closing;
    std::optional<WallTime> ended;
    std::vector<std::string> left_on;
    std::optional<WallTime> extended_until;
    std::optional<Instant> inhibited_until;
    std::vector<SavedCircuit> circuits;
    std::vector<SavedAlarm> alarms;
    std::vector<SavedWindow> windows;
    std::vector<SavedPresence> posts;
    std::vector<SavedWait> waits;
    std::vector<SavedAttendance> attendance;
    std::vector<SavedNotice> notices;
    std::optional<SavedOverride> lightbox;
    std::optional<bool> lightbox_lit;
    std::optional<bool> lightbox_policy;  ///< what the policy wanted when the override began
    std::optional<WallTime> first_start;  ///< closing times before it are nobody's fault (R6)
    std::vector<std::string>
        opening;  ///< circuits that an opening under way has still to switch on
    std::string opened_by;
    std::optional<Instant> opening_until;
    CommandId next_command = 1;
};

/// What a restart changed about the clocks.
struct Restored {
    Snapshot snapshot;
    /// The machine was not rebooted: instants of the snapshot still mean what they meant.
    bool same_boot = false;
    /// The configuration is the one that it was taken under: a circuit's name means what it meant.
    bool same_config = true;
};

}  // namespace hall
