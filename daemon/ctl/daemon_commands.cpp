// hallctl status and reload: what a running daemon is asked over its socket.
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "daemon/ctl/ctl.hpp"
#include "daemon/ctl/status_text.hpp"
#include "daemon/shell/control_socket.hpp"

namespace hall::ctl {

namespace {

/// `file:line:column: message` is a fault of the file; anything else is "not now".
bool names_a_place(const std::string& text) {
    static constexpr const char* kDigits = "0123456789";
    for (auto at = text.find(':'); at != std::string::npos; at = text.find(':', at + 1)) {
        const auto line = text.find_first_not_of(kDigits, at + 1);
        if (line == std::string::npos || line == at + 1 || text[line] != ':') continue;
        const auto column = text.find_first_not_of(kDigits, line + 1);
        if (column != std::string::npos && column != line + 1 && text.compare(column, 2, ": ") == 0)
            return true;
    }
    return false;
}

using nlohmann::json;

constexpr std::chrono::milliseconds kPatience{5'000};
constexpr std::chrono::milliseconds kWatchEvery{1'000};

json ask(const Context& context, const char* what) {
    std::string answer;
    try {
        answer = ask_daemon(context.socket_path(), dump(json{{"do", what}}), kPatience);
    } catch (const std::runtime_error& e) {
        throw NoDaemonError(e.what());
    }
    json parsed = json::parse(answer, nullptr, false);
    if (!parsed.is_object()) throw NoDaemonError("halld's answer is no JSON object");
    return parsed;
}

void show(const json& state, bool as_json, bool watching) {
    if (as_json) {
        std::cout << dump(state, watching ? -1 : 2) << '\n';
    } else {
        // The terminal shows one page that changes; a pipe gets page after page.
        if (watching && ::isatty(STDOUT_FILENO) == 1) std::cout << "\x1b[H\x1b[2J";
        std::cout << status_text(state) << (watching ? "\n" : "");
    }
    std::cout.flush();
}

int status(const Context& context, bool as_json, bool watching) {
    json state = ask(context, "status");
    if (state.value("result", "") == "failed")
        throw RefusedError(state.value("message", "halld could not answer"));
    show(state, as_json, watching);
    if (!watching) return kFine;
    // Until Ctrl-C, or until nobody reads any more. A daemon that starts again is waited for.
    bool lost = false;
    while (std::cout) {
        std::this_thread::sleep_for(kWatchEvery);
        try {
            state = ask(context, "status");
            lost = false;
            show(state, as_json, watching);
        } catch (const NoDaemonError& e) {
            if (!lost) std::cerr << "hallctl: " << e.what() << '\n';
            lost = true;
        }
    }
    return kFine;
}

int reload(const Context& context) {
    const json answer = ask(context, "reload");
    if (answer.value("result", "") == "done") {
        std::cout << "loaded; halld starts again with it\n";
        return kFine;
    }
    const std::string message = answer.value("message", "refused");
    std::cerr << "hallctl: not loaded, the old configuration stays: " << message << '\n';
    return names_a_place(message) ? kUsage : kNo;
}

}  // namespace

void add_daemon_commands(CLI::App& app, Context& context) {
    struct Options {
        bool json = false, watch = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("status", "how the hall stands, from the running daemon");
    command->fallthrough();
    command->add_flag("--json", options->json, "everything, as GET /api/state gives it");
    command->add_flag("--watch", options->watch, "again every second, until Ctrl-C");
    command->callback([options, &context] {
        context.chosen = [options, &context] {
            return status(context, options->json, options->watch);
        };
    });

    CLI::App* again =
        app.add_subcommand("reload", "load the configuration file again, as a whole or not at all");
    again->fallthrough();
    again->callback([&context] { context.chosen = [&context] { return reload(context); }; });
}

}  // namespace hall::ctl
