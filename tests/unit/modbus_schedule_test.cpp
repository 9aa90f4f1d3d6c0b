// Whose turn it is on a bus, minute by minute, without a bus and without waiting.
#include "drivers/modbus/schedule.hpp"

#include <gtest/gtest.h>

#include <map>

namespace hall::drivers::modbus {
namespace {

using namespace std::chrono_literals;

Batch batch(std::uint8_t unit, milliseconds every) {
    return {unit, Table::discrete, 0, 1, every, {0}};
}

class ScheduleTest : public testing::Test {
  protected:
    static Schedule make(std::vector<Batch> batches) {
        Schedule schedule(std::move(batches), 500ms, 4s);
        schedule.restart(TimePoint{} + 1h);
        return schedule;
    }
    TimePoint now = TimePoint{} + 1h;
};

TEST_F(ScheduleTest, EachIsAskedAsOftenAsItIsWanted) {
    Schedule s = make({batch(1, 50ms), batch(2, 500ms)});
    std::map<std::size_t, int> turns;
    for (int ms = 0; ms < 10'000; ++ms, now += 1ms) {
        if (const auto ix = s.next(now)) ++turns[*ix];
    }
    EXPECT_EQ(turns[0], 200);
    EXPECT_EQ(turns[1], 20);
}

TEST_F(ScheduleTest, ItSleepsUntilSomethingIsDue) {
    Schedule s = make({batch(1, 50ms), batch(2, 80ms)});
    EXPECT_EQ(s.next(now), 0U);
    EXPECT_EQ(s.next(now), 1U);
    EXPECT_EQ(s.next(now), std::nullopt);
    EXPECT_EQ(s.wake(now), now + 50ms);
    EXPECT_EQ(s.next(now + 49ms), std::nullopt);
    EXPECT_EQ(s.next(now + 50ms), 0U);
    EXPECT_EQ(s.wake(now + 50ms), now + 80ms);
}

TEST_F(ScheduleTest, ASlowBusIsSharedInProportion) {
    // 22 ms a request: wanted are 36 a second, 45 are possible; then at 44 ms only 22.
    Schedule s = make({batch(1, 50ms), batch(11, 500ms), batch(12, 500ms), batch(13, 500ms),
                       batch(14, 500ms), batch(15, 500ms), batch(16, 500ms), batch(17, 500ms),
                       batch(18, 500ms)});
    std::map<std::size_t, int> turns;
    int all = 0;
    for (const TimePoint end = now + 60s; now < end; now += 44ms) {
        const auto ix = s.next(now);
        ASSERT_TRUE(ix.has_value());
        ++turns[*ix];
        ++all;
    }
    EXPECT_NEAR(turns[0], all * 20 / 36, 3) << "inputs keep their share";
    for (std::size_t meter = 1; meter <= 8; ++meter) {
        EXPECT_NEAR(turns[meter], all * 2 / 36, 3) << "and no meter starves";
    }
}

TEST_F(ScheduleTest, WhoWasLateIsNotAskedInABurst) {
    Schedule s = make({batch(1, 50ms)});
    EXPECT_EQ(s.next(now), 0U);
    now += 10s;
    int turns = 0;
    while (s.next(now)) ++turns;
    EXPECT_LE(turns, 2);
}

TEST_F(ScheduleTest, TwoSilencesLoseAUnitAndRetriesGrow) {
    Schedule s = make({batch(1, 50ms)});
    EXPECT_FALSE(s.unit_silent(1, now, 0ms));
    EXPECT_FALSE(s.quarantined(1, now));
    EXPECT_TRUE(s.unit_silent(1, now, 0ms));
    for (const milliseconds wait : {500ms, 1000ms, 2000ms, 4000ms, 4000ms}) {
        EXPECT_TRUE(s.quarantined(1, now + wait - 1ms)) << wait.count();
        EXPECT_EQ(s.next(now + wait - 1ms), std::nullopt);
        now += wait;
        EXPECT_FALSE(s.quarantined(1, now));
        EXPECT_EQ(s.next(now), 0U);
        EXPECT_FALSE(s.unit_silent(1, now, 0ms)) << "lost is told once";
    }
    EXPECT_TRUE(s.unit_answered(1));
    EXPECT_FALSE(s.unit_answered(1)) << "and so is back";
    EXPECT_FALSE(s.unit_silent(1, now, 0ms)) << "one silence is noise";
    EXPECT_TRUE(s.unit_silent(1, now, 0ms));
    EXPECT_TRUE(s.quarantined(1, now + 499ms));
    EXPECT_FALSE(s.quarantined(1, now + 500ms)) << "growth starts anew";
}

TEST_F(ScheduleTest, AnAnswerBetweenTwoSilencesKeepsTheUnit) {
    Schedule s = make({batch(1, 50ms)});
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(s.unit_silent(1, now, 0ms));
        s.unit_answered(1);
    }
}

TEST_F(ScheduleTest, EightDeadMetersTakeAFifthOfTheBusAtMost) {
    std::vector<Batch> batches{batch(1, 50ms)};
    for (std::uint8_t unit = 11; unit <= 18; ++unit) batches.push_back(batch(unit, 500ms));
    Schedule s = make(std::move(batches));
    // Lose them all first; then watch a minute in which a silence costs 300 ms, an answer 10 ms.
    for (std::uint8_t unit = 11; unit <= 18; ++unit) {
        s.unit_silent(unit, now, 0ms);
        s.unit_silent(unit, now, 0ms);
    }
    milliseconds wasted{0};
    std::map<std::uint8_t, int> probes;
    const TimePoint end = now + 60s;
    while (now < end) {
        const auto ix = s.next(now);
        if (!ix) {
            now = s.wake(now);
            continue;
        }
        const std::uint8_t unit = s.batch(*ix).unit;
        if (unit == 1) {
            now += 10ms;
            s.unit_answered(1);
            continue;
        }
        now += 300ms;
        wasted += 300ms;
        ++probes[unit];
        s.probe_failed(now, 300ms);
        s.unit_silent(unit, now, 0ms);
    }
    EXPECT_LE(wasted, 12'300ms);
    for (std::uint8_t unit = 11; unit <= 18; ++unit) EXPECT_GE(probes[unit], 2) << "none forgotten";
}

TEST_F(ScheduleTest, ARequestThatAlwaysFailsBacksOffAlone) {
    Schedule s = make({batch(1, 50ms), batch(1, 50ms)});
    EXPECT_FALSE(s.batch_failed(0, now));
    EXPECT_TRUE(s.batch_failed(0, now));
    EXPECT_TRUE(s.failing(0));
    EXPECT_FALSE(s.lost(1));
    EXPECT_EQ(s.next(now), 1U);
    EXPECT_EQ(s.next(now), std::nullopt);
    EXPECT_EQ(s.next(now + 500ms), 0U);
    s.batch_answered(0);
    EXPECT_FALSE(s.failing(0));
}

TEST_F(ScheduleTest, AfterASilenceASerialUnitRests) {
    Schedule s = make({batch(1, 50ms), batch(2, 50ms)});
    s.unit_silent(1, now, 300ms);
    EXPECT_EQ(s.next(now), 1U);
    EXPECT_EQ(s.next(now), std::nullopt);
    EXPECT_EQ(s.hold_until(1), now + 300ms);
    now += 300ms;
    EXPECT_EQ(s.next(now), 0U);
}

TEST_F(ScheduleTest, ALostUnitIsNotWorthItsWholeTimeout) {
    Schedule s = make({batch(1, 50ms)});
    EXPECT_EQ(s.patience(1, 300ms, true), 300ms);
    s.unit_silent(1, now, 300ms);
    EXPECT_EQ(s.patience(1, 300ms, true), 300ms) << "one silence is noise";
    s.unit_silent(1, now, 300ms);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(s.patience(1, 300ms, true), kProbePatience);
    EXPECT_EQ(s.patience(1, 50ms, true), 50ms) << "never more than its timeout";
    EXPECT_EQ(s.patience(2, 300ms, true), 300ms) << "others are not concerned";
    s.unit_answered(1, 20ms);
    EXPECT_EQ(s.patience(1, 300ms, true), 300ms) << "it is back";
}

TEST_F(ScheduleTest, AUnitThatIsKnownToBeSlowGetsTwiceItsSlowestAnswer) {
    Schedule s = make({batch(1, 50ms)});
    s.unit_answered(1, 100ms);
    s.unit_answered(1, 20ms);
    s.unit_silent(1, now, 300ms);
    s.unit_silent(1, now, 300ms);
    EXPECT_EQ(s.patience(1, 300ms, true), 200ms);
    EXPECT_EQ(s.patience(1, 150ms, true), 150ms);
}

TEST_F(ScheduleTest, WhoMayHaveAnsweredLateGetsTheWholeTimeoutAgain) {
    Schedule s = make({batch(1, 50ms), batch(2, 50ms), batch(3, 50ms)});
    for (const std::uint8_t unit : {std::uint8_t{1}, std::uint8_t{2}}) {
        s.unit_silent(unit, now, 300ms);
        s.unit_silent(unit, now, unit == 1 ? 300ms : 299ms);
    }
    s.stray(now + 299ms);
    EXPECT_EQ(s.patience(1, 300ms, true), 300ms);
    EXPECT_EQ(s.patience(2, 300ms, true), kProbePatience) << "its answer would have come by now";
    s.unit_silent(1, now, 300ms);
    EXPECT_EQ(s.patience(1, 300ms, true), 300ms) << "until it has answered";
    s.unit_answered(1, 30ms);
    s.unit_silent(1, now, 300ms);
    s.stray(now);
    s.unit_silent(1, now, 300ms);
    EXPECT_EQ(s.patience(1, 300ms, true), kProbePatience) << "a stray byte of before it was lost";
}

TEST_F(ScheduleTest, WhereLatenessIsNotHeardEveryFourthProbeIsAWholeOne) {
    Schedule s = make({batch(1, 50ms)});
    s.unit_silent(1, now, 0ms);
    s.unit_silent(1, now, 0ms);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < kWholeProbe - 1; ++i)
            EXPECT_EQ(s.patience(1, 300ms, false), kProbePatience);
        EXPECT_EQ(s.patience(1, 300ms, false), 300ms);
    }
}

