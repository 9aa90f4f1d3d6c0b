// The configuration loader: what it accepts, and that each broken file is refused with exactly the
// messages that stand beside it.
#include "daemon/shell/site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace hall {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path kSource = HALL_SOURCE_DIR;
const fs::path kDevices = kSource / "config" / "devices";
const fs::path kBad = kSource / "tests" / "config" / "bad";

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

/// All faults, one a line; paths within the source tree are relative to it.
std::string told(const LoadedSite& loaded) {
    std::string text;
    for (const ConfigFault& fault : loaded.faults) text += to_string(fault) + "\n";
    return replaced(text, kSource.string() + "/", "");
}

/// The text with each of its lines rewritten.
template <class Rewrite>
std::string each_line(const std::string& text, Rewrite rewrite) {
    std::stringstream in(text);
    std::string all;
    for (std::string line; std::getline(in, line);) all += rewrite(line) + "\n";
    return all;
}

/// The example with its optional keys switched on: `#key = value` is one, `# text` is text.
std::string with_optional_keys(const std::string& example, const std::set<std::string>& but = {}) {
    return each_line(example, [&but](const std::string& line) {
        const std::size_t equals = line.find(" = ");
        if (line.size() < 2 || line[0] != '#' || equals == std::string::npos) return line;
        const std::string key = line.substr(1, equals - 1);
        const bool word = key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
        return word && but.count(key) == 0 ? line.substr(1) : line;
    });
}

/// A folder that ends with the test.
class Folder {
  public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "hall-config-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
        fs::create_directory_symlink(kSource / "config" / "calendar", path_ / "calendar");
    }
    ~Folder() {
        std::error_code none;
        fs::remove_all(path_, none);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    fs::path write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return path_ / name;
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

const std::string kHall = R"([hall]
id = "h"
timezone = "Asia/Shanghai"
latitude = 35.08
longitude = 117.16

[hours]
mon = ["08:30", "17:30"]
)";

const std::string kWires = R"(
[[bus]]
id = "b"
type = "modbus-tcp"
host = "127.0.0.1"

[[bus]]
id = "serial"
type = "modbus-rtu"
path = "/dev/ttyS0"

[[device]]
id = "io"
bus = "b"
template = "waveshare-io-8ch"

[[device]]
id = "six"
bus = "b"
unit = 3
template = "wirenboard-wb-mr6c"

[[device]]
id = "m"
bus = "serial"
unit = 2
template = "eastron-sdm120"
)";

const std::string kCircuit = R"(
[[circuit]]
id = "pc1"
output = "io.coil1"
feedback = "io.in1"
meter = "m.watts"
stop = [{ method = "command", command = ["/bin/true"] }]
)";

LoadedSite load(const std::string& text) {
    const Folder folder;
    return load_site(folder.write("hall.toml", text), kDevices);
}

/// The only fault of `text`, without file and place.
std::string only_fault(const std::string& text) {
    const LoadedSite loaded = load(text);
    if (loaded.faults.size() != 1) return std::to_string(loaded.faults.size()) + " faults";
    return (loaded.faults[0].warning ? "warning: " : "") + loaded.faults[0].message;
}

