// The worker of a GPIO chip, on chips that the test makes.
#include <gtest/gtest.h>

#include "drivers/gpio/worker.hpp"
#include "tests/support/bus_recorder.hpp"
#include "tests/support/fake_gpio.hpp"

namespace hall::drivers::gpio {
namespace {

using namespace std::chrono_literals;
using test::FakeGpio;

constexpr std::uint8_t kButton = 1, kContact = 2, kLamp = 3;
constexpr PollIx kButtonPoll = 0, kContactPoll = 1, kLampPoll = 2;

struct GpioWorker : testing::Test {
    GpioWorker() {
        FakeGpio::Board& board = gpio.boards["/dev/gpiochip0"];
        board.name = "gpiochip0";
        board.label = "cabinet";
        board.wires[4].name = "LAMP";
        config.id = "cabinet";
        config.retry_first = 5ms;
        config.retry_most = 20ms;
        config.gpio = GpioSettings{"cabinet",
                                   {{"button", 0U, false, false, GpioBias::as_is, 0us},
                                    {"contact", 1U, false, false, GpioBias::as_is, 0us},
                                    {"lamp", "LAMP", true, false, GpioBias::as_is, 0us}}};
        for (const std::uint8_t unit : {kButton, kContact, kLamp})
            polls.push_back({point(unit), 20ms, false});
    }

    static Point point(std::uint8_t unit) {
        return {unit, unit == kLamp ? Table::coil : Table::discrete, 0, Encoding::bit, 1.0};
    }
    void open() {
        worker = std::make_unique<Worker>(config, polls, seen.sink(),
                                          std::make_unique<test::FakeChips>(gpio));
    }
    std::optional<OrderFinished> ask(Ticket ticket, const Order& order) {
        EXPECT_TRUE(worker->submit(ticket, order));
        return seen.await_end(ticket);
    }
    std::vector<bool> driven() {
        const std::lock_guard lock(gpio.mutex);
        return gpio.boards.begin()->second.wires[4].driven;
    }
    std::string why(std::uint8_t unit) {
        std::string last;
        for (const auto& e : seen.all<UnitReported>()) {
            if (e.unit == unit && !e.up) last = e.why;
        }
        return last;
    }

