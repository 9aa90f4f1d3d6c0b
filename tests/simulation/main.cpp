// Simulated bad evenings from the command line.
//   --days N          as many days as seeds fit (default 10000)
//   --first S         the first seed (default 1)
//   --jobs J          threads (default 1)
//   --seed S          one seed, with what was seen in its last minutes
//   --regressions F   first every seed that F names, one a line
// Exit code 0: no break. 1: a break, with the command that replays it.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "daemon/simulation/campaign.hpp"

namespace {

using namespace hall::simulation;

constexpr std::size_t kLinesShown = 120;

/// Runs one seed again with its transcript; ends at its first break.
bool replay(const Campaign& campaign, std::uint64_t seed) {
    Options options = options_of(campaign, seed);
    options.transcript = true;
    const Verdict verdict = simulate(campaign.scene(seed), options);
    const auto& lines = verdict.transcript;
    std::size_t from = lines.size() > kLinesShown ? lines.size() - kLinesShown : 0;
    for (std::size_t i = from; i < lines.size(); ++i) std::cout << lines[i] << '\n';
    for (const auto& b : verdict.breaks) std::cout << "must never happen: " << b << '\n';
    if (verdict.breaks.empty()) std::cout << "seed " << seed << ": nothing forbidden happened\n";
    return verdict.breaks.empty();
}

bool regressions(const Campaign& campaign, const std::string& file) {
    std::ifstream in(file);
    if (!in) {
        std::cerr << "cannot read " << file << '\n';
        return false;
    }
    bool fine = true;
    std::size_t seeds = 0;
    for (std::string text; std::getline(in, text);) {
        std::uint64_t seed = 0;
        if (!(std::istringstream(text) >> seed)) continue;  // a comment
        ++seeds;
        const Verdict verdict = simulate(campaign.scene(seed), options_of(campaign, seed));
        if (verdict.breaks.empty()) continue;
        fine = false;
        std::cout << "seed " << seed << " is back: " << verdict.breaks.front() << '\n';
    }
    std::cout << seeds << " seeds that once failed\n";
    return fine;
}

}  // namespace

int main(int argc, char** argv) {
    Campaign campaign;
    campaign.days = 10'000;
    std::uint64_t one = 0;
    std::string file;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
        if (std::strcmp(argv[i], "--days") == 0)
            campaign.days = value;
        else if (std::strcmp(argv[i], "--first") == 0)
            campaign.first_seed = value;
        else if (std::strcmp(argv[i], "--jobs") == 0)
            campaign.jobs = static_cast<unsigned>(value);
        else if (std::strcmp(argv[i], "--seed") == 0)
            one = value;
        else if (std::strcmp(argv[i], "--regressions") == 0)
            file = argv[i + 1];
        else
            argc = 0;
    }
    if (argc % 2 == 0) {
        std::cerr << "see the head of tests/simulation/main.cpp for the options\n";
        return 2;
    }
    if (one != 0) return replay(campaign, one) ? 0 : 1;
    bool fine = file.empty() || regressions(campaign, file);
    const Sum sum = run(campaign);
    std::cout << report(sum);
    for (const Failure& failure : sum.failures) {
        std::cout << "seed " << failure.seed << ": " << failure.breaks.front() << '\n'
                  << "    tests/simulation/run --seed " << failure.seed << '\n';
    }
    fine = fine && sum.failed == 0;
    if (!sum.failures.empty()) {
        std::cout << "what was seen under seed " << sum.failures.front().seed << ":\n";
        replay(campaign, sum.failures.front().seed);
    }
    return fine ? 0 : 1;
}
