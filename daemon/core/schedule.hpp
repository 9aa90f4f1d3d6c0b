#pragma once
// "What should be lit now, why, and when does that change next", as a pure function of the
// configuration and the wall clock: a restart, a clock step or a new calendar just asks it again.
// Fixed times today; sun and calendar will join here.
#include <optional>

#include "daemon/core/config.hpp"

namespace hall {

struct Scheduled {
    bool lit = false;
    std::optional<WallTime>
        next;  ///< the next instant at which `lit` changes; none: never within a week
};

Scheduled scheduled(const HallConfig& config, WallTime t);

}  // namespace hall
