// R23: posts behind the windows: who is responsible, and what becomes of a window where nobody is.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

/// Post 1: 1001, then 1002 or 1005. Post 2: 1003, then 1001.
HallConfig staffed_hall() {
    HallConfig hall = small_hall();
    hall.circuits[0].window.reset();  // its meter has no part in this
    hall.posts = {{"1", "post 1", {{"1001"}}, {{"1002"}, {"1005"}}},
                  {"2", "post 2", {{"1003"}}, {{"1001"}}}};
    return hall;
}

/// A Tuesday in the middle of the morning.
struct Posts : testing::Test {
    Evening e{staffed_hall(), november(24, 10, 0)};

    void SetUp() override { e.sample_every = 5min; }

    std::string in(const std::string& who, const std::string& post = "1") {
        return e.ask(PostSignedIn{0, {who}, post});
    }
    std::string out(const std::string& who, const std::string& post = "1") {
        return e.ask(PostSignedOut{0, {who}, post});
    }
    std::string hand_over(const std::string& from, const std::string& to,
                          const std::string& post = "1") {
        return e.ask(PostHandedOver{0, {from}, {to}, post});
    }
    [[nodiscard]] std::string responsible(std::size_t window = 0) const {
        return to_string(e.view().windows[window].responsible);
    }
    [[nodiscard]] std::string state(std::size_t window = 0) const {
        return to_string(e.view().windows[window].state);
    }
    void press() { e.feed(ButtonPressed{kWindow1}); }
    [[nodiscard]] bool alarm() const { return e.alarm("window_unattended.1"); }
};

TEST_F(Posts, ThePrimaryIsResponsibleWhenPresentOtherwiseTheBackup) {
    EXPECT_EQ("none", responsible());
    EXPECT_EQ("done", in("1002"));
    EXPECT_EQ("backup", responsible());
    EXPECT_EQ("done", in("1001"));
    EXPECT_EQ("primary", responsible());
    EXPECT_EQ("none", responsible(1));
    EXPECT_EQ("done", out("1001"));
    EXPECT_EQ("backup", responsible());
    EXPECT_EQ("done", in("1005"));
    EXPECT_EQ("done", out("1002"));
    EXPECT_EQ("backup", responsible());
    EXPECT_EQ("done", out("1005"));
    EXPECT_EQ("none", responsible());
}

TEST_F(Posts, OnlyThePairOfAPostSignsInThere) {
    EXPECT_EQ("forbidden not_of_post post=1", in("1003"));
    EXPECT_EQ("forbidden not_of_post post=1", in(""));
    EXPECT_EQ("forbidden not_of_post post=1", out("1003"));
    EXPECT_EQ("malformed unknown_post post=7", in("1001", "7"));
    EXPECT_EQ("none", responsible());
    EXPECT_TRUE(e.closing_only().empty());
}

TEST_F(Posts, NobodyIsAtTwoPostsOrTwiceAtOne) {
    EXPECT_EQ("done", in("1001"));
    EXPECT_EQ("conflict already_signed_in post=1", in("1001"));
    EXPECT_EQ("conflict signed_in_elsewhere post=1", in("1001", "2"));
    EXPECT_EQ("conflict not_signed_in post=2", out("1001", "2"));
    EXPECT_EQ("conflict not_signed_in post=1", out("1002"));
    EXPECT_EQ("done", out("1001", ""));
    EXPECT_EQ("conflict not_signed_in", out("1001", ""));
    EXPECT_EQ("done", in("1001", "2"));
    EXPECT_EQ("backup", responsible(1));
}

TEST_F(Posts, AHandoverIsOneStepOfTwoPersonsOfThePost) {
    in("1001");
    e.take();
    EXPECT_EQ("done", hand_over("1001", "1002"));
    EXPECT_EQ("backup", responsible());
    EXPECT_EQ((List{"post.handed_over 1001,1002 post=1",
                    "attendance.signed_in 1002 post=1 role=backup direction=in how=handover "
                    "late=yes early_target_met=no",
                    "attendance.signed_out 1001 post=1 role=primary direction=out how=handover "
                    "left_early=yes"}),
              e.take());
    // Both there: the one leaves, the other stays.
    in("1001");
    EXPECT_EQ("done", hand_over("1002", "1001"));
    EXPECT_EQ("primary", responsible());
    EXPECT_EQ("conflict not_signed_in post=1", out("1002"));
}

