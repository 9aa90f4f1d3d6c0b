#pragma once
// Strong indices into the validated configuration, and the few enumerations that the whole program
// shares. The words are those of the rulebook: see README, "The words".
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace hall {

/// An index into one of HallConfig's lists. Two tags never mix.
template <class Tag>
struct Index {
    std::uint16_t value = 0;
    /// For loops over a list, which count in its size type: a hall never has so many of anything.
    static constexpr Index of(std::size_t position) {
        return {static_cast<std::uint16_t>(position)};
    }
    friend auto operator<=>(const Index&, const Index&) = default;
};

using CircuitIx = Index<struct CircuitTag>;
using WindowIx = Index<struct WindowTag>;
using ContactIx = Index<struct ContactTag>;
using LinkIx = Index<struct LinkTag>;

/// A staff number: names a person, proves nothing.
struct PersonId {
    std::string value;
    friend auto operator<=>(const PersonId&, const PersonId&) = default;
};

/// What became of an order to the outside. `unknown` means that it may or may not have happened;
/// it is settled by reading back, never by assuming (R13).
enum class Outcome : std::uint8_t { done, failed, unknown };

/// A two-valued quantity that may not be known.
enum class Level : std::uint8_t { off, on, unknown };

/// A contact on a door or window of the building (R4).
enum class ContactState : std::uint8_t { closed, open, unknown };

/// What the evidence says of a PC (R8).
enum class PcState : std::uint8_t { running, stopping, off, unknown };

/// What a window's light says to visitors (R22).
enum class WindowState : std::uint8_t { closed, serving, paused, fault };

/// Who of a post is responsible: with the primary present the primary, otherwise the backup (R23).
enum class Responsible : std::uint8_t { none, primary, backup };

/// Where the closing stands; the words of the MQTT topic `closing`.
enum class Phase : std::uint8_t {
    open,
    collecting,
    countdown,
    stopping,
    cutting,
    hold,
    closed,
    partial,
    opening
};

/// One output of the hall, by its role; the shell knows which relay it is.
struct OutputRef {
    enum class Role : std::uint8_t { circuit, lamp, lightbox, buzzer };
    Role role = Role::buzzer;
    std::uint16_t index = 0;  ///< circuit or window
    std::uint8_t lamp = 0;    ///< which lamp of the window
    friend auto operator<=>(const OutputRef&, const OutputRef&) = default;

    static OutputRef circuit(CircuitIx c) { return {Role::circuit, c.value, 0}; }
    static OutputRef window_lamp(WindowIx w, std::uint8_t lamp) {
        return {Role::lamp, w.value, lamp};
    }
    static OutputRef lightbox() { return {Role::lightbox, 0, 0}; }
    static OutputRef buzzer() { return {Role::buzzer, 0, 0}; }
};

const char* to_string(Outcome v);
const char* to_string(Level v);
const char* to_string(ContactState v);
const char* to_string(PcState v);
const char* to_string(WindowState v);
const char* to_string(Responsible v);
const char* to_string(Phase v);

}  // namespace hall
