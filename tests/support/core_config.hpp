#pragma once
// A small hall for the tests of the rules: three circuits of different kinds, two windows, two
// doors with a sensor and one without. Local time is UTC+8, and the day is a Tuesday.
#include <string>

#include "daemon/core/config.hpp"

namespace hall::test {

using namespace std::chrono_literals;

inline constexpr CircuitIx kPc1{0};  ///< feedback and meter; asked by a command
inline constexpr CircuitIx kPc2{1};  ///< feedback and meter; a command, then a pulse
inline constexpr CircuitIx kPc3{2};  ///< power-good and network address only; a command
inline constexpr WindowIx kWindow1{0};
inline constexpr WindowIx kWindow2{1};  ///< needs bus1
inline constexpr ContactIx kWestDoor{0};
inline constexpr ContactIx kNorthWindow{1};
inline constexpr ContactIx kRoofHatch{2};  ///< no sensor
inline constexpr LinkIx kBus1{0};

/// FNV-1a: stands in for SHA-256, which the core has no library for.
inline std::string test_digest(std::string_view text) {
    std::uint64_t h = 14695981039346656037ULL;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    std::string hex;
    for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[(h >> shift) & 15U];
    return hex;
}

/// Local time in November 2026; the 24th is a Tuesday.
inline WallTime november(int day, int hour, int minute, int second = 0) {
    using namespace std::chrono;
    const local_days date{year{2026} / 11 / day};
    return WallTime{date.time_since_epoch() + hours{hour - 8} + minutes{minute} + seconds{second}};
}

inline CircuitConfig small_circuit(const std::string& id) {
    CircuitConfig c;
    c.id = id;
    c.name = "PC " + id;
    c.stop = {{StopMethodKind::command, 60s}};
    return c;
}

inline WindowConfig small_window(const std::string& id) {
    WindowConfig w;
    w.id = id;
    w.name = "window " + id;
    w.post = id;
    w.lamps = 2;
    w.look = {std::vector{LampMode::off, LampMode::off}, std::vector{LampMode::on, LampMode::off},
              std::vector{LampMode::blink, LampMode::off},
              std::vector{LampMode::off, LampMode::on}};
    return w;
}

inline HallConfig small_hall() {
    HallConfig hall;
    hall.id = "small";
    hall.name = "Small hall";
    hall.zone = Zone{8h, {}};
    for (std::size_t day = 0; day < 5; ++day) hall.hours[day] = Hours{8h + 30min, 17h + 30min};
    hall.lightbox.policy = LightboxPolicy::after_closing;
    hall.circuits = {small_circuit("pc1"), small_circuit("pc2"), small_circuit("pc3")};
    hall.circuits[0].has_feedback = hall.circuits[0].has_meter = true;
    hall.circuits[0].window = kWindow1;
    hall.circuits[1].has_feedback = hall.circuits[1].has_meter = true;
    hall.circuits[1].stop = {{StopMethodKind::command, 20s}, {StopMethodKind::pulse, 20s}};
    hall.circuits[2].has_power_good = hall.circuits[2].has_reachability = true;
    hall.windows = {small_window("1"), small_window("2")};
    hall.windows[1].links = {kBus1};
    hall.contacts = {{"west_door", "west door", true},
                     {"north_window", "north window", true},
                     {"roof_hatch", "roof hatch", false}};
    hall.links = {{"bus1"}};
    hall.has_buzzer = true;
    hall.digest = &test_digest;
    return hall;
}

/// A hall of a lightbox alone, in UTC+8, that has no working day and follows its schedule.
inline HallConfig quiet_hall() {
    HallConfig hall;
    hall.id = "quiet";
    hall.zone = Zone{8h, {}};
    hall.lightbox.policy = LightboxPolicy::schedule;
    hall.digest = &test_digest;
    return hall;
}

}  // namespace hall::test
