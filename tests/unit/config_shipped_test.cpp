// The configurations that come with the program: the demo, the example, the templates of devices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/config_fixture.hpp"

namespace hall {
namespace {

using namespace config_test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
    EXPECT_EQ(site.mqtt.urls, std::vector<std::string>{"mqtt://127.0.0.1:1883"});
    EXPECT_EQ(site.mqtt.version, 5);
    EXPECT_EQ(site.sha256.size(), 64U);
}

TEST(Config, TheExamplesBoardHoldsAllOutputsButTheBuzzer) {
    const LoadedSite loaded = load_site(kSource / "config" / "hall.example.toml", kDevices);
    ASSERT_TRUE(loaded.site) << told(loaded);
    using drivers::Table;
    const auto holding = [](std::uint16_t address, std::uint16_t value) {
        return drivers::Setting{Table::holding, address, value, {}};
    };
    ASSERT_EQ(loaded.site->buses.at(0).setups.size(), 1U);
    EXPECT_TRUE(loaded.site->buses.at(1).setups.empty());
    const drivers::UnitSetup& setup = loaded.site->buses.at(0).setups.at(0);
    EXPECT_EQ(setup.unit, 3);
    EXPECT_THAT(setup.settings,
                ElementsAre(holding(930, 0), holding(938, 1), holding(939, 0), holding(940, 0),
                            holding(941, 0), holding(942, 0), holding(943, 0), holding(8, 10)));
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
    EXPECT_EQ(site.meter_intervals.at(2), Millis{800});
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
    const std::set<std::string> examples{"sat",        "sun",   "allowed_hosts", "credentials_file",
                                         "power_good", "wait",  "feedback",      "output",
                                         "night_off",  "reader"};
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
    ASSERT_TRUE(a.buses.back().gpio && b.buses.back().gpio);
    for (std::size_t i = 0; i < a.buses.back().gpio->lines.size(); ++i) {
        const drivers::GpioLine &one = a.buses.back().gpio->lines[i],
                                &two = b.buses.back().gpio->lines[i];
        EXPECT_EQ(one.active_low, two.active_low);
        EXPECT_EQ(one.bias, two.bias);
        EXPECT_EQ(one.debounce, two.debounce);
    }
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
    EXPECT_EQ(a.circuits.at(0).stop.at(0).timeout, b.circuits.at(0).stop.at(0).timeout);
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

}  // namespace
}  // namespace hall
