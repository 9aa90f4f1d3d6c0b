// The daemon itself on a real kernel's GPIO lines: what people press and what visitors see. Judged
// by the wires, and by what the daemon tells. Runs in the virtual machine of tests/vm/run, as root.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "daemon/shell/control_socket.hpp"
#include "drivers/gpio/lines.hpp"
#include "tests/support/gpio_sim.hpp"
#include "tests/support/process.hpp"
#include "tests/support/typing_device.hpp"

namespace hall {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::GpioSim;
using test::Process;

constexpr unsigned kButton = 0, kFaultButton = 1, kWestDoor = 2, kGreen = 4, kRed = 5,
                   kLightbox = 6, kBuzzer = 7;

class HalldGpio : public testing::Test {
  protected:
    HalldGpio() {
        GpioSim::keep_at_release(true);
        GpioSim::tell_edges(true);
        std::filesystem::remove_all(kState);
        // Released buttons, a closed door, dark lamps (the red one's wire is turned round).
        sim.pull(kFaultButton, true);
        sim.pull(kWestDoor, true);
        sim.pull(kRed, true);
    }

    void start() {
        halld = std::make_unique<Process>(std::vector<std::string>{
            "/hall/halld", "--config", "/hall/config/hall.toml", "--state", kState});
        ASSERT_TRUE(halld->says("ready: panel")) << halld->output();
        // A button that is down when its line is first read is no press: the lines come one by one.
        ASSERT_TRUE(until([] { return state()["links"]["cabinet"]["up"] == true; }));
        ASSERT_TRUE(until([] { return state()["contacts"]["west_door"]["state"] != "unknown"; }));
    }
    void stop(int signal) {
        halld->signal(signal);
        ASSERT_EQ(halld->ends(), signal == SIGTERM ? 0 : 128 + signal) << halld->output();
        log += halld->output();
        halld.reset();
    }
    static json state() {
        return json::parse(ask_daemon(std::filesystem::path(kState) / "halld.sock",
                                      R"({"do": "status"})", test::kPatience));
    }
    static bool until(const std::function<bool()>& holds) {
        const auto end = std::chrono::steady_clock::now() + test::kPatience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(5ms);
        }
        return true;
    }
    [[nodiscard]] bool lamps(bool green, bool red) const {
        return sim.level(kGreen) == green && sim.level(kRed) == !red;
    }
    /// Who has a line, as the kernel tells.
    [[nodiscard]] std::string holder(unsigned offset) const {
        const auto chip = drivers::gpio::KernelChips{}.open("/dev/" + sim.name());
        return chip != nullptr ? chip->holder(offset) : "";
    }
    static bool window_is(const char* wanted) { return state()["windows"]["1"]["state"] == wanted; }
    static bool alarm_stands(const std::string& code, const std::string& subject) {
        const json now = state();
        for (const json& alarm : now["alarms"]) {
            if (alarm["code"] == code && alarm["subject"] == subject && alarm["cleared"].is_null())
                return true;
        }
        return false;
    }
    /// Holds a button until `seen`, and lets go. Levels are told in the order in which they came,
    /// so a door that moves afterwards tells when the letting go has been seen.
    void press(unsigned button, bool down, const std::function<bool()>& seen) {
        sim.pull(button, down);
        EXPECT_TRUE(until(seen)) << state().dump(1) << halld->output();
        sim.pull(button, !down);
        for (const bool closed : {false, true}) {
            sim.pull(kWestDoor, closed);
            EXPECT_TRUE(until([&] { return door_is(closed ? "closed" : "open"); }));
        }
    }
    static bool door_is(const char* wanted) {
        return state()["contacts"]["west_door"]["state"] == wanted;
    }

    /// Whether the text stands in the log or in a file of the state folder.
    [[nodiscard]] bool written(const std::string& text) const {
        bool found = log.find(text) != std::string::npos;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(kState)) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(file), {}};
            found = found || bytes.find(text) != std::string::npos;
        }
        return found;
    }

    static constexpr const char* kReader = "/dev/input/reader";
    static constexpr const char* kCard = "0012345678";
    static constexpr const char* kState = "/tmp/hall-state";
    GpioSim sim{"cabinet", "hall-cabinet", {{kWestDoor, "WEST"}}};
    std::unique_ptr<Process> halld;
    std::string log;
};

TEST_F(HalldGpio, AWindowsButtonTurnsItsLamps) {
    start();
    EXPECT_TRUE(until([&] { return window_is("closed"); }));
    EXPECT_TRUE(lamps(false, false));
    press(kButton, true, [&] { return lamps(true, false); });
    EXPECT_TRUE(window_is("serving"));
    press(kButton, true, [&] { return lamps(false, true); });
    EXPECT_TRUE(window_is("paused"));
    press(kFaultButton, false, [&] { return lamps(true, true); });
    EXPECT_TRUE(window_is("fault"));
}

