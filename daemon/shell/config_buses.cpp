// [[bus]] and [[device]]: the wires and what hangs on them.
#include <algorithm>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

using drivers::BusConfig;

constexpr Millis kScan{50};
/// On a serial line a scan costs tens of milliseconds; more often than this is not possible.
constexpr Millis kSerialScan{100};
constexpr Millis kMeter{1'000};

void read_tcp(Section& section, BusConfig& bus) {
    if (const auto host = section.required_text("host")) {
        if (is_host(host->value)) {
            bus.host = host->value;
        } else {
            section.error(host->at, "host \"" + host->value +
                                        "\" is no host name or address; the port has a key of its "
                                        "own");
        }
    }
    section.integer("port", bus.port, {1, 65'535});
    for (const char* key : {"path", "baud", "parity", "data_bits", "stop_bits", "rs485"})
        section.refuse(key, std::string(key) + " belongs to type = \"modbus-rtu\"; remove it");
}

void read_rtu(Section& section, BusConfig& bus) {
    if (const auto path = section.required_text("path")) bus.path = path->value;
    const std::vector<int> speeds{1200, 2400, 4800, 9600, 19'200, 38'400, 57'600, 115'200};
    section.integer("baud", bus.serial.baud, {1200, 115'200}, "baud");
    if (std::find(speeds.begin(), speeds.end(), bus.serial.baud) == speeds.end()) {
        section.error(section.place("baud"),
                      "baud = " + std::to_string(bus.serial.baud) +
                          " is no usual speed; choose one of 1200, 2400, 4800, 9600, 19200, 38400, "
                          "57600, 115200");
    }
    if (const auto parity = section.choice("parity", {"none", "even", "odd"}))
        bus.serial.parity = "NEO"[*parity];
    section.integer("data_bits", bus.serial.data_bits, {7, 8}, "bits");
    section.integer("stop_bits", bus.serial.stop_bits, {1, 2}, "bits");
    section.flag("rs485", bus.serial.rs485);
    for (const char* key : {"host", "port"})
        section.refuse(key, std::string(key) + " belongs to type = \"modbus-tcp\"; remove it");
}

/// The same line under two spellings would hide that two names are one relay (R12).
std::string plain_host(std::string host) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return host == "localhost" ? "127.0.0.1" : host;
}

std::filesystem::path plain_path(const std::string& path) {
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(path, error);
    return error ? std::filesystem::path(path).lexically_normal() : real;
}

bool same_line(const BusConfig& a, const BusConfig& b) {
    if (a.host.empty() != b.host.empty()) return false;
    if (!a.host.empty()) return a.port == b.port && plain_host(a.host) == plain_host(b.host);
    return !a.path.empty() && plain_path(a.path) == plain_path(b.path);
}

/// @param serial on a serial line less would only be a longer queue
void read_timing(Section& section, BusConfig& bus, Millis& scan, Millis& meter, bool serial) {
    section.seconds("scan_interval", scan, {serial ? 0.01 : 0.001, 10});
    section.seconds("meter_interval", meter, {0.1, 60});
    section.seconds("timeout", bus.timeout, {0.05, 5});
    section.seconds("turn_around", bus.turn_around, {0, 1});
    read_retry(section, bus);
    section.integer("max_hole", bus.max_hole, {0, 100}, "points");
}

void read_bus(Section section, Draft& draft) {
    SiteConfig& site = draft.site;
    BusConfig bus;
    const auto id = section.id();
    if (id) section.rename("bus \"" + id->value + "\"");
    if (!section.has("type")) section.missing("type");
    const auto type = section.choice("type", {"modbus-tcp", "modbus-rtu"});
    if (type && *type == 0) read_tcp(section, bus);
    if (type && *type == 1) read_rtu(section, bus);
    if (!type) {  // which of these belong is not known: only what both have is judged
        for (const char* key :
             {"host", "port", "path", "baud", "parity", "data_bits", "stop_bits", "rs485"}) {
            section.pass_over(key);
        }
    }
    Millis scan = type && *type == 1 ? kSerialScan : kScan;
    Millis meter = kMeter;
    read_timing(section, bus, scan, meter, type && *type == 1);
    section.finish();
    // Two masters on one line disturb each other.
    for (const BusConfig& other : site.buses) {
        if (same_line(bus, other)) {
            section.error(section.place(bus.host.empty() ? "path" : "host"),
                          "bus \"" + other.id +
                              "\" is on this line already; put all its devices "
                              "on that one bus");
        }
    }
    if (!id || !draft.links.add(section, *id)) return;
    draft.bus_ids.add(section, *id);
    bus.id = id->value;
    site.bus_links.push_back({static_cast<std::uint16_t>(site.hall.links.size())});
    site.hall.links.push_back({id->value});
    site.buses.push_back(std::move(bus));
    site.scan_intervals.push_back(scan);
    site.meter_intervals.push_back(meter);
}

void read_device(Section section, Draft& draft) {
    SiteConfig& site = draft.site;
    const auto id = section.id();
    if (id) section.rename("device \"" + id->value + "\"");
    const auto bus_name = section.required_text("bus");
    int unit = 1;
    const bool unit_known = section.integer("unit", unit, {1, 247});
    const auto kind_name = section.required_text("template");
    section.finish();
    const Template* kind = kind_name ? draft.templates.get(*kind_name) : nullptr;
    if (id && id->value == "gpio")
        return section.error(id->at, "the name \"gpio\" is kept for GPIO lines; rename the device");
    std::optional<std::size_t> bus;
    if (bus_name) bus = draft.bus_ids.find(bus_name->value);
    if (bus_name && !bus) {
        section.error(bus_name->at, "no bus \"" + bus_name->value + "\"" +
                                        suggestion(bus_name->value, draft.bus_ids.all()));
    }
    for (const DeviceUse& other : site.devices) {
        if (bus && unit_known && other.bus == *bus && other.unit == unit) {
            section.error(section.place("unit"), "unit " + std::to_string(unit) +
                                                     " on this bus is device \"" + other.id +
                                                     "\" already; give each its own unit");
        }
    }
    if (!id || !draft.links.add(section, *id)) return;
    // Known by name even when its bus or template is wrong: its points are no further faults.
    const auto number = static_cast<std::uint8_t>(unit);
    draft.points.add_device(id->value, bus.value_or(0), number, bus ? kind : nullptr);
    if (!bus || kind == nullptr) return;
    if (kind->eight_coils) site.buses[*bus].eight_coil_units.push_back(number);
    site.devices.push_back({id->value,
                            *bus,
                            number,
                            kind->name,
                            {static_cast<std::uint16_t>(site.hall.links.size())}});
    site.hall.links.push_back({id->value});
}

}  // namespace

void read_retry(Section& section, BusConfig& bus) {
    section.seconds("retry_first", bus.retry_first, {0.1, 60});
    section.seconds("retry_most", bus.retry_most, {0.1, 600});
    if (bus.retry_first > bus.retry_most) {
        section.error(section.place("retry_first"),
                      "retry_first is longer than retry_most; exchange the two");
    }
}

void read_buses(Section& top, Draft& draft) {
    for (Section& bus : top.tables("bus")) read_bus(std::move(bus), draft);
    for (Section& device : top.tables("device")) read_device(std::move(device), draft);
}

}  // namespace hall::config
