#include "daemon/commission/channels.hpp"

#include <algorithm>

#include "drivers/pc/ssh_stop.hpp"

namespace hall::commission {

namespace {

using Kind = Channel::Kind;

const char* table_word(drivers::Table table) {
    switch (table) {
        case drivers::Table::coil:
            return "coil";
        case drivers::Table::discrete:
            return "discrete";
        case drivers::Table::input:
            return "input";
        case drivers::Table::holding:
            return "holding";
    }
    return "";
}

/// A board's address on the network may change without a wire being moved: it is left out.
std::string wiring_of(const SiteConfig& site, const PointUse& use, const std::string& sense) {
    const DeviceUse* device = device_of(site, use);
    return use.name + " (" + (device != nullptr ? device->template_name : "?") + ", " +
           site.buses.at(use.bus).id + " unit " + std::to_string(use.point.unit) + " " +
           table_word(use.point.table) + " " + std::to_string(use.point.address) +
           (sense.empty() ? ")" : ", " + sense + ")");
}

class Maker {
  public:
    explicit Maker(const SiteConfig& site) : site_(site) {}

    Channel& add(Kind kind, std::string key, std::string name, std::size_t index,
                 const PointUse& use, bool flipped = false) {
        Channel c;
        c.kind = kind;
        c.key = std::move(key);
        c.name = std::move(name);
        c.index = static_cast<std::uint16_t>(index);
        c.use = use;
        c.flipped = use.inverted != flipped;
        const std::string sense = kind == Kind::circuit
                                      ? (flipped ? "normally closed" : "normally open")
                                  : c.flipped ? "inverted"
                                              : "";
        c.wiring = wiring_of(site_, use, sense);
        made.push_back(std::move(c));
        return made.back();
    }
    void contacts();
    void windows();
    void circuits();
    void rest();

    std::vector<Channel> made;

  private:
    void circuit(std::size_t i);
    void stops(std::size_t i, const std::string& section);

