// R6, R11, R15, R18 at their bounds: extensions, worn contactors, a hall that two open, overrides.
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

std::string extend(Evening& e, std::chrono::minutes by) {
    return e.ask(DayExtended{0, PersonId{"1001"}, by});
}

/// When the newest cut of a circuit was ordered.
WallTime cut_at(const Evening& e, const std::string& id) {
    WallTime at{};
    for (const auto& [t, r] : e.records()) {
        if (r.type == "closing.cut_ordered" && detail(r, "circuit") == id) at = t;
    }
    return at;
}

TEST(DayExtension, ItsBounds) {
    Evening e(small_hall(), november(24, 17, 20));
    for (const auto by : {-1min, 0min, 361min})
        EXPECT_EQ("malformed bad_value field=minutes", extend(e, by)) << by.count();
    EXPECT_EQ("done", extend(e, 1min));
    EXPECT_EQ("done", extend(e, 360min));
    EXPECT_EQ("conflict nothing_to_extend", [] {
        Evening sunday(small_hall(), november(29, 12, 0));
        return extend(sunday, 30min);
    }());
}

TEST(DayExtension, SurvivesARestart) {
    for (const Boot boot : {Boot::same, Boot::rebooted}) {
        Evening e(small_hall(), november(24, 17, 20));
        e.sample_every = 1h;
        ASSERT_EQ("done", extend(e, 60min));
        e.restart(10s, boot);
        e.pass_to(november(24, 19, 0) - 1ms);
        EXPECT_FALSE(e.alarm("closing_overdue"));
        e.pass(1ms);
        EXPECT_TRUE(e.alarm("closing_overdue"));
    }
}

TEST(SpareBounds, ARestedContactorIsSwitchedOnToTheMillisecond) {
    HallConfig hall = small_hall();
    hall.circuits[0].min_off = 600s;
    Evening e(hall);
    e.authorise();
    e.pass(60s);
    ASSERT_EQ(Phase::closed, e.phase());
    const WallTime cut = cut_at(e, "pc1");
    ASSERT_EQ("done", e.open("1001"));
    e.pass_to(cut + 600s - 1ms);
    EXPECT_FALSE(e.plant(kPc1).coil);
    EXPECT_TRUE(e.plant(kPc2).coil);  // the others do not wait
    e.pass(1ms);
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST(SpareBounds, AnOperationCountsForExactlyADay) {
    HallConfig hall = small_hall();
    hall.circuits[0].max_switches_a_day = 1;
    Evening e(hall);
    e.authorise();
    e.pass(60s);
    const WallTime cut = cut_at(e, "pc1");
    e.open("1001");
    e.pass(20s);
    EXPECT_TRUE(e.alarm("switch_limit.pc1"));
    EXPECT_FALSE(e.plant(kPc1).coil);
    e.sample_every = 1h;
    e.pass_to(cut + 24h - 1ms);
    EXPECT_TRUE(e.alarm("switch_limit.pc1"));
    e.pass(1ms);
    EXPECT_FALSE(e.alarm("switch_limit.pc1"));
}

/// A closed hall that takes two to open.
struct OpeningByTwo : testing::Test {
    Evening e{[] {
        HallConfig hall = small_hall();
        hall.opening.min_persons = 2;
        return hall;
    }()};

    void SetUp() override {
        e.authorise();
        e.pass(60s);
        ASSERT_EQ(Phase::closed, e.phase());
        e.closing_only();
    }
};

TEST_F(OpeningByTwo, TheSecondBringsThePower) {
    EXPECT_EQ("done", e.open("1001"));
    e.pass(10s);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_EQ((List{"opening.confirmed 1001"}), e.closing_only());
    EXPECT_EQ("done", e.open("1003"));
    e.pass(10s);
    EXPECT_EQ(Phase::open, e.phase());
    EXPECT_TRUE(e.plant(kPc1).coil);
}

TEST_F(OpeningByTwo, TheSamePersonTwiceIsOnePerson) {
    e.open("1001");
    EXPECT_EQ("conflict same_person", e.open("1001"));
    e.pass(10s);
    EXPECT_EQ(Phase::closed, e.phase());
    EXPECT_FALSE(e.plant(kPc1).coil);
}

TEST_F(OpeningByTwo, TheSecondOneMillisecondBeforeTheWindowEndsIsInTime) {
    e.open("1001");
    e.pass(120s - 1ms);
    e.open("1003");
    EXPECT_EQ(Phase::opening, e.phase());
}

TEST_F(OpeningByTwo, TheSecondWhenTheWindowEndsIsTheFirstAgain) {
    e.open("1001");
    e.pass(120s);
    EXPECT_EQ("done", e.open("1003"));
    EXPECT_EQ(Phase::closed, e.phase());
    e.pass(120s - 1ms);
    EXPECT_EQ("done", e.open("1001"));
    EXPECT_EQ(Phase::opening, e.phase());
}

TEST_F(OpeningByTwo, ARestartForgetsTheFirst) {
    e.open("1001");
    e.restart(1s);
    EXPECT_EQ("done", e.open("1003"));
    EXPECT_EQ(Phase::closed, e.phase());
}

TEST(OverrideBounds, TheLongestIsAllowedAndOneMillisecondMoreIsNot) {
    Evening e(quiet_hall(), november(24, 12, 0));
    e.sample_every = 6h;
    const auto light = [&](Millis length) {
        return e.ask(LightboxOverridden{0, "1001", true, OverrideUntil::duration, length});
    };
    EXPECT_EQ("malformed bad_value field=seconds", light(24h + 1ms));
    EXPECT_EQ("malformed bad_value field=seconds", light(0ms));
    EXPECT_EQ("done", light(24h));
    e.pass(24h - 1ms);
    EXPECT_TRUE(e.view().lightbox.overridden);
    e.pass(1ms);
    EXPECT_FALSE(e.view().lightbox.overridden);
    EXPECT_EQ("done", light(1ms));
}

}  // namespace
}  // namespace hall::test
