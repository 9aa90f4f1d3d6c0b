#pragma once
// What the checker knows of a hall: the rulebook's numbers, as plain values. Nothing of the rules
// themselves: the checker must not share a mistake with them.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hall::simulation {

/// True time: milliseconds since 1970, UTC. Lengths are milliseconds too.
using Ms = std::int64_t;

constexpr Ms kSecond = 1000;
constexpr Ms kMinute = 60 * kSecond;
constexpr Ms kHour = 60 * kMinute;
constexpr Ms kDay = 24 * kHour;

struct CircuitFacts {
    std::string id;
    bool has_feedback = false, has_meter = false, has_power_good = false, has_reachability = false;
    double off_watts = 5;
    double cut_watts = 0.5;
    Ms off_for = 30 * kSecond;
    Ms min_on = 0, min_off = 0;
    int max_switches_a_day = 20;
};

struct ContactFacts {
    std::string id;
    bool sensed = true;
};

struct WindowFacts {
    std::string id;
    int lamps = 0;
    std::vector<int> links;
    std::vector<std::string> circuits;  ///< of the PCs that serve it
    /// Per state (closed, serving, paused, fault) and lamp: lit. Blinking counts as neither.
    std::array<std::vector<std::optional<bool>>, 4> look;
};

/// Offsets of local time: local = UTC + offset, from `from` on.
struct ZoneFacts {
    Ms before = 0;
    std::vector<std::pair<Ms, Ms>> changes;  ///< from, offset
};

enum class LightPolicy : std::uint8_t { schedule, after_closing, both };

struct LightboxFacts {
    bool fitted = false;
    /// Its schedule is one that the checker can work out by itself: fixed times every day.
    bool judged = true;
    LightPolicy policy = LightPolicy::both;
    Ms on = 0, off = 0;  ///< after local midnight
};

struct HallFacts {
    int min_persons = 2;
    Ms confirm_window = 0, countdown = 0, valid = 0, stop_timeout = 0, prove_within = 0,
       fresh_within = 0, grace = 0, stagger = 0;
    std::array<std::optional<std::pair<Ms, Ms>>, 7> hours;  ///< Monday first; after midnight
    ZoneFacts zone;
    std::vector<CircuitFacts> circuits;
    std::vector<ContactFacts> contacts;
    std::vector<WindowFacts> windows;
    std::vector<std::string> links;
    LightboxFacts lightbox;
    bool has_buzzer = false;
    int outputs = 0;                ///< how many the hall has
    std::vector<std::string> pins;  ///< of the persons: no digit string of them may be written
};

}  // namespace hall::simulation