TEST(Config, TheDemoHallIsWhatTheDemoSays) {
    const LoadedSite loaded = load_site(kSource / "config" / "demo.toml", kDevices);
    ASSERT_TRUE(loaded.site) << told(loaded);
    EXPECT_THAT(loaded.faults, IsEmpty()) << told(loaded);
    const SiteConfig& site = *loaded.site;
    EXPECT_EQ(site.hall.id, "demo");
    EXPECT_EQ(site.timezone, "Asia/Shanghai");
    EXPECT_EQ(site.hall.zone.offset_at(WallTime{}), std::chrono::hours{8});
    EXPECT_EQ(site.hall.closing.confirm_window, Millis{60'000});
    EXPECT_EQ(site.hall.closing.countdown, Millis{3'000});
    EXPECT_EQ(site.hall.closing.stop_timeout, Millis{12'000});
    EXPECT_EQ(site.hall.closing.grace, Millis{1'800'000});
    EXPECT_EQ(site.hall.opening.stagger, Millis{500});
    EXPECT_EQ(site.hall.digest, nullptr);
    ASSERT_TRUE(site.hall.hours[0] && site.hall.hours[4]);
    EXPECT_EQ(site.hall.hours[0]->opens, MinuteOfDay{8 * 60 + 30});
    EXPECT_EQ(site.hall.hours[0]->closes, MinuteOfDay{17 * 60 + 30});
    EXPECT_FALSE(site.hall.hours[5] || site.hall.hours[6]);
    EXPECT_EQ(site.hall.circuits.size(), 8U);
    EXPECT_EQ(site.circuits.size(), 8U);
    EXPECT_EQ(site.windows.size(), 8U);
    EXPECT_EQ(site.contacts.size(), 3U);
    EXPECT_TRUE(site.hall.has_buzzer);
    EXPECT_TRUE(site.hall.lightbox.fitted);
    EXPECT_EQ(site.hall.lightbox.policy, LightboxPolicy::after_closing);
    EXPECT_EQ(site.mqtt.url, "mqtt://127.0.0.1:1883");
    EXPECT_EQ(site.mqtt.version, 5);
    EXPECT_EQ(site.sha256.size(), 64U);
}

TEST(Config, TheDemoHallsWiresAreWhereTheTemplatesSay) {
    const LoadedSite loaded = load_site(kSource / "config" / "demo.toml", kDevices);
    ASSERT_TRUE(loaded.site) << told(loaded);
    const SiteConfig& site = *loaded.site;
    const CircuitWiring& pc3 = site.circuits.at(2);
    EXPECT_TRUE(pc3.energised_cuts);
    EXPECT_EQ(pc3.output.bus, 0U);
    EXPECT_EQ(pc3.output.point,
              (drivers::Point{1, drivers::Table::coil, 2, drivers::Encoding::bit, 1.0}));
    ASSERT_TRUE(pc3.feedback && pc3.meter);
    EXPECT_EQ(pc3.feedback->point,
              (drivers::Point{1, drivers::Table::discrete, 2, drivers::Encoding::bit, 1.0}));
    EXPECT_EQ(pc3.meter->bus, 2U);
    EXPECT_EQ(pc3.meter->point,
              (drivers::Point{13, drivers::Table::input, 0x0C, drivers::Encoding::float32, 1.0}));
    EXPECT_EQ(pc3.stop.at(0).command.at(5), R"({"pc.pc3": "shutdown"})");
    const StopWiring& pulse = site.circuits.at(6).stop.at(0);
    EXPECT_EQ(pulse.kind, StopMethodKind::pulse);
    ASSERT_TRUE(pulse.pulse && pulse.pulse->flash);
    EXPECT_EQ(pulse.pulse->flash->unit, 2);
    EXPECT_EQ(pulse.pulse->flash->address, 0x0200 + 6);
    EXPECT_EQ(pulse.pulse->flash->step, Millis{100});
    EXPECT_EQ(pulse.pulse_length, Millis{500});
    EXPECT_THAT(site.buses[0].eight_coil_units, ElementsAre(1));
    EXPECT_THAT(site.buses[1].eight_coil_units, ElementsAre(2));
    EXPECT_EQ(site.buses[2].path, "var/field.pty");
    EXPECT_TRUE(site.buses[2].host.empty());
    EXPECT_EQ(site.meter_intervals.at(2), Millis{500});
}

TEST(Config, AWindowNeedsTheLinksOfItsLampsButtonAndCircuit) {
    const LoadedSite loaded = load_site(kSource / "config" / "demo.toml", kDevices);
    ASSERT_TRUE(loaded.site) << told(loaded);
    const HallConfig& hall = loaded.site->hall;
    std::vector<std::string> ids;
    for (const LinkIx link : hall.windows.at(4).links) ids.push_back(hall.links[link.value].id);
    EXPECT_THAT(ids,
                ElementsAre("power", "counter", "field", "relay1", "lamps1", "buttons1", "meter5"));
    ASSERT_EQ(hall.links.size(), 3U + 12U);
    for (const DeviceUse& device : loaded.site->devices)
        EXPECT_EQ(hall.links.at(device.link.value).id, device.id);
    const WindowConfig& window = hall.windows.at(0);
    EXPECT_EQ(window.lamps, 2);
    using enum LampMode;
    EXPECT_THAT(window.look[0], ElementsAre(off, off));
    EXPECT_THAT(window.look[1], ElementsAre(on, off));
    EXPECT_THAT(window.look[2], ElementsAre(off, on));
    EXPECT_THAT(window.look[3], ElementsAre(off, blink));
}

TEST(Config, TheExampleLoadsWithAndWithoutItsOptionalKeys) {
    const fs::path file = kSource / "config" / "hall.example.toml";
    const LoadedSite loaded = load_site(file, kDevices);
    EXPECT_TRUE(loaded.site);
    EXPECT_EQ(told(loaded), "");
    const std::string all = with_optional_keys(read(file));
    EXPECT_NE(all, read(file));
    const LoadedSite full = load(all);
    EXPECT_TRUE(full.site);
    for (const ConfigFault& fault : full.faults) EXPECT_TRUE(fault.warning) << to_string(fault);
}

TEST(Config, TheExamplesOptionalKeysShowTheDefaults) {
    const std::string text = read(kSource / "config" / "hall.example.toml");
    // Left out are the keys that show an example, since their default is to be absent.
    const std::set<std::string> examples{"sat",        "sun",  "allowed_hosts", "credentials_file",
                                         "power_good", "wait", "feedback",      "output",
                                         "night_off"};
    const SiteConfig a = load(text).site.value();
    const SiteConfig b = load(with_optional_keys(text, examples)).site.value();
    EXPECT_EQ(a.hall.closing.confirm_window, b.hall.closing.confirm_window);
    EXPECT_EQ(a.hall.closing.countdown, b.hall.closing.countdown);
    EXPECT_EQ(a.hall.closing.authorisation_ttl, b.hall.closing.authorisation_ttl);
    EXPECT_EQ(a.hall.closing.stop_timeout, b.hall.closing.stop_timeout);
    EXPECT_EQ(a.hall.closing.prove_within, b.hall.closing.prove_within);
    EXPECT_EQ(a.hall.closing.fresh_within, b.hall.closing.fresh_within);
    EXPECT_EQ(a.hall.closing.grace, b.hall.closing.grace);
    EXPECT_EQ(a.hall.closing.escalate, b.hall.closing.escalate);
    EXPECT_EQ(a.hall.closing.min_persons, b.hall.closing.min_persons);
    EXPECT_EQ(a.hall.opening.stagger, b.hall.opening.stagger);
    EXPECT_EQ(a.hall.opening.min_persons, b.hall.opening.min_persons);
    EXPECT_EQ(a.hall.lightbox.policy, b.hall.lightbox.policy);
    EXPECT_EQ(a.hall.lightbox.usual, b.hall.lightbox.usual);
    EXPECT_EQ(a.hall.lightbox.max_override, b.hall.lightbox.max_override);
    EXPECT_EQ(a.panel.port, b.panel.port);
    EXPECT_EQ(a.mqtt.keep_alive, b.mqtt.keep_alive);
    EXPECT_EQ(a.scan_intervals, b.scan_intervals);
    EXPECT_EQ(a.meter_intervals, b.meter_intervals);
    for (std::size_t i = 0; i < a.buses.size(); ++i) {
        EXPECT_EQ(a.buses[i].port, b.buses[i].port);
        EXPECT_EQ(a.buses[i].timeout, b.buses[i].timeout);
        EXPECT_EQ(a.buses[i].retry_first, b.buses[i].retry_first);
        EXPECT_EQ(a.buses[i].retry_most, b.buses[i].retry_most);
        EXPECT_EQ(a.buses[i].max_hole, b.buses[i].max_hole);
        EXPECT_EQ(a.buses[i].serial.baud, b.buses[i].serial.baud);
        EXPECT_EQ(a.buses[i].serial.parity, b.buses[i].serial.parity);
        EXPECT_EQ(a.buses[i].serial.data_bits, b.buses[i].serial.data_bits);
        EXPECT_EQ(a.buses[i].serial.stop_bits, b.buses[i].serial.stop_bits);
    }
    const CircuitConfig &c = a.hall.circuits.at(0), &d = b.hall.circuits.at(0);
    EXPECT_EQ(c.off_watts, d.off_watts);
    EXPECT_EQ(c.off_for, d.off_for);
    EXPECT_EQ(c.cut_watts, d.cut_watts);
    EXPECT_EQ(c.max_switches_a_day, d.max_switches_a_day);
    EXPECT_EQ(c.stop.at(0).wait, Millis{90'000});
    EXPECT_EQ(a.circuits.at(0).stop.at(0).command_timeout,
              b.circuits.at(0).stop.at(0).command_timeout);
    EXPECT_EQ(a.circuits.at(0).stop.at(1).pulse_length, b.circuits.at(0).stop.at(1).pulse_length);
}

TEST(Config, TheExampleNamesEveryKeyThatTheLoaderKnows) {
    // A key like no other makes each section list what it knows.
    const std::string odd = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq = 1\n";
    const std::string text = read(kSource / "config" / "hall.example.toml");
    const std::string asked = each_line(text, [&odd](const std::string& line) {
        return !line.empty() && line[0] == '[' ? line + "\n" + odd : line;
    });
    const LoadedSite loaded = load(odd + asked);
    std::set<std::string> known;
    for (const ConfigFault& fault : loaded.faults) {
        const std::size_t list = fault.message.find("; known: ");
        ASSERT_NE(list, std::string::npos) << to_string(fault);
        std::stringstream words(replaced(fault.message.substr(list + 9), ",", " "));
        for (std::string word; words >> word;) known.insert(word);
    }
    EXPECT_GT(known.size(), 70U);
    for (const std::string& key : known) {
        bool named = false;
        for (const char* before : {"\n", "\n#", "\n# ", "together with "})
            named = named || text.find(before + key + " = ") != std::string::npos;
        for (const char* before : {"[", "."})
            named = named || text.find(before + key + "]") != std::string::npos;
        EXPECT_TRUE(named) << key << " is not in hall.example.toml";
    }
}

TEST(Config, EachBrokenFileIsToldExactly) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(kBad)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    EXPECT_GE(files.size(), 80U);
    for (const fs::path& file : files) {
        const bool own = file.filename().string().rfind("template_", 0) == 0;
        const LoadedSite loaded = load_site(file, own ? kBad / "devices" : kDevices);
        EXPECT_FALSE(loaded.site) << file;
        EXPECT_EQ(told(loaded), read(fs::path(file).replace_extension(".expected"))) << file;
    }
}

TEST(Config, EveryTemplateLoads) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(kDevices)) {
        const std::string name = entry.path().stem().string();
        const LoadedSite loaded = load(kHall +
                                       "[[bus]]\nid = \"b\"\ntype = \"modbus-tcp\"\n"
                                       "host = \"127.0.0.1\"\n[[device]]\nid = \"d\"\n"
                                       "bus = \"b\"\ntemplate = \"" +
                                       name + "\"\n");
        EXPECT_TRUE(loaded.site) << told(loaded);
        EXPECT_THAT(read(entry.path()), HasSubstr("verified = \"documentation\""));
        ++count;
    }
    EXPECT_GE(count, 9U);
}

TEST(Config, TemplatesHoldTheHardwaresFacts) {
    const std::string wires = kHall + R"(
[[bus]]
id = "b"
type = "modbus-rtu"
path = "/dev/ttyS0"
[[device]]
id = "io"
bus = "b"
unit = 1
template = "wirenboard-wb-mr6c"
)";
    struct Fact {
        const char* kind;
        const char* channel;
        drivers::Point point;
    };
    using drivers::Encoding;
    using drivers::Table;
    for (const Fact& fact :
         {Fact{"chint-ddsu666", "watts", {7, Table::input, 0x2004, Encoding::float32, 1000.0}},
          Fact{"peacefair-pzem-016", "watts", {7, Table::input, 3, Encoding::u32_low_first, 0.1}},
          Fact{"eastron-sdm630", "watts", {7, Table::input, 52, Encoding::float32, 1.0}},
          Fact{"eastron-sdm120", "watts", {7, Table::input, 12, Encoding::float32, 1.0}}}) {
        const LoadedSite loaded = load(
            wires + "[[device]]\nid = \"m\"\nbus = \"b\"\nunit = 7\ntemplate = \"" + fact.kind +
            "\"\n" + replaced(kCircuit, "m.watts", std::string("m.") + fact.channel));
        ASSERT_TRUE(loaded.site) << told(loaded);
        EXPECT_EQ(loaded.site->circuits.at(0).meter->point, fact.point) << fact.kind;
    }
    // The input numbered 0 of a WB-MR6C lies behind a hole; relay6 is what the relay really does.
    const std::string six = kHall + kWires + kCircuit;
    EXPECT_EQ(load(replaced(six, "io.in1", "six.in0")).site->circuits[0].feedback->point.address,
              7);
    EXPECT_EQ(load(replaced(six, "io.in1", "six.relay6")).site->circuits[0].feedback->point.address,
              101);
}

TEST(Config, BoundsThemselvesAreAllowed) {
    const auto closing = [](const std::string& lines) {
        const LoadedSite loaded = load(kHall + "[closing]\n" + lines);
        EXPECT_TRUE(loaded.site) << told(loaded);
        return loaded.site.value().hall.closing;
    };
    EXPECT_EQ(closing("confirm_window = 15\ncountdown = 0\nmin_persons = 2").countdown, Millis{0});
    EXPECT_EQ(closing("confirm_window = 300\ncountdown = 120").confirm_window, Millis{300'000});
    EXPECT_EQ(closing("stop_timeout = 5\nprove_within = 1\nfresh_within = 0.5").fresh_within,
              Millis{500});
    EXPECT_EQ(closing("authorisation_ttl = 7200\nstop_timeout = 1800").stop_timeout,
              Millis{1'800'000});
    EXPECT_THAT(closing("escalate = []").escalate, IsEmpty());
    EXPECT_THAT(closing("escalate = [1, 2.5]").escalate, ElementsAre(Millis{1000}, Millis{2500}));
}

TEST(Config, ACircuitMayDifferFromTheHall) {
    const std::string text =
        kHall + "[closing]\noff_watts = 8\noff_for = 10\ncut_watts = 1\n" + kWires + kCircuit +
        replaced(replaced(replaced(kCircuit, "pc1", "pc2"), "1\"", "2\""), "meter = \"m.watts\"",
                 "power_good = \"six.in1\"\n"
                 "power_good_inverted = true\noff_watts = 3.5\noff_for = 40\n"
                 "cut_watts = 0.2\nmin_on = 60\nmin_off = 5\nmax_switches_a_day = 4");
    const LoadedSite loaded = load(text);
    ASSERT_TRUE(loaded.site) << told(loaded);
    const CircuitConfig& one = loaded.site->hall.circuits.at(0);
    const CircuitConfig& two = loaded.site->hall.circuits.at(1);
    EXPECT_EQ(one.off_watts, 8);
    EXPECT_EQ(one.off_for, Millis{10'000});
    EXPECT_EQ(one.cut_watts, 1);
    EXPECT_TRUE(one.has_meter && one.has_feedback && !one.has_power_good && !one.has_reachability);
    EXPECT_EQ(two.off_watts, 3.5);
    EXPECT_EQ(two.off_for, Millis{40'000});
    EXPECT_EQ(two.cut_watts, 0.2);
    EXPECT_EQ(two.min_on, Millis{60'000});
    EXPECT_EQ(two.min_off, Millis{5'000});
    EXPECT_EQ(two.max_switches_a_day, 4);
    EXPECT_TRUE(two.has_power_good && !two.has_meter);
    EXPECT_TRUE(loaded.site->circuits.at(1).power_good->inverted);
    EXPECT_FALSE(loaded.site->circuits.at(1).feedback->inverted);
}

TEST(Config, StopMethodsShareTheTimeUnlessTheySayOtherwise) {
    const auto methods = [](const std::string& stop) {
        const LoadedSite loaded =
            load(kHall + kWires +
                 replaced(kCircuit, R"({ method = "command", command = ["/bin/true"] })", stop));
        EXPECT_TRUE(loaded.site) << told(loaded);
        return loaded.site.value().hall.circuits.at(0).stop;
    };
    const std::string command = R"(method = "command", command = ["/bin/true"])";
    EXPECT_EQ(methods("{ " + command + " }").at(0).wait, Millis{180'000});
    const auto two = methods("{ " + command + " }, { method = \"pulse\", output = \"io.coil8\" }");
    EXPECT_EQ(two.at(0).wait, Millis{90'000});
    EXPECT_EQ(two.at(1).kind, StopMethodKind::pulse);
    EXPECT_EQ(methods("{ " + command + ", wait = 7 }").at(0).wait, Millis{7'000});
}

TEST(Config, WhatIsLeftOutIsNotFitted) {
    const LoadedSite loaded = load(kHall + "[[contact]]\nid = \"west\"\n");
    ASSERT_TRUE(loaded.site) << told(loaded);
    const SiteConfig& site = *loaded.site;
    EXPECT_FALSE(site.hall.lightbox.fitted);
    EXPECT_FALSE(site.hall.has_buzzer);
    EXPECT_TRUE(site.mqtt.url.empty());
    EXPECT_EQ(site.panel.host, "127.0.0.1");
    EXPECT_EQ(site.panel.port, 8080);
    // R4: a contact without a sensor is attested.
    ASSERT_EQ(site.contacts.size(), 1U);
    EXPECT_FALSE(site.contacts[0]);
    EXPECT_FALSE(site.hall.contacts[0].sensed);
}

TEST(Config, WarningsDoNotRefuse) {
    const std::string circuit = kHall + kWires + kCircuit;
    const std::string open = replaced(circuit, "output =", "wiring = \"normally_open\"\noutput =");
    EXPECT_THAT(only_fault(open), HasSubstr("warning: wiring = \"normally_open\": a failure of the "
                                            "board, its supply or the controller cuts"));
    const LoadedSite loaded = load(open);
    ASSERT_TRUE(loaded.site);
    EXPECT_FALSE(loaded.site->circuits.at(0).energised_cuts);
    EXPECT_THAT(only_fault(kHall + "[panel]\nlisten = \"0.0.0.0:8080\"\n"),
                HasSubstr("warning: the panel listens on \"0.0.0.0:8080\""));
    EXPECT_THAT(only_fault(kHall + "[panel]\nlisten = \"[::]:80\"\n"), HasSubstr("warning:"));
    EXPECT_THAT(only_fault(kHall + "[mqtt]\nurl = \"mqtt://broker.example\"\n"),
                HasSubstr("warning: reports and the broker's password go over the network"));
    EXPECT_THAT(only_fault(replaced(circuit, "feedback = \"io.in1\"\n", "")),
                HasSubstr("warning: circuit \"pc1\" has only one proof"));
    EXPECT_THAT(only_fault(replaced(circuit, "stop =", "#")), HasSubstr("warning: circuit \"pc1\" "
                                                                        "has no \"stop\""));
    EXPECT_THAT(only_fault(replaced(circuit, "wirenboard-wb-mr6c", "icpdas-tm-r5")),
                HasSubstr("0 faults"));
    EXPECT_THAT(only_fault(replaced(replaced(circuit, "wirenboard-wb-mr6c", "icpdas-tm-r5"),
                                    "io.coil1", "six.coil1")),
                HasSubstr("warning: the board (icpdas-tm-r5) may switch its outputs"));
    EXPECT_THAT(only_fault(replaced(kHall, "mon =", "#")), HasSubstr("warning: no working day"));
    EXPECT_THAT(only_fault(kHall + kWires +
                           "[[window]]\nid = \"1\"\nlamps = { red = \"io.coil1\" }\n"
                           "serving = { red = \"on\" }\npaused = { red = \"on\" }\n"
                           "fault = { red = \"blink\" }\n"),
                HasSubstr("warning: window \"1\" looks the same serving and paused"));
    EXPECT_THAT(only_fault(replaced(kHall + kWires, "host =", "scan_interval = 0.2\nhost =") +
                           "[[window]]\nid = \"1\"\nbutton = \"io.in1\"\n"),
                HasSubstr("warning: window \"1\": its button is read too seldom"));
}

TEST(Config, LoopbackAndTlsAreNoWarning) {
    for (const char* address : {"127.0.0.1:0", "127.5.0.1:80", "localhost:80", "[::1]:65535"})
        EXPECT_EQ(only_fault(kHall + "[panel]\nlisten = \"" + address + "\"\n"), "0 faults");
    for (const char* url : {"mqtt://127.0.0.1", "mqtt://localhost:1883", "mqtt://[::1]:1883",
                            "mqtt://[::1]", "mqtts://broker.example", "mqtts://192.0.2.1:8883"})
        EXPECT_EQ(only_fault(kHall + "[mqtt]\nurl = \"" + url + "\"\n"), "0 faults") << url;
    EXPECT_THAT(only_fault(kHall + "[panel]\nlisten = \"127.0.0.1.example:80\"\n"),
                HasSubstr("warning"));
}

TEST(Config, ASecretNeverComesBackInAMessage) {
    for (const char* url :
         {"mqtt://hall:geheim@broker", "geheim", "x://geheim", "mqtt://a/geheim"}) {
        const std::string fault = only_fault(kHall + "[mqtt]\nurl = \"" + url + "\"\n");
        EXPECT_THAT(fault, HasSubstr("url")) << url;
        EXPECT_EQ(fault.find("geheim"), std::string::npos) << fault;
    }
}

TEST(Config, AFaultIsOneLine) {
    for (const std::string& text :
         {kHall + "\"a\\nb\" = 1\n", kHall + "[panel]\nallowed_hosts = [\"a\\nb\\u001b[2J\"]\n",
          kHall + "[[window]]\nid = \"1\"\nserving = { \"a\\r\\n\" = \"on\" }\n"}) {
        const LoadedSite loaded = load(text);
        EXPECT_FALSE(loaded.site);
        for (const ConfigFault& fault : loaded.faults) {
            EXPECT_TRUE(std::none_of(fault.message.begin(), fault.message.end(), [](char c) {
                return static_cast<unsigned char>(c) < 0x20;
            })) << fault.message;
        }
    }
}

TEST(Config, FilesThatCannotBeRead) {
    const Folder folder;
    const fs::path gone = folder.path() / "gone.toml";
    EXPECT_EQ(told(load_site(gone, kDevices)),
              gone.string() +
                  ":1:1: cannot be read: No such file or directory; check its name and "
                  "its permissions\n");
    EXPECT_THAT(told(load_site(folder.path(), kDevices)), HasSubstr(":1:1: is a folder"));
    const std::string most = kHall + "#" + std::string((1U << 20U) - kHall.size() - 1, 'x');
    EXPECT_TRUE(load_site(folder.write("most.toml", most), kDevices).site);
    const auto large = folder.write("large.toml", most + "x");
    EXPECT_EQ(told(load_site(large, kDevices)),
              large.string() + ":1:1: is larger than 1 MiB; this is no configuration file\n");
    EXPECT_FALSE(load_site("/dev/zero", kDevices).site);
    EXPECT_TRUE(load(std::string("\xEF\xBB\xBF") + kHall).site) << "a byte order mark is harmless";
    EXPECT_TRUE(load(replaced(kHall, "\n", "\r\n")).site) << "so are the line ends of Windows";
}

TEST(Config, HostileTextsEndInTime) {
    std::string many = kHall;
    for (int i = 0; i < 257; ++i) many += "[[contact]]\nid = \"c" + std::to_string(i) + "\"\n";
    EXPECT_EQ(only_fault(many), "more than 256 [[contact]]; split the hall");
    EXPECT_FALSE(load("a = " + std::string(100'000, '[')).site);
    EXPECT_FALSE(load(kHall + std::string(100'000, 'k') + " = 1\n").site);
    EXPECT_FALSE(load(kHall + std::string(1000, '\0')).site);
    // Every beginning of a good file ends in faults or in a hall, never in a crash.
    const std::string all = kHall + kWires + kCircuit;
    for (std::size_t size = 0; size < all.size(); size += 3) {
        const LoadedSite loaded = load(all.substr(0, size));
        EXPECT_EQ(loaded.site.has_value(),
                  std::all_of(loaded.faults.begin(), loaded.faults.end(),
                              [](const ConfigFault& f) { return f.warning; }));
    }
}

TEST(Config, TheDigestIsOfTheFilesBytes) {
    const Folder folder;
    const SiteConfig site = load_site(folder.write("a.toml", kHall), kDevices).site.value();
    const SiteConfig same = load_site(folder.write("b.toml", kHall), kDevices).site.value();
    const SiteConfig other = load_site(folder.write("c.toml", kHall + "\n"), kDevices).site.value();
    EXPECT_EQ(site.sha256, same.sha256);
    EXPECT_NE(site.sha256, other.sha256);
    EXPECT_EQ(site.sha256.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(site.file, folder.path() / "a.toml");
}

TEST(Config, WhereTheTemplatesLie) {
    const Folder folder;
    const char* before = std::getenv("HALL_DEVICES");
    const std::string kept = before != nullptr ? before : "";
    setenv("HALL_DEVICES", "/somewhere", 1);
    EXPECT_EQ(default_templates(folder.path() / "hall.toml"), "/somewhere");
    unsetenv("HALL_DEVICES");
    EXPECT_EQ(default_templates(folder.path() / "hall.toml"), kDevices);
    fs::create_directory(folder.path() / "devices");
    EXPECT_EQ(default_templates(folder.path() / "hall.toml"), folder.path() / "devices");
    if (before != nullptr) setenv("HALL_DEVICES", kept.c_str(), 1);
}

}  // namespace
}  // namespace hall