TEST_F(HalldGpio, AContactIsShown) {
    sim.pull(kWestDoor, false);
    start();
    EXPECT_TRUE(until([&] { return door_is("open"); }));
    Process status({"/hall/hallctl", "--state", kState, "status", "--json"});
    ASSERT_EQ(status.ends(), 0) << status.output();
    EXPECT_EQ(json::parse(status.output())["contacts"]["west_door"]["state"], "open");
    sim.pull(kWestDoor, true);
    EXPECT_TRUE(until([&] { return door_is("closed"); }));
}

TEST_F(HalldGpio, TheLightboxBurnsWhenTheScheduleSays) {
    start();
    EXPECT_TRUE(until([&] { return sim.level(kLightbox); }));
    // Its feedback is another line, which says no; that is told.
    EXPECT_TRUE(until([&] { return state()["lightbox"]["actual"] != nullptr; }));
    EXPECT_FALSE(sim.level(kBuzzer));
}

TEST_F(HalldGpio, ARestartKeepsTheLamps) {
    for (const int signal : {SIGTERM, SIGKILL}) {
        start();
        if (!lamps(true, false)) press(kButton, true, [&] { return lamps(true, false); });
        stop(signal);
        EXPECT_TRUE(lamps(true, false));
        start();
        // Read, found as it should be, and not written.
        EXPECT_TRUE(halld->says("output.adopted done output=window.1.lamp1 level=on"))
            << halld->output();
        EXPECT_TRUE(lamps(true, false));
        EXPECT_TRUE(until([&] { return window_is("serving"); }));
        stop(SIGTERM);
    }
}

TEST_F(HalldGpio, WhereAChipLetsLinesFallBackTheDaemonPutsThemRight) {
    GpioSim::keep_at_release(false);
    start();
    press(kButton, true, [&] { return lamps(true, false); });
    stop(SIGTERM);
    EXPECT_TRUE(lamps(false, false));
    start();
    EXPECT_TRUE(until([&] { return lamps(true, false); }));
}

TEST_F(HalldGpio, ALineOfSomebodyElseIsNamedAndRaisesAnAlarm) {
    auto other = std::make_unique<Process>(
        std::vector<std::string>{"/hall/gpioset", "-m", "signal", sim.name(), "5=1"});
    ASSERT_TRUE(until([&] { return holder(kRed) == "gpioset"; }));
    start();
    EXPECT_TRUE(halld->says("bus cabinet unit 6 (gpio.red): lost chip " + sim.name() +
                            " [hall-cabinet] line 5 is taken by \"gpioset\""))
        << halld->output();
    EXPECT_TRUE(until([&] { return alarm_stands("link_lost", "gpio.red"); })) << state().dump(1);
    EXPECT_TRUE(until([&] { return window_is("fault"); })) << "R24: visitors know";
    EXPECT_TRUE(until([&] { return sim.level(kGreen); })) << "as far as its lamps can tell";
    other.reset();
    EXPECT_TRUE(until([&] { return !alarm_stands("link_lost", "gpio.red"); }));
    press(kButton, true, [&] { return lamps(true, false); });
}

TEST_F(HalldGpio, ACardReachesThePageOfThisMachineAndNothingElse) {
    auto reader = std::make_unique<test::TypingDevice>();
    std::filesystem::remove(kReader);
    std::filesystem::create_symlink(reader->path(), kReader);
    start();
    ASSERT_TRUE(halld->says("card reader /dev/input/reader: up")) << halld->output();
    // The page's own connection.
    boost::asio::io_context io;
    boost::beast::websocket::stream<boost::beast::tcp_stream> page(io);
    page.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), 8080});
    page.handshake("127.0.0.1:8080", "/api/live");
    reader->card(kCard);
    std::string said;
    while (said.find("\"card\"") == std::string::npos) {
        boost::beast::flat_buffer buffer;
        page.read(buffer);
        said = boost::beast::buffers_to_string(buffer.data());
    }
    EXPECT_EQ(said, std::string(R"({"card":")") + kCard + "\"}");
    EXPECT_EQ(state().dump().find(kCard), std::string::npos);
    reader.reset();
    EXPECT_TRUE(until([&] { return alarm_stands("link_lost", "reader"); }));
    stop(SIGTERM);
    // Not in the log, not in the journal or any other file.
    EXPECT_FALSE(written(kCard));
}

TEST_F(HalldGpio, AChipThatIsPulledOutAndPutBackIsTakenUp) {
    GpioSim::tell_edges(false);
    start();
    ASSERT_TRUE(until([&] { return door_is("closed"); }));
    sim.unplug();
    EXPECT_TRUE(until([&] { return alarm_stands("link_lost", "cabinet"); }));
    EXPECT_TRUE(until([&] { return door_is("unknown"); })) << "silence is no closed door";
    sim.plug_in();
    sim.pull(kFaultButton, true);
    sim.pull(kWestDoor, true);
    EXPECT_TRUE(until([&] { return !alarm_stands("link_lost", "cabinet"); }));
    EXPECT_TRUE(until([&] { return door_is("closed"); }));
    press(kButton, true, [&] { return lamps(true, false); });
}

}  // namespace
}  // namespace hall
