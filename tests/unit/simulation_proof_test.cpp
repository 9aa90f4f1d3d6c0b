// The checker on R10: what proves that a circuit has no power, and when it was said. An exemption
// that reaches too far would hide a broken rule.
#include "tests/support/judged.hpp"

namespace hall::simulation {
namespace {

struct Proofs : Judged {
    Proofs() {
        authorise();
        off();
        cut();
    }
    void sensors(Said feedback, double watts) {
        checker.told_feedback(t, 0, feedback);
        checker.told_meter(t, 0, watts);
    }
    void proven(bool late = false) {
        record("closing.cut_proven", {"halld"}, {{"circuit", "pc1"}}, late);
    }
    void closed(bool late = false) {
        record("closing.ended", {}, {{"phase", "closed"}, {"plan", "d1"}}, late);
    }
    const std::string against = "R10 proven against its sensors: pc1";
    const std::string unnamed = "R10 closed without naming pc1, which has power";
};

TEST_F(Proofs, BothSensorsSaySo) {
    sensors(Said::off, 0.0);
    proven();
    EXPECT_EQ("", first());
}
TEST_F(Proofs, TheFeedbackSaysOn) {
    sensors(Said::on, 0.0);
    proven();
    EXPECT_EQ(against, first());
}
TEST_F(Proofs, CurrentFlowsAtTheBound) {
    sensors(Said::off, facts.circuits[0].cut_watts);
    proven();
    EXPECT_EQ(against, first());
}
TEST_F(Proofs, TheMeterHasSpokenJustInTime) {
    sensors(Said::off, 0.0);
    t += facts.fresh_within;
    proven();
    EXPECT_EQ("", first());
}
TEST_F(Proofs, TheMeterIsSilentAMillisecondTooLong) {
    sensors(Said::off, 0.0);
    t += facts.fresh_within + 1;
    proven();
    EXPECT_EQ(against, first());
}
TEST_F(Proofs, ALateRecordOfWhatWasTrueWhenItWasDecided) {
    record("hall.something", {});
    t += kSecond;
    sensors(Said::off, 0.0);
    t += kSecond;
    sensors(Said::on, 60.0);
    proven(true);
    EXPECT_EQ("", first());
}
TEST_F(Proofs, ARecordInTimeOfWhatWasTrueASecondAgo) {
    record("hall.something", {});
    t += kSecond;
    sensors(Said::off, 0.0);
    t += kSecond;
    sensors(Said::on, 60.0);
    proven();
    EXPECT_EQ(against, first());
}
TEST_F(Proofs, ALateRecordOfWhatWasTrueOnlyBeforeTheRecordBeforeIt) {
    sensors(Said::off, 0.0);
    t += 1;
    sensors(Said::on, 60.0);
    record("hall.something", {});
    t += kSecond;
    proven(true);
    EXPECT_EQ(against, first());
}

TEST_F(Judged, ClosedWithACircuitThatHasPower) {
    authorise();
    record("closing.ended", {}, {{"phase", "closed"}, {"plan", "d1"}});
    EXPECT_EQ("R10 closed without naming pc1, which has power", first());
}

/// A circuit that nothing but its relay shows; somebody switches it by hand.
struct ByHand : Proofs {
    ByHand() {
        facts.circuits[0].has_feedback = facts.circuits[0].has_meter = false;
        checker.relay_moved(t, pc1, false, true);
        checker.conducts(t, 0, false);
        checker.told_feedback(t, 1, Said::off);
        checker.conducts(t, 1, false);
        record("hall.something", {});
        t += 10 * kSecond;
        checker.relay_moved(t, pc1, true, false);
        checker.conducts(t, 0, true);
    }
};
TEST_F(ByHand, NobodyCanHaveAskedTheRelayYet) {
    t += 2 * kSecond - 1;
    closed();
    EXPECT_EQ("", first());
}
TEST_F(ByHand, TheRelayHasBeenAsked) {
    t += 2 * kSecond;
    closed();
    EXPECT_EQ(unnamed, first());
}
TEST_F(ByHand, ALateRecordWasDecidedBefore) {
    t += 2 * kSecond;
    closed(true);
    EXPECT_EQ("", first());
}
TEST_F(ByHand, ALateRecordWasDecidedAfterTheRecordBeforeIt) {
    t += 1;
    record("hall.something", {});
    t += 2 * kSecond;
    closed(true);
    EXPECT_EQ(unnamed, first());
}

}  // namespace
}  // namespace hall::simulation
