// Five failures lock for 90 s, doubling to 30 min, per person and per panel, across restarts (R27).
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "tests/support/file_watch.hpp"
#include "tests/unit/credentials_fixture.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMinute = 60'000;

class LockoutTest : public CredentialsTest {
  protected:
    void SetUp() override {
        CredentialsTest::SetUp();
        enrol();
    }
    /// Fails as often as a lock needs, each time at another panel, so that only the person counts.
    void lock_person(const Now& now, const std::string& boot = kBoot) const {
        for (int i = 0; i < 5; ++i)
            ASSERT_EQ(left(attempt("1001", kWrong, now, boot, panel_name(now, i))), 4 - i);
    }
    /// Fails as often as a lock needs, each time with another number that nobody has.
    void lock_panel(const Now& now, const std::string& panel) const {
        for (int i = 0; i < 5; ++i) {
            const std::string nobody =
                "x" + std::to_string(now.mono.time_since_epoch().count()) + std::to_string(i);
            const int l = left(attempt(nobody, kWrong, now, kBoot, panel));
            ASSERT_GE(l, 0);
        }
    }
    static std::string panel_name(const Now& now, int i) {
        return "p" + std::to_string(now.mono.time_since_epoch().count()) + "-" + std::to_string(i);
    }
};

TEST_F(LockoutTest, TheFifthFailureLocksAndTheRightPinIsNotEvenLookedAt) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(left(attempt("1001", kWrong, at(0))), 4 - i);
    EXPECT_EQ(left(attempt("1001", kWrong, at(1'000))), 0);
    const auto refused = attempt("1001", kPin, at(1'000));
    EXPECT_EQ(locked(refused), 90);
    EXPECT_EQ(std::get<Locked>(refused).person.value, "1001");
}

TEST_F(LockoutTest, FourFailuresAndThenTheRightPinCountAsNone) {
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 4; ++i) EXPECT_EQ(left(attempt("1001", kWrong, at(0))), 4 - i);
        EXPECT_TRUE(accepted(attempt("1001", kPin, at(0))));
    }
}

TEST_F(LockoutTest, TheFifthAttemptMayStillBeTheRightOne) {
    for (int i = 0; i < 4; ++i) attempt("1001", kWrong, at(0));
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(0))));
    EXPECT_EQ(left(attempt("1001", kWrong, at(0))), 4);
}