    FakeGpio gpio;
    BusConfig config;
    std::vector<Poll> polls;
    test::BusRecorder seen;
    std::unique_ptr<Worker> worker;
};

TEST_F(GpioWorker, TellsAtTheStartWhatItFinds) {
    gpio.change([](auto& board) {
        board.wires[1].level = true;
        board.wires[4].level = true;
    });
    open();
    EXPECT_TRUE(seen.await_unit(0, true));
    for (const std::uint8_t unit : {kButton, kContact, kLamp})
        EXPECT_TRUE(seen.await_unit(unit, true)) << int{unit};
    EXPECT_TRUE(seen.await_value(kButtonPoll, 0.0));
    EXPECT_TRUE(seen.await_value(kContactPoll, 1.0));
    EXPECT_TRUE(seen.await_value(kLampPoll, 1.0));
    EXPECT_TRUE(driven().empty()) << "R14: an output is read, not driven";
}

TEST_F(GpioWorker, TellsEdgesInTheOrderInWhichTheyHappened) {
    open();
    ASSERT_TRUE(seen.await_value(kLampPoll, 0.0));
    seen.forget();
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    {
        // Of several lines, all waiting at once, the later line's edge is the older one.
        const std::lock_guard lock(gpio.mutex);
        auto& wires = gpio.boards.begin()->second.wires;
        wires[0].level = wires[1].level = true;
        wires[0].edges = {{true, now - 5ms}, {false, now - 3ms}, {true, now - 1ms}};
        wires[1].edges = {{true, now - 6ms}, {false, now - 4ms}, {true, now - 2ms}};
        wires[0].waiting.wake();
        wires[1].waiting.wake();
    }
    ASSERT_TRUE(seen.await_value(kButtonPoll, 1.0, 2));
    ASSERT_TRUE(seen.await_value(kContactPoll, 1.0, 2));
    std::vector<PollIx> order;
    for (const auto& e : seen.all<PointReported>()) order.push_back(e.poll);
    EXPECT_EQ(order, (std::vector<PollIx>{kContactPoll, kButtonPoll, kContactPoll, kButtonPoll,
                                          kContactPoll, kButtonPoll}));
}

TEST_F(GpioWorker, ABounceIsNotTold) {
    config.gpio->lines[0].debounce = 10ms;
    open();
    ASSERT_TRUE(seen.await_unit(kLamp, true));
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    gpio.set(0, true, now - 1004ms);
    gpio.set(0, false, now - 1003ms);
    gpio.set(0, true, now - 1000ms);
    ASSERT_TRUE(seen.await_value(kButtonPoll, 1.0));
    EXPECT_EQ(seen.values(kButtonPoll), (std::vector<std::optional<double>>{0.0, 1.0}));
}

TEST_F(GpioWorker, AnEdgeThatTheKernelForgotIsFoundByReading) {
    gpio.change([](auto& board) { board.wires[0].forgets = true; });
    open();
    ASSERT_TRUE(seen.await_value(kButtonPoll, 0.0));
    gpio.set(0, true);
    EXPECT_TRUE(seen.await_value(kButtonPoll, 1.0));
}

TEST_F(GpioWorker, AChipWithoutInterruptsIsRead) {
    config.gpio->lines[0].debounce = 10ms;
    gpio.change([](auto& board) { board.wires[0].tells_edges = false; });
    open();
    ASSERT_TRUE(seen.await_value(kButtonPoll, 0.0));
    gpio.set(0, true);
    EXPECT_TRUE(seen.await_value(kButtonPoll, 1.0));
    gpio.set(0, false);
    EXPECT_TRUE(seen.await_value(kButtonPoll, 0.0, 2));
}

TEST_F(GpioWorker, DrivesOnOrderAndReadsBack) {
    open();
    ASSERT_TRUE(seen.await_value(kLampPoll, 0.0));
    const auto on = ask(7, WriteCoil{point(kLamp), true});
    ASSERT_TRUE(on);
    EXPECT_EQ(on->result, Result::done);
    EXPECT_EQ(driven(), std::vector<bool>{true});
    EXPECT_TRUE(seen.await_value(kLampPoll, 1.0));
    const auto level = ask(8, ReadCoil{point(kLamp)});
    ASSERT_TRUE(level);
    EXPECT_EQ(level->result, Result::done);
    EXPECT_EQ(level->level, true);
}

TEST_F(GpioWorker, AnOutputThatDoesNotFollowIsTold) {
    gpio.change([](auto& board) { board.wires[4].stuck = true; });
    open();
    ASSERT_TRUE(seen.await_value(kLampPoll, 0.0));
    seen.forget();
    ASSERT_TRUE(ask(7, WriteCoil{point(kLamp), true}));
    EXPECT_TRUE(seen.await_value(kLampPoll, 0.0)) << "although it was told before the order";
}

TEST_F(GpioWorker, WhatOneCannotKnowIsUnknown) {
    gpio.change([](auto& board) { board.wires[4].drive_error = EIO; });
    open();
    ASSERT_TRUE(seen.await_value(kLampPoll, 0.0));
    const auto lost = ask(7, WriteCoil{point(kLamp), true});
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->result, Result::unknown);
    EXPECT_TRUE(seen.await_unit(kLamp, false));
    EXPECT_EQ(why(kLamp), "line \"LAMP\" cannot be driven: Input/output error");
    EXPECT_TRUE(seen.await_unit(kLamp, true, 2)) << "and it is taken again";
}

TEST_F(GpioWorker, RefusesWhatALineCannotDo) {
    open();
    ASSERT_TRUE(seen.await_unit(kLamp, true));
    for (const Order& order :
         {Order{WriteCoil{point(kButton), true}}, Order{ReadCoil{point(kContact)}},
          Order{Pulse{FlashOn{kLamp, 0, 100ms}, 500ms}}}) {
        const auto end = ask(order.index() + 1, order);
        ASSERT_TRUE(end);
        EXPECT_EQ(end->result, Result::failed);
        EXPECT_FALSE(end->why.empty());
    }
    EXPECT_TRUE(driven().empty());
}

TEST_F(GpioWorker, ALineOfSomebodyElseIsNamedAndTriedAgain) {
    gpio.change([](auto& board) { board.wires[4].holder = "gpioset"; });
    open();
    ASSERT_TRUE(seen.await_unit(kLamp, false));
    EXPECT_EQ(why(kLamp), "chip gpiochip0 [cabinet] line \"LAMP\" is taken by \"gpioset\"");
    EXPECT_TRUE(seen.await_value(kLampPoll, std::nullopt));
    EXPECT_TRUE(seen.await_value(kButtonPoll, 0.0)) << "the others live";
    const auto refused = ask(7, WriteCoil{point(kLamp), true});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->result, Result::failed);
    EXPECT_EQ(refused->why, why(kLamp));
    gpio.change([](auto& board) { board.wires[4].holder.clear(); });
    EXPECT_TRUE(seen.await_unit(kLamp, true));
    EXPECT_TRUE(seen.await_value(kLampPoll, 0.0));
    EXPECT_EQ(seen.all<UnitReported>().size(), 5U)
        << "each is told once, however often it is tried";
}

