// The GPIO driver on a real kernel's lines. Runs in the virtual machine of tests/vm/run, as root.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/gpio.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>

#include "drivers/bus.hpp"
#include "drivers/gpio/lines.hpp"
#include "tests/support/bus_recorder.hpp"
#include "tests/support/gpio_sim.hpp"

namespace hall::drivers {
namespace {

using namespace std::chrono_literals;
using test::GpioSim;

constexpr std::uint8_t kButton = 1, kContact = 2, kLamp = 3;
constexpr PollIx kButtonPoll = 0, kContactPoll = 1, kLampPoll = 2;
constexpr unsigned kButtonWire = 0, kContactWire = 1, kLampWire = 4;

/// Somebody else's hold of a line, made with the kernel's interface and no library.
class Intruder {
  public:
    Intruder(const std::string& chip, unsigned offset, const char* name) {
        const int device = ::open(("/dev/" + chip).c_str(), O_RDWR | O_CLOEXEC);
        gpio_v2_line_request request{};
        request.offsets[0] = offset;
        request.num_lines = 1;
        request.config.flags = GPIO_V2_LINE_FLAG_INPUT;
        std::strncpy(request.consumer, name, sizeof request.consumer - 1);
        if (ioctl(device, GPIO_V2_GET_LINE_IOCTL, &request) == 0) line_ = request.fd;
        ::close(device);
    }
    Intruder(const Intruder&) = delete;
    Intruder& operator=(const Intruder&) = delete;
    ~Intruder() { release(); }
    [[nodiscard]] bool has_it() const { return line_ >= 0; }
    void release() {
        if (line_ >= 0) ::close(line_);
        line_ = -1;
    }

  private:
    int line_ = -1;
};

struct GpioKernel : testing::Test {
    GpioKernel() {
        GpioSim::keep_at_release(true);
        GpioSim::tell_edges(true);
        config.id = "cabinet";
        config.retry_first = 20ms;
        config.retry_most = 100ms;
        config.gpio = GpioSettings{"hall-cabinet",
                                   {{"button", kButtonWire, false, false, GpioBias::as_is, 10ms},
                                    {"contact", "WEST", false, false, GpioBias::as_is, 10ms},
                                    {"lamp", kLampWire, true, false, GpioBias::as_is, 0us}}};
        for (const std::uint8_t unit : {kButton, kContact, kLamp})
            polls.push_back({point(unit), 50ms, false});
    }
    static Point point(std::uint8_t unit) {
        return {unit, unit == kLamp ? Table::coil : Table::discrete, 0, Encoding::bit, 1.0};
    }
    void open() { bus = open_gpio(config, polls, seen.sink()); }
    Result ask(Ticket ticket, const Order& order) {
        EXPECT_TRUE(bus->submit(ticket, order));
        const auto end = seen.await_end(ticket);
        return end ? end->result : Result::unknown;
    }
    bool await_all_up() {
        return seen.await_unit(kButton, true) && seen.await_unit(kContact, true) &&
               seen.await_unit(kLamp, true);
    }
    std::string why(std::uint8_t unit) {
        std::string last;
        for (const auto& e : seen.all<UnitReported>()) {
            if (e.unit == unit && !e.up) last = e.why;
        }
        return last;
    }

