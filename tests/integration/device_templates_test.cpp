// Each device template against boards and meters that are not ours: pymodbus speaks for them on a
// serial line, and their register maps were written down apart from the templates.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/shell/config_devices.hpp"
#include "tests/support/bus_recorder.hpp"
#include "tests/support/process.hpp"

namespace hall::test {
namespace {

using config::Channel;
using config::Template;
using drivers::Encoding;
using drivers::OrderFinished;
using drivers::PointReported;
using drivers::Poll;
using drivers::Pulse;
using drivers::ReadCoil;
using drivers::Result;
using drivers::Table;
using drivers::UnitSetUp;
using drivers::WriteCoil;
using Json = nlohmann::json;
using namespace std::chrono_literals;

/// A 32-bit IEEE number carries seven digits.
constexpr double kSevenDigits = 1e-6;

const std::filesystem::path kTemplates = std::filesystem::path(HALL_SOURCE_DIR) / "config/devices";

std::vector<std::string> shipped() {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(kTemplates))
        names.push_back(file.path().stem().string());
    std::ranges::sort(names);
    return names;
}

class DeviceSlaves {
  public:
    DeviceSlaves() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "hall-devices-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"/usr/bin/python3",
                                     HALL_SOURCE_DIR "/tests/support/device_slaves.py", line()},
            std::vector<std::string>{}, true);
        if (process_->next_line() != "\"ready\"")
            throw std::runtime_error("no slaves: " + process_->output());
        units = ask({"units"});
    }
    DeviceSlaves(const DeviceSlaves&) = delete;
    DeviceSlaves& operator=(const DeviceSlaves&) = delete;
    ~DeviceSlaves() {
        process_.reset();
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] std::string line() const { return (folder_ / "line").string(); }

    Json ask(const Json& order) {
        if (!process_->tell(order.dump())) throw std::runtime_error("the slaves are gone");
        const auto said = process_->next_line();
        if (!said) throw std::runtime_error("the slaves are gone: " + process_->output());
        Json answer = Json::parse(*said, nullptr, false);
        while (answer.is_discarded() && process_->next_line()) {
        }
        if (answer.is_discarded()) throw std::runtime_error("the slaves say " + process_->output());
        return answer;
    }
    void set(const std::string& device, const std::string& what, const Json& value) {
        ask({"set", device, {{what, value}}});
    }

    Json units;

  private:
    std::filesystem::path folder_;
    std::unique_ptr<Process> process_;
};

class Devices : public testing::Test {
  public:
    static int unit_of(const std::string& device) { return slaves->units.at(device); }

  protected:
    static void SetUpTestSuite() { slaves = std::make_unique<DeviceSlaves>(); }
    static void TearDownTestSuite() { slaves.reset(); }

    /// Speaks with the device as its template says, and polls those of its channels that `wanted`.
    void open(const std::string& device, const std::function<bool(const Channel&)>& wanted,
              std::vector<drivers::UnitSetup> setups = {}) {
        name = device;
        const auto unit = slaves->units.at(device).get<std::uint8_t>();
        const Template* found = templates.get({device, {}});
        ASSERT_NE(found, nullptr);
        kind = *found;
        drivers::BusConfig bus_config;
        bus_config.id = "line";
        bus_config.path = slaves->line();
        bus_config.timeout = 3s;
        bus_config.setups = std::move(setups);
        if (kind.eight_coils) bus_config.eight_coil_units = {unit};
        std::vector<Poll> polls;
        for (auto& [channel_name, channel] : kind.channels) {
            channel.point.unit = unit;
            if (channel.flash) channel.flash->unit = unit;
            if (!wanted(channel)) continue;
            poll_of[channel_name] = polls.size();
            polls.push_back({channel.point, 10ms, false});
        }
        bus = drivers::open_modbus(bus_config, polls, recorder.sink());
    }
    [[nodiscard]] const Channel& channel(const std::string& channel_name) const {
        return kind.channels.at(channel_name);
    }
    OrderFinished end_of(const drivers::Order& order) {
        const drivers::Ticket ticket = ++last_ticket;
        EXPECT_TRUE(bus->submit(ticket, order));
        return recorder.await_end(ticket).value_or(OrderFinished{});
    }
    void set(const std::string& what, const Json& value) { slaves->set(name, what, value); }
    /// Address and value of its registers, or of its flags.
    std::map<int, int> cells(const char* which) {
        std::map<int, int> found;
        for (const Json& cell : slaves->ask({which, name}))
            found[cell[0]] = cell[1].is_boolean() ? int{cell[1].get<bool>()} : cell[1].get<int>();
        return found;
    }
    std::vector<bool> outputs() { return slaves->ask({"outputs", name}); }
    /// What was sent by FC05 since this was asked last: address, value.
    std::vector<std::pair<int, int>> written() { return slaves->ask({"written", name}); }
    /// Waits until the channel shows that; a value to seven digits.
    bool shows(const std::string& channel_name, double wanted) {
        const std::size_t poll = poll_of.at(channel_name);
        return recorder.await<PointReported>([=](const PointReported& e) {
            return e.poll == poll && e.value &&
                   std::abs(*e.value - wanted) <= kSevenDigits * std::abs(wanted);
        });
    }
    std::optional<double> last_of(const std::string& channel_name) {
        const auto values = recorder.values(poll_of.at(channel_name));
        return values.empty() ? std::nullopt : values.back();
    }

