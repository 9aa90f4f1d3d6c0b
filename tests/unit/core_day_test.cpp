// R6, R15, R16, R18, R19, and alarms: the end of the day, the night, the morning.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

const OutputRef kBox = OutputRef::lightbox();

/// No meters: a night takes a few steps.
HallConfig quiet(LightboxPolicy policy = LightboxPolicy::after_closing) {
    HallConfig hall = small_hall();
    hall.lightbox.policy = policy;
    hall.circuits = {hall.circuits[2]};
    hall.circuits[0].has_reachability = false;
    return hall;
}

struct Night : Evening {
    explicit Night(HallConfig hall, WallTime start) : Evening(std::move(hall), start) {
        sample_every = 3600s;
    }
    [[nodiscard]] bool burns() const { return lit.count(kBox) != 0; }
    [[nodiscard]] bool buzzes() const { return lit.count(OutputRef::buzzer()) != 0; }
    void close() {
        authorise();
        pass(60s);
        ASSERT_EQ(Phase::closed, phase());
    }
    /// That day of November at 17:30, with half an hour's grace.
    void ends_as_always(unsigned day) {
        pass_to(november(day, 17, 31));
        EXPECT_FALSE(view().closing.plan.early);
        pass_to(november(day, 18, 0) - 1ms);
        EXPECT_FALSE(alarm("closing_overdue"));
        pass(1ms);
        EXPECT_TRUE(alarm("closing_overdue"));
    }
};

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

