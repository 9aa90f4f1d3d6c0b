#include "drivers/pc/ssh_stop.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace hall::drivers {

namespace {

/// ssh(1): "exits with the exit status of the remote command or with 255 if an error occurred".
constexpr int kSshItself = 255;
/// Told at LogLevel VERBOSE, before the command is sent; without it no command has run.
constexpr std::string_view kLetIn = "Authenticated to ";
/// What VERBOSE tells besides.
constexpr std::string_view kChatter[] = {kLetIn, "Transferred: ", "Bytes per second: "};
constexpr std::size_t kLongestReason = 200;

bool begins(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

/// The last thing that it complained about, printable: the reason stands at the end.
std::string reason_in(std::string_view complaint) {
    std::string reason;
    while (!complaint.empty()) {
        const std::size_t end = std::min(complaint.find('\n'), complaint.size());
        std::string line(complaint.substr(0, std::min(end, kLongestReason)));
        complaint.remove_prefix(std::min(end + 1, complaint.size()));
        std::erase_if(line,
                      [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; });
        const bool chatter =
            std::any_of(std::begin(kChatter), std::end(kChatter),
                        [&](std::string_view start) { return begins(line, start); });
        if (!chatter && !line.empty()) reason = line;
    }
    return reason;
}

}  // namespace

std::vector<std::string> ssh_call(const SshSettings& s) {
    // Unreachable must end by ssh's own word, which says that nothing was asked, and not by ours.
    const auto connect = std::max<long long>(1, s.timeout.count() / 2'000);
    std::vector<std::string> call{
        "/usr/bin/ssh",         "-F", "none", "-T", "-n",      "-a", "-x", "-p",
        std::to_string(s.port), "-l", s.user, "-i", s.key_file};
    for (const std::string& option :
         {std::string("BatchMode=yes"), std::string("StrictHostKeyChecking=yes"),
          "UserKnownHostsFile=" + s.known_hosts, std::string("GlobalKnownHostsFile=/dev/null"),
          std::string("VerifyHostKeyDNS=no"), std::string("UpdateHostKeys=no"),
          std::string("IdentitiesOnly=yes"), std::string("IdentityAgent=none"),
          std::string("PreferredAuthentications=publickey"), std::string("ClearAllForwardings=yes"),
          std::string("ControlPath=none"), std::string("ConnectionAttempts=1"),
          "ConnectTimeout=" + std::to_string(connect), std::string("LogLevel=VERBOSE")}) {
        call.insert(call.end(), {"-o", option});
    }
    call.insert(call.end(), {"--", s.host, s.remote_command});
    return call;
}

CommandEnded ssh_verdict(CommandEnded ended) {
    const bool let_in = ended.complaint.find(kLetIn) != std::string::npos;
    std::string reason = reason_in(ended.complaint);
    if (!reason.empty()) reason = ": " + reason;
    if (ended.result == Result::done) return ended;
    if (ended.exit_status && *ended.exit_status != kSshItself) {
        ended.result = Result::failed;
        ended.why = "the PC's command ended with " + std::to_string(*ended.exit_status) + reason;
    } else if (!let_in) {
        ended.result = Result::failed;
        ended.why = "ssh did not get in (" + ended.why + ")" + reason;
    } else {
        ended.result = Result::unknown;
        ended.why = "the connection ended before the command (" + ended.why + ")" + reason;
    }
    return ended;
}

void ask_by_ssh(boost::asio::io_context& io, const SshSettings& settings,
                std::function<void(CommandEnded)> ended) {
    run_command_hook(
        io, ssh_call(settings), settings.timeout,
        [ended = std::move(ended)](CommandEnded end) { ended(ssh_verdict(std::move(end))); });
}

}  // namespace hall::drivers
