// R25: what sign-ins and sign-outs say about a day and a month.
#include "daemon/core/turn.hpp"
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

HallConfig staffed_hall() {
    HallConfig hall = small_hall();
    hall.posts = {{"1", "post 1", {{"1001"}}, {{"1002"}}}};
    return hall;
}

/// What a sign-in or sign-out at that moment says.
struct Attendance : testing::Test {
    Evening e{staffed_hall(), november(23, 6, 0)};

    /// Meters have no part in this, and months are long.
    void SetUp() override { e.sample_every = 6h; }

    void in(const std::string& who = "1001") {
        ASSERT_EQ("done", e.ask(PostSignedIn{0, {who}, "1"}));
    }
    void out(const std::string& who = "1001") {
        ASSERT_EQ("done", e.ask(PostSignedOut{0, {who}, "1"}));
    }
    void in_at(WallTime t) {
        e.pass_to(t);
        in();
    }
    void out_at(WallTime t) {
        e.pass_to(t);
        out();
    }
    /// A field of the newest record of that type; `-` when there is none.
    [[nodiscard]] std::string last(const std::string& type, const std::string& key) const {
        for (auto r = e.records().rbegin(); r != e.records().rend(); ++r) {
            if (r->second.type != type) continue;
            const std::string value = detail(r->second, key);
            return value.empty() ? "-" : value;
        }
        return "no record";
    }
    [[nodiscard]] std::string late() const { return last("attendance.signed_in", "late"); }
    [[nodiscard]] std::string early() const {
        return last("attendance.signed_in", "early_target_met");
    }
    [[nodiscard]] std::string left_early() const {
        return last("attendance.signed_out", "left_early");
    }
    /// `1001 late 3 2026-11` for each count that was told.
    [[nodiscard]] List counts() const {
        List list;
        for (const auto& [at, r] : e.records()) {
            if (r.type == "attendance.count_reached")
                list.push_back(join(r.actors) + " " + detail(r, "fact") + " " + detail(r, "count") +
                               " " + detail(r, "month"));
        }
        return list;
    }
};

TEST_F(Attendance, TheEarlyTargetIsTenMinutesBeforeOpeningInclusive) {
    in_at(november(23, 8, 20));
    EXPECT_EQ("yes", early());
    EXPECT_EQ("no", late());
    out_at(november(23, 17, 30));
    in_at(november(24, 8, 20) + 1ms);
    EXPECT_EQ("no", early());
    EXPECT_EQ("no", late());
    out_at(november(24, 17, 30));
    in_at(november(25, 8, 20) - 1ms);
    EXPECT_EQ("yes", early());
}

TEST_F(Attendance, LateIsAfterTheOpeningAndNotAtIt) {
    in_at(november(23, 8, 30));
    EXPECT_EQ("no", late());
    out_at(november(23, 17, 30));
    in_at(november(24, 8, 30) + 1ms);
    EXPECT_EQ("yes", late());
    EXPECT_EQ("no", early());
}

TEST_F(Attendance, OnlyTheDaysFirstSignInIsJudged) {
    in_at(november(23, 8, 0));
    out_at(november(23, 12, 0));
    in_at(november(23, 13, 0));
    EXPECT_EQ("-", late());
    EXPECT_EQ("-", early());
}

TEST_F(Attendance, WhoComesAfterHoursIsNotLateForThem) {
    in_at(november(23, 17, 30));
    EXPECT_EQ("-", late());
    out();
    EXPECT_EQ("no", left_early());
    e.pass_to(november(24, 17, 30) - 1ms);
    in();
    EXPECT_EQ("yes", late());
}

TEST_F(Attendance, LeavingAtClosingTimeIsNotEarly) {
    in_at(november(23, 8, 0));
    out_at(november(23, 17, 30) - 1ms);
    EXPECT_EQ("yes", left_early());
    in_at(november(24, 8, 0));
    out_at(november(24, 17, 30));
    EXPECT_EQ("no", left_early());
}

TEST_F(Attendance, ADayOffSaysNothing) {
    in_at(november(28, 9, 0));
    EXPECT_EQ("-", late());
    out_at(november(28, 10, 0));
    EXPECT_EQ("-", left_early());
}

