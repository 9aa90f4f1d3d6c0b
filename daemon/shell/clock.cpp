#include "daemon/shell/clock.hpp"

#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace hall {

namespace {

/// Nothing that happens can have happened before the program was built. Set by the build, in
/// seconds since 1970.
#ifndef HALL_BUILD_TIME
#define HALL_BUILD_TIME 0
#endif
constexpr WallTime kBuilt{std::chrono::seconds{HALL_BUILD_TIME}};

/// Clocks are disciplined in small steps; going back by less than this is no lie.
constexpr Millis kTolerance{2'000};
constexpr Millis kAskEvery{1'000};
/// Two clocks, read one after the other and each cut to milliseconds, differ by this much for
/// nothing.
constexpr Millis kReadingNoise{2};

Millis boot_time() {
    timespec boot{};
    clock_gettime(CLOCK_BOOTTIME, &boot);
    return std::chrono::duration_cast<Millis>(std::chrono::seconds{boot.tv_sec} +
                                              std::chrono::nanoseconds{boot.tv_nsec});
}

WallTime wall_time() {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

}  // namespace

// adjtimex(2): STA_UNSYNC is set from boot until a time daemon (chrony, ntpd, systemd-timesyncd,
// a PTP or GPS daemon) has set the clock and says how good it is.
bool kernel_synchronised() {
    timex status{};
    return adjtimex(&status) >= 0 && (status.status & STA_UNSYNC) == 0;
}

bool told_synchronised() {
    const char* file = std::getenv("HALL_CLOCK_FILE");
    return file != nullptr && *file != '\0' && access(file, F_OK) == 0;
}

ClockSource ClockSource::machine() {
    return {boot_time, wall_time, [] { return kernel_synchronised() || told_synchronised(); }};
}

const char* to_string(ClockDoubt doubt) {
    switch (doubt) {
        case ClockDoubt::none:
            return "trusted";
        case ClockDoubt::never_synchronised:
            return "not synchronised since boot";
        case ClockDoubt::before_journal:
            return "before the journal's newest record";
        case ClockDoubt::before_build:
            return "before the day on which this program was built";
    }
    return "";
}

Clock::Clock(std::optional<WallTime> last_record, bool from_network, ClockSource source)
    : source_(std::move(source)), floor_(last_record), was_synchronised_(!from_network) {}

ClockDoubt Clock::doubt_of(WallTime wall, Millis since_boot) {
    if (!was_synchronised_ && (!next_question_ || since_boot >= *next_question_)) {
        // Synchronisation that is lost again is no doubt: a clock drifts by seconds a day, and the
        // daemon would rather light the hall a second late than not.
        was_synchronised_ = source_.synchronised();
        next_question_ = since_boot + kAskEvery;
    }
    if (wall < kBuilt) return ClockDoubt::before_build;
    if (floor_ && wall + kTolerance < *floor_) return ClockDoubt::before_journal;
    return was_synchronised_ ? ClockDoubt::none : ClockDoubt::never_synchronised;
}

Now Clock::now() {
    const Millis since_boot = source_.since_boot();
    const Millis offset = source_.wall().time_since_epoch() - since_boot;
    if (!offset_ || std::chrono::abs(offset - *offset_) > kReadingNoise) offset_ = offset;
    WallTime wall{since_boot + *offset_};
    doubt_ = doubt_of(wall, since_boot);
    const bool trusted = doubt_ == ClockDoubt::none;
    if (trusted && floor_) wall = std::max(wall, *floor_);
    return {Instant{since_boot}, wall, trusted};
}

void Clock::recorded(const Now& at) {
    if (at.wall_trusted) floor_ = floor_ ? std::max(*floor_, at.wall) : at.wall;
}

std::string machine_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

}  // namespace hall
