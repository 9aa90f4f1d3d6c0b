// The checker of the simulation: that it knows nothing of the rules, and that it sees what it looks
// for.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "daemon/simulation/local_time.hpp"
#include "tests/support/judged.hpp"

namespace hall::simulation {
namespace {

/// All files that `file` includes with quotes, and theirs.
void included(const std::string& file, std::set<std::string>& seen) {
    if (!seen.insert(file).second) return;
    std::ifstream in(std::string(HALL_SOURCE_DIR) + "/" + file);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("#include \"", 0) != 0) continue;
        included(line.substr(10, line.rfind('"') - 10), seen);
    }
}

TEST(TheSimulationsChecker, SharesNothingWithTheRules) {
    std::set<std::string> seen;
    for (const char* file : {"checker.cpp", "checker_calm.cpp", "checker_journal.cpp",
                             "checker_orders.cpp", "local_time.cpp"})
        included(std::string("daemon/simulation/") + file, seen);
    EXPECT_GE(seen.size(), 9U);
    for (const auto& file : seen) EXPECT_EQ(0U, file.rfind("daemon/simulation/", 0)) << file;
    // Nor does its library link them.
    std::ifstream in(std::string(HALL_SOURCE_DIR) + "/daemon/simulation/CMakeLists.txt");
    std::string links;
    for (std::string line; std::getline(in, line);) {
        if (line.find("target_link_libraries(hall_checker") != line.npos) links = line;
    }
    EXPECT_EQ("target_link_libraries(hall_checker PUBLIC hall_options)", links);
}

