#pragma once
// What the rules need to know of one hall. Built whole and valid by the configuration loader;
// nothing in it can be missing or out of bounds afterwards. Durations are the rulebook's, on the
// monotonic clock.
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/calendar.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/night.hpp"
#include "daemon/core/now.hpp"
#include "daemon/core/sun.hpp"
#include "daemon/core/zone.hpp"

namespace hall {

/// Minutes after local midnight.
using MinuteOfDay = std::chrono::minutes;

struct Hours {
    MinuteOfDay opens{};
    MinuteOfDay closes{};
};

enum class StopMethodKind : std::uint8_t {
    command,  ///< a local command hook, asks the PC to shut down normally
    pulse,    ///< the PC's power button through a relay board's own flash-on
    ssh,      ///< a command on the PC itself, over SSH
    mqtt      ///< a request to an agent on the PC, by the broker
};

struct StopMethod {
    StopMethodKind kind = StopMethodKind::command;
    Millis wait{60'000};  ///< how long to wait for the PC before the next method is tried
};

struct CircuitConfig {
    std::string id;
    std::string name;  ///< shown to staff, in the hall's language
    bool has_feedback = false;
    bool has_meter = false;
    bool has_power_good = false;
    bool has_reachability = false;
    double off_watts = 5.0;       ///< below this the PC counts as off (R8)
    Millis off_for{30'000};       ///< for this long, without a gap (R8)
    double cut_watts = 0.5;       ///< a cut circuit's meter must read below this (R10)
    Millis min_on{0};             ///< not cut sooner after it was switched on (R11)
    Millis min_off{0};            ///< not switched on sooner after it was cut (R11)
    int max_switches_a_day = 20;  ///< in 24 h on the monotonic clock (R11)
    std::vector<StopMethod> stop;
    std::optional<WindowIx> window;  ///< the window that this PC serves
};

enum class LampMode : std::uint8_t { off, on, blink };

struct WindowConfig {
    std::string id;
    std::string name;
    std::string post;
    std::uint8_t lamps = 0;
    /// For each WindowState, in its order, one mode a lamp.
    std::array<std::vector<LampMode>, 4> look;
    std::vector<LinkIx> links;  ///< buses and devices without which the window cannot serve (R24)
};

/// R23: a window's pair of staff. A role may be shared by several persons.
struct PostConfig {
    std::string id;
    std::string name;
    std::vector<PersonId> primary;
    std::vector<PersonId> backup;
    /// Nobody is assigned: the post is a mere name, and nobody is expected at it.
    [[nodiscard]] bool staffed() const { return !primary.empty() || !backup.empty(); }
};

struct AttendanceConfig {
    Millis unattended_after{300'000};  ///< R23: an empty post turns its window `paused`
    Millis early_target{600'000};      ///< R25: before the day's opening, inclusive
    std::array<int, 2> monthly_counts{3,
                                      10};  ///< R25: told once each, when a month's count is there
    bool publish_names = false;  ///< whether the topic `attendance` names persons or posts only
};

struct FaultConfig {
    std::string department;  ///< who is told of a fault at a window (R24)
    /// R24: told again so long after the fault began; afterwards at the distance of the last two.
    std::vector<Millis> notify_after{Millis{300'000}, Millis{900'000}, Millis{1800'000}};
};

struct ContactConfig {
    std::string id;
    std::string name;
    bool sensed = true;  ///< false: no sensor is fitted, staff attest it (R4)
};

/// A bus or a device whose loss is noticed.
struct LinkConfig {
    std::string id;
};

struct ClosingConfig {
    int min_persons = 2;                 ///< R1: at least 2
    Millis confirm_window{120'000};      ///< R3: 15-300 s
    Millis countdown{30'000};            ///< R3: 0-120 s
    Millis authorisation_ttl{1800'000};  ///< R5
    Millis stop_timeout{180'000};        ///< R9
    Millis prove_within{5'000};          ///< R10
    Millis fresh_within{5'000};          ///< R8: an older sample is no evidence
    Millis grace{1800'000};              ///< R6
    std::vector<Millis> escalate{Millis{900'000}, Millis{1800'000}};  ///< R6, after closing_overdue
    bool publish_names = false;
};

struct OpeningConfig {
    int min_persons = 1;    ///< R15
    Millis stagger{2'000};  ///< R11
};

enum class LightboxPolicy : std::uint8_t { schedule, after_closing, both };

struct LightboxConfig {
    bool fitted = true;
    bool has_feedback = false;
    LightboxPolicy policy = LightboxPolicy::both;
    NightPlan usual;               ///< of every night that no rule is made for
    std::vector<NightRule> rules;  ///< in the file's order
    Millis max_override{24 * 3600'000};
};

/// SHA-256 (or a test's stand-in) as lower-case hex; the core has no library for it.
using DigestFunction = std::string (*)(std::string_view);

struct HallConfig {
    std::string id;
    std::string name;
    Zone zone;
    std::array<std::optional<Hours>, 7> hours;  ///< Monday first; none: a day off
    std::optional<Hours> makeup;  ///< of a make-up working day, whatever its weekday (R20)
    Calendar calendar;
    GeoPosition where;
    ClosingConfig closing;
    OpeningConfig opening;
    LightboxConfig lightbox;
    std::vector<CircuitConfig> circuits;
    std::vector<WindowConfig> windows;
    std::vector<PostConfig> posts;
    AttendanceConfig attendance;
    FaultConfig faults;
    std::vector<ContactConfig> contacts;
    std::vector<LinkConfig> links;
    bool has_buzzer = false;
    DigestFunction digest = nullptr;
};

}  // namespace hall
