#include "daemon/shell/config_devices.hpp"

#include <algorithm>

#include "daemon/shell/config_document.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

using drivers::Encoding;
using drivers::Table;

const std::vector<std::string> kBitTables{"coil", "discrete"};
const std::vector<std::string> kValueTables{"input", "holding"};
const std::vector<std::string> kEncodings{"u16", "u32_low_first", "u32_high_first", "float32"};
constexpr Encoding kEncodingOf[] = {Encoding::u16, Encoding::u32_low_first,
                                    Encoding::u32_high_first, Encoding::float32};
constexpr Bounds kAddress{0, 65535};

void add(Section& section, Template& made, const std::string& name, Channel channel) {
    if (!made.channels.emplace(name, std::move(channel)).second) {
        section.error(section.place("name"),
                      "channel \"" + name + "\" is described twice; rename one of the two");
    }
}

std::optional<drivers::FlashOn> read_flash(Section& range) {
    auto table = range.table("flash_on");
    if (!table) return std::nullopt;
    int address = 0;
    Millis step{100};
    if (!table->has("address")) table->missing("address");
    table->integer("address", address, kAddress);
    table->seconds("step", step, {0.001, 10});
    table->finish();
    return drivers::FlashOn{1, static_cast<std::uint16_t>(address), step};
}

void read_quirks(Section& range, Template& made) {
    const auto quirks = range.texts("quirks");
    if (!quirks) return;
    for (const Text& quirk : *quirks) {
        if (quirk.value == "eight_coils") {
            made.eight_coils = true;
        } else {
            range.error(quirk.at,
                        "unknown quirk \"" + quirk.value + "\"" +
                            suggestion(quirk.value, std::vector<std::string>{"eight_coils"}));
        }
    }
}

/// `[[range]]`: numbered coils or discrete inputs.
void read_range(Section range, Template& made) {
    const auto name = range.id("name");
    if (!range.has("table")) range.missing("table");
    const auto table = range.choice("table", kBitTables);
    int address = 0, count = 0, first = 1;
    if (!range.has("address")) range.missing("address");
    range.integer("address", address, kAddress);
    if (!range.has("count")) range.missing("count");
    range.integer("count", count, {1, 256});
    range.integer("first", first, {0, 256});
    const auto flash = read_flash(range);
    read_quirks(range, made);
    range.finish();
    if (!name || !table) return;
    const bool coil = *table == 0;
    if (flash && !coil) {
        range.error(range.place("flash_on"), "flash_on on inputs; only coils can make a pulse");
    }
    if (address + count > 65536 || (flash && flash->address + count > 65536)) {
        range.error(range.place("count"), "the last address is above 65535; lower count");
        return;
    }
    for (int i = 0; i < count; ++i) {
        Channel channel;
        channel.point.table = coil ? Table::coil : Table::discrete;
        channel.point.address = static_cast<std::uint16_t>(address + i);
        if (flash && coil) {
            channel.flash = *flash;
            channel.flash->address = static_cast<std::uint16_t>(flash->address + i);
        }
        add(range, made, name->value + std::to_string(first + i), std::move(channel));
    }
    if (coil && made.coils == 0) {
        made.first_coil = static_cast<std::uint16_t>(address);
        made.coils = count;
    }
    const std::string from = name->value + std::to_string(first);
    const std::string to = name->value + std::to_string(first + count - 1);
    (coil ? made.outputs : made.inputs).push_back(count == 1 ? from : from + ".." + to);
}

/// `[[value]]`: a measured quantity.
void read_value(Section value, Template& made) {
    const auto name = value.id("name");
    if (!value.has("table")) value.missing("table");
    const auto table = value.choice("table", kValueTables);
    int address = 0;
    if (!value.has("address")) value.missing("address");
    value.integer("address", address, kAddress);
    if (!value.has("encoding")) value.missing("encoding");
    const auto encoding = value.choice("encoding", kEncodings);
    Channel channel;
    value.number("scale", channel.point.scale, {1e-9, 1e9}, "");
    const auto unit = value.required_text("unit");
    value.finish();
    if (!name || !table || !encoding || !unit) return;
    channel.point.table = *table == 0 ? Table::input : Table::holding;
    channel.point.address = static_cast<std::uint16_t>(address);
    channel.point.encoding = kEncodingOf[*encoding];
    channel.measure = unit->value;
    if (channel.point.encoding != Encoding::u16 && address == 65535) {
        value.error(value.place("address"), "a value of two registers cannot begin at 65535");
    }
    add(value, made, name->value, std::move(channel));
    made.values.push_back(name->value);
    if (unit->value == "W") made.watts.push_back(name->value);
}

