#pragma once
// Many seeds, one after the other or on several threads, and their sum.
#include <functional>
#include <string>
#include <vector>

#include "daemon/simulation/simulation.hpp"

namespace hall::simulation {

struct Campaign {
    std::uint64_t first_seed = 1;
    std::uint64_t days = 0;       ///< as many as fit; healed days count too
    std::uint64_t days_each = 0;  ///< with faults, of one seed; 0: one to five, by the seed
    unsigned jobs = 1;
    double severity = 1;
    Stored stored;
    std::function<Scene(std::uint64_t seed)> scene = draw_scene;
};

struct Failure {
    std::uint64_t seed = 0;
    std::vector<std::string> breaks;
};

struct Sum {
    std::uint64_t seeds = 0, days = 0, checks = 0, events = 0, records = 0;
    FaultCounts faults;
    Checker::Tally tally;
    std::vector<Failure> failures;  ///< by seed; not more than a hundred
    std::uint64_t failed = 0;
    double seconds = 0;  ///< of wall time
    void add(std::uint64_t seed, const Verdict& verdict);
};

/// What one seed of a campaign runs.
Options options_of(const Campaign& campaign, std::uint64_t seed);
Sum run(const Campaign& campaign);
/// A table for people.
std::string report(const Sum& sum);

}  // namespace hall::simulation