    const SiteConfig& site_;
};

std::string section_of(const char* table, const std::string& id) {
    return std::string("[[") + table + "]] id = \"" + id + "\"";
}

void Maker::contacts() {
    for (std::size_t i = 0; i < site_.contacts.size(); ++i) {
        if (!site_.contacts[i]) continue;
        const ContactConfig& config = site_.hall.contacts.at(i);
        Channel& c = add(Kind::contact, "contact." + config.id, config.name, i, *site_.contacts[i]);
        c.section = section_of("contact", config.id);
        c.inversion_key = "inverted";
    }
}

void Maker::windows() {
    for (std::size_t i = 0; i < site_.windows.size(); ++i) {
        const WindowWiring& wiring = site_.windows[i];
        const WindowConfig& config = site_.hall.windows.at(i);
        const std::string key = "window." + config.id;
        const std::string section = section_of("window", config.id);
        if (wiring.button) {
            Channel& c = add(Kind::button, key + ".button", config.name, i, *wiring.button);
            c.section = section;
            c.inversion_key = "button_inverted";
        }
        if (wiring.fault_button) {
            Channel& c = add(Kind::fault_button, key + ".fault_button", config.name, i,
                             *wiring.fault_button);
            c.section = section;
            c.inversion_key = "fault_button_inverted";
        }
        for (std::size_t lamp = 0; lamp < wiring.lamps.size(); ++lamp) {
            Channel& c = add(Kind::lamp, key + ".lamp." + wiring.lamp_names.at(lamp),
                             config.name + " " + wiring.lamp_names.at(lamp), i, wiring.lamps[lamp]);
            c.sub = static_cast<std::uint8_t>(lamp);
            c.section = section;
        }
    }
}

void Maker::stops(std::size_t i, const std::string& section) {
    const CircuitWiring& wiring = site_.circuits[i];
    const CircuitConfig& config = site_.hall.circuits.at(i);
    for (std::size_t m = 0; m < wiring.stop.size(); ++m) {
        const StopWiring& stop = wiring.stop[m];
        const std::string key = "circuit." + config.id + ".stop." + std::to_string(m + 1);
        // An agent is asked over the broker, which only the daemon speaks with.
        if (stop.kind == StopMethodKind::mqtt) continue;
        if (stop.pulse) {
            add(Kind::stop_pulse, key, config.name, i, *stop.pulse);
        } else {
            Channel c;
            c.kind = Kind::stop_command;
            c.key = key;
            c.name = config.name;
            c.index = static_cast<std::uint16_t>(i);
            for (const std::string& word : stop.ssh ? drivers::ssh_call(*stop.ssh) : stop.command)
                c.wiring += (c.wiring.empty() ? "" : " ") + word;
            made.push_back(std::move(c));
        }
        made.back().sub = static_cast<std::uint8_t>(m);
        made.back().section = section;
    }
}

void Maker::circuit(std::size_t i) {
    const CircuitWiring& wiring = site_.circuits[i];
    const CircuitConfig& config = site_.hall.circuits.at(i);
    const std::string key = "circuit." + config.id;
    const std::string section = section_of("circuit", config.id);
    if (wiring.meter) {
        Channel& c = add(Kind::meter, key + ".meter", config.name, i, *wiring.meter);
        c.section = section;
    }
    if (wiring.power_good) {
        Channel& c = add(Kind::power_good, key + ".power_good", config.name, i, *wiring.power_good);
        c.section = section;
        c.inversion_key = "power_good_inverted";
    }
    stops(i, section);
    Channel& output = add(Kind::circuit, key, config.name, i, wiring.output, wiring.energised_cuts);
    output.section = section;
    output.inversion_key = "wiring";
    if (wiring.feedback) {
        Channel& c = add(Kind::feedback, key + ".feedback", config.name, i, *wiring.feedback);
        c.section = section;
        c.inversion_key = "feedback_inverted";
    }
}

void Maker::circuits() {
    for (std::size_t i = 0; i < site_.circuits.size(); ++i) circuit(i);
}

void Maker::rest() {
    if (site_.lightbox.output) {
        Channel& c = add(Kind::lightbox, "lightbox", "", 0, *site_.lightbox.output);
        c.section = "[lightbox]";
    }
    if (site_.lightbox.feedback) {
        Channel& c =
            add(Kind::lightbox_feedback, "lightbox.feedback", "", 0, *site_.lightbox.feedback);
        c.section = "[lightbox]";
        c.inversion_key = "feedback_inverted";
    }
    if (site_.buzzer) {
        Channel& c = add(Kind::buzzer, "buzzer", "", 0, *site_.buzzer);
        c.section = "[buzzer]";
    }
}

}  // namespace

bool is_output(Kind kind) {
    return kind == Kind::circuit || kind == Kind::lamp || kind == Kind::lightbox ||
           kind == Kind::buzzer;
}

bool is_stop(Kind kind) {
    return kind == Kind::stop_pulse || kind == Kind::stop_command;
}

bool is_input(Kind kind) {
    return !is_output(kind) && !is_stop(kind) && kind != Kind::meter;
}

std::vector<Channel> channels_of(const SiteConfig& site) {
    Maker maker(site);
    maker.contacts();
    maker.windows();
    maker.circuits();
    maker.rest();
    return std::move(maker.made);
}

const Channel* find(const std::vector<Channel>& all, Kind kind, std::uint16_t index,
                    std::uint8_t sub) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Channel& c) {
        return c.kind == kind && c.index == index && c.sub == sub;
    });
    return found == all.end() ? nullptr : &*found;
}

const DeviceUse* device_of(const SiteConfig& site, const PointUse& use) {
    const auto found = std::find_if(
        site.devices.begin(), site.devices.end(),
        [&](const DeviceUse& d) { return d.bus == use.bus && d.unit == use.point.unit; });
    return found == site.devices.end() ? nullptr : &*found;
}

}  // namespace hall::commission
