// R24: what keeps a window from serving, and who is told of it until somebody acknowledges.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

HallConfig hall_with_department() {
    HallConfig hall = small_hall();
    hall.faults.department = "IT";
    hall.circuits[2].window = kWindow2;
    return hall;
}

struct Faults : testing::Test {
    Evening e{hall_with_department(), november(24, 10, 0)};

    void serve(WindowIx window) { e.feed(ButtonPressed{window}); }
    [[nodiscard]] std::string state(WindowIx window) const {
        return to_string(e.view().windows[window.value].state);
    }
    /// `attempt@seconds after start` of each notice so far.
    [[nodiscard]] List notices() const {
        List list;
        for (const auto& [at, r] : e.records()) {
            if (r.type != "fault.notified") continue;
            const auto since =
                std::chrono::duration_cast<std::chrono::seconds>(at - november(24, 10, 0));
            list.push_back(detail(r, "alarm") + " " + detail(r, "attempt") + "@" +
                           std::to_string(since.count()));
        }
        return list;
    }
};

TEST_F(Faults, TheFaultButtonTurnsTheLightAndOncemoreTurnsItBack) {
    serve(kWindow2);
    e.take();
    e.feed(FaultButtonPressed{kWindow2});
    EXPECT_EQ("fault", state(kWindow2));
    EXPECT_TRUE(e.alarm("window_fault.2"));
    const List said = e.take();
    EXPECT_EQ(1, std::count(said.begin(), said.end(), "on window.2.lamp2"));
    EXPECT_EQ(1, std::count(said.begin(), said.end(),
                            "fault.notified halld alarm=window_fault.2 windows=2 department=IT "
                            "attempt=1 after_s=0"));
    e.feed(FaultButtonPressed{kWindow2});
    EXPECT_EQ("serving", state(kWindow2));
    EXPECT_FALSE(e.alarm("window_fault.2"));
}

TEST_F(Faults, NoticesComeAtOnceAfterFiveFifteenAndThirtyMinutesAndOnUntilAcknowledged) {
    e.feed(FaultButtonPressed{kWindow1});
    e.pass(300s - 1ms);
    EXPECT_EQ(1U, notices().size());
    e.pass(1ms);
    EXPECT_EQ(2U, notices().size());
    e.pass(600s - 1ms);
    EXPECT_EQ(2U, notices().size());
    e.pass(1ms);
    EXPECT_EQ(3U, notices().size());
    e.pass(900s);
    EXPECT_EQ(4U, notices().size());
    e.pass(1800s);
    EXPECT_EQ((List{"window_fault.1 1@0", "window_fault.1 2@300", "window_fault.1 3@900",
                    "window_fault.1 4@1800", "window_fault.1 5@2700", "window_fault.1 6@3600"}),
              notices());
    EXPECT_EQ("done", e.ask(AlarmAcknowledged{0, "1001", "window_fault.1"}));
    e.sample_every = 1h;
    e.pass(24h);
    EXPECT_EQ(6U, notices().size());
    EXPECT_EQ("fault", state(kWindow1));
}

TEST_F(Faults, AClearedFaultIsNotTold) {
    e.feed(FaultButtonPressed{kWindow1});
    e.pass(60s);
    e.feed(FaultButtonPressed{kWindow1});
    e.pass(1h);
    EXPECT_EQ(1U, notices().size());
    // Back before anybody acknowledged: it goes on where it would be, and one makes up for all.
    e.feed(FaultButtonPressed{kWindow1});
    EXPECT_EQ((List{"window_fault.1 1@0", "window_fault.1 6@3660"}), notices());
    e.pass(839s);
    EXPECT_EQ(2U, notices().size());
    e.pass(1s);
    EXPECT_EQ(3U, notices().size());
}

TEST_F(Faults, AFaultAfterAnAcknowledgedOneBeginsAnew) {
    e.feed(FaultButtonPressed{kWindow1});
    e.ask(AlarmAcknowledged{0, "mqtt", "window_fault.1"});
    e.feed(FaultButtonPressed{kWindow1});
    e.pass(100s);
    e.feed(FaultButtonPressed{kWindow1});
    EXPECT_EQ((List{"window_fault.1 1@0", "window_fault.1 1@100"}), notices());
}