    static inline std::unique_ptr<DeviceSlaves> slaves;
    config::Faults faults;
    config::Templates templates{faults, kTemplates};
    std::string name;
    Template kind;
    std::map<std::string, drivers::PollIx> poll_of;
    BusRecorder recorder;
    drivers::Ticket last_ticket = 0;
    std::unique_ptr<drivers::Bus> bus;  ///< last: stops before what it reports to
};

bool is_value(const Channel& channel) {
    return channel.point.encoding != Encoding::bit;
}
bool is_input(const Channel& channel) {
    return channel.point.table == Table::discrete;
}
bool is_coil(const Channel& channel) {
    return channel.point.table == Table::coil;
}
bool none(const Channel&) {
    return false;
}

class DeviceTemplates : public Devices, public testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Shipped, DeviceTemplates, testing::ValuesIn(shipped()),
                         [](const auto& one) {
                             std::string text = one.param;
                             std::ranges::replace(text, '-', '_');
                             return text;
                         });

TEST_P(DeviceTemplates, HasASlaveOfItsOwn) {
    ASSERT_TRUE(slaves->units.contains(GetParam()));
    EXPECT_EQ(slaves->units.size(), shipped().size()) << "a slave without a template";
    ASSERT_NE(templates.get({GetParam(), {}}), nullptr);
    EXPECT_TRUE(faults.take().empty());
}

TEST_P(DeviceTemplates, EachCoilSwitchesItsOwnOutputAndNoOther) {
    open(GetParam(), none);
    const std::vector<bool> all_off(outputs().size(), false);
    std::size_t coils = 0;
    for (const auto& [channel_name, one] : kind.channels) {
        if (!is_coil(one)) continue;
        ++coils;
        const auto number = static_cast<std::size_t>(std::stoi(channel_name.substr(4)));
        std::vector<bool> wanted = all_off;
        wanted.at(number - 1) = true;
        EXPECT_EQ(end_of(WriteCoil{one.point, true}).result, Result::done) << channel_name;
        EXPECT_EQ(outputs(), wanted) << channel_name;
        EXPECT_EQ(end_of(ReadCoil{one.point}).level, true) << channel_name;
        EXPECT_EQ(end_of(WriteCoil{one.point, false}).result, Result::done) << channel_name;
        EXPECT_EQ(outputs(), all_off) << channel_name;
        EXPECT_EQ(end_of(ReadCoil{one.point}).level, false) << channel_name;
    }
    EXPECT_EQ(coils, all_off.size()) << "outputs that the template does not know";
    // Some boards toggle on 0x5500: a toggle that is repeated undoes itself.
    for (const auto& [address, value] : written())
        EXPECT_TRUE(value == 0xFF00 || value == 0x0000) << std::hex << value;
}

