// R15, R11: the morning.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

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

}  // namespace
}  // namespace hall::test
