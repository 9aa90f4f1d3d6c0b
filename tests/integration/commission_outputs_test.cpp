// Commissioning's outputs: switched only when it was asked for, put back whatever happens, judged
// by what the wires saw.
#include "tests/support/commission_fixture.hpp"

namespace hall::sim {

namespace {

int count(const std::vector<Json>& records, const std::string& type) {
    return static_cast<int>(std::count_if(records.begin(), records.end(),
                                          [&](const Json& r) { return r["type"] == type; }));
}

}  // namespace

class CommissionOutputs : public CommissionTest {
  protected:
    /// At the lamp of window 5, lit for a look.
    std::unique_ptr<test::AtTerminal> looking_at_the_lamp() {
        auto at = sit_down();
        go(*at, "6", "green");
        EXPECT_TRUE(at->answer("Switch window.5.lamp.green", "y")) << at->shown;
        EXPECT_TRUE(at->shows("\"lit\" now, and nothing else")) << at->shown;
        EXPECT_EQ(state("lamp.window.5.green"), "on");
        return at;
    }
    /// pc1's supply is cut for a look.
    std::unique_ptr<test::AtTerminal> looking_at_the_cut() {
        shut_down("pc1");
        auto at = sit_down();
        go(*at, "6", "pc1");
        EXPECT_TRUE(at->answer("Then type pc1", "pc1")) << at->shown;
        EXPECT_TRUE(at->shows("Has the outlet of pc1")) << at->shown;
        EXPECT_EQ(state("contactor.pc1"), "open");
        return at;
    }
    static Trace lamp_there_and_back() { return {"coil.relay1.coil5 on", "coil.relay1.coil5 off"}; }
    static Trace cut_and_back() { return {"coil.relay1.coil1 on", "coil.relay1.coil1 off"}; }
};

TEST_F(CommissionOutputs, ALampIsSwitchedSeenAndPutBack) {
    start();
    const auto at = looking_at_the_lamp();
    at->type("y");
    EXPECT_TRUE(at->shows("window.5.lamp.green is put back: dark")) << at->shown;
    EXPECT_TRUE(at->shows("window.5.lamp.green verified: dark → lit → dark")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(coils(), lamp_there_and_back());
    EXPECT_TRUE(left().empty());
    const auto all = records();
    ASSERT_EQ(count(all, "commission.output"), 1);
    EXPECT_EQ(all[1]["type"], "commission.output") << "before the first write";
    EXPECT_EQ(all[1]["detail"]["wire"], "1");
    EXPECT_EQ(all[1]["detail"]["then"], "put back to 0");
    EXPECT_EQ(count(all, "commission.put_back"), 1);
    EXPECT_TRUE(verify().intact) << verify().what;
}

TEST_F(CommissionOutputs, NothingIsSwitchedWithoutAYes) {
    start();
    shut_down("pc1");
    const auto at = sit_down();
    go(*at, "6", "green");
    ASSERT_TRUE(at->answer("Switch window.5.lamp.green", "n"));
    go(*at, "6", "pc1");
    ASSERT_TRUE(at->answer("Then type pc1", "y"));
    EXPECT_TRUE(at->shows("circuit.pc1: nothing was done")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_TRUE(coils().empty());
    EXPECT_EQ(count(records(), "commission.output"), 0);
}

TEST_F(CommissionOutputs, WhatWasTypedAheadConfirmsNothing) {
    start();
    shut_down("pc1");
    const auto at = sit_down();
    ASSERT_TRUE(at->answer("Number, or Enter", "6"));
    ASSERT_TRUE(at->answer("or a name", "pc1\npc1\npc1"));
    ASSERT_TRUE(at->answer("Then type pc1", ""));
    EXPECT_TRUE(at->shows("nothing was done")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_TRUE(coils().empty());
}

TEST_F(CommissionOutputs, ACircuitIsCutOnlyWithItsPcOffAndItsNameTyped) {
    start();
    const auto at = sit_down();
    go(*at, "6", "pc1");
    ASSERT_TRUE(at->shows("pc1 seems to run")) << at->shown;
    at->type("pc1");
    ASSERT_TRUE(at->shows("pc1 seems to run")) << at->shown;
    EXPECT_TRUE(coils().empty());
    ASSERT_TRUE(at->shows("pc1 force: "));
    shut_down("pc1");
    at->type("");
    // The meter may need another look.
    auto asked = at->which({"pc1 force: ", "Then type pc1"});
    for (; asked == 0U; asked = at->which({"pc1 force: ", "Then type pc1"})) at->type("");
    ASSERT_EQ(asked, 1U) << at->shown;
    at->type("pc1");
    ASSERT_TRUE(at->shows("feedback circuit.pc1.feedback: interrupted")) << at->shown;
    ASSERT_TRUE(at->shows("circuit.pc1.meter: 0.00 W")) << at->shown;
    ASSERT_TRUE(at->answer("Has the outlet of pc1", "y"));
    EXPECT_TRUE(at->shows("circuit.pc1.feedback verified: conducts → interrupted → conducts"))
        << at->shown;
    EXPECT_TRUE(at->shows("circuit.pc1 verified: powered → cut → powered")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(coils(), cut_and_back());
    EXPECT_TRUE(soon([&] { return state("contactor.pc1") == "closed"; }));
}

TEST_F(CommissionOutputs, ARunningPcIsCutOnlyByForceAndTheJournalSaysSo) {
    start();
    const auto at = sit_down();
    go(*at, "6", "pc1");
    ASSERT_TRUE(at->answer("pc1 seems to run", "pc1 force"));
    ASSERT_TRUE(at->answer("Has the outlet of pc1", "y"));
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(coils(), cut_and_back());
    for (const Json& r : records()) {
        if (r["type"] == "commission.output") {
            EXPECT_EQ(r["detail"]["pc"], "running or unknown, forced");
        }
    }
}

TEST_F(CommissionOutputs, CtrlCPutsBack) {
    start();
    const auto at = looking_at_the_cut();
    at->keys("\x03");
    EXPECT_TRUE(at->shows("circuit.pc1 is put back: powered")) << at->shown;
    EXPECT_EQ(at->ends(), 1);
    EXPECT_EQ(coils(), cut_and_back());
    EXPECT_TRUE(soon([&] { return state("contactor.pc1") == "closed"; }));
    EXPECT_TRUE(left().empty());
    EXPECT_EQ(result("circuit.pc1"), "open");
    EXPECT_EQ(records().back()["type"], "commission.ended");
    EXPECT_TRUE(verify().intact);
}

TEST_F(CommissionOutputs, AHangUpPutsBack) {
    start();
    const auto at = looking_at_the_lamp();
    at->hang_up();
    EXPECT_EQ(at->ends(), 1);
    EXPECT_EQ(coils(), lamp_there_and_back());
    EXPECT_TRUE(left().empty());
}

TEST_F(CommissionOutputs, CtrlZLeavesNothingSwitched) {
    start();
    const auto at = looking_at_the_lamp();
    at->keys("\x1a");
    at->type("y");
    EXPECT_TRUE(at->shows("verified")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(coils(), lamp_there_and_back());
}

TEST_F(CommissionOutputs, WhatAKillLeavesIsOfferedAtTheNextStart) {
    start();
    {
        const auto at = looking_at_the_cut();
        at->signal(SIGKILL);
        EXPECT_EQ(at->ends(), 128 + SIGKILL);
    }
    EXPECT_EQ(state("contactor.pc1"), "open");
    ASSERT_EQ(left().size(), 1U);
    EXPECT_EQ(left()[0]["was"], false);
    test::Process status(command({"--status"}), environment());
    EXPECT_TRUE(status.says("Left switched by an earlier commissioning: circuit.pc1"))
        << status.output();
    EXPECT_EQ(status.ends(), 1);
    const auto at = sit_down();
    ASSERT_TRUE(at->answer("Put circuit.pc1 1号计算机 [relay1.coil1] back to \"powered\"?", "y"))
        << at->shown;
    EXPECT_TRUE(at->shows("is put back: powered")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(coils(), cut_and_back());
    EXPECT_TRUE(left().empty());
    EXPECT_TRUE(verify().intact);
}

TEST_F(CommissionOutputs, AnOutputThatCannotBePutBackIsToldAndKeptInMind) {
    start();
    const auto at = looking_at_the_lamp();
    set(R"({"device.relay1":"down"})");
    at->type("y");
    ASSERT_TRUE(at->shows("could not be put back; it should be \"dark\"")) << at->shown;
    EXPECT_EQ(at->ends(), 1);
    ASSERT_EQ(left().size(), 1U);
    EXPECT_EQ(records().back()["outcome"], "failed");
}

TEST_F(CommissionOutputs, AFeedbackThatIsInvertedIsNamedWithItsKey) {
    start();
    set(R"({"feedback.pc1":"inverted"})");
    const auto at = looking_at_the_cut();
    at->type("y");
    EXPECT_TRUE(at->shows("Enter feedback_inverted = true in [[circuit]] id = \"pc1\""))
        << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(result("circuit.pc1.feedback"), "failed");
    EXPECT_EQ(result("circuit.pc1"), "failed");
}

TEST_F(CommissionOutputs, AWeldedContactorIsNotVerified) {
    start();
    set(R"({"contactor.pc1":"welded"})");
    shut_down("pc1");
    const auto at = sit_down();
    go(*at, "6", "pc1");
    ASSERT_TRUE(at->answer("Then type pc1", "pc1")) << at->shown;
    ASSERT_TRUE(at->answer("Has the outlet of pc1", "n")) << at->shown;
    EXPECT_TRUE(at->shows("the meter did not fall below")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(result("circuit.pc1"), "failed");
    EXPECT_EQ(coils(), cut_and_back());
}

TEST_F(CommissionOutputs, APcIsAskedToShutDownOnlyWhenItsNameIsTyped) {
    start();
    const auto at = sit_down();
    go(*at, "5", "pc2.stop.1");
    ASSERT_TRUE(at->answer("will be asked to shut down", "y")) << at->shown;
    ASSERT_TRUE(at->shows("nothing was done"));
    EXPECT_TRUE(trace().empty());
    go(*at, "5", "pc2.stop.1");
    ASSERT_TRUE(at->answer("will be asked to shut down", "pc2")) << at->shown;
    EXPECT_TRUE(at->shows("circuit.pc2.stop.1 verified: PC on → PC off")) << at->shown;
    go(*at, "5", "pc2.stop.1");
    EXPECT_TRUE(at->shows("does not surely run")) << at->shown << "its button would start it";
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(coils(), (Trace{"coil.relay1.coil7 on", "coil.relay1.coil7 off"}));
    EXPECT_EQ(count(records(), "commission.stop_asked"), 1);
}

}  // namespace hall::sim
