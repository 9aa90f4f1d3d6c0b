// [[circuit.stop]]: how a PC is asked to shut down (R7).
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "daemon/shell/config_known_hosts.hpp"
#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

const std::vector<std::string> kMethods{"command", "pulse", "ssh", "mqtt"};
constexpr StopMethodKind kKinds[] = {StopMethodKind::command, StopMethodKind::pulse,
                                     StopMethodKind::ssh, StopMethodKind::mqtt};

/// Which method a key is for, as messages say it.
struct KeyOf {
    const char* key;
    std::vector<StopMethodKind> kinds;
    const char* methods;
};
const std::vector<KeyOf>& keys() {
    using enum StopMethodKind;
    static const std::vector<KeyOf> kAll{
        {"command", {command}, "\"command\""},
        {"timeout", {command, ssh, mqtt}, "\"command\", \"ssh\" or \"mqtt\""},
        {"output", {pulse}, "\"pulse\""},
        {"length", {pulse}, "\"pulse\""},
        {"host", {ssh}, "\"ssh\""},
        {"port", {ssh}, "\"ssh\""},
        {"user", {ssh}, "\"ssh\""},
        {"key_file", {ssh}, "\"ssh\""},
        {"known_hosts", {ssh}, "\"ssh\""},
        {"remote_command", {ssh}, "\"ssh\""}};
    return kAll;
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
}

void read_command(Section& stop, const std::string& circuit, StopWiring& wiring) {
    if (!stop.has("command")) stop.missing("command");
    stop.seconds("timeout", wiring.timeout, {1, 600});
    const auto words = stop.texts("command");
    if (!words) return;
    // No shell stands between: the first word is the program itself, found without a search path.
    if (words->empty() || words->front().value.empty() || words->front().value.front() != '/') {
        stop.error(stop.place("command"),
                   "command must begin with the absolute path of a program, each argument a text "
                   "of its own");
        return;
    }
    for (const Text& word : *words) {
        wiring.command.push_back(word.value);
        replace_all(wiring.command.back(), "{circuit}", circuit);
    }
}

void read_pulse(Section& stop, Draft& draft, const std::string& circuit, StopWiring& wiring) {
    // Four seconds on an ATX power button are a hard power-off.
    stop.seconds("length", wiring.pulse_length, {0.1, 3});
    const auto output = stop.required_text("output");
    if (!output) return;
    wiring.pulse = draft.points.resolve(
        *output, Wanted::pulse, {"power button of circuit \"" + circuit + "\"", Role::Kind::other});
    if (!wiring.pulse || wiring.pulse_length % wiring.pulse->flash->step == Millis{0}) return;
    stop.error(stop.place("length"),
               "length is no multiple of the board's step of " +
                   number_text(static_cast<double>(wiring.pulse->flash->step.count()) / 1000) +
                   " s; round it");
}

/// ssh takes these words apart once more: blanks would split them, and `%`, `~` and `$` stand for
/// something else.
bool is_plain_path(const std::string& path) {
    return !path.empty() && path.front() == '/' &&
           path.find_first_of(" \t\"'\\%$~") == std::string::npos;
}

bool is_user(const std::string& text) {
    return !text.empty() && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
               return letter || (c >= '0' && c <= '9') ||
                      std::string_view("._-@\\").find(c) != std::string_view::npos;
           });
}

/// @param forbidden modes that make the file useless or unsafe
std::optional<Text> read_path(Section& stop, const char* key, mode_t forbidden,
                              const std::string& remedy) {
    auto path = stop.required_text(key);
    if (!path) return std::nullopt;
    if (!is_plain_path(path->value)) {
        stop.error(path->at, std::string(key) +
                                 " must be an absolute path without blanks, quotes, \\, %, $ or ~");
        return std::nullopt;
    }
    // Only warnings: a file may be checked on another machine than the hall's.
    struct stat file {};
    if (::stat(path->value.c_str(), &file) != 0) {
        stop.warning(path->at,
                     std::string(key) + ": there is no file \"" + path->value + "\" here");
    } else if ((file.st_mode & forbidden) != 0) {
        stop.warning(path->at, std::string(key) + ": \"" + path->value + "\" " + remedy);
    }
    return path;
}

void warn_if_not_pinned(Section& stop, const Text& file, const drivers::SshSettings& ssh) {
    std::ifstream in(file.value, std::ios::binary);
    if (!in) return;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (host_pinned(text, ssh.host, ssh.port) != Pinned::no) return;
    stop.warning(file.at, "known_hosts: \"" + file.value + "\" has no key of " + ssh.host +
                              ", so that ssh will refuse it; add its line after comparing the key "
                              "with the PC's own");
}

