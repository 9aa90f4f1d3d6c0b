// hallctl: the operator's tool. Each subcommand has a file of its own.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "daemon/ctl/ctl.hpp"

namespace hall::ctl {

std::string dump(const nlohmann::json& value, int indent) {
    return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace {

int run(int argc, char** argv) {
    CLI::App app{"hallctl: the operator's tool for halld, the hall's controller"};
    Context context;
    const char* home = std::getenv("HALL_STATE");
    context.state = home != nullptr && *home != '\0' ? home : kServiceState;
    app.add_option("--state", context.state,
                   "the daemon's state folder (default: $HALL_STATE or /var/lib/halld)");
    app.add_option("--socket", context.socket,
                   "the daemon's control socket (default: halld.sock in the state folder)");
    app.set_version_flag("--version", HALL_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(
        "Exit codes: 0 fine, 1 the answer is no, 2 usage or configuration error, 3 daemon "
        "not reachable.");
    add_check(app, context);
    add_daemon_commands(app, context);
    add_staff(app, context);
    add_commission(app, context);
    add_backup(app, context);
    add_simulate(app, context);
    add_audit(app, context);
    add_replay(app, context);
    add_schedule(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? kFine : kUsage;
    }
    return context.chosen();
}

int complain(const std::exception& e, Exit code) {
    std::cerr << "hallctl: " << e.what() << '\n';
    return code;
}

}  // namespace
}  // namespace hall::ctl

int main(int argc, char** argv) {
    using namespace hall::ctl;
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const int code = run(argc, argv);
        std::cout.flush();
        // A full disk behind `> file` must not look like success.
        return std::cout.fail() && code == kFine ? kUsage : code;
    } catch (const NoDaemonError& e) {
        return complain(e, kNoDaemon);
    } catch (const RefusedError& e) {
        return complain(e, kNo);
    } catch (const std::exception& e) {
        return complain(e, kUsage);
    }
}
