// R6, R15: the end of the day, and what must not happen in a closed hall.
#include "tests/support/night.hpp"

namespace hall::test {
namespace {

TEST(Overdue, AtClosingTimePlusGraceAndNotBefore) {
    Night e(quiet(), november(24, 17, 0));
    e.pass_to(november(24, 18, 0) - 1ms);
    EXPECT_FALSE(e.alarm("closing_overdue"));
    e.pass(1ms);
    EXPECT_TRUE(e.alarm("closing_overdue"));
    EXPECT_TRUE(e.buzzes());
    e.pass(30s - 1ms);
    EXPECT_TRUE(e.buzzes());
    e.pass(1ms);
    EXPECT_FALSE(e.buzzes());
    EXPECT_TRUE(e.plant(CircuitIx{0}).coil);  // the daemon never cuts by itself
}

TEST(Overdue, EscalatesUntilAcknowledged) {
    Night e(quiet(), november(24, 17, 0));
    e.pass_to(november(24, 18, 15) - 1ms);
    EXPECT_FALSE(e.buzzes());
    e.pass(1ms);
    EXPECT_TRUE(e.buzzes());
    e.pass(1min);
    EXPECT_EQ("done", e.ask(AlarmAcknowledged{0, "1001", "closing_overdue"}));
    e.pass_to(november(24, 18, 30));
    EXPECT_FALSE(e.buzzes());
    EXPECT_TRUE(e.alarm("closing_overdue"));
}

TEST(Overdue, EndsWhenTwoHaveAuthorised) {
    Night e(quiet(), november(24, 17, 0));
    e.pass_to(november(24, 18, 5));
    e.confirm("1001");
    EXPECT_TRUE(e.alarm("closing_overdue"));
    e.confirm("1002");
    EXPECT_FALSE(e.alarm("closing_overdue"));
}

TEST(Overdue, AnExtensionMovesIt) {
    Night e(quiet(), november(24, 17, 20));
    EXPECT_EQ("done", e.ask(DayExtended{0, PersonId{"1001"}, 60min}));
    e.pass_to(november(24, 19, 0) - 1ms);
    EXPECT_FALSE(e.alarm("closing_overdue"));
    e.pass(1ms);
    EXPECT_TRUE(e.alarm("closing_overdue"));
    EXPECT_EQ("malformed bad_value field=minutes", e.ask(DayExtended{0, PersonId{"1001"}, 0min}));
    EXPECT_EQ("malformed bad_value field=minutes", e.ask(DayExtended{0, PersonId{"1001"}, 361min}));
}

TEST(Overdue, AfterMidnightTheDayThatHasNotEndedIsExtended) {
    Night e(quiet(), november(24, 17, 20));
    e.pass_to(november(25, 0, 30));
    ASSERT_TRUE(e.alarm("closing_overdue"));
    EXPECT_EQ("done", e.ask(DayExtended{0, PersonId{"1001"}, 60min}));
    EXPECT_FALSE(e.alarm("closing_overdue"));
    e.pass_to(november(25, 2, 0) - 1ms);
    EXPECT_FALSE(e.alarm("closing_overdue"));
    e.pass(1ms);
    EXPECT_TRUE(e.alarm("closing_overdue"));
    // The next day ends when it always does.
    e.ends_as_always(25);
}

TEST(Overdue, AnExtensionEndsWithItsDay) {
    Night e(quiet(), november(24, 17, 20));
    // As far as a wrong date would have it: until 23:30 of the next day.
    for (int i = 0; i < 5; ++i) ASSERT_EQ("done", e.ask(DayExtended{0, PersonId{"1001"}, 360min}));
    e.pass_to(november(24, 17, 35));
    e.close();
    e.pass_to(november(25, 8, 0));
    ASSERT_EQ("done", e.open("1003"));
    e.ends_as_always(25);
}

TEST(Overdue, AHallOpenedAgainInTheEveningHasItsGraceFromThen) {
    Night e(quiet(), november(24, 17, 20));
    e.pass_to(november(24, 17, 35));
    e.close();
    e.pass_to(november(24, 17, 50));
    e.open("1003");
    e.pass_to(november(24, 18, 20) - 1ms);
    EXPECT_FALSE(e.alarm("closing_overdue"));
    e.pass(1ms);
    EXPECT_TRUE(e.alarm("closing_overdue"));
}

TEST(Overdue, NothingByAClockThatMayLie) {
    Night e(quiet(), november(24, 17, 0));
    e.wall_trusted = false;
    e.feed(TimePassed{});
    e.pass_to(november(24, 19, 0));
    EXPECT_FALSE(e.alarm("closing_overdue"));
    EXPECT_TRUE(e.alarm("clock_untrusted"));
    EXPECT_EQ("conflict nothing_to_extend", e.ask(DayExtended{0, PersonId{"1001"}, 30min}));
}

TEST(Overdue, AHallOpenedBeforeHoursIsNotOverdueSinceYesterday) {
    Night e(quiet(), november(23, 17, 0));
    e.pass_to(november(23, 17, 31));
    e.close();
    e.pass_to(november(24, 7, 45));
    ASSERT_EQ("done", e.open("1003"));
    e.pass(10s);
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_FALSE(e.alarm("closing_overdue"));
    e.pass_to(november(24, 18, 0));
    EXPECT_TRUE(e.alarm("closing_overdue"));
}

TEST(AfterHours, PowerADoorAndAWrongCardRaiseAlarmsUntilTheHallOpens) {
    Evening e;
    e.authorise();
    e.pass(60s);
    e.plant(kPc1).coil = true;
    e.report_changes();
    e.door(kWestDoor, ContactState::open);
    e.feed(CredentialRefused{"door-panel", PersonId{""}, "opening/open", false});
    EXPECT_TRUE(e.alarm("power_unexpected.pc1"));
    EXPECT_TRUE(e.alarm("door_after_hours.west_door"));
    EXPECT_TRUE(e.alarm("credential_after_hours.door-panel"));
    e.door(kWestDoor, ContactState::closed);
    EXPECT_FALSE(e.alarm("door_after_hours.west_door"));
    e.open("1003");
    e.pass(10s);
    EXPECT_FALSE(e.alarm("power_unexpected.pc1"));
    EXPECT_FALSE(e.alarm("credential_after_hours.door-panel"));
}

TEST(AfterHours, InAnOpenHallNoneOfThemIs) {
    Evening e;
    e.door(kWestDoor, ContactState::open);
    e.feed(CredentialRefused{"panel", PersonId{"1001"}, "closing/confirm", false});
    EXPECT_EQ(0U, e.view().alarms.size());
}

}  // namespace
}  // namespace hall::test
