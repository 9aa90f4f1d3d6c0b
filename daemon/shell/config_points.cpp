#include "daemon/shell/config_points.hpp"

#include <algorithm>

#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

using drivers::Table;

std::string channels(const std::vector<std::string>& names) {
    return names.empty() ? "this device has none" : "it has " + joined(names);
}

std::string kind_text(const Channel& channel) {
    switch (channel.point.table) {
        case Table::coil:
            return "an output";
        case Table::discrete:
            return "an input, which can only be read";
        case Table::input:
        case Table::holding:
            break;
    }
    return "a measured value in " + channel.measure;
}

bool same_wire(const PointUse& a, const PointUse& b) {
    return a.bus == b.bus && a.point.unit == b.point.unit && a.point.table == b.point.table &&
           a.point.address == b.point.address;
}

}  // namespace

void Points::add_device(const std::string& id, std::size_t bus, std::uint8_t unit,
                        const Template* kind) {
    devices_.emplace(id, Device{bus, unit, kind});
}

const Template* Points::kind_of(const Text& name) const {
    if (is_gpio(name)) return &gpio_;
    const auto device = devices_.find(name.value.substr(0, name.value.find('.')));
    return device == devices_.end() ? nullptr : device->second.kind;
}

bool Points::unjudged(const Text& name) const {
    const auto device = devices_.find(name.value.substr(0, name.value.find('.')));
    return device != devices_.end() && device->second.kind == nullptr;
}

std::optional<Points::Use> Points::used(const std::string& name) const {
    const auto found = std::find_if(claims_.begin(), claims_.end(),
                                    [&](const Claim& c) { return c.name.value == name; });
    if (found == claims_.end()) return std::nullopt;
    return Use{found->use, found->role};
}

std::vector<Points::Use> Points::outputs_of(std::size_t bus, std::uint8_t unit) const {
    std::vector<Use> list;
    for (const Claim& claim : claims_) {
        const PointUse& use = claim.use;
        if (use.bus == bus && use.point.unit == unit && use.point.table == Table::coil)
            list.push_back({use, claim.role});
    }
    return list;
}

std::optional<PointUse> Points::resolve(const Text& name, Wanted wanted, const Role& role,
                                        bool inverted) {
    const std::size_t dot = name.value.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == name.value.size()) {
        faults_.error(name.at, "\"" + name.value +
                                   "\" is no point; write device.channel, e.g. \"relay1.coil3\"");
        return std::nullopt;
    }
    const std::string id = name.value.substr(0, dot);
    const std::string channel_name = name.value.substr(dot + 1);
    if (is_gpio(name)) {
        auto use = resolve_gpio(name, channel_name, wanted);
        if (!use) return std::nullopt;
        use->inverted = inverted;
        claims_.push_back({name, *use, role});
        return use;
    }
    const auto device = devices_.find(id);
    if (device == devices_.end()) {
        std::vector<std::string> known;
        for (const auto& [other, unused] : devices_) known.push_back(other);
        faults_.error(name.at, "no device \"" + id + "\"" + suggestion(id, known));
        return std::nullopt;
    }
    const Template* kind = device->second.kind;
    if (kind == nullptr) return std::nullopt;
    const auto channel = kind->channels.find(channel_name);
    if (channel == kind->channels.end()) {
        faults_.error(name.at, "device \"" + id + "\" (" + kind->name + ") has no channel \"" +
                                   channel_name + "\"; it has " + kind->all());
        return std::nullopt;
    }
    if (!fits(name, *kind, channel->second, wanted)) return std::nullopt;
    PointUse use;
    use.name = name.value;
    use.bus = device->second.bus;
    use.point = channel->second.point;
    use.point.unit = device->second.unit;
    use.flash = channel->second.flash;
    if (use.flash) use.flash->unit = device->second.unit;
    use.inverted = inverted;
    claims_.push_back({name, use, role});
    return use;
}

void Points::add_gpio_line(const std::string& name, std::size_t bus, std::uint8_t unit,
                           std::optional<bool> output) {
    gpio_places_.emplace(name, Device{bus, unit, output ? &gpio_ : nullptr});
    if (!output) return;
    gpio_.name = "GPIO";
    gpio_.channels[name].point.table = *output ? Table::coil : Table::discrete;
    (*output ? gpio_.outputs : gpio_.inputs).push_back("gpio." + name);
}

std::optional<PointUse> Points::resolve_gpio(const Text& name, const std::string& line,
                                             Wanted wanted) {
    const auto place = gpio_places_.find(line);
    if (place == gpio_places_.end()) {
        std::vector<std::string> known;
        for (const auto& [other, unused] : gpio_places_) known.push_back(other);
        faults_.error(name.at, "no GPIO line \"" + line + "\"" +
                                   (known.empty() ? "; describe it in a [[gpio]] section"
                                                  : suggestion(line, known)));
        return std::nullopt;
    }
    if (place->second.kind == nullptr) return std::nullopt;
    const Channel& channel = gpio_.channels.at(line);
    if (!fits(name, gpio_, channel, wanted)) return std::nullopt;
    PointUse use;
    use.name = name.value;
    use.bus = place->second.bus;
    use.point = channel.point;
    use.point.unit = place->second.unit;
    return use;
}

bool Points::fits(const Text& name, const Template& kind, const Channel& channel, Wanted wanted) {
    const std::string is = "\"" + name.value + "\" is " + kind_text(channel);
    switch (wanted) {
        case Wanted::output:
        case Wanted::pulse:
            if (channel.point.table != Table::coil) {
                faults_.error(name.at, is + "; wanted is an output: " + channels(kind.outputs));
                return false;
            }
            // A pulse that the daemon had to end would stick when the daemon dies, and a power
            // button held down is a hard power-off.
            if (wanted == Wanted::pulse && !channel.flash) {
                faults_.error(name.at, "\"" + name.value + "\": the board (" + kind.name +
                                           ") cannot end a pulse by itself (R7); use one whose "
                                           "template has flash_on");
                return false;
            }
            return true;
        case Wanted::input:
            if (channel.point.table != Table::discrete) {
                faults_.error(name.at, is + "; wanted is an input: " + channels(kind.inputs));
                return false;
            }
            return true;
        case Wanted::watts:
            if (channel.measure != "W") {
                faults_.error(name.at,
                              is + "; wanted is a meter's value in W: " + channels(kind.watts));
                return false;
            }
            return true;
    }
    return false;
}

void Points::tell(const Claim& first, const Claim& again) {
    const auto kinds = std::minmax(first.role.kind, again.role.kind);
    const bool supply =
        kinds.first == Role::Kind::circuit && kinds.second == Role::Kind::kept_supply;
    std::string text = "\"" + again.name.value + "\" is already the " + first.role.text +
                       " (line " + std::to_string(first.name.at.line) + ") and cannot be the " +
                       again.role.text + " too; ";
    text += supply ? "a closing must never reach this supply (R12): give it an output of its own"
                   : "give each a channel of its own";
    faults_.error(again.name.at, std::move(text));
}

void Points::tell_double_use() {
    std::sort(claims_.begin(), claims_.end(),
              [](const Claim& a, const Claim& b) { return a.name.at < b.name.at; });
    for (std::size_t i = 0; i < claims_.size(); ++i) {
        const auto first =
            std::find_if(claims_.begin(), claims_.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const Claim& c) { return same_wire(c.use, claims_[i].use); });
        if (first != claims_.begin() + static_cast<std::ptrdiff_t>(i)) tell(*first, claims_[i]);
    }
}

}  // namespace hall::config
