// hallctl simulate: the rules on a user's own configuration, through days in which everything fails
// that can. Touches no wire, no state and no daemon.
#include <algorithm>
#include <iostream>
#include <memory>
#include <thread>

#include "daemon/ctl/ctl.hpp"
#include "daemon/shell/site.hpp"
#include "daemon/shell/snapshot_json.hpp"
#include "daemon/simulation/campaign.hpp"

namespace hall::ctl {

namespace {

using simulation::Campaign;
using simulation::Scene;
using simulation::Sum;
using simulation::Wiring;

struct SimulateOptions {
    std::string file;
    std::uint64_t days = 1000;
    std::uint64_t seed = 0;
    bool json = false;
};

/// Which bus everything hangs on, as the file says.
Wiring wiring_of(const SiteConfig& site) {
    Wiring w = simulation::usual_wiring(site.hall);
    w.buses = static_cast<int>(site.buses.size());
    const auto bus = [](const PointUse& use) { return static_cast<int>(use.bus); };
    w.links.assign(site.buses.size(), {});
    for (std::size_t b = 0; b < site.buses.size(); ++b)
        w.links[b].push_back(site.bus_links[b].value);
    for (const DeviceUse& device : site.devices) w.links[device.bus].push_back(device.link.value);
    for (std::size_t i = 0; i < site.circuits.size(); ++i) {
        w.circuit[i] = bus(site.circuits[i].output);
        w.meter[i] = site.circuits[i].meter ? bus(*site.circuits[i].meter) : w.circuit[i];
    }
    for (std::size_t i = 0; i < site.windows.size(); ++i)
        w.window[i] = site.windows[i].lamps.empty() ? 0 : bus(site.windows[i].lamps.front());
    for (std::size_t i = 0; i < site.contacts.size(); ++i)
        w.contact[i] = site.contacts[i] ? bus(*site.contacts[i]) : 0;
    w.lightbox = site.lightbox.output ? bus(*site.lightbox.output) : 0;
    w.buzzer = site.buzzer ? bus(*site.buzzer) : 0;
    return w;
}

/// Stands in for SHA-256 in plans that nobody will ever confirm.
std::string plan_digest(std::string_view text) {
    return std::to_string(std::hash<std::string_view>{}(text));
}

/// Every seed begins on another day of a year, so that the zone's changes are among them.
Scene scene_of(const SiteConfig& site, std::uint64_t seed) {
    using namespace std::chrono;
    const local_days first = local_days{year{2026} / January / 1} + days{seed * 7 % 365};
    HallConfig hall = site.hall;
    hall.digest = &plan_digest;
    return {std::move(hall), wiring_of(site),
            site.hall.zone.to_wall(LocalTime{first} + minutes{1})};
}

nlohmann::json as_json(const Sum& sum) {
    nlohmann::json faults = nlohmann::json::object();
    for (std::size_t i = 0; i < simulation::kFaults; ++i)
        faults[std::string(simulation::name_of(static_cast<simulation::Fault>(i)))] =
            sum.faults.n[i];
    nlohmann::json breaks = nlohmann::json::array();
    for (const auto& failure : sum.failures)
        breaks.push_back({{"seed", failure.seed}, {"what", failure.breaks}});
    return {{"verdict", sum.failed == 0 ? "fine" : "broken"},
            {"seeds", sum.seeds},
            {"days", sum.days},
            {"facts", sum.events},
            {"records", sum.records},
            {"closings",
             {{"authorised", sum.tally.closings},
              {"closed", sum.tally.closed},
              {"partial", sum.tally.partial},
              {"cancelled", sum.tally.cancelled}}},
            {"openings", sum.tally.openings},
            {"starts", sum.tally.restarts},
            {"checks", sum.checks},
            {"faults", std::move(faults)},
            {"seeds_with_a_break", sum.failed},
            {"breaks", std::move(breaks)},
            {"seconds", sum.seconds}};
}

int replay(const Campaign& campaign, std::uint64_t seed, bool json) {
    simulation::Options options = simulation::options_of(campaign, seed);
    options.transcript = true;
    const simulation::Verdict verdict = simulate(campaign.scene(seed), options);
    if (json) {
        std::cout << dump(
                         {{"seed", seed}, {"breaks", verdict.breaks}, {"seen", verdict.transcript}},
                         2)
                  << '\n';
    } else {
        for (const auto& line : verdict.transcript) std::cout << line << '\n';
        for (const auto& line : verdict.breaks) std::cout << "must never happen: " << line << '\n';
        if (verdict.breaks.empty())
            std::cout << "seed " << seed << ": nothing forbidden happened\n";
    }
    return verdict.breaks.empty() ? kFine : kNo;
}

int run_simulation(const SimulateOptions& options) {
    const LoadedSite loaded = load_site(options.file, default_templates(options.file));
    if (!loaded.site) {
        for (const ConfigFault& f : loaded.faults)
            if (!f.warning) std::cerr << to_string(f) << '\n';
        return kUsage;
    }
    if (loaded.site->hall.circuits.empty()) throw UsageError("the hall has no circuit to close");
    Campaign campaign;
    campaign.days = options.days;
    campaign.jobs = std::max(1U, std::thread::hardware_concurrency());
    campaign.scene = [&](std::uint64_t seed) { return scene_of(*loaded.site, seed); };
    // Through the form in which a restart finds it.
    campaign.stored = [](const Snapshot& s) {
        return read_snapshot(snapshot_text(s, {})).snapshot;
    };
    if (options.seed != 0) return replay(campaign, options.seed, options.json);
    const Sum sum = run(campaign);
    if (options.json) {
        std::cout << dump(as_json(sum), 2) << '\n';
        return sum.failed == 0 ? kFine : kNo;
    }
    std::cout << report(sum);
    for (const auto& failure : sum.failures)
        std::cout << failure.breaks.front() << "\n    hallctl simulate --config " << options.file
                  << " --seed " << failure.seed << '\n';
    std::cout << (sum.failed == 0 ? "fine: nothing forbidden happened, and everything due did\n"
                                  : "something happened that must never happen\n");
    return sum.failed == 0 ? kFine : kNo;
}

}  // namespace

void add_simulate(CLI::App& app, Context& context) {
    auto options = std::make_shared<SimulateOptions>();
    CLI::App* command = app.add_subcommand(
        "simulate", "run the rules through simulated days with faults, on a configuration file");
    command->fallthrough();
    command->add_option("--config", options->file, "configuration file (TOML)")->required();
    command->add_option("--days", options->days, "how many days (default 1000)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}));
    command->add_option("--seed", options->seed, "one seed again, with what was seen")
        ->check(CLI::PositiveNumber);
    command->add_flag("--json", options->json, "the verdict as JSON");
    command->callback(
        [options, &context] { context.chosen = [options] { return run_simulation(*options); }; });
}

}  // namespace hall::ctl
