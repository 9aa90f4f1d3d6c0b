#include "daemon/simulation/campaign.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

namespace hall::simulation {

namespace {
constexpr std::size_t kFailuresKept = 100;
/// A fault or two more of the same kind does not fill the report.
constexpr std::size_t kNameWidth = 36;

std::string line(std::string_view name, std::uint64_t value) {
    char text[96];
    std::snprintf(text, sizeof text, "  %-*.*s %12llu\n", static_cast<int>(kNameWidth),
                  static_cast<int>(name.size()), name.data(),
                  static_cast<unsigned long long>(value));
    return text;
}
}  // namespace

void Sum::add(std::uint64_t seed, const Verdict& v) {
    ++seeds;
    days += static_cast<std::uint64_t>(v.days);
    checks += v.checks;
    events += v.events;
    records += v.records;
    for (std::size_t i = 0; i < kFaults; ++i) faults.n[i] += v.faults.n[i];
    tally.closings += v.tally.closings;
    tally.closed += v.tally.closed;
    tally.partial += v.tally.partial;
    tally.cancelled += v.tally.cancelled;
    tally.openings += v.tally.openings;
    tally.cuts += v.tally.cuts;
    tally.forces += v.tally.forces;
    tally.restarts += v.tally.restarts;
    if (v.breaks.empty()) return;
    ++failed;
    if (failures.size() < kFailuresKept) failures.push_back({seed, v.breaks});
}

Options options_of(const Campaign& campaign, std::uint64_t seed) {
    Options o;
    o.seed = seed;
    o.days = static_cast<int>(campaign.days_each != 0 ? campaign.days_each : 1 + seed % 5);
    o.severity = campaign.severity;
    o.stored = campaign.stored;
    return o;
}

Sum run(const Campaign& campaign) {
    const auto begun = std::chrono::steady_clock::now();
    Sum sum;
    std::mutex mutex;
    // Seeds are handed out until the days are full: with the same arguments always the same seeds.
    std::uint64_t next = campaign.first_seed, planned = 0;
    const auto work = [&] {
        while (true) {
            std::uint64_t seed = 0;
            {
                const std::lock_guard lock(mutex);
                if (planned >= campaign.days) return;
                seed = next++;
                planned +=
                    static_cast<std::uint64_t>(options_of(campaign, seed).days + kHealedDays);
            }
            const Verdict verdict = simulate(campaign.scene(seed), options_of(campaign, seed));
            const std::lock_guard lock(mutex);
            sum.add(seed, verdict);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < campaign.jobs; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    std::sort(sum.failures.begin(), sum.failures.end(),
              [](const Failure& a, const Failure& b) { return a.seed < b.seed; });
    sum.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return sum;
}

std::string report(const Sum& sum) {
    std::string text;
    text += line("seeds", sum.seeds) + line("days", sum.days);
    text += line("facts that the rules took", sum.events);
    text += line("journal records", sum.records);
    text += line("closings authorised", sum.tally.closings);
    text += line("  ended closed", sum.tally.closed);
    text += line("  ended partial, circuits named", sum.tally.partial);
    text += line("  cancelled or void", sum.tally.cancelled);
    text += line("openings", sum.tally.openings);
    text += line("orders to cut", sum.tally.cuts);
    text += line("circuits forced by two", sum.tally.forces);
    text += line("starts of the daemon", sum.tally.restarts);
    text += "faults\n";
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < kFaults; ++i) {
        text += line(name_of(static_cast<Fault>(i)), sum.faults.n[i]);
        all += sum.faults.n[i];
    }
    text += line("all of them", all);
    text += line("checks of an invariant", sum.checks);
    text += line("seeds with a break", sum.failed);
    char time[64];
    std::snprintf(time, sizeof time, "%.1f s, %.2f ms a day\n", sum.seconds,
                  sum.days == 0 ? 0.0 : 1000 * sum.seconds / static_cast<double>(sum.days));
    return text + time;
}

}  // namespace hall::simulation
