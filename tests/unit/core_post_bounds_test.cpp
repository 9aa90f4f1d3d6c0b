// R23 at its bounds: persons of two roles, handovers that are none, five minutes to the
// millisecond.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

/// No circuit, so that nothing but the posts wakes the rules.
HallConfig staffed_hall(std::vector<PostConfig> posts) {
    HallConfig hall = small_hall();
    hall.circuits.clear();
    hall.posts = std::move(posts);
    return hall;
}

struct PostBounds : testing::Test {
    Evening e{staffed_hall({{"1", "post 1", {{"1001"}}, {{"1002"}}}}), november(24, 10, 0)};

    static std::string hand_over(Evening& e, const std::string& from, const std::string& to) {
        return e.ask(PostHandedOver{0, {from}, {to}, "1"});
    }
    static std::string in(Evening& e, const std::string& who) {
        return e.ask(PostSignedIn{0, {who}, "1"});
    }
    [[nodiscard]] static std::string responsible(const Evening& e) {
        return to_string(e.view().windows[0].responsible);
    }
};

TEST_F(PostBounds, AHandoverTakesBothPersons) {
    in(e, "1001");
    e.take();
    EXPECT_EQ("forbidden not_of_post post=1", hand_over(e, "1001", ""));
    EXPECT_EQ("forbidden not_of_post post=1", hand_over(e, "", "1002"));
    EXPECT_EQ("conflict not_signed_in post=1", hand_over(e, "1002", "1001"));
    EXPECT_EQ("conflict same_person", hand_over(e, "1001", "1001"));
    EXPECT_TRUE(e.take().empty());
    EXPECT_EQ("primary", responsible(e));
    EXPECT_EQ("done", hand_over(e, "1001", "1002"));
    EXPECT_EQ("backup", responsible(e));
}

TEST_F(PostBounds, WhoIsPrimaryAndBackupIsPrimary) {
    Evening both(staffed_hall({{"1", "post 1", {{"1001"}}, {{"1001"}, {"1002"}}}}),
                 november(24, 10, 0));
    EXPECT_EQ("done", in(both, "1001"));
    EXPECT_EQ("primary", responsible(both));
    EXPECT_TRUE(both.view().posts[0].primary);
    EXPECT_FALSE(both.view().posts[0].backup);
    // One person in two roles is one person.
    EXPECT_EQ("conflict same_person", hand_over(both, "1001", "1001"));
    EXPECT_EQ("conflict already_signed_in post=1", in(both, "1001"));
    EXPECT_EQ("done", in(both, "1002"));
    EXPECT_EQ("done", both.ask(PostSignedOut{0, {"1001"}, "1"}));
    EXPECT_EQ("backup", responsible(both));
}

TEST_F(PostBounds, AnEmptyPostWaitsFiveMinutesToTheMillisecond) {
    e.pass(1'234ms);
    e.feed(ButtonPressed{kWindow1});
    e.jump(300s - 1ms);
    e.feed(TimePassed{});  // looked at one millisecond early, too
    EXPECT_EQ(WindowState::serving, e.view().windows[0].state);
    EXPECT_FALSE(e.alarm("window_unattended.1"));
    ASSERT_TRUE(e.next_deadline());
    EXPECT_EQ(e.now().mono + 1ms, *e.next_deadline());
    e.pass(1ms);
    EXPECT_EQ(WindowState::paused, e.view().windows[0].state);
    EXPECT_TRUE(e.alarm("window_unattended.1"));
}

TEST_F(PostBounds, SigningInAtTheLastMillisecondIsInTime) {
    e.feed(ButtonPressed{kWindow1});
    e.pass(300s - 1ms);
    in(e, "1002");
    e.pass(1h);
    EXPECT_EQ(WindowState::serving, e.view().windows[0].state);
    Evening late(e.config, november(24, 10, 0));
    late.feed(ButtonPressed{kWindow1});
    late.jump(300s);  // nobody woke the rules
    in(late, "1002");
    EXPECT_EQ(WindowState::paused, late.view().windows[0].state);
    EXPECT_FALSE(late.alarm("window_unattended.1"));
}

}  // namespace
}  // namespace hall::test