TEST_F(Faults, NoticesSurviveARestart) {
    e.feed(FaultButtonPressed{kWindow1});
    e.pass(100s);
    e.restart(10s);
    e.pass(190s - 1ms);
    EXPECT_EQ(1U, notices().size());
    e.pass(1ms);
    EXPECT_EQ(2U, notices().size());
    e.restart(700s, Boot::rebooted);
    EXPECT_EQ("window_fault.1 3@1000", notices().back());
}

TEST_F(Faults, ALostBusIsOneErrandForAllItsWindows) {
    HallConfig hall = hall_with_department();
    hall.windows[0].links = {kBus1};
    Evening both(hall, november(24, 10, 0));
    both.take();
    both.feed(LinkReported{kBus1, false});
    int told = 0;
    for (const std::string& line : both.take()) {
        if (line.rfind("fault.notified", 0) != 0) continue;
        ++told;
        EXPECT_EQ(
            "fault.notified halld alarm=link_lost.bus1 windows=1,2 department=IT attempt=1 "
            "after_s=0",
            line);
    }
    EXPECT_EQ(1, told);
}

TEST_F(Faults, ALostLinkThatServesNoWindowIsNobodysErrand) {
    HallConfig hall = hall_with_department();
    hall.windows[1].links.clear();
    Evening other(hall, november(24, 10, 0));
    other.take();
    other.feed(LinkReported{kBus1, false});
    EXPECT_TRUE(other.alarm("link_lost.bus1"));
    for (const std::string& line : other.take()) EXPECT_NE(0U, line.rfind("fault.", 0)) << line;
}

TEST_F(Faults, ACircuitWithoutPowerTurnsTheLightInTheSameStep) {
    serve(kWindow1);
    e.plant(kPc1).feedback_says = Level::off;
    e.plant(kPc1).meter_says = 0.0;
    e.pass(1s);
    EXPECT_EQ("fault", state(kWindow1));
    EXPECT_TRUE(e.alarm("power_lost.pc1"));
    EXPECT_EQ((List{"power_lost.pc1 1@1"}), notices());
    e.plant(kPc1).feedback_says.reset();
    e.plant(kPc1).meter_says.reset();
    e.pass(1s);
    EXPECT_EQ("serving", state(kWindow1));
    EXPECT_FALSE(e.alarm("power_lost.pc1"));
}

TEST_F(Faults, ASilentMeterTurnsTheLightOfAServingWindow) {
    serve(kWindow1);
    e.plant(kPc1).meter_silent = true;
    e.pass(15s);
    EXPECT_EQ("serving", state(kWindow1));
    e.pass(1ms);
    EXPECT_TRUE(e.alarm("meter_silent.pc1"));
    EXPECT_EQ("fault", state(kWindow1));
    EXPECT_EQ("closed", state(kWindow2));
}

TEST_F(Faults, ARunningPcThatDoesNotAnswerTurnsTheLight) {
    serve(kWindow2);
    e.sample_every = 60s;
    e.pass(1s);
    e.feed(ReachabilityReported{kPc3, Level::off});
    EXPECT_EQ("fault", state(kWindow2));
    EXPECT_TRUE(e.alarm("pc_unreachable.pc3"));
    e.feed(ReachabilityReported{kPc3, Level::unknown});
    EXPECT_EQ("serving", state(kWindow2));
    e.feed(ReachabilityReported{kPc3, Level::off});
    e.feed(ReachabilityReported{kPc3, Level::on});
    EXPECT_EQ("serving", state(kWindow2));
}

TEST_F(Faults, AClosedWindowNeedsNeitherPowerNorMeter) {
    e.plant(kPc1).feedback_says = Level::off;
    e.plant(kPc1).meter_says = 0.0;
    e.pass(60s);
    EXPECT_EQ("closed", state(kWindow1));
    EXPECT_FALSE(e.alarm("power_lost.pc1"));
    EXPECT_TRUE(notices().empty());
}

TEST_F(Faults, AClosingIsNoFault) {
    serve(kWindow1);
    serve(kWindow2);
    e.authorise();
    e.pass(10min);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_TRUE(notices().empty());
    for (const auto& [at, r] : e.records()) {
        EXPECT_NE("power_lost.pc1", detail(r, "alarm")) << r.type;
        EXPECT_NE("fault", detail(r, "to")) << r.type;
    }
}

}  // namespace
}  // namespace hall::test