TEST_F(GpioWorker, ALineThatIsNotThereIsNamed) {
    config.gpio->lines[2].where = "LANTERN";
    config.gpio->lines[1].where = 8U;
    open();
    ASSERT_TRUE(seen.await_unit(kLamp, false));
    ASSERT_TRUE(seen.await_unit(kContact, false));
    EXPECT_EQ(why(kLamp), "chip gpiochip0 [cabinet] has no line named \"LANTERN\"");
    EXPECT_EQ(why(kContact), "chip gpiochip0 [cabinet] has no line 8; its last is 7");
}

TEST_F(GpioWorker, AChipThatVanishesAndComesBackIsTakenUp) {
    open();
    ASSERT_TRUE(seen.await_unit(kLamp, true));
    ASSERT_TRUE(ask(7, WriteCoil{point(kLamp), true}));
    seen.forget();
    gpio.change([](auto& board) { board.there = false; });
    ASSERT_TRUE(seen.await_unit(0, false));
    for (const PollIx poll : {kButtonPoll, kContactPoll, kLampPoll})
        EXPECT_TRUE(seen.await_value(poll, std::nullopt)) << poll;
    const auto refused = ask(8, WriteCoil{point(kLamp), false});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->result, Result::failed);
    seen.forget();
    gpio.change([](auto& board) {
        board.wires[0].level = true;
        board.there = true;
    });
    ASSERT_TRUE(seen.await_unit(0, true));
    EXPECT_TRUE(seen.await_value(kButtonPoll, 1.0));
    EXPECT_TRUE(seen.await_value(kLampPoll, 1.0));
    EXPECT_EQ(driven(), std::vector<bool>{true}) << "and is not driven for it";
}

TEST_F(GpioWorker, AChipThatIsNotThereIsNamedWithWhatIs) {
    config.gpio->chip = "pinctrl";
    open();
    ASSERT_TRUE(seen.await_unit(0, false));
    EXPECT_EQ(why(0),
              "no GPIO chip is named or labelled \"pinctrl\"; there are gpiochip0 [cabinet]");
}

TEST_F(GpioWorker, AChipIsFoundByPathNameOrLabel) {
    {
        FakeGpio::Board& other = gpio.boards["/dev/gpiochip1"];
        other.name = "gpiochip1";
        other.label = "door";
    }
    test::FakeChips chips(gpio);
    std::string why;
    const auto found = [&](const char* wanted) {
        const auto chip = find_chip(chips, wanted, why);
        return chip != nullptr ? chip->name() : why;
    };
    EXPECT_EQ(found("/dev/gpiochip1"), "gpiochip1");
    EXPECT_EQ(found("gpiochip1"), "gpiochip1");
    EXPECT_EQ(found("door"), "gpiochip1");
    EXPECT_EQ(found("/dev/gpiochip7"), "/dev/gpiochip7: No such file or directory");
    gpio.boards["/dev/gpiochip0"].label = "door";
    EXPECT_EQ(found("door"),
              "both gpiochip0 and gpiochip1 are labelled \"door\"; name the chip by its path");
}

TEST_F(GpioWorker, ALineThatNobodyPollsIsLeftAlone) {
    polls.resize(2);
    open();
    ASSERT_TRUE(seen.await_unit(kContact, true));
    const std::lock_guard lock(gpio.mutex);
    EXPECT_FALSE(gpio.boards.begin()->second.wires[4].taken);
}

}  // namespace
}  // namespace hall::drivers::gpio