void read_ssh(Section& stop, const std::string& circuit, StopWiring& wiring) {
    drivers::SshSettings ssh;
    stop.seconds("timeout", wiring.timeout, {2, 600});
    ssh.timeout = wiring.timeout;
    const auto host = stop.required_text("host");
    if (host) {
        ssh.host = host->value;
        replace_all(ssh.host, "{circuit}", circuit);
        if (!is_host(ssh.host) || ssh.host.front() == '-') {
            stop.error(host->at, "host \"" + host->value +
                                     "\" is no host name or address; the port has a key of its "
                                     "own");
        }
    }
    stop.integer("port", ssh.port, {1, 65'535});
    if (const auto user = stop.required_text("user")) {
        ssh.user = user->value;
        if (!is_user(ssh.user))
            stop.error(user->at, "user \"" + user->value + "\" is no user's name");
    }
    if (const auto command = stop.text("remote_command")) ssh.remote_command = command->value;
    if (const auto key = read_path(stop, "key_file", 077,
                                   "may be read by others, and ssh refuses such a key; chmod 600"))
        ssh.key_file = key->value;
    if (const auto known =
            read_path(stop, "known_hosts", 022,
                      "may be written by others, who could pin a key of theirs; chmod 644")) {
        ssh.known_hosts = known->value;
        if (host) warn_if_not_pinned(stop, *known, ssh);
    }
    wiring.ssh = std::move(ssh);
}

void read_agent(Section& stop, const Draft& draft, StopWiring& wiring) {
    stop.seconds("timeout", wiring.timeout, {1, 300});
    if (!draft.has_mqtt)
        stop.error(stop.place("method"), "method = \"mqtt\" needs a broker; add [mqtt]");
}

void read_stop(Section stop, Draft& draft, CircuitConfig& config, CircuitWiring& wiring,
               Millis share) {
    StopMethod method;
    StopWiring how;
    method.wait = share;
    stop.rename("stop method of circuit \"" + config.id + "\"");
    if (!stop.has("method")) stop.missing("method");
    const auto chosen = stop.choice("method", kMethods);
    stop.seconds("wait", method.wait, {1, 1800});
    if (chosen) method.kind = how.kind = kKinds[*chosen];
    for (const KeyOf& key : keys()) {
        if (!chosen) {
            stop.pass_over(key.key);
        } else if (std::find(key.kinds.begin(), key.kinds.end(), how.kind) == key.kinds.end()) {
            stop.refuse(key.key, std::string(key.key) + " belongs to method = " + key.methods +
                                     "; remove it");
        }
    }
    if (chosen) {
        switch (how.kind) {
            case StopMethodKind::command:
                read_command(stop, config.id, how);
                break;
            case StopMethodKind::pulse:
                read_pulse(stop, draft, config.id, how);
                break;
            case StopMethodKind::ssh:
                read_ssh(stop, config.id, how);
                break;
            case StopMethodKind::mqtt:
                read_agent(stop, draft, how);
                break;
        }
    }
    stop.finish();
    config.stop.push_back(method);
    wiring.stop.push_back(std::move(how));
}

}  // namespace

void read_stops(Section& circuit, Draft& draft, CircuitConfig& config, CircuitWiring& wiring) {
    auto list = circuit.tables("stop");
    constexpr std::size_t kMost = 8;
    if (list.size() > kMost)
        circuit.error(circuit.place("stop"), "stop has more than 8 methods; shorten it");
    if (!circuit.has("stop")) {
        circuit.warning(circuit.place(), circuit.title() +
                                             " has no \"stop\": its PC is never asked to shut "
                                             "down, somebody has to do it by hand (R7)");
    }
    // Without a wait of their own, the methods share the time until R9's hold.
    const Millis timeout = draft.site.hall.closing.stop_timeout;
    const Millis share = list.empty() ? timeout : timeout / static_cast<int>(list.size());
    for (Section& stop : list) read_stop(std::move(stop), draft, config, wiring, share);
    Millis before_last{0};
    for (std::size_t i = 0; i + 1 < config.stop.size(); ++i) before_last += config.stop[i].wait;
    if (before_last >= timeout && before_last > Millis{0}) {
        circuit.error(circuit.place("stop"),
                      "the last method would never be tried: the waits before it reach "
                      "stop_timeout; shorten them");
    }
}

}  // namespace hall::config
