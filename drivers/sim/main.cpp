// hallsim: the virtual hall. Real Modbus slaves, made from the configuration file that halld reads.
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "drivers/sim/sim.hpp"

namespace {

constexpr int kCannotServe = 1;
constexpr int kUsage = 2;

struct Arguments {
    std::string config;
    bool json = false;
    hall::sim::SimOptions options;
};

void describe(CLI::App& app, Arguments& to) {
    app.add_option("--config", to.config, "Configuration file of the hall, as halld reads it")
        ->required();
    app.add_option("--speed", to.options.speed, "Plant seconds in one real second")
        ->check(CLI::Range(0.01, 1000.0))
        ->capture_default_str();
    app.add_option("--http", to.options.http_port,
                   "Port on 127.0.0.1 of the drawing, /state, /set and /trace; 0: a free one")
        ->check(CLI::Range(0, 65535))
        ->capture_default_str();
    app.add_option("--seed", to.options.seed, "Fixes the PCs' natures and all noise")
        ->capture_default_str();
    app.add_flag("--json", to.json, "Print the addresses as one line of JSON");
    app.set_version_flag("--version", std::string("hallsim ") + HALL_VERSION);
}

void print_addresses(const hall::sim::Sim& sim, bool as_json) {
    const auto buses = sim.bus_addresses();
    if (as_json) {
        nlohmann::ordered_json line{{"http", sim.http_address()}, {"buses", nullptr}};
        line["buses"] = nlohmann::ordered_json::object();
        for (const auto& [bus, address] : buses) line["buses"][bus] = address;
        std::puts(line.dump().c_str());
    } else {
        std::printf("virtual hall: %s/\n", sim.http_address().c_str());
        for (const auto& [bus, address] : buses) {
            std::printf("bus %s: %s\n", bus.c_str(), address.c_str());
        }
    }
    std::puts("ready");
    std::fflush(stdout);
}

int serve(const hall::SiteConfig& site, const Arguments& arguments) {
    try {
        boost::asio::io_context io(1);
        // Before the links and ports are there, so that a signal never leaves one behind.
        boost::asio::signal_set signals(io, SIGINT, SIGTERM);
        signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
        hall::sim::Sim sim(io, site, arguments.options);
        print_addresses(sim, arguments.json);
        io.run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "hallsim: %s\n", error.what());
        return kCannotServe;
    }
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"The virtual hall: Modbus boards, meters, PCs, doors and lamps to try halld on"};
    describe(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    arguments.options.templates = hall::default_templates(arguments.config);
    std::optional<hall::SiteConfig> site;
    {
        auto loaded = hall::load_site(arguments.config, arguments.options.templates);
        for (const auto& fault : loaded.faults) {
            std::fprintf(stderr, "%s%s\n", hall::to_string(fault).c_str(),
                         fault.warning ? " (warning)" : "");
        }
        if (!loaded.site) return kUsage;
        site = std::move(loaded.site);
        for (const auto& bus : site->buses) {
            if (!bus.gpio) continue;
            std::fprintf(stderr,
                         "hallsim: GPIO chip \"%s\" is left out: the virtual hall moves only "
                         "what is on a bus\n",
                         bus.id.c_str());
        }
    }
    // A reader that goes away is no reason to end.
    std::signal(SIGPIPE, SIG_IGN);
    return serve(*site, arguments);
}