TEST_F(ScheduleTest, AHealedUnitIsAskedWithinOneRetryInterval) {
    // Eight dead meters beside a busy board, each probe costs its patience: whenever one of them
    // heals, its next probe is no further away than the longest retry and one round of the others.
    std::vector<Batch> batches{batch(1, 50ms)};
    for (std::uint8_t unit = 11; unit <= 18; ++unit) batches.push_back(batch(unit, 500ms));
    Schedule s = make(std::move(batches));
    std::map<std::uint8_t, TimePoint> asked;
    milliseconds longest{0};
    for (const TimePoint end = now + 10min; now < end;) {
        const auto ix = s.next(now);
        if (!ix) {
            now = s.wake(now);
            continue;
        }
        const std::uint8_t unit = s.batch(*ix).unit;
        if (unit == 1) {
            now += 10ms;
            s.unit_answered(1);
            continue;
        }
        if (asked.count(unit) != 0)
            longest = std::max(longest, std::chrono::ceil<milliseconds>(now - asked[unit]));
        asked[unit] = now;
        const milliseconds cost = s.patience(unit, 300ms, true);
        now += cost;
        if (s.lost(unit)) s.probe_failed(now, cost);
        s.unit_silent(unit, now, 300ms);
    }
    EXPECT_EQ(asked.size(), 8U);
    EXPECT_GE(longest, 4s) << "the retries have grown to their longest";
    EXPECT_LE(longest, 4s + 8 * 5 * kProbePatience);
}

