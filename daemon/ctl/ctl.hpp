#pragma once
// What hallctl's subcommands share: where the hall's state lies, and how they end.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace hall::ctl {

/// Exit codes, for scripts.
enum Exit : int { kFine = 0, kNo = 1, kUsage = 2, kNoDaemon = 3 };

/// Ends the program with kUsage and the sentence on stderr.
class UsageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// Ends the program with kNo and the sentence on stderr.
class RefusedError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// Ends the program with kNoDaemon and the sentence on stderr.
class NoDaemonError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The packaged service's state folder.
constexpr const char* kServiceState = "/var/lib/halld";

struct Context {
    std::string state;
    std::string socket;           ///< empty: `<state>/halld.sock`
    std::function<int()> chosen;  ///< the subcommand of this call; returns the exit code

    [[nodiscard]] std::filesystem::path state_folder() const { return state; }
    [[nodiscard]] std::filesystem::path socket_path() const {
        return socket.empty() ? state_folder() / "halld.sock" : std::filesystem::path(socket);
    }
};

/// JSON of texts that may hold anything.
std::string dump(const nlohmann::json& value, int indent = -1);

void add_backup(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_commission(CLI::App& app, Context& context);
void add_daemon_commands(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_staff(CLI::App& app, Context& context);
void add_audit(CLI::App& app, Context& context);
void add_replay(CLI::App& app, Context& context);
void add_schedule(CLI::App& app, Context& context);

}  // namespace hall::ctl
