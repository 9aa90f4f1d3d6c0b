// [[gpio]]: chips of the controller itself, and their lines.
#include <algorithm>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

using drivers::GpioLine;

constexpr std::size_t kMostLines = 247;
constexpr int kMostOffset = 4095;
/// How often a line of a chip without interrupts is read. Others tell by themselves.
constexpr Millis kScan{10};
constexpr Millis kMeter{1'000};
/// R22 leaves 0.2 s from a button to its lamp.
constexpr Bounds kDebounce{0, 0.15};

const std::vector<std::string> kDirections{"input", "output"};
const std::vector<std::string> kBiases{"as_is", "none", "pull_up", "pull_down"};

void read_where(Section& section, const drivers::GpioSettings& chip, GpioLine& line) {
    line.where = std::string();  // which line is meant is not known
    if (!section.has("line")) return section.missing("line");
    if (section.is_text("line")) {
        const auto name = section.text("line");
        if (!name) return;
        line.where = name->value;
    } else {
        int offset = 0;
        if (!section.integer("line", offset, {0, kMostOffset})) return;
        line.where = static_cast<unsigned>(offset);
    }
    for (const GpioLine& other : chip.lines) {
        if (other.where != line.where) continue;
        section.error(section.place("line"),
                      "this line is \"" + other.name + "\" already; give each its own line");
    }
}

void read_input(Section& section, GpioLine& line) {
    if (const auto bias = section.choice("bias", kBiases))
        line.bias = static_cast<drivers::GpioBias>(*bias);
    Millis debounce = std::chrono::duration_cast<Millis>(line.debounce);
    section.seconds("debounce", debounce, kDebounce);
    line.debounce = debounce;
}

/// @param output none: which direction is wanted is not known
GpioLine read_line(Section& section, const drivers::GpioSettings& chip,
                   std::optional<bool>& output) {
    GpioLine line;
    section.rename("[[gpio.line]]");
    const auto name = section.id("name");
    if (name) section.rename("GPIO line \"" + name->value + "\"");
    line.name = name ? name->value : "";
    read_where(section, chip, line);
    if (!section.has("direction")) section.missing("direction");
    const auto direction = section.choice("direction", kDirections);
    if (direction) output = *direction == 1;
    line.output = output.value_or(false);
    section.flag("active_low", line.active_low);
    for (const char* key : {"bias", "debounce"}) {
        if (!direction) section.pass_over(key);
        if (line.output) {
            section.refuse(key, std::string(key) + " is for inputs; remove it");
        }
    }
    if (direction && !line.output) read_input(section, line);
    section.finish();
    return line;
}

void add_line(Section section, Draft& draft, drivers::GpioSettings& chip, std::size_t bus) {
    std::optional<bool> output;
    GpioLine line = read_line(section, chip, output);
    if (line.name.empty()) return;
    const Text id{"gpio." + line.name, section.place("name")};
    if (!draft.links.add(section, id)) return;
    chip.lines.push_back(line);
    const auto unit = static_cast<std::uint8_t>(chip.lines.size());
    draft.points.add_gpio_line(line.name, bus, unit, output);
    SiteConfig& site = draft.site;
    site.devices.push_back(
        {id.value, bus, unit, "", {static_cast<std::uint16_t>(site.hall.links.size())}});
    site.hall.links.push_back({id.value});
}

/// `/dev/gpiochip0` and `gpiochip0` are one chip.
std::string plain_chip(const std::string& chip) {
    constexpr std::string_view kFolder = "/dev/";
    return chip.rfind(kFolder, 0) == 0 ? chip.substr(kFolder.size()) : chip;
}

void check_chip(Section& section, Draft& draft, const Text& chip) {
    for (const drivers::BusConfig& other : draft.site.buses) {
        if (!other.gpio || plain_chip(other.gpio->chip) != plain_chip(chip.value)) continue;
        section.error(chip.at, "\"" + chip.value + "\" is the chip of \"" + other.id +
                                   "\" already; put all its lines there");
    }
}

void read_chip(Section section, Draft& draft) {
    SiteConfig& site = draft.site;
    drivers::BusConfig bus;
    bus.gpio.emplace();
    const auto id = section.id();
    if (id) section.rename("GPIO chip \"" + id->value + "\"");
    if (const auto chip = section.required_text("chip")) {
        check_chip(section, draft, *chip);
        bus.gpio->chip = chip->value;
    }
    read_retry(section, bus);
    auto lines = section.tables("line");
    if (!section.has("line")) section.missing("line");
    if (lines.size() > kMostLines) {
        section.error(section.place("line"), "a chip has at most 247 lines here; use fewer");
        lines.clear();
    }
    section.finish();
    const bool known = id && draft.links.add(section, *id);
    if (known) {
        bus.id = id->value;
        site.bus_links.push_back({static_cast<std::uint16_t>(site.hall.links.size())});
        site.hall.links.push_back({id->value});
        site.scan_intervals.push_back(kScan);
        site.meter_intervals.push_back(kMeter);
        site.buses.push_back(bus);
    }
    // Read even when the chip is wrong: its points are no further faults.
    for (Section& line : lines)
        add_line(std::move(line), draft, *bus.gpio, known ? site.buses.size() - 1 : 0);
    if (known) site.buses.back().gpio = bus.gpio;
}

}  // namespace

void read_gpio(Section& top, Draft& draft) {
    for (Section& chip : top.tables("gpio")) read_chip(std::move(chip), draft);
}

}  // namespace hall::config
