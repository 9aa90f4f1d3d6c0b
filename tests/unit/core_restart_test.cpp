// R5: an authorisation ends, and a restart revives nothing that was not complete and unexpired.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

std::string first_of(const List& lines, const std::string& type) {
    for (const auto& line : lines) {
        if (line.rfind(type, 0) == 0) return line;
    }
    return "none";
}

/// pc1 hangs; the evening stands at `at` after the authorisation.
void hang(Evening& e) {
    e.plant(kPc1).stops_in.reset();
    e.authorise();
}

TEST(Expiry, OneMillisecondBeforeItTheCutIsAllowed) {
    for (const Millis at : {1799'999ms, 1800'000ms, 1800'001ms}) {
        Evening e;
        hang(e);
        e.pass(1700s);
        e.pass(10s);
        ASSERT_EQ(Phase::hold, e.phase());
        ASSERT_EQ("done", e.force("1001", kPc1));
        e.pass(at - 30s - 1710s);
        EXPECT_EQ(at < 1800s ? "done" : "conflict not_held circuit=pc1", e.force("1002", kPc1))
            << at.count();
        e.pass(10s);
        EXPECT_EQ(at >= 1800s, e.plant(kPc1).coil) << at.count();
    }
}

TEST(Expiry, TheCircuitStaysPoweredAndTheClosingEndsPartial) {
    Evening e;
    hang(e);
    e.pass(1769'999ms);
    EXPECT_EQ(Phase::hold, e.phase());
    e.closing_only();
    e.pass(1ms);
    EXPECT_EQ((List{"closing.left_on halld circuit=pc1 reason=authorisation_expired [failed]",
                    "closing.ended 1001,1002 phase=partial left_on=pc1"}),
              e.closing_only());
    EXPECT_TRUE(e.alarm("pc_left_on.pc1"));
    EXPECT_FALSE(e.alarm("pc_not_off.pc1"));
    e.plant(kPc1).running = false;
    e.pass(120s);
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(Expiry, WhileTheBoardIsDeadNothingIsGivenAgain) {
    Evening e;
    e.authorise();
    e.dead.insert(OutputRef::circuit(kPc1));
    e.pass(1800s);
    EXPECT_EQ(Phase::partial, e.phase());
    e.dead.clear();
    e.closing_only();
    e.feed(OutputReported{OutputRef::circuit(kPc1), Level::on});
    e.pass(120s);
    EXPECT_EQ(List{}, e.closing_only());
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(Restart, WhileCollectingVoidsAndSaysSo) {
    Evening e;
    const std::string plan = e.digest();
    e.confirm("1001");
    e.take();
    e.restart(1s);
    EXPECT_EQ("closing.void 1001 reason=restarted [refused]", first_of(e.take(), "closing."));
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_EQ("restarted", e.view().closing.void_reason);
    EXPECT_EQ("conflict plan_unknown", e.confirm_plan("1002", plan));
    EXPECT_EQ("done", e.confirm("1002"));
    EXPECT_EQ(Phase::collecting, e.phase());
}

TEST(Restart, InTheCountdownGoesOnWithIt) {
    Evening e;
    e.confirm("1001");
    e.confirm("1002");
    e.pass(10s);
    e.take();
    e.restart(5s);
    EXPECT_EQ("closing.resumed 1001,1002 phase=countdown", first_of(e.take(), "closing."));
    EXPECT_EQ(Phase::countdown, e.phase());
    e.pass(14'999ms);
    EXPECT_EQ(Phase::countdown, e.phase());
    e.pass(1ms);
    EXPECT_EQ(Phase::stopping, e.phase());
}

TEST(Restart, WhileStoppingAsksNoPcTwice) {
    Evening e;
    e.plant(kPc2).stops_in.reset();
    e.authorise();
    e.pass(25s);  // pc2 was pulsed
    e.take();
    e.restart(2s);
    EXPECT_EQ("closing.resumed 1001,1002 phase=stopping", first_of(e.take(), "closing."));
    e.pass(60s);
    const List after = e.closing_only();
    EXPECT_EQ("none", first_of(after, "closing.stop_asked"));
    EXPECT_FALSE(e.plant(kPc1).coil);
    EXPECT_TRUE(e.plant(kPc2).coil);
    e.pass(100s);
    EXPECT_EQ(Phase::hold, e.phase());
}

TEST(Restart, ARequestOfUnheardEndIsMadeAgainToAPcThatRuns) {
    // Dead between the record and the order: the PC was never asked, and nobody else will.
    Evening e;
    e.plant(kPc1).hook_silent = true;
    e.authorise();
    e.pass(5s);
    e.take();
    e.plant(kPc1).hook_silent = false;
    e.restart(2s);
    e.pass(1s);
    const List after = e.take();
    EXPECT_EQ("closing.stop_asked 1001,1002 circuit=pc1 method=command",
              first_of(after, "closing.stop_asked"));
    EXPECT_EQ("stop pc1 by 0", first_of(after, "stop "));
    EXPECT_EQ("closing.stop_given halld circuit=pc1", first_of(after, "closing.stop_given"));
    e.pass(60s);
    EXPECT_FALSE(e.plant(kPc1).coil);
}

TEST(Restart, APulseOfUnheardEndWaitsForProofThatThePcRuns) {
    for (const bool runs : {false, true}) {
        Evening e;
        e.plant(kPc2).stops_in.reset();
        e.authorise();
        e.pass(19s);
        e.plant(kPc2).hook_silent = true;
        e.pass(2s);  // its button was to be pressed
        ASSERT_EQ("stop pc2 by 1", first_of(e.take(), "stop pc2 by 1"));
        e.plant(kPc2).hook_silent = false;
        e.plant(kPc2).running = runs;
        e.plant(kPc2).stops_in = 3s;
        e.restart(2s);
        e.pass(60s);
        EXPECT_EQ(runs ? "stop pc2 by 1" : "none", first_of(e.take(), "stop pc2")) << runs;
        EXPECT_FALSE(e.plant(kPc2).coil);
        EXPECT_EQ(Phase::closed, e.phase());
    }
}

TEST(Restart, TwoPulsesNeverJoin) {
    // The button is being pressed when the daemon dies, and the PC still runs when it is back: the
    // second press comes 10 s after the first.
    Evening e;
    e.plant(kPc2).stops_in.reset();
    e.authorise();
    e.pass(20s - 1ms);
    e.plant(kPc2).hook_silent = true;
    e.take();
    e.pass(1ms);
    ASSERT_EQ("stop pc2 by 1", first_of(e.take(), "stop pc2 by 1"));
    e.restart(1s);
    e.pass(9s - 1ms);
    EXPECT_EQ("none", first_of(e.take(), "stop pc2"));
    e.pass(1ms);
    EXPECT_EQ("stop pc2 by 1", first_of(e.take(), "stop pc2"));
}

TEST(Restart, TheTimeOfAPcThatWasNotAskedBeginsAnew) {
    for (const bool silent_meter : {false, true}) {
        Evening e;
        e.plant(kPc1).hook_silent = true;
        e.plant(kPc1).stops_in = 50s;
        e.authorise();
        e.pass(5s);
        e.plant(kPc1).hook_silent = false;
        e.plant(kPc1).meter_silent = silent_meter;
        e.restart(170s);
        e.pass(79s);  // over 180 s after it was to be asked
        EXPECT_EQ(Phase::stopping, e.phase());
        e.pass(silent_meter ? 102s : 20s);
        EXPECT_EQ(silent_meter ? Phase::hold : Phase::closed, e.phase());
    }
}

TEST(Restart, WithAnotherConfigurationNothingThatWasAuthorisedHolds) {
    for (const Millis at : {5'000ms, 25'000ms, 200'000ms}) {  // countdown, stopping, hold
        Evening e;
        hang(e);
        e.pass(at - 5s);
        if (e.phase() == Phase::hold) {
            e.dead.insert(OutputRef::circuit(kPc1));
            e.force("1001", kPc1);
            e.force("1002", kPc1);
        }
        e.take();
        // Its file was edited: pc1 may be the name of another one's wires now.
        e.config_changed = true;
        e.dead.clear();
        e.restart(2s);
        EXPECT_EQ("configuration_changed", [&] {
            for (const auto& [t, r] : e.records()) {
                if (r.type == "closing.void") return detail(r, "reason");
            }
            return std::string("none");
        }()) << at.count();
        e.plant(kPc1).running = e.plant(kPc2).running = false;
        e.take();
        e.pass(120s);
        EXPECT_EQ("none", first_of(e.take(), "off circuit.")) << at.count();
    }
}

TEST(Restart, AHeldCircuitKeepsItsReason) {
    Evening e;
    e.dead.insert(OutputRef::circuit(kPc1));
    e.authorise();
    e.pass(120s);
    ASSERT_TRUE(e.alarm("output_failed.pc1"));
    e.restart(2s);
    EXPECT_EQ(Phase::hold, e.phase());
    EXPECT_TRUE(e.alarm("output_failed.pc1"));
    EXPECT_FALSE(e.alarm("pc_not_off.pc1"));
    e.dead.clear();
    e.pass(60s);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_FALSE(e.alarm("output_failed.pc1"));
}

TEST(Restart, APcThatIsHeldUnaskedIsAskedWhenItsMeterSpeaks) {
    Evening e;
    e.plant(kPc2).stops_in.reset();
    e.authorise();
    e.pass(19s);
    e.plant(kPc2).hook_silent = true;
    e.pass(2s);
    e.plant(kPc2).hook_silent = false;
    e.plant(kPc2).meter_silent = true;
    e.plant(kPc2).stops_in = 3s;
    e.take();
    e.restart(2s);
    e.pass(181s);
    ASSERT_EQ(Phase::hold, e.phase());
    ASSERT_EQ("none", first_of(e.take(), "stop pc2"));
    e.plant(kPc2).meter_silent = false;
    e.pass(1s);
    EXPECT_EQ("stop pc2 by 1", first_of(e.take(), "stop pc2"));
    e.pass(60s);
    EXPECT_EQ(Phase::closed, e.phase());
}

TEST(Restart, AnOpeningThatGoesOnKeepsItsStagger) {
    Evening e;
    e.authorise();
    e.pass(60s);
    e.plant(kPc1).feedback_says = Level::off;  // not proven yet
    e.open("1003");
    e.pass(2s);
    ASSERT_TRUE(e.plant(kPc2).coil);
    e.plant(kPc1).coil = false;  // its board was reset: it is ordered on again
    e.restart(100ms);
    e.pass(e.config.opening.stagger - 1ms);
    EXPECT_FALSE(e.plant(kPc1).coil);
    e.pass(1ms);
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(Restart, WhileCuttingFindsOutFromTheWires) {
    Evening e;
    e.script[OutputRef::circuit(kPc1)] = {Write::held};
    e.authorise();
    e.pass(34s);
    ASSERT_EQ(1U, e.held.size());
    e.plant(kPc1).coil = false;  // the order had arrived before the daemon died
    e.take();
    e.restart(2s);
    e.pass(40s);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_EQ("none", first_of(e.closing_only(), "off circuit.pc1"));
    EXPECT_EQ(1U, e.view().circuits[0].switches);
}

TEST(Restart, InHoldStaysInHold) {
    Evening e;
    hang(e);
    e.pass(200s);
    e.take();
    e.restart(2s);
    EXPECT_EQ(Phase::hold, e.phase());
    e.force("1001", kPc1);
    e.force("1002", kPc1);
    EXPECT_FALSE(e.plant(kPc1).coil);
}

TEST(Restart, AForceWithOnePersonIsForgotten) {
    Evening e;
    hang(e);
    e.pass(200s);
    e.force("1001", kPc1);
    e.restart(2s);
    e.force("1002", kPc1);
    e.pass(5s);
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(Restart, OfTheMachineWithATrustedClockGoesOn) {
    Evening e;
    hang(e);
    e.pass(200s);
    e.restart(120s, Boot::rebooted);
    EXPECT_EQ(Phase::hold, e.phase());
}

TEST(Restart, AnExpiredOneIsNotResumedWhateverItsPhase) {
    for (const Millis phase_at : {5'000ms, 31'000ms, 300'000ms}) {
        for (const Boot boot : {Boot::same, Boot::rebooted}) {
            Evening e;
            e.plant(kPc1).stops_in.reset();
            e.confirm("1001");
            e.confirm("1002");
            e.pass(phase_at);
            e.restart(1800'000ms - phase_at, boot);
            EXPECT_EQ("authorisation_expired", [&] {
                for (const auto& [t, r] : e.records()) {
                    if (r.type == "closing.void") return detail(r, "reason");
                }
                return std::string("none");
            }()) << phase_at.count();
            e.plant(kPc1).running = false;
            e.pass(60s);
            EXPECT_TRUE(e.plant(kPc1).coil);
        }
    }
}

TEST(Restart, OneMillisecondBeforeItExpiresItIsResumed) {
    Evening e;
    e.confirm("1001");
    e.confirm("1002");
    e.take();
    e.restart(1799'999ms);
    EXPECT_EQ("closing.resumed 1001,1002 phase=countdown", first_of(e.take(), "closing."));
    e.pass(60s);
    EXPECT_TRUE(e.plant(kPc1).coil);
    EXPECT_EQ(Phase::partial, e.phase());
}

TEST(Restart, OfTheMachineWithAClockThatCannotBeTrustedVoids) {
    Evening e;
    hang(e);
    e.pass(300s);
    e.restart(60s, Boot::rebooted_clock_untrusted);
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_EQ((List{"pc1"}), e.view().closing.left_on);
    EXPECT_TRUE(e.alarm("pc_left_on.pc1"));
    e.plant(kPc1).running = false;
    e.pass(60s);
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(Restart, AClockThatRanBackwardsOverTheRebootVoids) {
    Evening e;
    e.confirm("1001");
    e.confirm("1002");
    e.wall_error = -1h;
    e.restart(60s, Boot::rebooted);
    EXPECT_EQ(Phase::open, e.phase());
    e.pass(60s);
    EXPECT_TRUE(e.plant(kPc1).running);
}

TEST(Restart, NoHallLosesItsPcsInTheMorning) {
    Evening e;
    hang(e);
    e.pass(300s);
    e.restart(14h, Boot::rebooted);
    e.open("1003");
    e.pass(120s);
    for (const CircuitIx c : {kPc1, kPc2, kPc3}) EXPECT_TRUE(e.plant(c).coil);
    EXPECT_EQ(Phase::open, e.phase());
}

TEST(Restart, AClosedHallStaysClosed) {
    Evening e;
    e.authorise();
    e.pass(60s);
    ASSERT_EQ(Phase::closed, e.phase());
    e.restart(10s);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_EQ(1U, e.lit.count(OutputRef::lightbox()));
}

TEST(Restart, AnOpeningThatWasInterruptedGoesOnWithinFiveMinutes) {
    for (const Millis down : {10'000ms, 300'000ms}) {
        Evening e;
        e.authorise();
        e.pass(60s);
        e.open("1003");
        e.pass(1s);
        e.restart(down);
        e.pass(10s);
        EXPECT_EQ(Phase::open, e.phase());
        EXPECT_EQ(down < 300s, e.plant(kPc3).coil) << down.count();
    }
}

}  // namespace
}  // namespace hall::test