TEST_P(DeviceTemplates, EachInputIsItsOwnTerminal) {
    open(GetParam(), is_input);
    for (const auto& [channel_name, poll] : poll_of)
        ASSERT_TRUE(recorder.await_value(poll, 0.0)) << channel_name;
    std::size_t moved = 0;
    for (const auto& [channel_name, poll] : poll_of) {
        if (!channel_name.starts_with("in")) continue;
        set(channel_name, true);
        ASSERT_TRUE(recorder.await_value(poll, 1.0)) << channel_name;
        set(channel_name, false);
        ASSERT_TRUE(recorder.await_value(poll, 0.0, 2)) << channel_name;
        ++moved;
        // No other input moved with it.
        std::size_t reports = 0;
        for (const auto& e : recorder.all<PointReported>()) reports += e.value == 1.0 ? 1 : 0;
        EXPECT_EQ(reports, moved) << channel_name;
    }
}

TEST_P(DeviceTemplates, EachQuantityIsReadInItsUnit) {
    open(GetParam(), is_value);
    // Each quantity differs from every other, and from what a wrong scale or order of words would
    // make of one.
    const std::map<std::string, double> wire = {
        {"volts", 231.4},  {"volts1", 229.6},      {"volts2", 230.7},    {"volts3", 231.9},
        {"amps", 0.364},   {"amps1", 1.25},        {"amps2", 2.375},     {"amps3", 3.5625},
        {"watts", 84.2},   {"watts1", 287.25},     {"watts2", 547.875},  {"watts3", 826.125},
        {"hertz", 49.9},   {"kwh", 1234.5625},     {"kwh_import", 77.5}, {"kwh_export", 3.25},
        {"wh", 1'234'567}, {"power_factor", 0.97},
    };
    for (const auto& [channel_name, poll] : poll_of) {
        ASSERT_TRUE(wire.contains(channel_name)) << channel_name;
        set(channel_name, wire.at(channel_name));
    }
    for (const auto& [channel_name, poll] : poll_of) {
        EXPECT_TRUE(shows(channel_name, wire.at(channel_name)))
            << channel_name << " shows " << last_of(channel_name).value_or(NAN);
    }
}

// --- the quirks

class WaveshareBoards : public Devices, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(, WaveshareBoards,
                         testing::Values("waveshare-relay-8ch", "waveshare-io-8ch"),
                         [](const auto& one) {
                             return std::string(one.param).substr(10, 2) == "io" ? "io" : "relay";
                         });

TEST_P(WaveshareBoards, AnswerEightCoilsWhateverWasAsked) {
    open(GetParam(), [](const Channel& c) { return is_coil(c) && c.point.address >= 5; });
    ASSERT_EQ(end_of(WriteCoil{channel("coil7").point, true}).result, Result::done);
    EXPECT_TRUE(shows("coil7", 1));
    EXPECT_TRUE(shows("coil6", 0));
    EXPECT_TRUE(shows("coil8", 0));
    for (const char* neighbour : {"coil6", "coil8"})
        EXPECT_EQ(recorder.values(poll_of.at(neighbour)).size(), 1U) << neighbour;
    // The answer begins at coil 1: taken for what was asked, it would show coil 1 as coil 8.
    ASSERT_EQ(end_of(WriteCoil{channel("coil1").point, true}).result, Result::done);
    EXPECT_EQ(end_of(ReadCoil{channel("coil8").point}).level, false);
    EXPECT_EQ(end_of(ReadCoil{channel("coil7").point}).level, true);
    EXPECT_EQ(end_of(ReadCoil{channel("coil1").point}).level, true);
    for (const char* one : {"coil1", "coil7"})
        EXPECT_EQ(end_of(WriteCoil{channel(one).point, false}).result, Result::done);
}

TEST_P(WaveshareBoards, EndAPulseByThemselves) {
    open(GetParam(), none);
    written();
    EXPECT_EQ(end_of(Pulse{*channel("coil3").flash, 700ms}).result, Result::done);
    // Coil 0x0200 + n, n from 0; in tenths of a second.
    EXPECT_EQ(written(), (std::vector<std::pair<int, int>>{{0x0202, 7}}));
    EXPECT_EQ(end_of(WriteCoil{channel("coil3").point, false}).result, Result::done);
}

