// R7-R11: PCs are asked, cut on evidence only, proven, held, forced, spared.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

/// Nothing but the circuit that the story is about.
HallConfig only(std::size_t circuit) {
    HallConfig hall = small_hall();
    hall.circuits = {hall.circuits[circuit]};
    hall.closing.countdown = 0ms;
    return hall;
}

constexpr CircuitIx kIt{0};

bool cut_ordered(const List& lines) {
    for (const auto& line : lines) {
        if (line.rfind("off circuit.", 0) == 0) return true;
    }
    return false;
}

/// The first line that begins so.
std::string first_of(const List& lines, const std::string& start) {
    for (const std::string& line : lines) {
        if (line.rfind(start, 0) == 0) return line;
    }
    return "none";
}

TEST(Asking, MethodsInOrderAndThePulseOnce) {
    Evening e(only(1));
    e.plant(kIt).stops_in.reset();
    e.authorise();
    EXPECT_EQ("stop pc2 by 0", first_of(e.closing_only(), "stop "));
    e.pass(19'999ms);
    e.feed(TimePassed{});  // unasked
    EXPECT_EQ(List{}, e.closing_only());
    e.pass(1ms);
    EXPECT_EQ((List{"closing.stop_asked 1001,1002 circuit=pc2 method=pulse", "stop pc2 by 1",
                    "closing.stop_given halld circuit=pc2"}),
              e.closing_only());
    e.pass(159'999ms);
    e.feed(TimePassed{});
    EXPECT_EQ(List{}, e.closing_only());
    e.pass(1ms);
    EXPECT_EQ((List{"closing.held halld circuit=pc2 reason=pc_not_off [failed]"}),
              e.closing_only());
}

TEST(Asking, EachMethodIsRecordedByItsName) {
    const std::pair<StopMethodKind, std::string> kinds[] = {{StopMethodKind::command, "command"},
                                                            {StopMethodKind::ssh, "ssh"},
                                                            {StopMethodKind::mqtt, "mqtt"},
                                                            {StopMethodKind::pulse, "pulse"}};
    for (const auto& [kind, name] : kinds) {
        HallConfig hall = only(0);
        hall.circuits[0].stop = {{kind, 60s}};
        Evening e(hall);
        e.authorise();
        EXPECT_EQ("closing.stop_asked 1001,1002 circuit=pc1 method=" + name,
                  first_of(e.closing_only(), "closing.stop_asked"));
    }
}

TEST(Asking, WhatMerelyAsksNeedsNoProofThatThePcRuns) {
    for (const auto kind : {StopMethodKind::command, StopMethodKind::ssh, StopMethodKind::mqtt}) {
        HallConfig hall = only(0);
        hall.circuits[0].stop = {{kind, 60s}};
        Evening e(hall);
        e.plant(kIt).meter_silent = true;
        e.pass(6s);
        e.authorise();
        EXPECT_EQ("stop pc1 by 0", first_of(e.closing_only(), "stop "));
    }
}

TEST(Asking, APulseIsNotGivenWithoutProofThatThePcRuns) {
    Evening e(only(1));
    e.plant(kIt).stops_in.reset();
    e.plant(kIt).meter_silent = true;
    e.pass(6s);
    e.authorise();
    e.closing_only();
    e.pass(170s);
    EXPECT_EQ(List{}, e.closing_only());
}

TEST(Asking, AMethodThatMayNotBeUsedIsPassedOverWhenItsWaitHasPassed) {
    HallConfig hall = only(1);
    std::swap(hall.circuits[0].stop[0], hall.circuits[0].stop[1]);
    Evening e(hall);
    e.plant(kIt).meter_silent = true;  // no proof that it runs: no pulse
    e.pass(6s);
    e.authorise();
    e.closing_only();
    e.pass(20s - 1ms);
    EXPECT_EQ(List{}, e.closing_only());
    e.pass(1ms);
    EXPECT_EQ("stop pc2 by 1", first_of(e.closing_only(), "stop pc2"));
    e.plant(kIt).meter_silent = false;
    e.pass(60s);
    EXPECT_EQ(Phase::closed, e.phase());
}

TEST(Asking, AHookThatFailedIsTriedAgainAfterTenSeconds) {
    Evening e(only(0));
    e.plant(kIt).hook_fails = true;
    e.authorise();
    const List first = e.closing_only();
    EXPECT_EQ("closing.stop_failed halld circuit=pc1 [failed]", first.back());
    e.pass(9'999ms);
    EXPECT_EQ(List{}, e.closing_only());
    e.plant(kIt).hook_fails = false;
    e.pass(1ms);
    EXPECT_EQ((List{"closing.stop_asked 1001,1002 circuit=pc1 method=command", "stop pc1 by 0",
                    "closing.stop_given halld circuit=pc1"}),
              e.closing_only());
}

TEST(Asking, TheLastMethodIsTriedAgainWhenItFailedAndWhenNobodyKnows) {
    for (const bool unknown : {false, true}) {
        Evening e(only(1));
        e.plant(kIt).hook_fails = !unknown;
        e.plant(kIt).hook_unknown = unknown;
        e.authorise();
        if (unknown) e.pass(20s);  // the command's wait: then its button is pressed
        ASSERT_EQ("stop pc2 by 1", first_of(e.take(), "stop pc2 by 1"));
        e.pass(unknown ? 19'999ms : 9'999ms);
        EXPECT_EQ("none", first_of(e.take(), "stop pc2")) << unknown;
        e.pass(1ms);
        EXPECT_EQ("stop pc2 by 1", first_of(e.take(), "stop pc2")) << unknown;
    }
}

TEST(Asking, AfterAFailedHookTheNextMethodComesAtOnce) {
    Evening e(only(1));
    e.plant(kIt).hook_fails = true;
    e.authorise();
    EXPECT_EQ((List{"closing.stop_failed halld circuit=pc2 [failed]",
                    "closing.stop_asked 1001,1002 circuit=pc2 method=pulse", "stop pc2 by 1"}),
              [&] {
                  List all = e.closing_only();
                  return List(all.end() - 4, all.end() - 1);
              }());
}

TEST(Evidence, CutExactlyAfterOffFor) {
    Evening e(only(0));
    e.authorise();
    e.pass(4s);  // it has shut down, and the sample of that second says so
    e.closing_only();
    e.pass(29'999ms);
    e.feed(TimePassed{});  // looked at one millisecond early, too
    EXPECT_EQ(List{}, e.closing_only());
    e.pass(1ms);
    EXPECT_EQ((List{"closing.cut_ordered 1001,1002 circuit=pc1 forced=no", "off circuit.pc1"}),
              e.closing_only());
}

TEST(Evidence, AtOffWattsThePcRunsJustBelowItDoesNot) {
    for (const bool below : {false, true}) {
        Evening e(only(0));
        e.plant(kIt).meter_says = below ? 4.999 : 5.0;
        e.authorise();
        e.pass(60s);
        EXPECT_EQ(below, cut_ordered(e.take()));
    }
}

TEST(Evidence, ASilentMeterIsNoEvidence) {
    Evening e(only(0));
    e.plant(kIt).meter_silent = true;
    e.plant(kIt).running = false;
    e.authorise();
    e.pass(179s);
    EXPECT_EQ(PcState::unknown, e.view().circuits[0].pc);
    e.pass(2s);
    EXPECT_EQ(Phase::hold, e.phase());
    EXPECT_TRUE(e.alarm("meter_silent.pc1"));
}

TEST(Evidence, NonsenseFromAMeterIsSilence) {
    Evening e(only(0));
    e.plant(kIt).meter_silent = true;
    e.authorise();
    for (int i = 0; i < 60; ++i) {
        e.feed(MeterReported{kIt, std::numeric_limits<double>::quiet_NaN()});
        e.pass(1s);
    }
    EXPECT_FALSE(cut_ordered(e.take()));
}

TEST(Evidence, AGapBeginsTheCountAnew) {
    for (const Millis gap : {5000ms, 5001ms}) {
        Evening e(only(0));
        e.sample_every = 3600s;
        e.pass(1s);
        e.authorise();
        e.take();
        const auto low = [&] { e.feed(MeterReported{kIt, 1.0}); };
        low();
        for (int i = 0; i < 5; ++i) {
            e.pass(4s);
            low();
        }
        e.pass(gap);
        low();
        e.pass(4999ms);
        low();
        e.pass(1ms);
        low();
        EXPECT_EQ(gap == 5000ms, cut_ordered(e.take())) << gap.count();
    }
}

TEST(Evidence, AStaleSampleProvesNothing) {
    for (const Millis old : {5000ms, 5001ms}) {
        HallConfig hall = only(0);
        hall.circuits[0].min_on = 0ms;
        Evening e(hall);
        e.sample_every = 3600s;
        e.pass(1s);
        // Low for a minute before anybody confirmed; then silence.
        for (int i = 0; i < 60; ++i) {
            e.pass(1s);
            e.feed(MeterReported{kIt, 1.0});
        }
        e.confirm("1001");
        e.pass(old);
        e.confirm("1002");
        EXPECT_EQ(old == 5000ms, cut_ordered(e.take())) << old.count();
        e.pass(10s);
    }
}

TEST(Evidence, ASampleThatSaysRunningBeatsTheEndOfTheWait) {
    for (const double last : {60.0, 1.0}) {
        Evening e(only(0));
        e.sample_every = 3600s;
        e.pass(1s);
        e.authorise();
        for (int i = 0; i < 6; ++i) {
            e.feed(MeterReported{kIt, 1.0});
            e.jump(5s);
        }
        // 30 s low. The sample that comes with the last millisecond decides.
        e.feed(MeterReported{kIt, last});
        const List told = e.take();
        EXPECT_EQ(last < 5.0, cut_ordered(told));
        // Nor is a cut recorded that the same step takes back.
        EXPECT_EQ(last < 5.0, first_of(told, "closing.cut_ordered") != "none");
    }
}

TEST(Evidence, PowerGoodCountsAndANetworkAddressMustBeUnreachable) {
    Evening e(only(2));
    e.authorise();
    e.take();
    e.pass(4s + 29'999ms);
    EXPECT_FALSE(cut_ordered(e.take()));
    e.pass(1ms);
    EXPECT_TRUE(cut_ordered(e.take()));
}

TEST(Evidence, AReachableAddressContradictsPowerGood) {
    Evening e(only(2));
    e.sample_every = 3600s;
    e.pass(1s);
    e.plant(kIt).stops_in.reset();
    e.authorise();
    e.feed(PowerGoodReported{kIt, Level::off});
    e.pass(60s);
    EXPECT_FALSE(cut_ordered(e.take()));
    e.feed(ReachabilityReported{kIt, Level::unknown});
    EXPECT_FALSE(cut_ordered(e.take()));
    e.feed(ReachabilityReported{kIt, Level::off});
    EXPECT_TRUE(cut_ordered(e.take()));
}

TEST(Hold, TheOthersGoOn) {
    Evening e;
    e.plant(kPc1).stops_in.reset();
    e.authorise();
    e.pass(180s);
    EXPECT_EQ(Phase::hold, e.phase());
    EXPECT_TRUE(e.alarm("pc_not_off.pc1"));
    EXPECT_EQ(Step::cut, e.view().circuits[1].step);
    EXPECT_EQ(Step::cut, e.view().circuits[2].step);
}

TEST(Hold, APcThatIsOffAtLastGoesOn) {
    Evening e(only(0));
    e.plant(kIt).stops_in.reset();
    e.authorise();
    e.pass(200s);
    EXPECT_EQ(Phase::hold, e.phase());
    e.plant(kIt).running = false;
    e.pass(40s);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_FALSE(e.alarm("pc_not_off.pc1"));
}

TEST(Force, NeedsTwoWithAReasonWithinTheWindow) {
    Evening e(only(0));
    e.plant(kIt).stops_in.reset();
    e.authorise();
    EXPECT_EQ("conflict not_held circuit=pc1", e.force("1001", kIt));
    e.pass(180s);
    e.closing_only();
    EXPECT_EQ("malformed reason_missing field=reason", e.force("1001", kIt, ""));
    EXPECT_EQ("done", e.force("1001", kIt));
    EXPECT_EQ("conflict same_person", e.force("1001", kIt));
    EXPECT_EQ(Phase::hold, e.phase());
    e.pass(119'999ms);
    EXPECT_EQ("done", e.force("1003", kIt));
    EXPECT_EQ((List{"closing.force_confirmed 1001 circuit=pc1 reason=hangs",
                    "closing.refused 1001 reason=same_person circuit=pc1 [refused]",
                    "closing.force_confirmed 1003 circuit=pc1 reason=hangs",
                    "closing.forced 1001,1003 circuit=pc1 reason=hangs",
                    "closing.cut_ordered 1001,1003 circuit=pc1 forced=yes", "off circuit.pc1"}),
              e.closing_only());
}

TEST(Force, TheSecondAfterTheWindowIsTheFirstAgain) {
    Evening e(only(0));
    e.plant(kIt).stops_in.reset();
    e.authorise();
    e.pass(180s);
    e.force("1001", kIt);
    e.closing_only();
    e.pass(120s);
    EXPECT_EQ("done", e.force("1002", kIt));
    EXPECT_EQ((List{"closing.force_expired halld circuit=pc1 [refused]",
                    "closing.force_confirmed 1002 circuit=pc1 reason=hangs"}),
              e.closing_only());
    EXPECT_EQ(Phase::hold, e.phase());
}

TEST(Force, OfOnePcCutsNoOther) {
    Evening e;
    e.plant(kPc1).stops_in.reset();
    e.plant(kPc2).stops_in.reset();
    e.authorise();
    e.pass(240s);
    e.force("1001", kPc1);
    e.force("1002", kPc1);
    e.pass(10s);
    EXPECT_EQ(Phase::hold, e.phase());
    EXPECT_TRUE(e.plant(kPc2).coil);
    EXPECT_FALSE(e.plant(kPc1).coil);
}

TEST(Except, LeavesThePcPoweredWithAnAlarmAndEndsPartial) {
    Evening e(only(0));
    e.plant(kIt).stops_in.reset();
    e.authorise();
    e.pass(180s);
    EXPECT_EQ("done", e.except("1001", "pc1", "update"));
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_EQ((List{"pc1"}), e.view().closing.left_on);
    EXPECT_TRUE(e.alarm("pc_left_on.pc1"));
    EXPECT_FALSE(e.alarm("pc_not_off.pc1"));
    EXPECT_TRUE(e.plant(kIt).running);
    EXPECT_EQ("done", e.except("1002", "pc1", "update"));
}

TEST(Except, WhileOthersAreStillUnderWayBothMaySayIt) {
    Evening e;
    e.plant(kPc1).stops_in.reset();
    e.plant(kPc2).stops_in.reset();
    e.authorise();
    e.pass(240s);
    EXPECT_EQ("done", e.except("1001", "pc1"));
    EXPECT_EQ("done", e.except("1002", "pc1"));
    EXPECT_EQ("conflict not_held circuit=pc3", e.except("1002", "pc3"));
    EXPECT_EQ(Phase::hold, e.phase());
}

TEST(AlreadyOff, APcThatComesBackDuringTheClosingIsNotCutButNamed) {
    Evening e;
    e.plant(kPc1).coil = false;
    e.report_changes();
    e.pass(6s);
    ASSERT_EQ((List{"pc1"}), e.view().closing.plan.already_off);
    e.authorise();
    e.plant(kPc1).coil = true;
    e.plant(kPc1).running = true;
    e.report_changes();
    e.pass(60s);
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_TRUE(e.alarm("power_unexpected.pc1"));
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(Excepted, APcThatIsSwitchedOffAndOnAgainIsLeftAlone) {
    Evening e;
    e.except("1001", "pc1");
    e.authorise();
    e.plant(kPc1).running = false;
    e.pass(60s);
    EXPECT_TRUE(e.plant(kPc1).coil);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_TRUE(e.alarm("pc_left_on.pc1"));
}

}  // namespace
}  // namespace hall::test
