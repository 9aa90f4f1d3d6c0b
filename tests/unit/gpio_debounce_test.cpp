// Which edges of an input count, judged by the kernel's time stamps alone.
#include <gtest/gtest.h>

#include "drivers/gpio/debounce.hpp"

namespace hall::drivers::gpio {
namespace {

using namespace std::chrono_literals;

TEST(GpioDebounce, ALevelCountsWhenItHasStoodForLongEnough) {
    Debounce debounce(10ms, false);
    EXPECT_EQ(debounce.settles_at(), std::nullopt);
    EXPECT_EQ(debounce.edge({true, 100ms}), std::nullopt);
    EXPECT_TRUE(debounce.level());
    EXPECT_EQ(debounce.settles_at(), 110ms);
    EXPECT_EQ(debounce.settle(110ms - 1ns), std::nullopt);
    EXPECT_EQ(debounce.settle(110ms), true);
    EXPECT_EQ(debounce.settle(500ms), std::nullopt) << "told once";
    EXPECT_EQ(debounce.settles_at(), std::nullopt);
}

TEST(GpioDebounce, ABounceBeginsTheWaitAnew) {
    Debounce debounce(10ms, false);
    EXPECT_EQ(debounce.edge({true, 100ms}), std::nullopt);
    EXPECT_EQ(debounce.edge({false, 103ms}), std::nullopt);
    EXPECT_EQ(debounce.edge({true, 109ms}), std::nullopt);
    EXPECT_EQ(debounce.settle(118ms), std::nullopt);
    EXPECT_EQ(debounce.settle(119ms), true);
}

TEST(GpioDebounce, ADisturbanceIsNoPress) {
    Debounce debounce(10ms, false);
    EXPECT_EQ(debounce.edge({true, 100ms}), std::nullopt);
    EXPECT_EQ(debounce.edge({false, 101ms}), std::nullopt);
    EXPECT_EQ(debounce.settle(200ms), std::nullopt);
    EXPECT_EQ(debounce.settles_at(), std::nullopt) << "nothing is under way any more";
}

TEST(GpioDebounce, APressThatIsReadLateIsSeenWhole) {
    Debounce debounce(10ms, false);
    // Both edges were read together, long after they happened.
    EXPECT_EQ(debounce.edge({true, 100ms}), std::nullopt);
    EXPECT_EQ(debounce.edge({false, 150ms}), true);
    EXPECT_EQ(debounce.settle(900ms), false);
}

TEST(GpioDebounce, WithoutAWaitEveryEdgeCounts) {
    Debounce debounce(0ms, true);
    EXPECT_EQ(debounce.edge({false, 100ms}), std::nullopt);
    EXPECT_EQ(debounce.edge({true, 100ms}), false);
    EXPECT_EQ(debounce.settle(100ms), true);
}

}  // namespace
}  // namespace hall::drivers::gpio
