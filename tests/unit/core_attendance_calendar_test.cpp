// R20 with R23 and R25: whose hours count on holidays and on make-up working days, and a month that
// begins.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

using std::chrono::local_days;
using std::chrono::year;

local_days november_day(unsigned day) {
    return local_days{year{2026} / std::chrono::November / std::chrono::day{day}};
}

/// Tuesday the 24th is a holiday; Sunday the 29th is worked instead, from nine to four.
HallConfig hall_with_calendar() {
    HallConfig hall = small_hall();
    hall.circuits.clear();
    hall.posts = {{"1", "post 1", {{"1001"}}, {{"1002"}}}};
    hall.makeup = Hours{9h, 16h};
    hall.calendar = Calendar{
        {2026}, {{november_day(24), true, "holiday"}, {november_day(29), false, "make-up"}}};
    return hall;
}

struct CalendarAttendance : testing::Test {
    Evening e{hall_with_calendar(), november(23, 6, 0)};

    /// Days are long.
    void SetUp() override { e.sample_every = 6h; }

    void in_at(WallTime t) {
        e.pass_to(t);
        ASSERT_EQ("done", e.ask(PostSignedIn{0, {"1001"}, "1"}));
    }
    void out_at(WallTime t) {
        e.pass_to(t);
        ASSERT_EQ("done", e.ask(PostSignedOut{0, {"1001"}, "1"}));
    }
    /// A field of the newest record of that type; empty when it is not derived.
    [[nodiscard]] std::string last(const std::string& type, const std::string& key) const {
        for (auto r = e.records().rbegin(); r != e.records().rend(); ++r) {
            if (r->second.type == type) return detail(r->second, key);
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
    [[nodiscard]] List counts() const {
        List list;
        for (const auto& [at, r] : e.records()) {
            if (r.type == "attendance.count_reached")
                list.push_back(detail(r, "fact") + " " + detail(r, "count") + " " +
                               detail(r, "month"));
        }
        return list;
    }
};

TEST_F(CalendarAttendance, AHolidaySaysNothing) {
    in_at(november(24, 9, 0));
    EXPECT_EQ("", late());
    EXPECT_EQ("", early());
    out_at(november(24, 10, 0));
    EXPECT_EQ("", left_early());
    e.pass_to(november(25, 0, 0));
    EXPECT_TRUE(counts().empty());
}

TEST_F(CalendarAttendance, OnAMakeUpDayOneIsLate) {
    in_at(november(29, 9, 0) + 1ms);
    EXPECT_EQ("yes", late());
    EXPECT_EQ("no", early());
    out_at(november(29, 16, 0) - 1ms);
    EXPECT_EQ("yes", left_early());
}

TEST_F(CalendarAttendance, AMakeUpDayHasItsOwnHours) {
    in_at(november(29, 8, 50));  // ten minutes before nine, not before half past eight
    EXPECT_EQ("no", late());
    EXPECT_EQ("yes", early());
    out_at(november(29, 16, 0));
    EXPECT_EQ("no", left_early());
    // The next day is a Monday like any other.
    in_at(november(30, 8, 50));
    EXPECT_EQ("yes", late());
}

TEST_F(CalendarAttendance, LateAtItsOpeningIsNotLate) {
    in_at(november(29, 9, 0));
    EXPECT_EQ("no", late());
}

TEST_F(CalendarAttendance, AMakeUpDayCountsInItsMonthAndAHolidayDoesNot) {
    for (const int day : {24, 25, 26, 29}) {
        in_at(november(day, 9, 30));
        if (day != 29) {
            EXPECT_TRUE(counts().empty()) << day;
        }
        out_at(november(day, 18, 0));
    }
    EXPECT_EQ((List{"late 3 2026-11"}), counts());
}

TEST_F(CalendarAttendance, WithoutHoursOfItsOwnAMakeUpDaySaysNothing) {
    HallConfig hall = hall_with_calendar();
    hall.makeup.reset();
    Evening other(hall, november(29, 9, 30));
    other.ask(PostSignedIn{0, {"1001"}, "1"});
    EXPECT_EQ("", detail(other.records().back().second, "late"));
}

TEST_F(CalendarAttendance, AnEmptyPostIsMissedOnAMakeUpDayAndNotOnAHoliday) {
    e.pass_to(november(24, 10, 0));
    e.feed(ButtonPressed{kWindow1});
    e.pass(1h);
    EXPECT_FALSE(e.alarm("window_unattended.1"));
    e.pass_to(november(25, 0, 0));
    Evening sunday(hall_with_calendar(), november(29, 9, 0));
    sunday.feed(ButtonPressed{kWindow1});
    sunday.pass(300s - 1ms);
    EXPECT_FALSE(sunday.alarm("window_unattended.1"));
    sunday.pass(1ms);
    EXPECT_TRUE(sunday.alarm("window_unattended.1"));
}

TEST(AttendanceBounds, ANewMonthForgetsBothCounts) {
    HallConfig hall = hall_with_calendar();
    hall.calendar = {};
    Evening e(hall, november(26, 6, 0));
    e.sample_every = 6h;
    for (const int day : {26, 27, 31}) {  // the last is the 1st of December
        e.pass_to(november(day, 9, 0));
        e.ask(PostSignedIn{0, {"1001"}, "1"});
        e.pass_to(november(day, 16, 0));
        e.ask(PostSignedOut{0, {"1001"}, "1"});
        e.pass_to(november(day, 17, 30));
    }
    for (const auto& [at, r] : e.records()) EXPECT_NE("attendance.count_reached", r.type);
    const auto people = e.snapshot().attendance;
    ASSERT_EQ(1U, people.size());
    EXPECT_EQ("2026-12", people[0].month);
    EXPECT_EQ(1, people[0].late);
    EXPECT_EQ(1, people[0].left_early);
}

}  // namespace
}  // namespace hall::test
