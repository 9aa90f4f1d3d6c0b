#include "daemon/shell/clock.hpp"

#include <time.h>

#include <algorithm>
#include <fstream>

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

}  // namespace

Clock::Clock(std::optional<WallTime> last_record) : floor_(last_record) {}

Now Clock::now() {
    timespec boot{};
    clock_gettime(CLOCK_BOOTTIME, &boot);
    const auto mono = std::chrono::seconds{boot.tv_sec} + std::chrono::nanoseconds{boot.tv_nsec};
    const auto wall = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
    const bool after_build = wall >= kBuilt;
    const bool after_journal = !floor_ || wall + kTolerance >= *floor_;
    return {Instant{std::chrono::duration_cast<Millis>(mono)}, wall, after_build && after_journal};
}

std::string machine_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

}  // namespace hall