    GpioSim sim{"cabinet", "hall-cabinet", {{kContactWire, "WEST"}}};
    BusConfig config;
    std::vector<Poll> polls;
    test::BusRecorder seen;
    std::unique_ptr<Bus> bus;
};

TEST_F(GpioKernel, TellsAtTheStartWhatItFinds) {
    sim.pull(kContactWire, true);
    open();
    ASSERT_TRUE(seen.await_unit(0, true));
    ASSERT_TRUE(await_all_up());
    EXPECT_TRUE(seen.await_value(kButtonPoll, 0.0));
    EXPECT_TRUE(seen.await_value(kContactPoll, 1.0)) << "found by the kernel's name of it";
    EXPECT_TRUE(seen.await_value(kLampPoll, 0.0));
}

TEST_F(GpioKernel, TellsWhatAnInputDoes) {
    open();
    ASSERT_TRUE(await_all_up());
    for (std::size_t press = 1; press <= 5; ++press) {
        sim.pull(kButtonWire, true);
        ASSERT_TRUE(seen.await_value(kButtonPoll, 1.0, press));
        sim.pull(kButtonWire, false);
        ASSERT_TRUE(seen.await_value(kButtonPoll, 0.0, press + 1));
    }
    EXPECT_EQ(seen.values(kButtonPoll).size(), 11U);
    EXPECT_EQ(seen.values(kContactPoll).size(), 1U);
}

TEST_F(GpioKernel, ABounceIsNotTold) {
    config.gpio->lines[0].debounce = 150ms;
    open();
    ASSERT_TRUE(await_all_up());
    // However slow this machine is, the last level is the one that stands.
    for (int i = 0; i < 20; ++i) sim.pull(kButtonWire, i % 2 == 0);
    sim.pull(kButtonWire, true);
    ASSERT_TRUE(seen.await_value(kButtonPoll, 1.0));
    EXPECT_EQ(seen.values(kButtonPoll).back(), 1.0);
    EXPECT_LT(seen.values(kButtonPoll).size(), 10U);
}

TEST_F(GpioKernel, ActiveLowTurnsInputsAndOutputsRound) {
    for (GpioLine& line : config.gpio->lines) line.active_low = true;
    sim.pull(kContactWire, true);
    open();
    ASSERT_TRUE(await_all_up());
    EXPECT_TRUE(seen.await_value(kButtonPoll, 1.0));
    EXPECT_TRUE(seen.await_value(kContactPoll, 0.0));
    sim.pull(kContactWire, false);
    EXPECT_TRUE(seen.await_value(kContactPoll, 1.0));
    EXPECT_EQ(ask(1, WriteCoil{point(kLamp), false}), Result::done);
    EXPECT_TRUE(sim.level(kLampWire));
    EXPECT_EQ(ask(2, WriteCoil{point(kLamp), true}), Result::done);
    EXPECT_FALSE(sim.level(kLampWire));
    EXPECT_TRUE(seen.await_value(kLampPoll, 1.0));
}

TEST_F(GpioKernel, BiasPullsTheLine) {
    config.gpio->lines[0].bias = GpioBias::pull_up;
    open();
    ASSERT_TRUE(await_all_up());
    EXPECT_TRUE(seen.await_value(kButtonPoll, 1.0));
}

TEST_F(GpioKernel, AnOutputIsNotDrivenUntilItIsOrdered) {
    sim.pull(kLampWire, true);
    open();
    ASSERT_TRUE(await_all_up());
    EXPECT_TRUE(seen.await_value(kLampPoll, 1.0));
    // Nobody drives it: it still follows its pull.
    sim.pull(kLampWire, false);
    ASSERT_TRUE(seen.await_value(kLampPoll, 0.0));
    EXPECT_EQ(ask(1, WriteCoil{point(kLamp), true}), Result::done);
    EXPECT_TRUE(sim.level(kLampWire));
    EXPECT_TRUE(seen.await_value(kLampPoll, 1.0, 2));
    EXPECT_EQ(ask(2, WriteCoil{point(kLamp), false}), Result::done);
    EXPECT_FALSE(sim.level(kLampWire));
}

TEST_F(GpioKernel, AnOutputKeepsItsLevelFromOneOwnerToTheNext) {
    open();
    ASSERT_TRUE(await_all_up());
    ASSERT_EQ(ask(1, WriteCoil{point(kLamp), true}), Result::done);
    bus.reset();
    EXPECT_TRUE(sim.level(kLampWire));
    seen.forget();
    open();
    ASSERT_TRUE(await_all_up());
    EXPECT_TRUE(seen.await_value(kLampPoll, 1.0));
    EXPECT_TRUE(sim.level(kLampWire));
}

TEST_F(GpioKernel, WhereAChipLetsALineFallBackTheNextOwnerSeesIt) {
    GpioSim::keep_at_release(false);
    open();
    ASSERT_TRUE(await_all_up());
    ASSERT_EQ(ask(1, WriteCoil{point(kLamp), true}), Result::done);
    bus.reset();
    EXPECT_FALSE(sim.level(kLampWire));
    seen.forget();
    open();
    EXPECT_TRUE(seen.await_value(kLampPoll, 0.0));
}

TEST_F(GpioKernel, ALineOfSomebodyElseIsNamedAndTakenWhenItIsFree) {
    Intruder intruder(sim.name(), kLampWire, "somebody");
    ASSERT_TRUE(intruder.has_it());
    open();
    ASSERT_TRUE(seen.await_unit(kLamp, false));
    EXPECT_EQ(why(kLamp), "chip " + sim.name() + " [hall-cabinet] line 4 is taken by \"somebody\"");
    EXPECT_TRUE(seen.await_unit(kButton, true));
    EXPECT_EQ(ask(1, WriteCoil{point(kLamp), true}), Result::failed);
    intruder.release();
    EXPECT_TRUE(seen.await_unit(kLamp, true));
    EXPECT_EQ(ask(2, WriteCoil{point(kLamp), true}), Result::done);
    // And ours are named to others.
    const auto chip = gpio::KernelChips{}.open("/dev/" + sim.name());
    ASSERT_NE(chip, nullptr);
    EXPECT_EQ(chip->holder(kLampWire), "halld lamp");
    EXPECT_EQ(chip->holder(7), "");
}

TEST_F(GpioKernel, AChipWithoutInterruptsIsRead) {
    GpioSim::tell_edges(false);
    open();
    ASSERT_TRUE(await_all_up());
    for (std::size_t press = 1; press <= 3; ++press) {
        sim.pull(kButtonWire, true);
        ASSERT_TRUE(seen.await_value(kButtonPoll, 1.0, press));
        sim.pull(kButtonWire, false);
        ASSERT_TRUE(seen.await_value(kButtonPoll, 0.0, press + 1));
    }
}

TEST_F(GpioKernel, AChipThatIsPulledOutAndPutBackIsTakenUp) {
    GpioSim::tell_edges(false);
    open();
    ASSERT_TRUE(await_all_up());
    sim.unplug();
    ASSERT_TRUE(seen.await_unit(0, false));
    EXPECT_TRUE(seen.await_value(kButtonPoll, std::nullopt));
    EXPECT_TRUE(seen.await_value(kLampPoll, std::nullopt));
    EXPECT_EQ(ask(1, WriteCoil{point(kLamp), true}), Result::failed);
    sim.plug_in();
    ASSERT_TRUE(seen.await_unit(0, true, 2));
    EXPECT_TRUE(seen.await_value(kButtonPoll, 0.0, 2));
    sim.pull(kButtonWire, true);
    EXPECT_TRUE(seen.await_value(kButtonPoll, 1.0));
    EXPECT_EQ(ask(2, WriteCoil{point(kLamp), true}), Result::done);
    EXPECT_TRUE(sim.level(kLampWire));
}

TEST_F(GpioKernel, EdgesCarryTheKernelsTime) {
    gpio::KernelChips chips;
    const auto chip = chips.open("/dev/" + sim.name());
    ASSERT_NE(chip, nullptr);
    const auto line = chip->take(
        kButtonWire, {"button", kButtonWire, false, false, GpioBias::as_is, 0us}, "test");
    ASSERT_NE(line, nullptr);
    const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch(); };
    const auto before = now();
    sim.pull(kButtonWire, true);
    pollfd asked{line->descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&asked, 1, 60'000), 1);
    const auto after = now();
    std::vector<gpio::Edge> edges;
    ASSERT_TRUE(line->take_edges(edges));
    ASSERT_EQ(edges.size(), 1U);
    EXPECT_TRUE(edges[0].on);
    EXPECT_GE(edges[0].at, before);
    EXPECT_LE(edges[0].at, after);
}

}  // namespace
}  // namespace hall::drivers
