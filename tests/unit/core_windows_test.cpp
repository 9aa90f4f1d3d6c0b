// R22, R24: what each window's light tells visitors.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

const OutputRef kGreen = OutputRef::window_lamp(kWindow1, 0);
const OutputRef kRed2 = OutputRef::window_lamp(kWindow2, 1);

TEST(Windows, TheButtonChangesBetweenServingAndPausedInTheSameStep) {
    Evening e;
    e.feed(ButtonPressed{kWindow1});
    EXPECT_EQ(1U, e.lit.count(kGreen));
    EXPECT_EQ("serving", std::string(to_string(e.view().windows[0].state)));
    e.feed(ButtonPressed{kWindow1});
    EXPECT_EQ("paused", std::string(to_string(e.view().windows[0].state)));
    e.feed(ButtonPressed{kWindow1});
    EXPECT_EQ("serving", std::string(to_string(e.view().windows[0].state)));
}

TEST(Windows, PausedBlinksHalfASecondLitHalfASecondDark) {
    Evening e;
    e.feed(ButtonPressed{kWindow1});
    e.feed(ButtonPressed{kWindow1});
    for (int half = 0; half < 6; ++half) {
        EXPECT_EQ(half % 2 == 0, e.lit.count(kGreen) == 1U) << half;
        e.pass(499ms);
        EXPECT_EQ(half % 2 == 0, e.lit.count(kGreen) == 1U) << half;
        e.pass(1ms);
    }
}

TEST(Windows, ALampWhoseBoardLostOneWriteBlinksOn) {
    Evening e;
    e.feed(ButtonPressed{kWindow1});
    e.feed(ButtonPressed{kWindow1});
    e.dead.insert(kGreen);
    e.pass(3s);
    e.dead.clear();  // and nobody reports its level: it has not changed
    e.pass(15s);
    const bool before = e.lit.count(kGreen) == 1U;
    e.pass(500ms);
    EXPECT_NE(before, e.lit.count(kGreen) == 1U);
    EXPECT_FALSE(e.alarm("output_failed.window.1.lamp1"));
}

TEST(Windows, PanelAndMqttSetTheSame) {
    Evening e;
    EXPECT_EQ("done", e.ask(WindowSet{0, "1001", kWindow1, WindowState::serving}));
    EXPECT_EQ(1U, e.lit.count(kGreen));
    EXPECT_EQ("done", e.ask(WindowSet{0, "mqtt", kWindow1, WindowState::closed}));
    EXPECT_EQ(0U, e.lit.count(kGreen));
}

TEST(Windows, CloseWithTheHallAndStayClosed) {
    Evening e;
    e.feed(ButtonPressed{kWindow1});
    e.authorise();
    e.pass(60s);
    EXPECT_EQ(0U, e.lit.count(kGreen));
    e.feed(ButtonPressed{kWindow1});
    EXPECT_EQ(0U, e.lit.count(kGreen));
    EXPECT_EQ("conflict not_now", e.ask(WindowSet{0, "mqtt", kWindow1, WindowState::serving}));
}

TEST(Windows, ALostLinkShowsFaultAndItsReturnWhatWasChosen) {
    Evening e;
    e.feed(ButtonPressed{kWindow2});
    e.feed(LinkReported{kBus1, false});
    EXPECT_EQ(1U, e.lit.count(kRed2));
    EXPECT_TRUE(e.alarm("link_lost.bus1"));
    EXPECT_EQ("closed", std::string(to_string(e.view().windows[0].state)));
    e.feed(LinkReported{kBus1, true});
    EXPECT_EQ(0U, e.lit.count(kRed2));
    EXPECT_EQ("serving", std::string(to_string(e.view().windows[1].state)));
}

TEST(Windows, AReportedFaultStaysUntilSomebodySetsTheWindow) {
    Evening e;
    EXPECT_EQ("done", e.ask(FaultRaised{0, "mqtt", kWindow2, "printer"}));
    EXPECT_TRUE(e.alarm("window_fault.2"));
    e.feed(ButtonPressed{kWindow2});
    EXPECT_EQ(1U, e.lit.count(kRed2));
    e.restart(1s);
    EXPECT_EQ(1U, e.lit.count(kRed2));
    EXPECT_EQ("done", e.ask(WindowSet{0, "1001", kWindow2, WindowState::serving}));
    EXPECT_EQ(0U, e.lit.count(kRed2));
    EXPECT_FALSE(e.alarm("window_fault.2"));
}

}  // namespace
}  // namespace hall::test
