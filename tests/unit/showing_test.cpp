// When those who watch the hall are told: bounds to the millisecond, on a clock of the test's own.
#include "daemon/shell/showing.hpp"

#include <gtest/gtest.h>

namespace hall::test {
namespace {

using namespace std::chrono_literals;

class ShowingTest : public testing::Test {
  protected:
    /// What is ready now, without waiting for a timer.
    int ready() {
        const int before = shown_;
        io_.restart();
        io_.poll();
        return shown_ - before;
    }
    /// Until the next timer has run out.
    int next() {
        const int before = shown_;
        io_.restart();
        io_.run_one();
        return shown_ - before;
    }
    std::function<void()> count() {
        return [this] { ++shown_; };
    }

    boost::asio::io_context io_;
    Showing::Clock::time_point now_{1h};
    int shown_ = 0;
};

TEST_F(ShowingTest, AChangeIsShownAtOnceButNotFromWithinTheCall) {
    Showing showing(io_, {10ms, 1000ms}, [this] { return now_; });
    showing.watch(count());
    showing.changed();
    EXPECT_EQ(shown_, 0);
    EXPECT_EQ(ready(), 1);
    EXPECT_EQ(ready(), 0);
}

TEST_F(ShowingTest, WhatFollowsAChangeCloselyIsShownTogether) {
    Showing showing(io_, {10ms, 1000ms}, [this] { return now_; });
    showing.watch(count());
    showing.changed();
    EXPECT_EQ(ready(), 1);
    now_ += 9ms;
    showing.changed();
    showing.changed();
    EXPECT_EQ(ready(), 0) << "a millisecond is left";
    now_ += 1ms;
    EXPECT_EQ(next(), 1);
    EXPECT_EQ(ready(), 0);
    now_ += 10ms;
    showing.changed();
    EXPECT_EQ(ready(), 1) << "exactly at the end of the pace";
}

TEST_F(ShowingTest, ASampleThatWasShownHoldsNoChangeBack) {
    Showing showing(io_, {10ms, 0ms}, [this] { return now_; });
    showing.watch(count());
    showing.sampled();
    EXPECT_EQ(ready(), 1);
    showing.changed();
    EXPECT_EQ(ready(), 1);
}

TEST_F(ShowingTest, AChangeOvertakesASampleThatWaits) {
    Showing showing(io_, {10ms, 1h}, [this] { return now_; });
    showing.watch(count());
    showing.sampled();
    EXPECT_EQ(ready(), 0);
    showing.changed();
    EXPECT_EQ(ready(), 1);
    EXPECT_EQ(ready(), 0) << "the sample was shown with it";
}

TEST_F(ShowingTest, ASampleDoesNotPostponeAChangeThatWaits) {
    Showing showing(io_, {1ms, 1h}, [this] { return now_; });
    showing.watch(count());
    showing.changed();
    EXPECT_EQ(ready(), 1);
    showing.changed();
    showing.sampled();
    EXPECT_EQ(next(), 1);
}

TEST_F(ShowingTest, SamplesAreShownOnceInTheirPace) {
    Showing showing(io_, {10ms, 1ms}, [this] { return now_; });
    showing.watch(count());
    for (int i = 0; i < 5; ++i) showing.sampled();
    EXPECT_EQ(ready(), 0);
    EXPECT_EQ(next(), 1);
    EXPECT_EQ(ready(), 0);
}

TEST_F(ShowingTest, NothingIsShownOfWhatIsGone) {
    {
        Showing showing(io_, {10ms, 1000ms}, [this] { return now_; });
        showing.watch(count());
        showing.changed();
    }
    EXPECT_EQ(ready(), 0);
}

TEST_F(ShowingTest, WithoutAWatcherNothingIsKept) {
    Showing showing(io_, {10ms, 1000ms}, [this] { return now_; });
    showing.changed();
    EXPECT_EQ(ready(), 0);
    showing.watch(count());
    EXPECT_EQ(ready(), 0);
    showing.changed();
    EXPECT_EQ(ready(), 1);
}

}  // namespace
}  // namespace hall::test