TEST(Opening, OnePersonAndOneCircuitAfterTheOther) {
    Evening e;
    e.authorise();
    e.pass(60s);
    e.take();
    EXPECT_EQ("done", e.open("1003"));
    e.pass(1'999ms);
    EXPECT_EQ((List{"opening.requested 1003 circuits=pc1,pc2,pc3",
                    "power.switched 1003 circuit=pc1 to=on", "on circuit.pc1"}),
              e.closing_only());
    EXPECT_EQ(Phase::opening, e.phase());
    EXPECT_EQ("conflict not_now", e.open("1003"));
    EXPECT_EQ("conflict not_now", e.confirm("1001"));
    e.pass(1ms);
    EXPECT_EQ((List{"power.switched 1003 circuit=pc2 to=on", "on circuit.pc2"}), e.closing_only());
    e.pass(2s);
    EXPECT_EQ(
        (List{"power.switched 1003 circuit=pc3 to=on", "on circuit.pc3", "opening.ended 1003"}),
        e.closing_only());
    for (const char* id : {"pc1", "pc2", "pc3"})
        EXPECT_FALSE(e.alarm(std::string("power_unexpected.") + id));
    EXPECT_EQ("conflict already_open", e.open("1003"));
}

struct Morning : Evening {
    Morning() {
        authorise();
        pass(60s);
        take();
    }
};

TEST(Opening, AnOrderThatIsRepeatedIsStaggeredToo) {
    Morning e;
    e.script[OutputRef::circuit(kPc1)] = {Write::refused};
    e.open("1003");
    e.pass(999ms);
    EXPECT_FALSE(e.plant(kPc1).coil);
    e.pass(1ms);  // its pause is over
    EXPECT_TRUE(e.plant(kPc1).coil);
    e.pass(1'999ms);
    EXPECT_FALSE(e.plant(kPc2).coil);
    e.pass(1ms);
    EXPECT_TRUE(e.plant(kPc2).coil);
    e.pass(2s);
    EXPECT_EQ(Phase::open, e.phase());
}

TEST(Opening, ARepeatedOrderComesBeforeTheNextCircuits) {
    Morning e;
    e.script[OutputRef::circuit(kPc1)] = {Write::refused, Write::refused};
    e.open("1003");
    e.pass(2'999ms);
    EXPECT_FALSE(e.plant(kPc1).coil);
    e.pass(1ms);  // its second pause ends when pc2 might be switched
    EXPECT_TRUE(e.plant(kPc1).coil);
    EXPECT_FALSE(e.plant(kPc2).coil);
    e.pass(2s);
    EXPECT_TRUE(e.plant(kPc2).coil);
}

TEST(Opening, AnOrderThatTheJournalKeptBackIsNotTheContactorsFault) {
    // While nothing can be recorded the order cannot leave; then it ends as failed.
    for (const Millis full : {4'000ms, 5'000ms, 60'000ms}) {
        Morning e;
        e.script[OutputRef::circuit(kPc1)] = {Write::held};
        e.open("1003");
        ASSERT_EQ(1U, e.held.size());
        e.jump(full);
        e.finish(e.held.front().id, Outcome::failed);
        e.pass(10s);
        EXPECT_TRUE(e.plant(kPc1).coil);
        EXPECT_FALSE(e.alarm("stuck_open.pc1"));
        EXPECT_EQ(Phase::open, e.phase());
    }
}

TEST(Opening, ABoardThatRefusesAgainAndAgainGetsNoMoreTime) {
    Morning e;
    e.script[OutputRef::circuit(kPc1)] = {Write::refused, Write::refused, Write::refused};
    e.open("1003");
    e.pass(e.config.closing.prove_within - 1ms);
    EXPECT_FALSE(e.alarm("stuck_open.pc1"));
    e.pass(1ms);
    EXPECT_TRUE(e.alarm("stuck_open.pc1"));
}

TEST(Opening, ACircuitThatGetsNoPowerIsNamedAndTheHallOpensAllTheSame) {
    Evening e;
    e.authorise();
    e.pass(60s);
    e.plant(kPc1).stuck_open = true;
    e.open("1003");
    e.pass(10s);
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_TRUE(e.alarm("stuck_open.pc1"));
    EXPECT_TRUE(e.plant(kPc2).coil);
}

TEST(Opening, TheOutputOfAWeldedContactorComesBackToo) {
    Evening e;
    e.plant(kPc1).welded = true;
    e.authorise();
    e.pass(60s);
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_FALSE(e.plant(kPc1).coil);
    e.take();
    EXPECT_EQ("done", e.open("1003"));
    e.pass(10s);
    // It conducts anyhow; but on the day that the weld breaks, the coil decides.
    EXPECT_EQ(
        (List{"opening.requested 1003 circuits=pc1,pc2,pc3",
              "power.switched 1003 circuit=pc1 to=on", "on circuit.pc1",
              "power.switched 1003 circuit=pc2 to=on", "on circuit.pc2",
              "power.switched 1003 circuit=pc3 to=on", "on circuit.pc3", "opening.ended 1003"}),
        e.closing_only());
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(Opening, NotWhileAClosingIsUnderWay) {
    Evening e;
    e.confirm("1001");
    EXPECT_EQ("conflict closing_under_way", e.open("1003"));
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

TEST(Alarms, AConditionThatFlapsIsOneAlarm) {
    Evening e;
    for (int i = 0; i < 3; ++i) {
        e.feed(LinkReported{kBus1, false});
        e.feed(LinkReported{kBus1, true});
    }
    ASSERT_EQ(1U, e.view().alarms.size());
    EXPECT_EQ(3U, e.view().alarms[0].count);
    List alarms;
    for (const auto& line : e.take()) {
        if (line.rfind("alarm.", 0) == 0) alarms.push_back(line);
    }
    EXPECT_EQ((List{"alarm.raised halld alarm=link_lost.bus1",
                    "alarm.cleared halld alarm=link_lost.bus1 count=1",
                    "alarm.returned halld alarm=link_lost.bus1 count=2",
                    "alarm.cleared halld alarm=link_lost.bus1 count=2",
                    "alarm.returned halld alarm=link_lost.bus1 count=3",
                    "alarm.cleared halld alarm=link_lost.bus1 count=3"}),
              alarms);
}

TEST(Alarms, StayUntilClearedAndAcknowledgedInEitherOrder) {
    for (const bool acknowledge_first : {true, false}) {
        Evening e;
        e.feed(LinkReported{kBus1, false});
        if (!acknowledge_first) e.feed(LinkReported{kBus1, true});
        EXPECT_EQ("done", e.ask(AlarmAcknowledged{0, "1001", "link_lost.bus1"}));
        EXPECT_EQ(acknowledge_first ? 1U : 0U, e.view().alarms.size());
        e.feed(LinkReported{kBus1, true});
        EXPECT_EQ(0U, e.view().alarms.size());
        EXPECT_EQ("conflict alarm_unknown id=link_lost.bus1",
                  e.ask(AlarmAcknowledged{0, "1001", "link_lost.bus1"}));
    }
}

}  // namespace
}  // namespace hall::test
