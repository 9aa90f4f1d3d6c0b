// The configuration loader: what it accepts, and that each broken file is refused with exactly the
// messages that stand beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "tests/unit/config_fixture.hpp"

namespace hall {
namespace {

using namespace config_test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

TEST(Config, ABoardThatHoldsNothingSwitchesAllItsOutputs) {
    const LoadedSite loaded = load(kHall + R"(
[[bus]]
id = "b"
type = "modbus-rtu"
path = "/dev/ttyS9"
parity = "even"
rs485 = true
[[device]]
id = "icp"
bus = "b"
unit = 9
template = "icpdas-tm-r5"
[[window]]
id = "1"
lamps = { green = "icp.coil1", red = "icp.coil2" }
[failure]
safe = ["icp.coil2", "icp.coil1"]
after = 2.5
)");
    ASSERT_TRUE(loaded.site) << told(loaded);
    EXPECT_TRUE(loaded.site->buses[0].serial.rs485);
    EXPECT_EQ(loaded.site->buses[0].serial.parity, 'E');
    using drivers::Setting;
    using drivers::Table;
    const auto& setups = loaded.site->buses[0].setups;
    ASSERT_EQ(setups.size(), 1U);
    EXPECT_EQ(setups[0].unit, 9);
    EXPECT_THAT(setups[0].settings,
                ElementsAre(Setting{Table::coil, 128, 0, {}}, Setting{Table::coil, 129, 0, {}},
                            Setting{Table::holding, 488, 25, {}}, Setting{Table::coil, 260, 1, {}},
                            Setting{Table::coil, 269, 0, 1}));
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
    EXPECT_TRUE(site.mqtt.urls.empty());
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

const std::string kGpio = R"(
[[gpio]]
id = "cabinet"
chip = "pinctrl-bcm2835"
[[gpio.line]]
name = "west"
line = "GPIO17"
direction = "input"
active_low = true
bias = "pull_up"
debounce = 0.15
[[gpio.line]]
name = "pc1"
line = 4095
direction = "output"
[[gpio.line]]
name = "bare"
line = 0
direction = "input"
debounce = 0
)";

TEST(Config, GpioLinesArePointsWhereverAPointMayBe) {
    const std::string text = kHall + kWires + kGpio +
                             "[[contact]]\nid = \"west\"\ninput = \"gpio.west\"\n"
                             "inverted = true\n" +
                             replaced(kCircuit, "io.coil1", "gpio.pc1");
    const LoadedSite loaded = load(text);
    ASSERT_TRUE(loaded.site) << told(loaded);
    EXPECT_EQ(told(loaded), "");
    const SiteConfig& site = *loaded.site;
    const drivers::BusConfig& chip = site.buses.back();
    ASSERT_TRUE(chip.gpio);
    EXPECT_EQ(chip.id, "cabinet");
    EXPECT_EQ(chip.gpio->chip, "pinctrl-bcm2835");
    const auto& lines = chip.gpio->lines;
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(std::get<std::string>(lines[0].where), "GPIO17");
    EXPECT_TRUE(lines[0].active_low && !lines[0].output);
    EXPECT_EQ(lines[0].bias, drivers::GpioBias::pull_up);
    EXPECT_EQ(lines[0].debounce, std::chrono::milliseconds{150});
    EXPECT_EQ(std::get<unsigned>(lines[1].where), 4095U);
    EXPECT_TRUE(lines[1].output);
    EXPECT_EQ(lines[2].debounce.count(), 0);
    const PointUse& west = site.contacts.at(0).value();
    EXPECT_EQ(west.bus, site.buses.size() - 1);
    EXPECT_EQ(west.point.unit, 1);
    EXPECT_TRUE(west.inverted);
    EXPECT_EQ(site.circuits.at(0).output.point.unit, 2);
    EXPECT_EQ(site.circuits.at(0).output.point.table, drivers::Table::coil);
    // Each line is a link of its own, and so is the chip.
    std::vector<std::string> ids;
    for (const auto& link : site.hall.links) ids.push_back(link.id);
    EXPECT_THAT(ids, testing::IsSupersetOf({"cabinet", "gpio.west", "gpio.pc1", "gpio.bare"}));
}

TEST(Config, AGpioLineThatMayFallBackCutsNobody) {
    const std::string circuit = replaced(kCircuit, "io.coil1", "gpio.pc1");
    const LoadedSite loaded =
        load(kHall + kWires + kGpio +
             replaced(circuit, "output =", "wiring = \"normally_open\"\noutput ="));
    EXPECT_TRUE(loaded.site);
    EXPECT_THAT(told(loaded), HasSubstr("warning: a GPIO line may fall back when the daemon ends"));
}

TEST(Config, ACardReaderIsALink) {
    const LoadedSite loaded = load(kHall + "[panel]\nreader = \"/dev/input/by-id/usb-card\"\n");
    ASSERT_TRUE(loaded.site) << told(loaded);
    EXPECT_EQ(loaded.site->panel.reader, "/dev/input/by-id/usb-card");
    ASSERT_TRUE(loaded.site->panel.reader_link);
    EXPECT_EQ(loaded.site->hall.links.at(loaded.site->panel.reader_link->value).id, "reader");
    EXPECT_FALSE(load(kHall).site.value().panel.reader_link);
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
    for (int i = 0; i < 1025; ++i) many += "[[contact]]\nid = \"c" + std::to_string(i) + "\"\n";
    EXPECT_EQ(only_fault(many), "more than 1024 [[contact]]; split the hall");
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
