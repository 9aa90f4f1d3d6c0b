#pragma once
// Time as an ordinary value. The core never asks for it: the shell hands a Now to every step.
#include <chrono>
#include <cstdint>

namespace hall {

using Millis = std::chrono::milliseconds;

/// The monotonic clock of the machine, suspend included (CLOCK_BOOTTIME). Every duration runs on
/// it.
struct BootClock {
    using duration = Millis;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock, Millis>;
    static constexpr bool is_steady = true;
};
using Instant = BootClock::time_point;

/// The wall clock in UTC. Only schedules and time stamps use it.
using WallTime = std::chrono::sys_time<Millis>;

/// One moment, seen by both clocks.
struct Now {
    Instant mono{};
    WallTime wall{};
    /// False: the wall clock may lie; nothing is decided by it (R21).
    bool wall_trusted = false;
    friend bool operator==(const Now&, const Now&) = default;
};

}  // namespace hall
