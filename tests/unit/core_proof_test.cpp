// R10, R11, R13, R14: a cut is proven, hardware is spared, what is not known is read.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

HallConfig only(std::size_t circuit) {
    HallConfig hall = small_hall();
    hall.circuits = {hall.circuits[circuit]};
    hall.closing.countdown = 0ms;
    return hall;
}

constexpr CircuitIx kIt{0};
const OutputRef kCoil = OutputRef::circuit(kIt);

/// The PC is off and its circuit is about to be cut.
void up_to_the_cut(Evening& e) {
    e.authorise();
    e.pass(4s + 29'999ms);
    e.closing_only();
}

TEST(Proof, AWeldedContactEndsPartialWithItsName) {
    Evening e(only(0));
    e.plant(kIt).welded = true;
    up_to_the_cut(e);
    e.pass(1ms);
    e.pass(4'999ms);
    EXPECT_EQ(Phase::cutting, e.phase());
    e.pass(1ms);
    EXPECT_EQ((List{"closing.cut_ordered 1001,1002 circuit=pc1 forced=no", "off circuit.pc1",
                    "closing.cut_unproven halld circuit=pc1 [failed]",
                    "closing.ended 1001,1002 phase=partial unproven=pc1"}),
              e.closing_only());
    EXPECT_TRUE(e.alarm("welded_contact.pc1"));
    EXPECT_EQ((List{"pc1"}), e.view().closing.left_on);
}

TEST(Proof, OneMillisecondBeforeTheBoundIsInTime) {
    for (const Millis when : {4'999ms, 5'000ms}) {
        Evening e(only(0));
        e.sample_every = 1000s;
        e.pass(1s);
        e.plant(kIt).feedback_says = Level::on;
        e.authorise();
        for (int i = 0; i <= 30; ++i) {
            e.feed(MeterReported{kIt, 1.0});
            if (i < 30) e.pass(1s);
        }
        e.pass(1s);
        e.feed(MeterReported{kIt, 0.0});
        e.pass(when - 1s);
        e.feed(FeedbackReported{kIt, Level::off});
        EXPECT_EQ(when < 5s ? Phase::closed : Phase::partial, e.phase()) << when.count();
    }
}

TEST(Proof, TheMeterAloneIsNotEnoughWhenTheFeedbackSaysOn) {
    Evening e(only(0));
    e.plant(kIt).feedback_says = Level::on;
    up_to_the_cut(e);
    e.pass(6s);
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_TRUE(e.alarm("welded_contact.pc1"));
}

TEST(Proof, TheFeedbackAloneIsNotEnoughWhenCurrentFlows) {
    Evening e(only(0));
    e.plant(kIt).meter_says = 2.0;  // below off_watts, above cut_watts
    up_to_the_cut(e);
    e.pass(6s);
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_TRUE(e.alarm("welded_contact.pc1"));
}

TEST(Proof, ASampleFromBeforeTheCutProvesNothing) {
    Evening e(only(0));
    e.plant(kIt).meter_says = 0.0;
    e.authorise();
    e.pass(29s);
    e.plant(kIt).meter_silent = true;
    e.pass(2s);
    ASSERT_FALSE(e.plant(kIt).coil);
    EXPECT_EQ(Phase::cutting, e.phase());
    e.pass(5s);
    EXPECT_EQ(Phase::partial, e.phase());
}

TEST(Proof, AnOutputThatComesBackWhileItIsProvenIsNotCutAgain) {
    Evening e(only(0));
    e.plant(kIt).feedback_says = Level::on;
    up_to_the_cut(e);
    e.pass(1ms);
    e.closing_only();
    // Somebody switches the board by hand: the PC boots.
    e.plant(kIt).coil = true;
    e.plant(kIt).running = true;
    e.feed(OutputReported{kCoil, Level::on});
    e.pass(10s);
    EXPECT_TRUE(e.plant(kIt).coil);
    EXPECT_EQ(Phase::partial, e.phase());
}

TEST(Proof, ACancelWhileItIsProvenDoesNotClaimThatItIsClosed) {
    Evening e(only(0));
    e.plant(kIt).feedback_says = Level::on;
    up_to_the_cut(e);
    e.pass(1s);
    EXPECT_EQ("done", e.cancel());
    EXPECT_EQ(Phase::partial, e.phase());
    EXPECT_TRUE(e.alarm("closing_cut_short.pc1"));
}

TEST(ReadBack, AnUnknownWriteThatHappenedIsFoundOut) {
    Evening e(only(0));
    e.script[kCoil] = {Write::happened};
    up_to_the_cut(e);
    e.pass(1ms);
    EXPECT_EQ((List{"closing.cut_ordered 1001,1002 circuit=pc1 forced=no", "off circuit.pc1",
                    "read circuit.pc1"}),
              e.closing_only());
    e.pass(2s);
    EXPECT_EQ(Phase::closed, e.phase());
}

TEST(ReadBack, AnUnknownWriteThatDidNotHappenIsGivenAgain) {
    Evening e(only(0));
    e.script[kCoil] = {Write::lost};
    up_to_the_cut(e);
    e.pass(1ms);
    EXPECT_EQ((List{"closing.cut_ordered 1001,1002 circuit=pc1 forced=no", "off circuit.pc1",
                    "read circuit.pc1", "off circuit.pc1"}),
              e.closing_only());
}

TEST(ReadBack, WithoutEvidenceItIsNotGivenAgain) {
    Evening e(only(0));
    e.script[kCoil] = {Write::held};
    up_to_the_cut(e);
    e.pass(1ms);
    ASSERT_EQ(1U, e.held.size());
    e.closing_only();
    e.plant(kIt).running = true;  // somebody started it meanwhile
    e.pass(2s);
    e.finish(e.held.front().id, Outcome::failed);
    e.pass(5s);
    EXPECT_EQ((List{"closing.cut_withdrawn halld circuit=pc1 [failed]"}), e.closing_only());
    EXPECT_TRUE(e.plant(kIt).coil);
}

TEST(ReadBack, AnOrderThatNeverEndsIsReadAfterTenSeconds) {
    Evening e(only(0));
    e.script[kCoil] = {Write::held};
    up_to_the_cut(e);
    e.pass(1ms);
    e.closing_only();
    e.pass(9'999ms);
    EXPECT_EQ(List{}, e.closing_only());
    e.pass(1ms);
    EXPECT_EQ((List{"read circuit.pc1", "off circuit.pc1"}), e.closing_only());
}

TEST(ReadBack, AnOrderThatEndsLateIsReadAgain) {
    Evening e(only(0));
    e.script[kCoil] = {Write::held, Write::refused};
    up_to_the_cut(e);
    e.pass(1ms);
    const CommandId first = e.held.front().id;
    e.pass(10s);  // given up, read back, given again, refused
    e.closing_only();
    e.finish(first, Outcome::done);
    const List after = e.closing_only();
    ASSERT_FALSE(after.empty());
    EXPECT_EQ("read circuit.pc1", after.front());
    e.pass(3s);
    EXPECT_EQ(Phase::closed, e.phase());
}

TEST(ReadBack, ABoardThatIsDeadHoldsTheCircuitAndWearsNothingOut) {
    Evening e(only(0));
    up_to_the_cut(e);
    e.dead.insert(kCoil);
    e.pass(60s);
    EXPECT_EQ(Phase::hold, e.phase());
    EXPECT_TRUE(e.alarm("output_failed.pc1"));
    e.pass(15min);
    EXPECT_EQ(0U, e.view().circuits[0].switches);
    e.dead.clear();
    e.pass(30s);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_FALSE(e.alarm("output_failed.pc1"));
    EXPECT_EQ(1U, e.view().circuits[0].switches);
}

TEST(ReadBack, WhatWasHeardDuringAFailedOrderIsNotForgotten) {
    Evening e;
    const OutputRef lamp = OutputRef::window_lamp(kWindow1, 0);
    e.script[lamp] = {Write::held};
    e.feed(ButtonPressed{kWindow1});
    ASSERT_EQ(1U, e.held.size());
    e.lit.insert(lamp);
    e.feed(OutputReported{lamp, Level::on});
    e.take();
    e.finish(e.held.front().id, Outcome::failed);
    e.pass(60s);
    EXPECT_EQ(List{}, e.take());  // it is lit: nothing to order
}

TEST(Spare, MinimumOnTimeDelaysTheCut) {
    HallConfig hall = only(0);
    hall.circuits[0].min_on = 300s;
    Evening e(hall);
    e.plant(kIt).coil = false;
    e.feed(OutputReported{kCoil, Level::off});
    e.report_changes();
    e.pass(6s);
    ASSERT_EQ("done", e.open("1001"));
    e.pass(5s);  // proven on
    e.plant(kIt).meter_says = 0.1;
    e.authorise();
    e.pass(294'999ms);
    EXPECT_TRUE(e.plant(kIt).coil);
    e.closing_only();
    // 300 s after it was switched on; by then it is held, and goes on at once.
    e.pass(1ms);
    EXPECT_FALSE(e.plant(kIt).coil);
}

TEST(Spare, MinimumOffTimeDelaysTheOpening) {
    HallConfig hall = only(0);
    hall.circuits[0].min_off = 60s;
    Evening e(hall);
    up_to_the_cut(e);
    e.pass(2s);
    ASSERT_EQ(Phase::closed, e.phase());
    e.open("1001");
    e.pass(57s);
    EXPECT_FALSE(e.plant(kIt).coil);
    e.pass(2s);
    EXPECT_TRUE(e.plant(kIt).coil);
}

TEST(Spare, TheDailyCapHoldsAndItsCountSurvivesARestart) {
    HallConfig hall = only(0);
    hall.circuits[0].max_switches_a_day = 2;
    Evening e(hall);
    up_to_the_cut(e);
    e.pass(2s);
    e.open("1001");
    e.pass(5s);
    ASSERT_EQ(Phase::open, e.phase());
    e.restart(1s);
    EXPECT_EQ(2U, e.view().circuits[0].switches);
    e.authorise();
    e.pass(60s);
    EXPECT_EQ(Phase::hold, e.phase());
    EXPECT_TRUE(e.alarm("switch_limit.pc1"));
    EXPECT_TRUE(e.plant(kIt).coil);
    EXPECT_EQ("done", e.force("1001", kIt));
    EXPECT_EQ("done", e.force("1002", kIt));
    EXPECT_TRUE(e.plant(kIt).coil);  // hardware is not forced
}

TEST(Start, NothingIsWrittenBeforeAllIsRead) {
    HallConfig hall = small_hall();
    hall.lightbox.policy = LightboxPolicy::schedule;
    Evening e(hall, november(24, 17, 35));
    e.dead.insert(OutputRef::buzzer());
    e.pass_to(november(24, 19, 0));
    ASSERT_EQ(1U, e.lit.size());
    e.lit.clear();
    e.take();
    e.restart(1s);  // the buzzer's board does not answer
    for (const auto& line : e.take()) EXPECT_NE("on lightbox", line);
    e.pass(2'999ms);
    EXPECT_EQ(List{}, e.take());
    e.pass(1ms);
    EXPECT_EQ((List{"on lightbox"}), e.take());
}

TEST(Start, WhatIsFoundIsAdoptedAndNoPcIsTouched) {
    Evening e;
    e.plant(kPc2).coil = false;
    e.take();
    e.restart(1s);
    List circuits;
    for (const auto& line : e.take()) {
        if (line.find("circuit.") != std::string::npos) circuits.push_back(line);
    }
    EXPECT_EQ((List{"output.adopted halld output=circuit.pc1 level=on",
                    "output.adopted halld output=circuit.pc2 level=off",
                    "output.adopted halld output=circuit.pc3 level=on"}),
              circuits);
    EXPECT_EQ(Phase::open, e.phase());
}

}  // namespace
}  // namespace hall::test