TEST_F(Attendance, AnUntrustedClockTellsTheFactAndDerivesNothing) {
    e.wall_trusted = false;
    in_at(november(23, 9, 0));
    EXPECT_EQ("in", last("attendance.signed_in", "direction"));
    EXPECT_EQ("-", late());
    EXPECT_EQ("-", early());
    out_at(november(23, 10, 0));
    EXPECT_EQ("-", left_early());
    e.wall_trusted = true;
    e.pass_to(november(24, 0, 0));
    EXPECT_TRUE(counts().empty());
}

TEST_F(Attendance, TheThirdAndTheTenthLateDayOfAMonthAreToldOnce) {
    // November 2026 begins on a Sunday; here it is the 2nd, a Monday.
    Evening month(staffed_hall(), november(2, 6, 0));
    month.sample_every = 6h;
    std::vector<std::string> told;
    int late_days = 0;
    for (int day = 2; day <= 17; ++day) {
        if (day == 7 || day == 8 || day == 14 || day == 15) continue;
        month.pass_to(november(day, 9, 0));
        month.take();
        month.ask(PostSignedIn{0, {"1001"}, "1"});
        ++late_days;
        for (const std::string& line : month.take()) {
            if (line.rfind("attendance.count_reached", 0) == 0)
                told.push_back(std::to_string(late_days) + ": " + line);
        }
        month.ask(PostSignedOut{0, {"1001"}, "1"});
        month.ask(PostSignedIn{0, {"1001"}, "1"});  // back on the same day: no second count
        month.restart(1s);
        month.pass_to(november(day, 17, 30));
        month.ask(PostSignedOut{0, {"1001"}, "1"});
    }
    EXPECT_EQ(12, late_days);
    EXPECT_EQ((List{"3: attendance.count_reached 1001 post=1 fact=late count=3 month=2026-11",
                    "10: attendance.count_reached 1001 post=1 fact=late count=10 month=2026-11"}),
              told);
}

TEST_F(Attendance, ANewMonthCountsAnew) {
    for (const int day : {26, 27, 30}) {
        in_at(november(day, 9, 0));
        out_at(november(day, 17, 30));
    }
    EXPECT_EQ((List{"1001 late 3 2026-11"}), counts());
    for (const int day : {31, 32}) {  // 1 and 2 December
        in_at(november(day, 9, 0));
        out_at(november(day, 17, 30));
    }
    EXPECT_EQ(1U, counts().size());
    in_at(november(33, 9, 0));
    EXPECT_EQ((List{"1001 late 3 2026-11", "1001 late 3 2026-12"}), counts());
}

TEST_F(Attendance, EachPersonHasACountOfTheirOwn) {
    for (const int day : {23, 24}) {
        in_at(november(day, 9, 0));
        in("1002");
        out_at(november(day, 17, 30));
        out("1002");
    }
    in_at(november(25, 9, 0));
    EXPECT_EQ((List{"1001 late 3 2026-11"}), counts());
    in("1002");
    EXPECT_EQ((List{"1001 late 3 2026-11", "1002 late 3 2026-11"}), counts());
}

TEST_F(Attendance, WhoIsBackBeforeClosingHasNotLeftEarly) {
    for (const int day : {23, 24, 25}) {
        in_at(november(day, 8, 0));
        out_at(november(day, 12, 0));
        in_at(november(day, 13, 0));
        out_at(november(day, 17, 30));
    }
    e.pass_to(november(26, 0, 0));
    EXPECT_TRUE(counts().empty());
}

TEST_F(Attendance, AnEarlyLeavingCountsAtClosingTimeOncePerDay) {
    for (const int day : {23, 24, 25}) {
        in_at(november(day, 8, 0));
        out_at(november(day, 11, 0));
        in();
        out_at(november(day, 16, 0));
        e.restart(1s);
        e.pass_to(november(day, 17, 30) - 1ms);
        EXPECT_TRUE(counts().empty()) << day;
        e.pass(1ms);
    }
    EXPECT_EQ((List{"1001 left_early 3 2026-11"}), counts());
}

TEST_F(Attendance, AClosingTimeThatTheDaemonMissedIsMadeUpFor) {
    for (const int day : {23, 24}) {
        in_at(november(day, 8, 0));
        out_at(november(day, 16, 0));
        e.pass_to(november(day, 17, 30));
    }
    in_at(november(25, 8, 0));
    out_at(november(25, 16, 0));
    e.restart(16h, Boot::rebooted);
    EXPECT_EQ((List{"1001 left_early 3 2026-11"}), counts());
}

}  // namespace
}  // namespace hall::test
