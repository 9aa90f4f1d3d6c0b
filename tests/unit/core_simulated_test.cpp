// Faults of the rules that simulated evenings found, each as a story of its own.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

TEST(SimulatedEvenings, AClosingCancelledHalfWayClosesTheWindowsToo) {
    Evening e;
    e.feed(ButtonPressed{kWindow1});
    e.plant(kPc2).stops_in.reset();
    e.authorise();
    e.pass(60s);  // pc1 is cut, pc2 hangs
    ASSERT_FALSE(e.plant(kPc1).coil);
    e.take();
    EXPECT_EQ("done", e.cancel());
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_EQ(WindowState::closed, e.view().windows[0].state);
}

TEST(SimulatedEvenings, ACutCircuitThatHasPowerAgainIsNamed) {
    Evening e;
    e.plant(kPc2).stops_in = 100s;
    e.authorise();
    e.pass(60s);
    ASSERT_FALSE(e.plant(kPc1).coil);
    // Somebody switches its relay at the board while pc2 is still waited for.
    e.plant(kPc1).coil = true;
    e.feed(OutputReported{OutputRef::circuit(kPc1), Level::on});
    e.pass(120s);
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_TRUE(e.alarm("power_unexpected.pc1"));
}

TEST(SimulatedEvenings, ALightThatARestartTurnsHasARecord) {
    Evening e;
    e.feed(LinkReported{kBus1, false});
    e.pass(1s);
    ASSERT_EQ(WindowState::fault, e.view().windows[1].state);
    e.take();
    e.restart(1s);
    bool shown = false;
    for (const auto& line : e.take()) shown = shown || line.find("window.shown") == 0;
    EXPECT_TRUE(shown);
    EXPECT_EQ(WindowState::closed, e.view().windows[1].state);
}

struct Unseen : Evening {
    Unseen() {
        EXPECT_EQ("done", confirm("1001"));
        EXPECT_EQ("done", confirm("1002"));
        take();
    }
};

TEST(SimulatedEvenings, ACountdownThatNobodySawRunsAgain) {
    Unseen e;
    e.jump(e.config.closing.countdown + 3s);
    e.feed(TimePassed{});
    EXPECT_EQ(Phase::countdown, e.phase());
    bool said = false;
    for (const auto& [t, r] : e.records()) said = said || r.type == "closing.countdown_again";
    EXPECT_TRUE(said);
    e.pass(e.config.closing.countdown - 1ms);
    EXPECT_EQ("done", e.cancel());
    EXPECT_EQ(Phase::open, e.phase());
}

TEST(SimulatedEvenings, ACountdownThatEndedALittleLateGoesOn) {
    Unseen e;
    e.jump(e.config.closing.countdown + 3s - 1ms);
    e.feed(TimePassed{});
    EXPECT_EQ(Phase::stopping, e.phase());
}

TEST(SimulatedEvenings, ACountdownThatRunsAgainEndsWithTheAuthorisation) {
    Unseen e;
    e.jump(e.config.closing.authorisation_ttl);
    e.feed(TimePassed{});
    e.pass(e.config.closing.countdown);
    EXPECT_TRUE(e.plant(kPc1).coil);
    EXPECT_NE(Phase::closed, e.phase());
}

TEST(SimulatedEvenings, AScanIsTakenWholeBeforeAnythingIsDecided) {
    // pc3's power-good went off long ago and its end of wait has passed unseen; the scan says that
    // it runs again. Told one after the other, the first fact would already cut.
    HallConfig hall = small_hall();
    hall.circuits = {hall.circuits[2]};
    hall.circuits[0].has_reachability = false;
    hall.circuits[0].stop.clear();
    const auto cut_after = [&](bool as_scan) {
        Hall rules(hall, std::nullopt, Now{Instant{1000s}, november(24, 17, 35), true});
        Now now{Instant{1000s}, november(24, 17, 35), true};
        const auto tell = [&](Millis later, const Event& event) {
            now.mono += later;
            now.wall += later;
            return rules.step(now, event);
        };
        rules.born(now);
        tell(0ms, OutputReported{OutputRef::circuit(kPc1), Level::on});
        for (std::uint16_t w = 0; w < 2; ++w) {
            for (std::uint8_t lamp = 0; lamp < 2; ++lamp)
                tell(0ms, OutputReported{OutputRef::window_lamp({w}, lamp), Level::off});
        }
        tell(0ms, OutputReported{OutputRef::lightbox(), Level::off});
        tell(0ms, OutputReported{OutputRef::buzzer(), Level::off});
        for (const ContactIx c : {kWestDoor, kNorthWindow})
            tell(0ms, ContactReported{c, ContactState::closed});
        tell(0ms, PowerGoodReported{kPc1, Level::on});
        for (const char* person : {"1001", "1002"})
            tell(1s,
                 ClosingConfirmed{
                     1, PersonId{person}, rules.view(now).closing.plan.digest, {"roof_hatch"}, {}});
        tell(30s, TimePassed{});
        tell(1s, PowerGoodReported{kPc1, Level::off});
        const std::vector<Event> scan{ContactReported{kWestDoor, ContactState::closed},
                                      PowerGoodReported{kPc1, Level::on}};
        now.mono += 60s;
        now.wall += 60s;
        std::size_t cuts = 0;
        const auto count = [&](const Effects& effects) {
            for (const Record& r : effects.journal)
                cuts += r.type == "closing.cut_ordered" ? 1U : 0U;
        };
        if (as_scan) {
            count(rules.step(now, scan));
        } else {
            for (const Event& event : scan) count(rules.step(now, event));
        }
        return cuts;
    };
    EXPECT_EQ(0U, cut_after(true));
    EXPECT_EQ(1U, cut_after(false));
}

TEST(SimulatedEvenings, AnOrderThatItsOwnStepTakesBackDoesNotLeave) {
    // The clock is trusted again in the step in which the hall is opened: night and closed, and
    // then not closed any more.
    HallConfig hall = small_hall();
    hall.lightbox.policy = LightboxPolicy::both;
    hall.circuits = {hall.circuits[0]};
    Evening e(hall, november(24, 19, 0));
    e.wall_trusted = false;
    e.feed(TimePassed{});
    EXPECT_EQ("done", e.confirm("1001", {{"pc1", "needed tonight"}}));
    EXPECT_EQ("done", e.confirm("1002"));
    e.pass(60s);
    ASSERT_EQ(Phase::closed, e.phase());
    e.take();
    e.wall_trusted = true;
    EXPECT_EQ("done", e.open("1003"));
    List box;
    for (const std::string& line : e.take()) {
        if (line.find("lightbox") != line.npos) box.push_back(line);
    }
    EXPECT_EQ((List{"lightbox.switched halld to=on reason=schedule sky=night",
                    "lightbox.switched halld to=off reason=after_closing"}),
              box);
}

}  // namespace
}  // namespace hall::test
