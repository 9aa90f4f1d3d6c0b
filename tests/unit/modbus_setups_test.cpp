// When which setting of a unit is looked at.
#include "drivers/modbus/setups.hpp"

#include <gtest/gtest.h>

namespace hall::drivers::modbus {
namespace {

using namespace std::chrono_literals;

Setting holding(std::uint16_t address) {
    return {Table::holding, address, 1, {}};
}

class SetupsTest : public testing::Test {
  protected:
    /// `unit:address` of what is to be looked at.
    std::string next() {
        const auto n = setups.next(now);
        return n ? std::to_string(n->unit) + ":" + std::to_string(n->setting.address) : "-";
    }
    Setups setups{{{1, {holding(10), holding(11)}}, {2, {holding(20)}}, {3, {}}}, 4s};
    TimePoint now = TimePoint{} + 1h;
};

TEST_F(SetupsTest, InOrderOnceTheUnitHasAnswered) {
    EXPECT_EQ(next(), "-") << "nobody is there yet";
    EXPECT_EQ(setups.wake(now), now + 1h);
    setups.answered(1, now);
    EXPECT_EQ(setups.wake(now), now);
    EXPECT_EQ(next(), "1:10");
    EXPECT_FALSE(setups.held(now)) << "one is left";
    EXPECT_EQ(next(), "1:11");
    const auto news = setups.held(now);
    ASSERT_TRUE(news);
    EXPECT_EQ(news->unit, 1);
    EXPECT_TRUE(news->holds);
    EXPECT_EQ(next(), "-");
}

TEST_F(SetupsTest, AnAnswerOfAUnitThatWasThereChangesNothing) {
    setups.answered(1, now);
    EXPECT_FALSE(setups.held(now));
    setups.answered(1, now);
    EXPECT_EQ(next(), "1:11") << "not from the beginning";
}

TEST_F(SetupsTest, LookedAtAgainAfterTenMinutesAndToldOnce) {
    setups.answered(2, now);
    EXPECT_TRUE(setups.held(now));
    now += 10min - 1ms;
    EXPECT_EQ(next(), "-");
    EXPECT_EQ(setups.wake(now), now + 1ms);
    now += 1ms;
    EXPECT_EQ(next(), "2:20");
    EXPECT_FALSE(setups.held(now)) << "no news";
}

TEST_F(SetupsTest, AFailureEndsTheRoundAndIsTriedAgain) {
    setups.answered(1, now);
    const auto news = setups.failed(now, "refused");
    ASSERT_TRUE(news);
    EXPECT_FALSE(news->holds);
    EXPECT_EQ(news->why, "refused");
    now += 4s - 1ms;
    EXPECT_EQ(next(), "-") << "the second setting is not touched either";
    now += 1ms;
    EXPECT_EQ(next(), "1:10");
    EXPECT_FALSE(setups.failed(now, "refused")) << "no news";
    now += 4s;
    EXPECT_FALSE(setups.held(now));
    EXPECT_TRUE(setups.held(now)) << "now it holds";
}

TEST_F(SetupsTest, ALostUnitBeginsAnew) {
    setups.answered(1, now);
    setups.answered(2, now);
    EXPECT_FALSE(setups.held(now));
    setups.lost(1);
    EXPECT_EQ(next(), "2:20");
    EXPECT_TRUE(setups.held(now));
    setups.answered(1, now);
    EXPECT_EQ(next(), "1:10");
    setups.lost(0);
    EXPECT_EQ(next(), "-") << "the whole bus is down";
    EXPECT_FALSE(setups.held(now));
    setups.answered(2, now);
    EXPECT_EQ(next(), "2:20") << "although its ten minutes are not over";
}

}  // namespace
}  // namespace hall::drivers::modbus
