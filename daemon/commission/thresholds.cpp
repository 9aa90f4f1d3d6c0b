#include "daemon/commission/thresholds.hpp"

#include <algorithm>
#include <cmath>

namespace hall::commission {

namespace {

/// Between off and running: twice to each side of the threshold, and more than a meter's last
/// digits.
constexpr double kLeastFactor = 4.0;
constexpr double kLeastDistance = 2.0;
/// Below this a meter's reading is its own noise.
constexpr double kNoise = 0.5;
/// Soft-off below this cannot be told from a cut.
constexpr double kUnseen = 0.2;
/// The bounds of the configuration's keys (config_circuits.cpp).
constexpr double kLeastOff = 0.1, kMostOff = 100.0;
constexpr double kMostCut = 20.0;
/// The configuration's default: what a cut circuit's meter may still read.
constexpr double kUsualCut = 0.5;

double rounded(double watts) {
    return std::round(watts * 10.0) / 10.0;
}
double rounded_down(double watts) {
    return std::floor(watts * 10.0) / 10.0;
}

}  // namespace

std::variant<Thresholds, NoThresholds> propose(const Reading& off, const Reading& running) {
    if (off.least >= running.most) return NoThresholds::swapped;
    const double high = std::max(off.most, kNoise);
    if (running.least < high * kLeastFactor || running.least - off.most < kLeastDistance)
        return NoThresholds::too_near;
    Thresholds found;
    found.off_watts = rounded(std::sqrt(high * running.least));
    if (found.off_watts < kLeastOff || found.off_watts > kMostOff)
        return NoThresholds::out_of_bounds;
    // Half of soft-off, so that a welded contactor shows; not below what a meter's last digit may
    // say of a circuit that is really cut.
    found.cut_watts = kUsualCut;
    if (off.least >= kUnseen) found.cut_watts = std::min(rounded_down(off.least / 2), kMostCut);
    found.meter_proves_cut = off.least >= kUnseen;
    return found;
}

bool fits(double off_watts, double cut_watts, const Reading& off, const Reading& running) {
    return off_watts > off.most && off_watts < running.least && cut_watts < off_watts &&
           (cut_watts < off.least || off.least < kUnseen);
}

}  // namespace hall::commission