std::optional<std::uint16_t> read_address(Section& section) {
    int address = 0;
    if (!section.has("address")) section.missing("address");
    if (!section.integer("address", address, kAddress)) return std::nullopt;
    return static_cast<std::uint16_t>(address);
}

int read_value_of(Section& section, const char* key, int otherwise) {
    section.integer(key, otherwise, kAddress);
    return otherwise;
}

void read_behaviour(Section& section, Watchdog& dog) {
    const auto address = read_address(section);
    const int hold = read_value_of(section, "hold", 0), safe = read_value_of(section, "safe", 1);
    section.finish();
    if (hold == safe)
        section.error(section.place("safe"), "hold and safe are the same value; one is wrong");
    dog.behaviour = Watchdog::Behaviour{address.value_or(0), static_cast<std::uint16_t>(hold),
                                        static_cast<std::uint16_t>(safe)};
}

void read_level(Section& section, Watchdog& dog) {
    const auto table = section.choice("table", {"coil", "holding"});
    const auto address = read_address(section);
    section.finish();
    dog.level = Watchdog::Level{table == 0U ? Table::coil : Table::holding, address.value_or(0)};
}

void read_timeout(Section& section, Watchdog& dog) {
    dog.timeout = read_address(section).value_or(0);
    section.seconds("step", dog.step, {0.001, 60});
    section.integer("most", dog.most, {1, 65'535});
    section.finish();
}

/// `[watchdog]`: after the ranges, whose first coils it speaks of.
void read_watchdog(Section& top, Template& made) {
    auto section = top.table("watchdog");
    if (!section) return;
    Watchdog dog;
    if (!section->has("timeout")) section->missing("timeout");
    if (auto timeout = section->table("timeout")) read_timeout(*timeout, dog);
    if (auto behaviour = section->table("behaviour")) read_behaviour(*behaviour, dog);
    if (auto level = section->table("level")) read_level(*level, dog);
    if (auto enable = section->table("enable")) {
        dog.enable = read_address(*enable);
        enable->finish();
    }
    if (auto tripped = section->table("tripped")) {
        const auto address = read_address(*tripped);
        const int clear = read_value_of(*tripped, "clear", 1);
        tripped->finish();
        dog.tripped = Watchdog::Tripped{address.value_or(0), static_cast<std::uint16_t>(clear)};
    }
    section->finish();
    if (made.coils == 0) {
        section->error(section->place(), "a watchdog of a board without outputs; remove it");
        return;
    }
    dog.first_coil = made.first_coil;
    dog.count = made.coils;
    made.watchdog = dog;
}

}  // namespace

std::string Template::all() const {
    std::vector<std::string> names = outputs;
    names.insert(names.end(), inputs.begin(), inputs.end());
    names.insert(names.end(), values.begin(), values.end());
    return names.empty() ? "no channel at all" : joined(names);
}

Templates::Templates(Faults& faults, std::filesystem::path folder)
    : faults_(faults), folder_(std::move(folder)) {}

const Template* Templates::get(const Text& name) {
    const auto found = loaded_.find(name.value);
    if (found != loaded_.end()) return found->second.get();
    return (loaded_[name.value] = load(name)).get();
}

std::vector<std::string> Templates::names() const {
    std::vector<std::string> list;
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().extension() == ".toml") list.push_back(at->path().stem().string());
    }
    std::sort(list.begin(), list.end());
    return list;
}

std::unique_ptr<Template> Templates::load(const Text& name) {
    // The name becomes part of a path: nothing but a plain name may reach it.
    const auto path = folder_ / (name.value + ".toml");
    std::error_code error;
    if (!is_id(name.value) || !std::filesystem::exists(path, error)) {
        faults_.error(name.at, "no device template \"" + name.value + "\" in " + folder_.string() +
                                   suggestion(name.value, names()));
        return nullptr;
    }
    const auto document = read_document(faults_, path);
    if (!document) return nullptr;
    Section top{faults_, document->table, document->file, "the template"};
    auto made = std::make_unique<Template>();
    made->name = name.value;
    for (const char* key : {"title", "source", "verified"}) {
        top.text(key);
    }
    if (const auto loss = top.choice("on_loss", {"hold", "switches", "unknown"}))
        made->switches_when_alone = *loss == 1;
    for (Section& range : top.tables("range")) read_range(range, *made);
    for (Section& value : top.tables("value")) read_value(value, *made);
    read_watchdog(top, *made);
    top.finish();
    if (made->channels.empty())
        top.error(top.place(), "the template describes no channel; add [[range]] or [[value]]");
    return made;
}

}  // namespace hall::config
