#pragma once
// Which power tells a PC that is off from one that runs, and a cut circuit from one in soft-off.
#include <cstdint>
#include <variant>

#include "daemon/commission/ledger.hpp"

namespace hall::commission {

/// What a meter read over some seconds, in W.
struct Reading {
    double least = 0, most = 0;
    int samples = 0;
};

struct Thresholds {
    double off_watts = 0;
    double cut_watts = 0;
    /// Soft-off draws so little that the meter cannot tell it from a cut: only the contactor's
    /// feedback can.
    bool meter_proves_cut = true;
};

enum class NoThresholds : std::uint8_t {
    too_near,      ///< less than four times, or less than 2 W, lie between off and running
    swapped,       ///< "off" draws more than "running"
    out_of_bounds  ///< what would fit lies outside of what `off_watts` may be
};

/// `off_watts` is the geometric middle of the most that the PC draws when it is off and the least
/// when it runs, so that the same factor, at least two, lies on both sides; `cut_watts` is half of
/// the least that it draws when it is off.
std::variant<Thresholds, NoThresholds> propose(const Reading& off, const Reading& running);

/// Whether a configured `off_watts` lies between the two, and `cut_watts` below soft-off.
bool fits(double off_watts, double cut_watts, const Reading& off, const Reading& running);

}  // namespace hall::commission
