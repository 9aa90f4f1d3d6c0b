// R1-R4: who may authorise what, until when, and what makes it void.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

const List kBothConfirmed{"closing.confirmed 1001", "closing.confirmed 1002",
                          "closing.authorised 1001,1002"};

TEST(Confirm, OnePersonAloneAuthorisesNothing) {
    Evening e;
    EXPECT_EQ("done", e.confirm("1001"));
    EXPECT_EQ(Phase::collecting, e.phase());
    e.pass(119'999ms);
    EXPECT_EQ((List{"closing.confirmed 1001"}), e.closing_only());
}

TEST(Confirm, TwoPersonsAuthoriseAndTheCountdownBegins) {
    Evening e;
    EXPECT_EQ("done", e.confirm("1001"));
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ(Phase::countdown, e.phase());
    EXPECT_EQ(kBothConfirmed, e.closing_only());
}

TEST(Confirm, TheSamePersonTwiceIsOnePerson) {
    Evening e;
    e.confirm("1001");
    EXPECT_EQ("conflict same_person", e.confirm("1001"));
    EXPECT_EQ(Phase::collecting, e.phase());
    EXPECT_EQ((List{"closing.confirmed 1001", "closing.refused 1001 reason=same_person [refused]"}),
              e.closing_only());
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ(Phase::countdown, e.phase());
}

TEST(Confirm, ThreeWhereThreeAreDemanded) {
    HallConfig hall = small_hall();
    hall.closing.min_persons = 3;
    Evening e(hall);
    e.confirm("1001");
    e.confirm("1002");
    EXPECT_EQ(Phase::collecting, e.phase());
    EXPECT_EQ("conflict same_person", e.confirm("1001"));
    EXPECT_EQ(Phase::collecting, e.phase());
    EXPECT_EQ("done", e.confirm("1003"));
    EXPECT_EQ(Phase::countdown, e.phase());
}

TEST(Confirm, NoPlanOrAnUnknownOneIsRefused) {
    Evening e;
    EXPECT_EQ("malformed plan_missing", e.confirm_plan("1001", ""));
    EXPECT_EQ("conflict plan_unknown", e.confirm_plan("1001", "0123456789abcdef"));
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ((List{"closing.refused 1001 reason=plan_unknown [refused]"}), e.closing_only());
}

TEST(Confirm, ADoorThatOpensBetweenTheTwoVoidsTheFirst) {
    Evening e;
    const std::string plan = e.digest();
    e.confirm("1001");
    e.door(kWestDoor, ContactState::open);
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ("plan_changed", e.view().closing.void_reason);
    EXPECT_EQ("conflict plan_changed ids=west_door", e.confirm_plan("1002", plan));
    e.door(kWestDoor, ContactState::closed);
    // The plan is the same again, but the confirmation stays void, and so does its digest.
    EXPECT_EQ("conflict plan_changed ids=west_door", e.confirm_plan("1002", plan));
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ((List{"closing.confirmed 1001",
                    "closing.void 1001 reason=plan_changed changed=west_door [refused]",
                    "closing.refused 1002 reason=plan_changed ids=west_door [refused]",
                    "closing.refused 1002 reason=plan_changed ids=west_door [refused]"}),
              e.closing_only());
}

TEST(Confirm, APcExceptedBetweenTheTwoVoidsTheFirst) {
    Evening e;
    const std::string plan = e.digest();
    e.confirm("1001");
    EXPECT_EQ("done", e.except("1002", "pc2", "update runs"));
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ("conflict plan_changed ids=pc2", e.confirm_plan("1002", plan));
    EXPECT_EQ("done", e.confirm("1001"));
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ((List{"pc1", "pc3"}), e.view().closing.plan.cut);
    EXPECT_EQ((std::vector<PlanException>{{"pc2", "update runs"}}), e.view().closing.plan.excepted);
}

TEST(Confirm, TheSecondsOwnExceptionIsANewPlanThatTheFirstMustSee) {
    Evening e;
    e.confirm("1001");
    EXPECT_EQ("conflict plan_changed ids=pc1", e.confirm("1002", {{"pc1", "needed"}}));
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ("done", e.confirm("1001"));
    EXPECT_EQ((List{"pc2", "pc3"}), e.view().closing.plan.cut);
}

TEST(Confirm, APcThatGoesOffByItsContactorBetweenTheTwoChangesThePlan) {
    Evening e;
    e.confirm("1001");
    e.plant(kPc1).coil = false;
    e.report_changes();
    e.pass(6s);  // the last sample that still says 60 W grows old
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ((List{"pc1"}), e.view().closing.plan.already_off);
}

TEST(Confirm, BeforeClosingTimeThePlanSaysEarlyAndStaysSo) {
    Evening e(small_hall(), november(24, 17, 29, 58));
    EXPECT_TRUE(e.view().closing.plan.early);
    EXPECT_TRUE(e.view().closing.early);
    e.confirm("1001");
    e.pass(5s);
    EXPECT_TRUE(e.view().closing.plan.early);
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ(Phase::countdown, e.phase());
}

TEST(Confirm, AtClosingTimeItIsNotEarlyAnyMore) {
    Evening e(small_hall(), november(24, 17, 29, 59));
    EXPECT_TRUE(e.view().closing.early);
    e.pass(999ms);
    EXPECT_TRUE(e.view().closing.early);
    e.pass(1ms);
    EXPECT_FALSE(e.view().closing.early);
}

TEST(Confirm, AfterMidnightAHallStillOpenIsLateNotEarly) {
    HallConfig hall = small_hall();
    hall.circuits[0].has_meter = hall.circuits[1].has_meter = false;
    Evening e(hall, november(24, 17, 0));
    e.sample_every = 3600s;
    e.pass_to(november(25, 0, 10));
    EXPECT_FALSE(e.view().closing.early);
    e.pass_to(november(25, 8, 31));
    EXPECT_TRUE(e.view().closing.early);
}

TEST(Confirm, TheSecondOneMillisecondBeforeTheWindowEnds) {
    Evening e;
    e.confirm("1001");
    e.pass(119'999ms);
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ(Phase::countdown, e.phase());
}

TEST(Confirm, TheSecondWhenTheWindowEndsIsTooLate) {
    for (const Millis late : {0ms, 1ms}) {
        Evening e;
        const std::string plan = e.digest();
        e.confirm("1001");
        e.pass(120'000ms + late);
        EXPECT_EQ("confirm_window_over", e.view().closing.void_reason);
        EXPECT_EQ("conflict confirm_window_over", e.confirm_plan("1002", plan));
        EXPECT_EQ(Phase::open, e.phase());
        EXPECT_EQ((List{"closing.confirmed 1001",
                        "closing.expired 1001 reason=confirm_window_over [refused]",
                        "closing.refused 1002 reason=confirm_window_over [refused]"}),
                  e.closing_only());
    }
}

TEST(Confirm, NobodyWokeTheRulesAndTheWindowIsOverAllTheSame) {
    Evening e;
    const std::string plan = e.digest();
    e.confirm("1001");
    e.jump(120s);
    EXPECT_EQ("conflict confirm_window_over", e.confirm_plan("1002", plan));
    EXPECT_EQ(Phase::open, e.phase());
}

TEST(Countdown, CancelAtTheLastMillisecondStopsEverything) {
    Evening e;
    e.confirm("1001");
    e.confirm("1002");
    e.closing_only();
    e.pass(29'999ms);
    EXPECT_EQ("done", e.cancel());
    EXPECT_EQ(Phase::open, e.phase());
    e.pass(120s);
    EXPECT_EQ((List{"closing.cancelled panel phase=countdown"}), e.closing_only());
}

TEST(Countdown, AtItsEndThePcsAreAsked) {
    Evening e;
    e.confirm("1001");
    e.confirm("1002");
    e.closing_only();
    e.pass(29'999ms);
    EXPECT_EQ(Phase::countdown, e.phase());
    EXPECT_EQ(List{}, e.closing_only());
    e.pass(1ms);
    EXPECT_EQ(
        (List{"closing.started 1001,1002 circuits=pc1,pc2,pc3",
              "closing.stop_asked 1001,1002 circuit=pc1 method=command",
              "closing.stop_asked 1001,1002 circuit=pc2 method=command",
              "closing.stop_asked 1001,1002 circuit=pc3 method=command", "stop pc1 by 0",
              "stop pc2 by 0", "stop pc3 by 0", "closing.stop_given halld circuit=pc1",
              "closing.stop_given halld circuit=pc2", "closing.stop_given halld circuit=pc3"}),
        e.closing_only());
}

TEST(Countdown, OfNoLengthBeginsAtOnce) {
    HallConfig hall = small_hall();
    hall.closing.countdown = 0ms;
    Evening e(hall);
    e.confirm("1001");
    e.confirm("1002");
    EXPECT_EQ(Phase::stopping, e.phase());
}

TEST(Countdown, AThirdConfirmationIsRefused) {
    Evening e;
    e.confirm("1001");
    e.confirm("1002");
    EXPECT_EQ("conflict closing_under_way", e.confirm("1003"));
}

TEST(Inhibit, StopsACountdownAndRefusesConfirmationsUntilItEnds) {
    Evening e;
    e.confirm("1001");
    e.confirm("1002");
    e.closing_only();
    EXPECT_EQ("done", e.ask(ClosingInhibited{0, "mqtt", 60s}));
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ("conflict inhibited", e.confirm("1001"));
    e.pass(59'999ms);
    EXPECT_EQ("conflict inhibited", e.confirm("1001"));
    e.pass(1ms);
    EXPECT_EQ("done", e.confirm("1001"));
}

TEST(Inhibit, HasAnEndThatIsNotNextYear) {
    Evening e;
    EXPECT_EQ("malformed bad_value field=seconds", e.ask(ClosingInhibited{0, "mqtt", 0ms}));
    EXPECT_EQ("malformed bad_value field=seconds", e.ask(ClosingInhibited{0, "mqtt", -1ms}));
    EXPECT_EQ("malformed bad_value field=seconds", e.ask(ClosingInhibited{0, "mqtt", 24h + 1ms}));
    EXPECT_EQ("done", e.ask(ClosingInhibited{0, "mqtt", 24h}));
}

TEST(Doors, AnOpenDoorBlocksAndAnUnknownOneToo) {
    Evening e;
    e.door(kWestDoor, ContactState::open);
    EXPECT_EQ("conflict contact_open ids=west_door", e.confirm("1001"));
    e.door(kWestDoor, ContactState::unknown);
    EXPECT_EQ("conflict contact_unknown ids=west_door", e.confirm("1001"));
    e.door(kWestDoor, ContactState::closed);
    EXPECT_EQ("done", e.confirm("1001"));
}

TEST(Doors, WithoutASensorEachPersonAttests) {
    Evening e;
    EXPECT_EQ("conflict attest_missing ids=roof_hatch", e.confirm_plan("1001", e.digest(), {}));
    EXPECT_EQ("done", e.confirm_plan("1001", e.digest(), {"roof_hatch"}));
    EXPECT_EQ("conflict attest_missing ids=roof_hatch",
              e.confirm_plan("1002", e.digest(), {"west_door"}));
    EXPECT_EQ(Phase::collecting, e.phase());
    EXPECT_EQ("done", e.confirm_plan("1002", e.digest(), {"roof_hatch"}));
    const Record& last = e.records().back().second;
    EXPECT_EQ("closing.authorised", last.type);
    EXPECT_EQ("roof_hatch", detail(last, "attested"));
}

TEST(Doors, AFaultySensorIsExceptedByBothWithAReason) {
    Evening e;
    e.door(kWestDoor, ContactState::unknown);
    EXPECT_EQ("malformed reason_missing id=west_door", e.confirm("1001", {{"west_door", ""}}));
    EXPECT_EQ("malformed unknown_circuit id=roof_hatch",
              e.confirm("1001", {{"roof_hatch", "cold"}}));
    EXPECT_EQ("done", e.confirm("1001", {{"west_door", "magnet fell off"}}));
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ((std::vector<PlanException>{{"west_door", "magnet fell off"}}),
              e.view().closing.plan.excepted_contacts);
    EXPECT_EQ(Phase::countdown, e.phase());
}

TEST(Drafts, AnExceptionThatNobodyConfirmedIsForgotten) {
    Evening e;
    e.except("1001", "pc1");
    e.pass(599'999ms);
    EXPECT_EQ(1U, e.view().closing.plan.excepted.size());
    e.pass(1ms);
    EXPECT_EQ(0U, e.view().closing.plan.excepted.size());
}

TEST(Drafts, AnExceptionAfterACancelledClosingCounts) {
    Evening e;
    e.authorise();
    e.cancel();
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ("done", e.except("1001", "pc1"));
    EXPECT_EQ((List{"pc2", "pc3"}), e.view().closing.plan.cut);
}

}  // namespace
}  // namespace hall::test