TEST_F(Devices, APzemSpeaksItsLowWordFirst) {
    // 70 005 tenths of a watt need both words.
    open("peacefair-pzem-016", is_value);
    set("watts", 7000.5);
    EXPECT_TRUE(shows("watts", 7000.5)) << last_of("watts").value_or(NAN);
}

TEST_F(Devices, AChintSpeaksKilowatts) {
    // What a PC draws that is off: on the wire this is 0.0018.
    open("chint-ddsu666", is_value);
    set("watts", 1.8);
    EXPECT_TRUE(shows("watts", 1.8)) << last_of("watts").value_or(NAN);
}

TEST_F(Devices, AWirenboardTellsWhatItsRelaysReallyDo) {
    open("wirenboard-wb-mr6c", is_input);
    const auto relay2 = poll_of.at("relay2");
    ASSERT_TRUE(recorder.await_value(relay2, 0.0));
    set("stuck2", true);
    ASSERT_TRUE(recorder.await_value(relay2, 1.0));
    EXPECT_EQ(end_of(WriteCoil{channel("coil2").point, false}).result, Result::done);
    EXPECT_EQ(end_of(ReadCoil{channel("coil2").point}).level, false);
    EXPECT_EQ(last_of("relay2"), 1.0);
    EXPECT_EQ(last_of("relay3"), 0.0);
    set("stuck2", false);
    EXPECT_TRUE(recorder.await_value(relay2, 0.0, 2));
}

/// The settings that a hall's configuration with this [failure] makes for its one board.
std::vector<drivers::UnitSetup> setups_of(const std::string& board, const std::string& failure) {
    const auto unit = std::to_string(Devices::unit_of(board));
    std::string pattern = (std::filesystem::temp_directory_path() / "hall-failure-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(pattern.data());
    std::ofstream(folder / "hall.toml") << R"([hall]
id = "h"
timezone = "Asia/Shanghai"
latitude = 35
longitude = 117
[hours]
mon = ["08:30", "17:30"]
[[bus]]
id = "b"
type = "modbus-tcp"
host = "127.0.0.1"
[[device]]
id = "d"
bus = "b"
unit = )" << unit << "\ntemplate = \"" << board
                                        << R"("
[[window]]
id = "1"
lamps = { green = "d.coil1", red = "d.coil3" }
[failure]
)" << failure << "\n";
    const LoadedSite loaded = load_site(folder / "hall.toml", kTemplates);
    std::filesystem::remove_all(folder);
    if (!loaded.site) throw std::runtime_error(to_string(loaded.faults.at(0)));
    return loaded.site->buses.at(0).setups;
}

TEST_F(Devices, AWirenboardsWatchdogIsArmedOutputByOutput) {
    open("wirenboard-wb-mr6c", is_coil, setups_of("wirenboard-wb-mr6c", R"(safe = ["d.coil3"]
after = 7)"));
    ASSERT_TRUE(recorder.await<UnitSetUp>([](const UnitSetUp& e) { return e.holds; }));
    std::map<int, int> wanted{{8, 7}};
    for (int n = 0; n < 6; ++n) {
        wanted[930 + n] =
            n == 2 ? 0 : 1;  // what is held keeps the level that it was delivered with
        wanted[938 + n] = n == 2 ? 1 : 0;
    }
    EXPECT_EQ(cells("registers"), wanted);
    EXPECT_EQ(outputs(), std::vector<bool>(6, false)) << "arming switches nothing";
}

TEST_F(Devices, AnIcpDasWatchdogThatHasStruckIsClearedAndArmed) {
    slaves->set("icpdas-tm-r5", "coil269", true);
    open("icpdas-tm-r5", is_coil, setups_of("icpdas-tm-r5", R"(safe = ["d.coil1", "d.coil3"]
after = 2.5)"));
    ASSERT_TRUE(recorder.await<UnitSetUp>([](const UnitSetUp& e) { return e.holds; }));
    EXPECT_EQ(cells("registers"), (std::map<int, int>{{488, 25}}));
    EXPECT_EQ(
        cells("flags"),
        (std::map<int, int>{{128, 0}, {129, 1}, {130, 0}, {131, 1}, {132, 1}, {260, 1}, {269, 0}}));
}

}  // namespace
}  // namespace hall::test
