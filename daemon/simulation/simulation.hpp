#pragma once
// Days and weeks of one hall on virtual time, first with everything that can fail, then healed. A
// seed fixes all of it. Judged by the checker.
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/config.hpp"
#include "daemon/simulation/checker.hpp"
#include "daemon/simulation/faults.hpp"
#include "daemon/simulation/machine.hpp"
#include "daemon/simulation/wires.hpp"

namespace hall::simulation {

/// A hall, how it hangs on its buses, and its first day.
struct Scene {
    HallConfig config;
    Wiring wiring;
    WallTime start{};  ///< any moment of the first local day
};

struct Options {
    std::uint64_t seed = 1;
    int days = 3;         ///< with faults; two healed ones follow
    double severity = 1;  ///< of the faults: 0 none
    bool transcript = false;
    Stored stored;  ///< how a snapshot is stored; none: as it is
};

struct Verdict {
    std::vector<std::string> breaks;      ///< what must never have happened, with its time
    std::vector<std::string> transcript;  ///< what was seen, the newest last
    FaultCounts faults;
    int days = 0;
    std::uint64_t checks = 0;   ///< how often an invariant was looked at
    std::uint64_t events = 0;   ///< facts that the rules took
    std::uint64_t records = 0;  ///< of the journal
    Checker::Tally tally;
};

/// After the days with faults, two without: the hall must finish.
constexpr int kHealedDays = 2;

Verdict simulate(const Scene& scene, const Options& options);

/// What the checker needs to know of a hall.
/// @param around the zone's changes are given for the years around this
HallFacts facts_of(const HallConfig& config, WallTime around);

/// Buses as most halls have them, for a configuration whose wiring is not known.
Wiring usual_wiring(const HallConfig& config);

/// One of the built-in halls, changed by the seed: other zones, times, policies, wiring.
Scene draw_scene(std::uint64_t seed);

}  // namespace hall::simulation
