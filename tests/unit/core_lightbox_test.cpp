// R16, R18, R19, R21: the lightbox's policies and its override.
#include "tests/support/night.hpp"

namespace hall::test {
namespace {

TEST(LightboxPolicies, AfterClosing) {
    Night e(quiet(), november(24, 17, 35));
    EXPECT_FALSE(e.burns());
    e.close();
    EXPECT_TRUE(e.burns());
    e.pass_to(november(25, 8, 0));
    EXPECT_TRUE(e.burns());
    e.open("1003");
    e.pass(5s);
    EXPECT_FALSE(e.burns());
}

TEST(LightboxPolicies, Schedule) {
    Night e(quiet(LightboxPolicy::schedule), november(24, 17, 0));
    e.pass_to(november(24, 18, 0) - 1ms);
    EXPECT_FALSE(e.burns());
    e.pass(1ms);
    EXPECT_TRUE(e.burns());
    e.pass_to(november(25, 6, 0) - 1ms);
    EXPECT_TRUE(e.burns());
    e.pass(1ms);
    EXPECT_FALSE(e.burns());
}

TEST(LightboxPolicies, BothWaitsForTheClosingOnAWorkingDayAndNotOnADayOff) {
    Night e(quiet(LightboxPolicy::both), november(27, 17, 35));  // a Friday
    e.pass_to(november(27, 19, 0));
    EXPECT_FALSE(e.burns());
    e.pass_to(november(28, 0, 0) - 1ms);
    EXPECT_FALSE(e.burns());
    e.pass(1ms);  // Saturday begins
    EXPECT_TRUE(e.burns());
    e.pass_to(november(28, 12, 0));
    EXPECT_FALSE(e.burns());
}

TEST(LightboxPolicies, BothAfterTheClosingBurnsAtNight) {
    Night e(quiet(LightboxPolicy::both), november(24, 17, 35));
    e.close();
    EXPECT_FALSE(e.burns());
    e.pass_to(november(24, 18, 0));
    EXPECT_TRUE(e.burns());
}

TEST(LightboxPolicies, AfterAnOutageWhatTheScheduleWantsNow) {
    Night e(quiet(LightboxPolicy::schedule), november(24, 17, 0));
    e.restart(3h, Boot::rebooted);
    EXPECT_TRUE(e.burns());
    // The board lost its state while the daemon was away.
    e.lit.clear();
    e.restart(5s);
    EXPECT_TRUE(e.burns());
}

TEST(LightboxPolicies, AClockThatMayLieSwitchesNothing) {
    Night e(quiet(LightboxPolicy::schedule), november(24, 17, 0));
    e.wall_trusted = false;
    e.pass_to(november(24, 20, 0));
    e.feed(TimePassed{});  // a doubtful clock wakes nobody
    EXPECT_FALSE(e.burns());
    e.wall_trusted = true;
    e.feed(TimePassed{});
    EXPECT_TRUE(e.burns());
}

TEST(Override, ForADuration) {
    Night e(quiet(LightboxPolicy::schedule), november(24, 17, 0));
    EXPECT_EQ("done", e.ask(LightboxOverridden{0, "1001", true, OverrideUntil::duration, 600s}));
    EXPECT_TRUE(e.burns());
    e.pass(200s);
    e.restart(100s, Boot::rebooted);
    EXPECT_TRUE(e.view().lightbox.overridden);
    e.pass(300s - 1ms);
    EXPECT_TRUE(e.burns());
    e.pass(1ms);
    EXPECT_FALSE(e.burns());
    EXPECT_EQ("malformed bad_value field=seconds",
              e.ask(LightboxOverridden{0, "1001", true, OverrideUntil::duration, 0ms}));
    EXPECT_EQ("malformed bad_value field=seconds",
              e.ask(LightboxOverridden{0, "1001", true, OverrideUntil::duration, 24h + 1ms}));
}

TEST(Override, UntilTheNextSwitchingPoint) {
    Night e(quiet(LightboxPolicy::schedule), november(24, 19, 0));
    EXPECT_TRUE(e.burns());
    e.ask(LightboxOverridden{0, "mqtt", false, OverrideUntil::next_switch, 0ms});
    EXPECT_FALSE(e.burns());
    e.restart(1s);
    EXPECT_FALSE(e.burns());
    e.pass_to(november(25, 6, 0));
    EXPECT_FALSE(e.view().lightbox.overridden);
    e.pass_to(november(25, 18, 0));
    EXPECT_TRUE(e.burns());
}

TEST(Override, EndsAtAPointOfTheScheduleThoughTheHallWasNotClosed) {
    Night e(quiet(LightboxPolicy::both), november(24, 19, 0));
    EXPECT_FALSE(e.burns());
    e.ask(LightboxOverridden{0, "panel", true, OverrideUntil::next_switch, 0ms});
    e.pass_to(november(25, 6, 0) - 1ms);
    EXPECT_TRUE(e.burns());
    e.pass_to(november(25, 6, 0));
    EXPECT_FALSE(e.view().lightbox.overridden);
    EXPECT_FALSE(e.burns());
}

TEST(Override, PermanentUntilItIsCleared) {
    Night e(quiet(LightboxPolicy::schedule), november(24, 17, 0));
    e.ask(LightboxOverridden{0, "mqtt", false, OverrideUntil::permanent, 0ms});
    e.restart(1s, Boot::rebooted);
    e.pass_to(november(26, 20, 0));
    EXPECT_FALSE(e.burns());
    e.ask(LightboxOverridden{0, "mqtt", false, OverrideUntil::cleared, 0ms});
    EXPECT_TRUE(e.burns());
}

}  // namespace
}  // namespace hall::test
