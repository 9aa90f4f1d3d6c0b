#pragma once
// R16: what the lightbox's policy wants, given the wall clock and whether the hall is closed. Pure.
//
// `both` looks at the local date, also within a night: while it is a working day the hall must be
// closed; from the midnight on which a day off begins the schedule alone decides, and from the one
// on which it ends the hall must be closed again.
#include <vector>

#include "daemon/core/schedule.hpp"

namespace hall {

struct PolicyWish {
    bool lit = false;
    bool by_schedule = true;  ///< false: the closing decides (`after_closing`)
    Scheduled schedule;       ///< not asked by the policy `after_closing`
    /// When `lit` changes if the hall stays closed or open as it is; none: not within a week.
    std::optional<WallTime> next;
    Span holds;  ///< around the asked moment: the answer is the same in it
};

PolicyWish wish_at(const HallConfig& config, WallTime t, bool hall_closed);

/// When the lightbox will be lit within the dates `first` to `last` (cut off at the midnights
/// around them), if the hall is closed at its closing times and opened at its opening times.
std::vector<Span> expected_lit(const HallConfig& config, std::chrono::local_days first,
                               std::chrono::local_days last);

}  // namespace hall
