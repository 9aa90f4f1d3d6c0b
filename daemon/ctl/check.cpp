// hallctl check FILE: every fault of a configuration at once, without touching a wire.
#include <iostream>
#include <memory>

#include "daemon/ctl/ctl.hpp"
#include "daemon/shell/site.hpp"

namespace hall::ctl {

namespace {

int check(const std::string& file, bool as_json) {
    const LoadedSite loaded = load_site(file, default_templates(file));
    if (as_json) {
        nlohmann::json list = nlohmann::json::array();
        for (const ConfigFault& f : loaded.faults)
            list.push_back({{"file", f.file},
                            {"line", f.line},
                            {"column", f.column},
                            {"severity", f.warning ? "warning" : "error"},
                            {"message", f.message}});
        std::cout << dump(list, 2) << '\n';
    } else {
        for (const ConfigFault& f : loaded.faults)
            std::cout << to_string(f) << (f.warning ? " (warning)" : "") << '\n';
        if (loaded.site) std::cout << file << ": fine\n";
    }
    return loaded.site ? kFine : kUsage;
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
    struct Options {
        std::string file;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("check", "list all faults of a configuration file");
    command->fallthrough();
    command->add_option("FILE", options->file, "configuration file (TOML)")->required();
    command->add_flag("--json", options->json, "a list of faults as JSON");
    command->callback([options, &context] {
        context.chosen = [options] { return check(options->file, options->json); };
    });
}

}  // namespace hall::ctl
