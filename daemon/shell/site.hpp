#pragma once
// The whole configuration of one controller: the rules' part (HallConfig) and how it hangs on wires
// and networks. Made by load_site(); after that nothing is missing, out of bounds or contradictory.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/config.hpp"
#include "daemon/shell/recorder_config.hpp"
#include "drivers/bus.hpp"
#include "drivers/pc/ssh_settings.hpp"

namespace hall {

/// A point of the configuration (`relay1.coil3`), resolved.
struct PointUse {
    std::string name;     ///< as written
    std::size_t bus = 0;  ///< index into SiteConfig::buses
    drivers::Point point;
    /// How to make a pulse on this channel, where the board has a flash-on of its own.
    std::optional<drivers::FlashOn> flash;
    bool inverted = false;  ///< the wire's 1 means "off" / "open"
};

struct DeviceUse {
    std::string id;
    std::size_t bus = 0;
    std::uint8_t unit = 1;
    std::string template_name;
    LinkIx link;
};

struct StopWiring {
    StopMethodKind kind = StopMethodKind::command;
    std::vector<std::string> command;  ///< argv; `{circuit}` is already replaced
    Millis timeout{30'000};            ///< of a command, over SSH too, and for an agent's answer
    std::optional<drivers::SshSettings> ssh;
    std::optional<PointUse> pulse;
    Millis pulse_length{500};
};

struct CircuitWiring {
    PointUse output;
    /// True: energised means cut (normally-closed wiring), so that no failure of board or
    /// controller cuts (R14).
    bool energised_cuts = true;
    std::optional<PointUse> feedback;
    std::optional<PointUse> meter;
    std::optional<PointUse> power_good;
    std::string reach_host;  ///< empty: not probed
    int reach_port = 0;
    std::vector<StopWiring> stop;
};

struct WindowWiring {
    std::vector<std::string> lamp_names;
    std::vector<PointUse> lamps;
    std::optional<PointUse> button;
    std::optional<PointUse> fault_button;
};

struct LightboxWiring {
    std::optional<PointUse> output;
    std::optional<PointUse> feedback;
};

struct PanelConfig {
    std::string host = "127.0.0.1";
    int port = 8080;
    std::vector<std::string> allowed_hosts;  ///< further Host names that a browser may use
    std::string reader;                      ///< a card reader's device; empty: none is fitted
    std::optional<LinkIx> reader_link;       ///< present iff one is fitted
};

struct MqttConfig {
    /// mqtt:// or mqtts://, of one broker or of the nodes of one; empty: not reported anywhere
    std::vector<std::string> urls;
    int version = 5;  ///< 5 or 3 (3.1.1)
    std::string credentials_file, ca_file, certificate_file, key_file;
    std::chrono::seconds keep_alive{30};
    int records_per_second = 50;             ///< of the journal, on the long run
    int subscribe_qos = 1;                   ///< of what the hall hears
    std::chrono::seconds watts_interval{5};  ///< a mere change of watts is told no more often
    std::chrono::days certificate_warning{30};
    bool home_assistant = false;
    std::string discovery_prefix = "homeassistant";
};

/// A supply that no closing may reach: the controller's own, the network's (R12).
struct ProtectedSupply {
    std::string id;
    std::optional<PointUse> output;
};

struct SiteConfig {
    HallConfig hall;
    std::string timezone;
    /// The kernel must have been synchronised since boot before its time is believed (R21). False:
    /// a battery-backed clock is trusted without.
    bool clock_from_network = true;
    std::string locale = "zh";  ///< `zh` or `en`
    std::vector<drivers::BusConfig> buses;
    std::vector<Millis> scan_intervals;   ///< per bus, for inputs that matter
    std::vector<Millis> meter_intervals;  ///< per bus
    std::vector<LinkIx> bus_links;        ///< per bus
    std::vector<DeviceUse> devices;
    std::vector<CircuitWiring> circuits;            ///< parallel to hall.circuits
    std::vector<WindowWiring> windows;              ///< parallel to hall.windows
    std::vector<std::optional<PointUse>> contacts;  ///< parallel to hall.contacts; none: attested
    LightboxWiring lightbox;
    std::optional<PointUse> buzzer;
    std::vector<ProtectedSupply> protected_supplies;
    PanelConfig panel;
    MqttConfig mqtt;
    RecorderConfig recorder;
    std::string sha256;  ///< of the file's bytes
    std::filesystem::path file;
};

/// One fault of a configuration file.
struct ConfigFault {
    std::string file;
    std::size_t line = 0, column = 0;
    std::string message;  ///< names the fault and the remedy
    bool warning = false;
};
/// `file:line:column: message`
std::string to_string(const ConfigFault& fault);

struct LoadedSite {
    std::optional<SiteConfig> site;   ///< present iff no fault is an error
    std::vector<ConfigFault> faults;  ///< all of them at once, in the file's order
    std::vector<std::string> files;   ///< the file itself, templates, calendars: all that it needs
};

/// Reads a configuration and the device templates that it names.
/// @param templates folder of `<template>.toml`
LoadedSite load_site(const std::filesystem::path& file, const std::filesystem::path& templates);

/// Where the templates lie: $HALL_DEVICES, then `devices/` beside the file, then the source tree's
/// or the installed ones.
std::filesystem::path default_templates(const std::filesystem::path& config_file);

}  // namespace hall