TEST_F(LockoutTest, TheLockEndsToTheMillisecond) {
    lock_person(at(0));
    EXPECT_EQ(locked(attempt("1001", kPin, at(0), kBoot, "q")), 90);
    EXPECT_EQ(locked(attempt("1001", kPin, at(1), kBoot, "q")), 90);
    EXPECT_EQ(locked(attempt("1001", kPin, at(89'000), kBoot, "q")), 1);
    EXPECT_EQ(locked(attempt("1001", kPin, at(89'999), kBoot, "q")), 1);
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(90'000), kBoot, "q")));
}

TEST_F(LockoutTest, AttemptsDuringALockChangeNothing) {
    lock_person(at(0));
    const std::string before = bytes_of(state_ / "lockouts.json");
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(locked(attempt("1001", kWrong, at(50'000), kBoot, "q")), 40);
    EXPECT_EQ(bytes_of(state_ / "lockouts.json"), before);
    EXPECT_EQ(left(attempt("1001", kWrong, at(90'000), kBoot, "q")), 4);
}

TEST_F(LockoutTest, EachFurtherLockIsTwiceAsLongUpToHalfAnHour) {
    std::int64_t now = 0;
    for (const std::int64_t seconds : {90, 180, 360, 720, 1440, 1800, 1800}) {
        lock_person(at(now));
        EXPECT_EQ(locked(attempt("1001", kPin, at(now), kBoot, "q")), seconds);
        now += seconds * 1000 - 1;
        EXPECT_EQ(locked(attempt("1001", kPin, at(now), kBoot, "q")), 1);
        now += 1;
    }
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(now), kBoot, "q")));
    lock_person(at(now + 1));
    EXPECT_EQ(locked(attempt("1001", kPin, at(now + 1), kBoot, "q")), 90);
}

TEST_F(LockoutTest, APersonIsLockedAtEveryPanelAndOthersAreNot) {
    lock_person(at(0));
    EXPECT_EQ(locked(attempt("1001", kPin, at(0), kBoot, "other")), 90);
    EXPECT_EQ(locked(open().check({"", kCard, kPin}, "other", at(0), kBoot)), 90);
    EXPECT_TRUE(accepted(attempt("1002", kOtherPin, at(0), kBoot, "other")));
}

TEST_F(LockoutTest, APanelIsLockedForEverybody) {
    lock_panel(at(0), "door");
    EXPECT_EQ(locked(attempt("1002", kOtherPin, at(0), kBoot, "door")), 90);
    EXPECT_EQ(locked(attempt("nobody", kWrong, at(0), kBoot, "door")), 90);
    EXPECT_TRUE(accepted(attempt("1002", kOtherPin, at(0), kBoot, "other")));
    EXPECT_TRUE(accepted(attempt("1002", kOtherPin, at(90'000), kBoot, "door")));
}

TEST_F(LockoutTest, APanelsDoublingGoesBackOnlyStepByStepWithSuccesses) {
    lock_panel(at(0), "door");            // 90 s
    lock_panel(at(2 * kMinute), "door");  // 180 s
    lock_panel(at(6 * kMinute), "door");  // 360 s
    EXPECT_EQ(locked(attempt("1002", kOtherPin, at(6 * kMinute), kBoot, "door")), 360);
    EXPECT_TRUE(accepted(attempt("1002", kOtherPin, at(12 * kMinute), kBoot, "door")));
    lock_panel(at(13 * kMinute), "door");
    EXPECT_EQ(locked(attempt("1002", kOtherPin, at(13 * kMinute), kBoot, "door")), 360);
}

TEST_F(LockoutTest, ANewPinFromTheAdministratorEndsThePersonsLockOnly) {
    lock_person(at(0));
    lock_panel(at(0), "door");
    open().set_pin(PersonId{"1001"}, kOtherPin);
    EXPECT_TRUE(accepted(attempt("1001", kOtherPin, at(0), kBoot, "other")));
    EXPECT_EQ(locked(attempt("1001", kOtherPin, at(0), kBoot, "door")), 90);
}

// --- over restarts ---

TEST_F(LockoutTest, ARestartOfTheDaemonChangesNothingWhateverTheWallClockSays) {
    lock_person(at(0));
    Now late = at(89'999);
    late.wall += std::chrono::hours{24};
    EXPECT_EQ(locked(attempt("1001", kPin, late, kBoot, "q")), 1);
    Now early = at(90'000);
    early.wall -= std::chrono::hours{24};
    EXPECT_TRUE(accepted(attempt("1001", kPin, early, kBoot, "q")));
}

TEST_F(LockoutTest, OverARebootATrustedWallClockSaysWhatIsLeft) {
    lock_person(at(500'000));
    Now after = at(530'000);
    after.mono = Instant{Millis{10'000}};
    EXPECT_EQ(locked(attempt("1001", kPin, after, "boot-2", "q")), 60);
    // From then on it runs on the new boot's monotonic clock.
    after.wall += std::chrono::hours{1};
    after.mono = Instant{Millis{69'999}};
    EXPECT_EQ(locked(attempt("1001", kPin, after, "boot-2", "q")), 1);
    after.mono = Instant{Millis{70'000}};
    EXPECT_TRUE(accepted(attempt("1001", kPin, after, "boot-2", "q")));
}

TEST_F(LockoutTest, OverALongRebootTheLockIsOver) {
    lock_person(at(0));
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(90'000), "boot-2", "q")));
}

TEST_F(LockoutTest, OverARebootWithAnUntrustedClockTheFullTimeRunsAgainOnce) {
    lock_person(at(0));
    const Now after{Instant{Millis{5'000}}, WallTime{}, false};
    EXPECT_EQ(locked(attempt("1001", kPin, after, "boot-2", "q")), 90);
    Now then = after;
    then.mono += Millis{89'999};
    EXPECT_EQ(locked(attempt("1001", kPin, then, "boot-2", "q")), 1);
    then.mono += Millis{1};
    EXPECT_TRUE(accepted(attempt("1001", kPin, then, "boot-2", "q")));
}

TEST_F(LockoutTest, ALockSetUnderAnUntrustedClockRunsItsFullTimeAgainToo) {
    lock_person(at(0, false));
    EXPECT_EQ(locked(attempt("1001", kPin, at(80'000), "boot-2", "q")), 90);
    EXPECT_EQ(locked(attempt("1001", kPin, at(80'000 + 89'999), "boot-2", "q")), 1);
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(80'000 + 90'000), "boot-2", "q")));
}

TEST_F(LockoutTest, AWallClockSetBackOverARebootLocksForTheFullTimeAtMost) {
    lock_person(at(0));
    Now after = at(10'000);
    after.wall -= std::chrono::hours{1000};
    EXPECT_EQ(locked(attempt("1001", kPin, after, "boot-2", "q")), 90);
}

TEST_F(LockoutTest, FailuresSurviveARestart) {
    for (int i = 0; i < 4; ++i) attempt("1001", kWrong, at(0), "boot-1", "p" + std::to_string(i));
    EXPECT_EQ(left(attempt("1001", kWrong, at(0), "boot-2", "q")), 0);
    EXPECT_EQ(locked(attempt("1001", kPin, at(0), "boot-2", "r")), 90);
}

TEST_F(LockoutTest, ADamagedFileLocksEverybodyForTheLongestTimeAndHealsItself) {
    for (const char* bytes : {"", "{", "[]", "{\"tallies\":{\"person:1001\":{}}}"}) {
        write_bytes(state_ / "lockouts.json", bytes);
        EXPECT_EQ(locked(attempt("1001", kPin, at(0))), 1800);
        EXPECT_EQ(locked(attempt("1002", kOtherPin, at(1'799'999), kBoot, "q")), 1);
        EXPECT_TRUE(accepted(attempt("1001", kPin, at(1'800'000))));
    }
}

// --- several processes ---

TEST_F(LockoutTest, TwoProcessesTogetherGetNoMoreAttemptsThanOne) {
    constexpr int kProcesses = 4;
    std::array<pid_t, kProcesses> children{};
    for (pid_t& child : children) {
        child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            int refused = 0;
            try {
                for (int i = 0; i < 5; ++i) refused += left(attempt("1001", kWrong, at(0))) >= 0;
            } catch (...) {
                refused = 100;
            }
            ::_exit(refused);
        }
    }
    int refused = 0;
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFEXITED(status));
        refused += WEXITSTATUS(status);
    }
    EXPECT_EQ(refused, 5);
    EXPECT_EQ(locked(attempt("1001", kPin, at(0))), 90);
}

TEST_F(LockoutTest, WhoeverKillsTheDaemonBeforeItAnswersGainsNoAttempt) {
    ASSERT_FALSE(fs::exists(state_ / "lockouts.json"));
    // A hash that takes long: the kill comes while the PIN is being looked at.
    Credentials::Limits slow = cheap();
    slow.pin_passes = 30;
    slow.pin_bytes = 64U * 1024 * 1024;
    const test::FileWatch counted(state_ / "lockouts.json");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        try {
            Credentials(state_, slow).check({"nobody", "", kWrong}, "panel", at(0), kBoot);
        } catch (...) {
        }
        ::_exit(0);
    }
    EXPECT_TRUE(counted.appears(std::chrono::seconds{60}));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(left(attempt("1001", kWrong, at(0))), 3);
}

TEST_F(LockoutTest, EnrollingAndCheckingAtTheSameTimeLosesNobody) {
    constexpr int kProcesses = 4, kEach = 5;
    std::array<pid_t, kProcesses> children{};
    for (int n = 0; n < kProcesses; ++n) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            int failed = 0;
            try {
                for (int i = 0; i < kEach; ++i) {
                    open().add(person(std::to_string(2000 + n * 100 + i)), kPin, "");
                    failed += accepted(attempt("1002", kOtherPin, at(0))) ? 0 : 1;
                }
            } catch (...) {
                failed = 100;
            }
            ::_exit(failed);
        }
        children[static_cast<std::size_t>(n)] = child;
    }
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    }
    EXPECT_EQ(open().list().size(), 2U + kProcesses * kEach);
}

}  // namespace
}  // namespace hall