TEST_F(ScheduleTest, ABusThatIsBackIsAskedForEverythingAtOnce) {
    Schedule s = make({batch(1, 1h), batch(2, 1h)});
    EXPECT_TRUE(s.next(now) && s.next(now));
    s.unit_silent(2, now, 0ms);
    s.unit_silent(2, now, 0ms);
    EXPECT_EQ(s.next(now + 1s), 1U) << "due in an hour, but a lost unit is probed";
    s.restart(now);
    EXPECT_FALSE(s.quarantined(2, now));
    EXPECT_TRUE(s.next(now) && s.next(now));
}

TEST(PlanTest, RequestsKeepTheProtocolsLimits) {
    std::vector<Poll> polls;
    for (std::uint16_t a = 0; a < 2001; ++a) polls.push_back({{1, Table::discrete, a}, 50ms});
    for (std::uint16_t a = 0; a < 126; a += 2)
        polls.push_back({{1, Table::input, a, Encoding::float32}, 50ms});
    const auto batches = plan_batches(polls, 8, {});
    ASSERT_EQ(batches.size(), 4U);
    EXPECT_EQ(batches[0].count, 2000);
    EXPECT_EQ(batches[1].count, 1);
    EXPECT_EQ(batches[2].count, 124);
    EXPECT_EQ(batches[3].count, 2);
}

TEST(PlanTest, HolesAreReadAlongUpToTheLimit) {
    const Poll first{{1, Table::discrete, 0}, 50ms};
    const auto with = [&](std::uint16_t address) {
        return plan_batches({first, {{1, Table::discrete, address}, 50ms}}, 8, {}).size();
    };
    EXPECT_EQ(with(9), 1U);
    EXPECT_EQ(with(10), 2U);
    EXPECT_EQ(with(0), 1U) << "one point wanted twice";
}

TEST(PlanTest, OnlyWhatBelongsTogetherIsMerged) {
    const Poll base{{1, Table::coil, 0}, 50ms};
    EXPECT_EQ(plan_batches({base, {{2, Table::coil, 1}, 50ms}}, 8, {}).size(), 2U);
    EXPECT_EQ(plan_batches({base, {{1, Table::discrete, 1}, 50ms}}, 8, {}).size(), 2U);
    EXPECT_EQ(plan_batches({base, {{1, Table::coil, 1}, 500ms}}, 8, {}).size(), 2U);
    EXPECT_EQ(plan_batches({base, {{1, Table::coil, 1}, 50ms}}, 8, {}).size(), 1U);
    EXPECT_EQ(plan_batches({base, {{1, Table::coil, 8}, 50ms}}, 8, {1}).size(), 2U);
}

}  // namespace
}  // namespace hall::drivers::modbus
