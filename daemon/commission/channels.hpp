#pragma once
// Every input, output, meter and way to stop a PC of one hall, by name, with the wire that it hangs
// on: what an engineer walks through.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/shell/site.hpp"

namespace hall::commission {

struct Channel {
    enum class Kind : std::uint8_t {
        contact,
        button,
        fault_button,
        feedback,    ///< of a circuit's contactor
        power_good,  ///< of a PC
        lightbox_feedback,
        meter,
        circuit,  ///< the contactor's output
        lamp,
        lightbox,
        buzzer,
        stop_pulse,   ///< a PC's power button
        stop_command  ///< a program that asks a PC to shut down; hangs on no wire
    };
    Kind kind = Kind::buzzer;
    std::string
        key;  ///< `contact.west_door`, `circuit.pc1.meter`: stable, also in the file of results
    std::string name;             ///< as staff call it; empty: none
    std::optional<PointUse> use;  ///< none: hangs on no wire
    /// The wire's 1 means off (open, released ...).
    bool flipped = false;
    std::uint16_t index = 0;    ///< of the circuit, window or contact
    std::uint8_t sub = 0;       ///< which lamp, which stop method
    std::string section;        ///< `[[contact]] id = "west_door"`
    std::string inversion_key;  ///< the key that turns the channel's meaning; empty: none
    std::string wiring;         ///< all that a verification holds for, as one line
};

[[nodiscard]] bool is_input(Channel::Kind kind);
[[nodiscard]] bool is_output(Channel::Kind kind);
[[nodiscard]] bool is_stop(Channel::Kind kind);

/// In the configuration's order: contacts, windows, circuits, lightbox, buzzer. Contacts without an
/// input have no channel: staff attest them.
std::vector<Channel> channels_of(const SiteConfig& site);

/// The channel of that kind and index (and lamp or method); null when there is none.
const Channel* find(const std::vector<Channel>& all, Channel::Kind kind, std::uint16_t index,
                    std::uint8_t sub = 0);

/// The device that a point belongs to; null when there is none of that bus and unit.
const DeviceUse* device_of(const SiteConfig& site, const PointUse& use);

}  // namespace hall::commission