TEST_F(Judged, ARightCutIsFine) {
    authorise();
    off();
    cut();
    EXPECT_EQ("", first());
}
TEST_F(Judged, ACutWithoutAuthorisation) {
    off();
    cut();
    EXPECT_EQ("R1 cut without an authorisation: pc1", first());
}
TEST_F(Judged, ACutOutsideThePlan) {
    authorise();
    off();
    record("closing.cut_ordered", {}, {{"circuit", "pc2"}});
    checker.ordered(t, {Role::circuit, 1, 0}, false);
    EXPECT_EQ("R2 cut outside the plan: pc2", first());
}
TEST_F(Judged, ACutInTheCountdown) {
    off();
    authorise();
    t += 29'999;
    checker.told_meter(t, 0, 2.0);
    cut();
    EXPECT_EQ("R3 cut during the countdown: pc1", first());
}
TEST_F(Judged, ACutUnderAnExpiredAuthorisation) {
    authorise();
    t += 30 * kMinute - 31 * kSecond;
    off();
    cut();
    EXPECT_EQ("R5 cut under an expired authorisation: pc1", first());
}
TEST_F(Judged, ACutWithoutEvidenceAndOfARunningPc) {
    authorise();
    t += kMinute;
    checker.told_meter(t, 0, 60.0);
    cut();
    ASSERT_EQ(2U, checker.breaks().size());
    EXPECT_EQ("R8 cut without evidence: pc1", first());
    EXPECT_EQ("a running PC was cut: pc1", checker.breaks().back().substr(11));
}
TEST_F(Judged, ALyingMeterIsNotTheDaemonsFault) {
    authorise();
    off();
    checker.lies(t, 0, true);
    checker.pc(t - kMinute, 0, PcTruth::running);
    cut();
    EXPECT_EQ("", first());
}
TEST_F(Judged, ACutWithoutARecord) {
    authorise();
    off();
    checker.ordered(t, pc1, false);
    EXPECT_EQ("R29 cut without a record: pc1", first());
}
TEST_F(Judged, OnePersonTwice) {
    confirm("1001");
    record("closing.authorised", {"1001", "1001"}, {{"plan", "d1"}, {"text", "x cut=pc1 y"}});
    EXPECT_EQ("R1 authorised by too few", first());
}
TEST_F(Judged, AnOldConfirmation) {
    confirm("1001");
    t += 120 * kSecond;
    confirm("1002");
    record("closing.authorised", {"1001", "1002"}, {{"plan", "d1"}, {"text", "x cut=pc1 y"}});
    EXPECT_EQ("R3 authorised with an old confirmation of 1001", first());
}
TEST_F(Judged, APersonWhoSaidNothing) {
    record("closing.confirmed", {"1003"}, {{"plan", "d1"}, {"text", "x cut=pc1 y"}});
    EXPECT_EQ("R1 a confirmation of 1003, who said nothing", first());
}
TEST_F(Judged, AnotherPlanThanTheOneThatWasSeen) {
    Act act;
    act.kind = Act::Kind::confirm;
    act.person = "1001";
    act.plan = "d1";
    act.shown_cut = {"pc1", "pc2"};
    checker.did(t, act);
    record("closing.confirmed", {"1001"}, {{"plan", "d1"}, {"text", "x cut=pc1 y"}});
    EXPECT_EQ("R2 1001 saw another plan than the journal says", first());
}
TEST_F(Judged, AnOpenDoor) {
    checker.told_contact(t, 0, Said::off);
    authorise();
    EXPECT_EQ("R4 authorised with door not closed", first());
}
TEST_F(Judged, AWriteToAnOutputThatIsNotKnown) {
    authorise();
    off();
    checker.order_ended(t, pc1, false, "unknown");
    cut();
    EXPECT_EQ("R13 written while unknown: circuit pc1", first());
}
TEST_F(Judged, AButtonPressedTwice) {
    first_press();
    record("closing.stop_given", {}, {{"circuit", "pc1"}});
    EXPECT_EQ("", first());
    checker.died(t, "");
    checker.started(t, false);
    t += 10 * kSecond;
    checker.told_meter(t, 0, 60.0);
    press();
    EXPECT_EQ("R7 pressed twice: pc1", first());
}
TEST_F(Judged, APressSoSoonAfterAnotherThatTheyCouldJoin) {
    first_press();
    record("closing.stop_failed", {}, {{"circuit", "pc1"}});
    t += 10 * kSecond - 1;
    checker.told_meter(t, 0, 60.0);
    press();
    EXPECT_EQ("R7 pressed again at once: pc1", first());
}
TEST_F(Judged, APressOfUnheardEndMayComeAgain) {
    first_press();
    for (const char* end : {"closing.stop_failed", "closing.stop_unanswered", "it died"}) {
        SCOPED_TRACE(end);
        if (end[0] == 'c') record(end, {}, {{"circuit", "pc1"}});
        if (end[0] == 'i') checker.started(t, false);
        t += 10 * kSecond;
        checker.told_meter(t, 0, 60.0);
        press();
        EXPECT_EQ("", first());
    }
    t += 10 * kSecond;
    checker.told_meter(t, 0, 60.0);
    press();
    EXPECT_EQ("R7 pressed twice: pc1", first());
}
TEST_F(Judged, APressOfAPcThatNobodySawRunning) {
    authorise();
    t += 30 * kSecond;
    checker.told_meter(t, 0, 60.0);
    t += facts.fresh_within + 1;
    press();
    EXPECT_EQ("R7 pressed without proof that its PC runs: pc1", first());
}
TEST_F(Judged, ADoorThatOpenedAfterALateConfirmation) {
    confirmed_late(Said::off, false);
    EXPECT_EQ("", first());
}
TEST_F(Judged, ADoorThatWasOpenAtALateConfirmation) {
    confirmed_late(Said::off, true);
    EXPECT_EQ("R4 authorised with door not closed", first());
}
TEST_F(Judged, PowerThatIsStaggered) {
    open_both(2 * kSecond);
    EXPECT_EQ("", first());
}
TEST_F(Judged, PowerThatIsNotStaggered) {
    open_both(2 * kSecond - 1);
    EXPECT_EQ("R11 not staggered: pc2", first());
}
TEST_F(Judged, AnOverrideThatIsNotOver) {
    overridden(true, 62 * kSecond);
    EXPECT_EQ("R18 the override should be over", first());
}
TEST_F(Judged, AnOverrideWhoseRebootNoClockMeasured) {
    overridden(false, 92 * kSecond - 1);
    EXPECT_EQ("", first());
    checker.calm(++t);
    EXPECT_EQ("R18 the override should be over", first());
}
TEST_F(Judged, PowerWithoutAnOpening) {
    checker.ordered(t, pc1, true);
    EXPECT_EQ("R15 switched on without an opening: pc1", first());
}
TEST_F(Judged, AGapInTheJournalAndAtTheBroker) {
    ++seq;
    record("hall.started", {});
    EXPECT_EQ("R29 a gap in the journal", first());
    checker.published(t, 2);
    EXPECT_EQ("R30 the broker missed a record", checker.breaks().back().substr(11));
}
TEST_F(Judged, APin) {
    record("closing.refused", {}, {{"reason", "pin 480215937716"}});
    EXPECT_EQ("a PIN is in the journal", first());
}
TEST_F(Judged, AClosingThatNeverEnds) {
    authorise();
    for (std::uint64_t i = 1; i <= seq; ++i) checker.published(t, i);
    checker.finish(t);
    EXPECT_EQ("liveness: an authorised closing never ended", first());
}

// --- its own local time

constexpr Ms kBerlinSpring = 1'774'746'000'000;  // 2026-03-29 01:00 UTC, 02:00 becomes 03:00
constexpr Ms kBerlinAutumn = 1'792'890'000'000;  // 2026-10-25 01:00 UTC, 03:00 becomes 02:00
const ZoneFacts kBerlin{kHour, {{kBerlinSpring, 2 * kHour}, {kBerlinAutumn, kHour}}};

TEST(LocalTimeOfTheChecker, AGapAndAnOverlapGiveOneMomentEach) {
    const auto spring = local_day(kBerlin, kBerlinSpring);
    EXPECT_EQ(6, weekday(spring));
    EXPECT_EQ(kBerlinSpring, moment(kBerlin, spring, 2 * kHour + 30 * kMinute));
    EXPECT_EQ(kBerlinSpring, moment(kBerlin, spring, 3 * kHour));
    EXPECT_EQ(kBerlinSpring - kMinute, moment(kBerlin, spring, 2 * kHour - kMinute));
    const auto autumn = local_day(kBerlin, kBerlinAutumn);
    EXPECT_EQ(kBerlinAutumn - 30 * kMinute, moment(kBerlin, autumn, 2 * kHour + 30 * kMinute));
    EXPECT_EQ(kBerlinAutumn + kHour, moment(kBerlin, autumn, 3 * kHour));
}

}  // namespace
}  // namespace hall::simulation