TEST_F(Posts, AHandoverIsRefusedAsAWhole) {
    EXPECT_EQ("conflict not_signed_in post=1", hand_over("1001", "1002"));
    in("1001");
    in("1003", "2");
    e.take();
    EXPECT_EQ("conflict same_person", hand_over("1001", "1001"));
    EXPECT_EQ("forbidden not_of_post post=1", hand_over("1001", "1003"));
    EXPECT_EQ("forbidden not_of_post post=1", hand_over("1003", "1002"));
    EXPECT_EQ("malformed unknown_post post=", hand_over("1001", "1002", ""));
    EXPECT_EQ("conflict not_signed_in post=2", hand_over("1001", "1003", "2"));
    EXPECT_EQ("conflict signed_in_elsewhere post=1", hand_over("1003", "1001", "2"));
    EXPECT_EQ("primary", responsible());
    EXPECT_EQ("primary", responsible(1));
    EXPECT_TRUE(e.take().empty());
}

TEST_F(Posts, AnUnattendedWindowPausesAfterFiveMinutes) {
    press();
    e.pass(299'999ms);
    EXPECT_EQ("serving", state());
    EXPECT_FALSE(alarm());
    e.take();
    e.pass(1ms);
    EXPECT_EQ("paused", state());
    EXPECT_TRUE(alarm());
    const List said = e.take();
    ASSERT_FALSE(said.empty());
    EXPECT_EQ("window.unattended halld window=1 post=1 to=paused", said[0]);
    // Post 2 is as empty, but its window is closed: nobody promised anything there.
    EXPECT_EQ("closed", state(1));
    EXPECT_FALSE(e.alarm("window_unattended.2"));
}

TEST_F(Posts, LeavingThePostStartsTheWait) {
    in("1001");
    press();
    e.pass(1h);
    EXPECT_EQ("serving", state());
    out("1001");
    e.pass(299'999ms);
    EXPECT_EQ("serving", state());
    e.pass(1ms);
    EXPECT_EQ("paused", state());
    EXPECT_TRUE(alarm());
}

TEST_F(Posts, SomebodyBackInTimeStopsTheWait) {
    press();
    e.pass(299s);
    in("1002");
    e.pass(10s);
    out("1002");
    e.pass(299s);
    EXPECT_EQ("serving", state());
    EXPECT_FALSE(alarm());
}

TEST_F(Posts, SigningInClearsTheAlarmAndTheButtonServesAgain) {
    press();
    e.pass(6min);
    ASSERT_TRUE(alarm());
    in("1002");
    EXPECT_FALSE(alarm());
    EXPECT_EQ("paused", state());
    press();
    EXPECT_EQ("serving", state());
    e.pass(1h);
    EXPECT_EQ("serving", state());
}

TEST_F(Posts, WhoForgotToSignInHasFiveMinutesMoreFromTheButton) {
    press();
    e.pass(6min);
    press();
    EXPECT_EQ("serving", state());
    EXPECT_TRUE(alarm());
    e.pass(299'999ms);
    EXPECT_EQ("serving", state());
    e.pass(1ms);
    EXPECT_EQ("paused", state());
    EXPECT_TRUE(alarm());
    // Only a closed window promises nothing.
    e.ask(WindowSet{0, "mqtt", kWindow1, WindowState::closed});
    EXPECT_FALSE(alarm());
}

TEST_F(Posts, AWindowThatPausesByItsButtonIsMissedToo) {
    press();
    press();
    e.pass(5min);
    EXPECT_EQ("paused", state());
    EXPECT_TRUE(alarm());
}

TEST_F(Posts, AReportedFaultDoesNotHideAnEmptyPost) {
    press();
    e.ask(FaultRaised{0, "mqtt", kWindow1, ""});
    e.pass(5min);
    EXPECT_EQ("fault", state());
    EXPECT_TRUE(alarm());
    e.feed(FaultButtonPressed{kWindow1});
    EXPECT_EQ("paused", state());
}

TEST_F(Posts, APostWithoutStaffIsNotExpectedToBeManned) {
    HallConfig hall = staffed_hall();
    hall.posts[0].primary.clear();
    hall.posts[0].backup.clear();
    Evening named(hall, november(24, 10, 0));
    named.feed(ButtonPressed{kWindow1});
    named.pass(1h);
    EXPECT_EQ(WindowState::serving, named.view().windows[0].state);
}

TEST_F(Posts, TheWaitIsTheConfigurations) {
    HallConfig hall = staffed_hall();
    hall.attendance.unattended_after = 60s;
    Evening hasty(hall, november(24, 10, 0));
    hasty.feed(ButtonPressed{kWindow1});
    hasty.pass(59'999ms);
    EXPECT_EQ(WindowState::serving, hasty.view().windows[0].state);
    hasty.pass(1ms);
    EXPECT_EQ(WindowState::paused, hasty.view().windows[0].state);
}

TEST(PostHours, NobodyIsExpectedBeforeOpening) {
    Evening e(staffed_hall(), november(24, 8, 0));
    e.feed(ButtonPressed{kWindow1});
    e.pass_to(november(24, 8, 35) - 1ms);
    EXPECT_EQ(WindowState::serving, e.view().windows[0].state);
    e.pass(1ms);
    EXPECT_EQ(WindowState::paused, e.view().windows[0].state);
}

TEST(PostHours, NorFromClosingTimeOn) {
    Evening e(staffed_hall(), november(24, 17, 25));
    e.pass(1s);
    e.feed(ButtonPressed{kWindow1});
    e.pass(10min);
    EXPECT_EQ(WindowState::serving, e.view().windows[0].state);
    EXPECT_FALSE(e.alarm("window_unattended.1"));
    Evening just(staffed_hall(), november(24, 17, 20));
    just.feed(ButtonPressed{kWindow1});
    just.pass_to(november(24, 17, 30) - 1ms);
    EXPECT_TRUE(just.alarm("window_unattended.1"));
    just.pass(1ms);
    EXPECT_FALSE(just.alarm("window_unattended.1"));
}

TEST(PostHours, NorOnADayOff) {
    Evening e(staffed_hall(), november(28, 10, 0));
    e.feed(ButtonPressed{kWindow1});
    e.pass(1h);
    EXPECT_EQ(WindowState::serving, e.view().windows[0].state);
}

TEST(PostHours, NorWhileTheClockCannotBeTrusted) {
    Evening e(staffed_hall(), november(24, 10, 0));
    e.wall_trusted = false;
    e.feed(ButtonPressed{kWindow1});
    e.pass(1h);
    EXPECT_EQ(WindowState::serving, e.view().windows[0].state);
    // The whole wait begins when the hours are known.
    e.wall_trusted = true;
    e.feed(TimePassed{});
    e.pass(299'999ms);
    EXPECT_EQ(WindowState::serving, e.view().windows[0].state);
    e.pass(1ms);
    EXPECT_EQ(WindowState::paused, e.view().windows[0].state);
    // And an alarm that stands stays until somebody comes.
    e.wall_trusted = false;
    e.pass(1min);
    EXPECT_TRUE(e.alarm("window_unattended.1"));
    e.ask(PostSignedIn{0, {"1001"}, "1"});
    EXPECT_FALSE(e.alarm("window_unattended.1"));
}

TEST_F(Posts, ClosingTheHallEndsIt) {
    e.sample_every = 1s;
    e.pass(5min);
    press();
    e.pass(6min);
    ASSERT_TRUE(alarm());
    e.authorise();
    EXPECT_FALSE(alarm());
    e.pass(10min);
    EXPECT_EQ("closed", state());
    EXPECT_FALSE(alarm());
}

TEST_F(Posts, PresenceAndTheWaitSurviveARestart) {
    in("1001");
    in("1003", "2");
    e.restart(2s);
    EXPECT_EQ("primary", responsible());
    EXPECT_EQ("primary", responsible(1));
    press();
    out("1001");
    e.pass(200s);
    e.restart(10s, Boot::rebooted);
    e.pass(89'999ms);
    EXPECT_EQ("serving", state());
    e.pass(1ms);
    EXPECT_EQ("paused", state());
    e.restart(2s);
    EXPECT_TRUE(alarm());
    EXPECT_EQ("paused", state());
    in("1002");
    EXPECT_FALSE(alarm());
}

TEST_F(Posts, WhoForgotToSignOutIsNotThereTheNextMorning) {
    in("1001");
    e.pass_to(november(25, 0, 0) - 1ms);
    EXPECT_EQ("primary", responsible());
    e.take();
    e.pass(1ms);
    EXPECT_EQ("none", responsible());
    EXPECT_EQ((List{"attendance.not_signed_out 1001 post=1 role=primary [unknown]"}), e.take());
    EXPECT_EQ("done", in("1001"));
}

TEST_F(Posts, AViewNamesRolesAndNeverPersons) {
    in("1002");
    const auto posts = e.view().posts;
    ASSERT_EQ(2U, posts.size());
    EXPECT_EQ("1", posts[0].id);
    EXPECT_TRUE(posts[0].staffed);
    EXPECT_EQ(Responsible::backup, posts[0].responsible);
    EXPECT_FALSE(posts[0].primary);
    EXPECT_TRUE(posts[0].backup);
    EXPECT_EQ(Responsible::none, posts[1].responsible);
}

}  // namespace
}  // namespace hall::test
