// R21: which wall clock is believed, when it is doubted, and when it is believed again. Durations
// run on the monotonic clock and never ask.
#include "daemon/shell/clock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hall {
namespace {

using namespace std::chrono_literals;

/// A time after any build of this program.
constexpr WallTime kEvening{std::chrono::sys_days{std::chrono::year{2095} / 11 / 24} + 10h};

/// A machine whose clocks the test moves.
struct Machine {
    Millis boot{5'000};
    WallTime wall = kEvening;
    bool synchronised = true;
    int asked = 0;

    ClockSource source() {
        return {[this] { return boot; }, [this] { return wall; },
                [this] {
                    ++asked;
                    return synchronised;
                }};
    }
    void pass(Millis length) {
        boot += length;
        wall += length;
    }
};

TEST(Clock, WithoutAJournalASynchronisedClockIsBelieved) {
    Machine machine;
    Clock clock(std::nullopt, true, machine.source());
    EXPECT_EQ(clock.now(), (Now{Instant{5'000ms}, kEvening, true}));
    EXPECT_EQ(clock.doubt(), ClockDoubt::none);
}

TEST(Clock, NeverSynchronisedSinceBootIsNotBelievedUntilItIs) {
    Machine machine;
    machine.synchronised = false;
    Clock clock(std::nullopt, true, machine.source());
    EXPECT_FALSE(clock.now().wall_trusted);
    EXPECT_EQ(clock.doubt(), ClockDoubt::never_synchronised);
    machine.synchronised = true;
    machine.pass(999ms);
    EXPECT_FALSE(clock.now().wall_trusted);  // asked once a second
    machine.pass(1ms);
    EXPECT_TRUE(clock.now().wall_trusted);
}

TEST(Clock, OnceSynchronisedItMayLoseItsServer) {
    Machine machine;
    Clock clock(std::nullopt, true, machine.source());
    EXPECT_TRUE(clock.now().wall_trusted);
    machine.synchronised = false;
    machine.pass(240h);
    EXPECT_TRUE(clock.now().wall_trusted);
    EXPECT_EQ(machine.asked, 1);
}

TEST(Clock, BothTimesKeepTheirDistanceWithinTheNoiseOfReading) {
    Machine machine;
    Clock clock(std::nullopt, true, machine.source());
    const Now first = clock.now();
    for (const Millis noise : {1ms, -1ms, 2ms, -2ms}) {
        machine.pass(10s);
        machine.wall += noise;
        const Now now = clock.now();
        EXPECT_EQ(now.wall - first.wall, now.mono - first.mono) << noise.count();
        machine.wall -= noise;
    }
    for (const Millis step : {3ms, -3ms}) {
        machine.pass(10s);
        machine.wall += step;
        EXPECT_EQ(clock.now().wall, machine.wall) << step.count();
    }
}

TEST(Clock, ABatteryBackedClockNeedsNoServer) {
    Machine machine;
    machine.synchronised = false;
    Clock clock(std::nullopt, false, machine.source());
    EXPECT_TRUE(clock.now().wall_trusted);
    EXPECT_EQ(machine.asked, 0);
}

TEST(Clock, BeforeTheNewestRecordItIsNotBelievedUntilItHasPassedIt) {
    Machine machine;
    Clock clock(kEvening + 1h, true, machine.source());
    EXPECT_FALSE(clock.now().wall_trusted);
    EXPECT_EQ(clock.now().wall, kEvening);
    EXPECT_EQ(clock.doubt(), ClockDoubt::before_journal);
    machine.pass(1h - 2s - 1ms);
    EXPECT_FALSE(clock.now().wall_trusted);
    machine.pass(1ms);
    EXPECT_TRUE(clock.now().wall_trusted);
}

TEST(Clock, ASmallStepBackStandsStillAtTheNewestRecord) {
    Machine machine;
    Clock clock(kEvening, true, machine.source());
    machine.wall = kEvening - 2s;
    EXPECT_EQ(clock.now(), (Now{Instant{5'000ms}, kEvening, true}));
    machine.wall = kEvening + 1ms;
    EXPECT_EQ(clock.now().wall, kEvening + 1ms);
    // One more: by so much no disciplined clock goes back. (A clock of its own: to this one it
    // would be the noise of reading.)
    machine.wall = kEvening - 2s - 1ms;
    Clock another(kEvening, true, machine.source());
    EXPECT_FALSE(another.now().wall_trusted);
}

TEST(Clock, ARecordWhileRunningMovesTheMark) {
    Machine machine;
    Clock clock(std::nullopt, true, machine.source());
    clock.recorded(clock.now());
    machine.pass(10min);
    clock.recorded(clock.now());
    machine.wall -= 5min;  // set back while the daemon runs
    EXPECT_FALSE(clock.now().wall_trusted);
    EXPECT_EQ(clock.doubt(), ClockDoubt::before_journal);
    // What is written meanwhile does not make the doubtful time the mark.
    clock.recorded(clock.now());
    machine.wall += 5min;
    EXPECT_TRUE(clock.now().wall_trusted);
}

TEST(Clock, AStepForwardIsBelieved) {
    Machine machine;
    Clock clock(kEvening, true, machine.source());
    machine.wall += 24h;
    EXPECT_TRUE(clock.now().wall_trusted);
}

TEST(Clock, BeforeTheBuildNothingIsBelieved) {
    Machine machine;
    machine.wall = WallTime{std::chrono::sys_days{std::chrono::year{2001} / 1 / 1}};
    Clock clock(std::nullopt, false, machine.source());
    EXPECT_FALSE(clock.now().wall_trusted);
    EXPECT_EQ(clock.doubt(), ClockDoubt::before_build);
}

TEST(Clock, EveryDoubtHasItsWords) {
    for (const auto doubt : {ClockDoubt::none, ClockDoubt::never_synchronised,
                             ClockDoubt::before_journal, ClockDoubt::before_build})
        EXPECT_STRNE(to_string(doubt), "");
}

TEST(Clock, TheMachinesMonotonicClockNeverGoesBack) {
    Clock clock(std::nullopt, true);
    Instant before = clock.now().mono;
    for (int i = 0; i < 10'000; ++i) {
        const Instant now = clock.now().mono;
        ASSERT_GE(now, before);
        before = now;
    }
    EXPECT_GT(before.time_since_epoch(), 0ms);
}

TEST(Clock, TheKernelAnswersWhetherItIsSynchronised) {
    // Whichever: the answer is the machine's. That it can be asked at all is what is tried here.
    EXPECT_NO_THROW(static_cast<void>(ClockSource::machine().synchronised()));
}

TEST(Clock, WhoMayNotAskTheKernelIsToldByAFile) {
    std::string name = (std::filesystem::temp_directory_path() / "hall-clock-XXXXXX").string();
    unsetenv("HALL_CLOCK_FILE");
    EXPECT_FALSE(told_synchronised());
    ASSERT_EQ(setenv("HALL_CLOCK_FILE", name.c_str(), 1), 0);
    EXPECT_FALSE(told_synchronised()) << "there is no such file yet";
    const int file = mkstemp(name.data());
    ASSERT_GE(file, 0);
    close(file);
    ASSERT_EQ(setenv("HALL_CLOCK_FILE", name.c_str(), 1), 0);
    EXPECT_TRUE(told_synchronised());
    EXPECT_TRUE(ClockSource::machine().synchronised());
    unlink(name.c_str());
    unsetenv("HALL_CLOCK_FILE");
}

TEST(Clock, TheBootIdNamesThisBoot) {
    EXPECT_EQ(machine_boot_id().size(), 36U);
    EXPECT_EQ(machine_boot_id(), machine_boot_id());
}

}  // namespace
}  // namespace hall
