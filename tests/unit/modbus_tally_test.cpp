// What is counted of each unit's requests.
#include "drivers/modbus/tally.hpp"

#include <gtest/gtest.h>

namespace hall::drivers::modbus {
namespace {

using namespace std::chrono_literals;

Exchange ended(Reply reply, std::chrono::microseconds took = 10ms) {
    Exchange exchange;
    exchange.reply = reply;
    exchange.took = took;
    return exchange;
}

class TallyTest : public testing::Test {
  protected:
    UnitStatistics unit(std::uint8_t number, Tally::TimePoint at) {
        for (const UnitStatistics& one : tally.statistics(at).units)
            if (one.unit == number) return one;
        ADD_FAILURE() << "unit " << int{number} << " is not there";
        return {};
    }
    Tally tally;
    Tally::TimePoint now = Tally::TimePoint{} + 1h;
};

TEST_F(TallyTest, EachEndHasACountOfItsOwn) {
    for (const Reply reply : {Reply::answer, Reply::answer, Reply::answer, Reply::exception,
                              Reply::exception, Reply::timeout, Reply::garbage, Reply::broken})
        tally.count(7, ended(reply), now);
    tally.count(3, ended(Reply::answer), now);
    tally.reconnected();
    tally.scanned();
    tally.scanned();
    tally.read_refused();
    const UnitStatistics seven = unit(7, now);
    EXPECT_EQ(seven.requests, 8U);
    EXPECT_EQ(seven.answers, 3U);
    EXPECT_EQ(seven.refusals, 2U);
    EXPECT_EQ(seven.timeouts, 1U);
    EXPECT_EQ(seven.garbage, 1U);
    EXPECT_EQ(seven.broken, 1U);
    const BusStatistics all = tally.statistics(now);
    ASSERT_EQ(all.units.size(), 2U);
    EXPECT_EQ(all.units[0].unit, 3) << "by rising number";
    EXPECT_EQ(all.requests, 9U);
    EXPECT_EQ(all.timeouts, 1U);
    EXPECT_EQ(all.errors, 3U) << "garbage, broken, a refused read";
    EXPECT_EQ(all.reconnects, 1U);
    EXPECT_EQ(all.scans, 2U);
}

TEST_F(TallyTest, LatencyIsOfAnswersAlone) {
    tally.count(1, ended(Reply::timeout, 300ms), now);
    EXPECT_EQ(unit(1, now).latency, 0us);
    tally.count(1, ended(Reply::answer, 10ms), now);
    EXPECT_EQ(unit(1, now).latency, 10ms) << "the first is the mean";
    tally.count(1, ended(Reply::answer, 26ms), now);
    EXPECT_EQ(unit(1, now).latency, 11ms) << "a sixteenth of the way";
    tally.count(1, ended(Reply::garbage, 500ms), now);
    tally.count(1, ended(Reply::exception, 11ms), now);
    EXPECT_EQ(unit(1, now).latency, 11ms);
    EXPECT_EQ(unit(1, now).slowest, 26ms);
}

TEST_F(TallyTest, TheRateIsThatOfTheLastWholeStretch) {
    // 20 a second for a minute, then 5 a second, then nobody asks any more.
    const auto ask = [&](std::chrono::milliseconds every, std::chrono::seconds length) {
        for (const auto end = now + length; now < end; now += every)
            tally.count(1, ended(Reply::answer), now);
    };
    ask(50ms, 1s);
    EXPECT_NEAR(unit(1, now).answers_per_second, 20, 1) << "within the first stretch, too";
    ask(50ms, 59s);
    EXPECT_NEAR(unit(1, now).answers_per_second, 20, 0.5);
    ask(200ms, 21s);
    EXPECT_NEAR(unit(1, now).answers_per_second, 5, 0.5);
    EXPECT_LT(unit(1, now + 1min).answers_per_second, 1);
    for (int i = 0; i < 2; ++i) tally.count(1, ended(Reply::timeout), now += 1min);
    EXPECT_EQ(unit(1, now).answers_per_second, 0) << "silence is no answer";
}

TEST_F(TallyTest, AUnitIsUpFromAnAnswerUntilItIsLost) {
    tally.count(1, ended(Reply::timeout), now);
    tally.count(2, ended(Reply::answer), now);
    tally.count(3, ended(Reply::answer), now);
    EXPECT_FALSE(unit(1, now).up);
    EXPECT_TRUE(unit(2, now).up);
    tally.lost(2);
    EXPECT_FALSE(unit(2, now).up);
    EXPECT_TRUE(unit(3, now).up);
    tally.count(2, ended(Reply::answer), now);
    EXPECT_TRUE(unit(2, now).up);
    tally.lost(0);
    EXPECT_FALSE(unit(2, now).up) << "the whole bus is down";
    EXPECT_FALSE(unit(3, now).up);
}

}  // namespace
}  // namespace hall::drivers::modbus
