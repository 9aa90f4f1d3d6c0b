// hallctl commission: an engineer walks through every input and output, with the daemon stopped.
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <iostream>
#include <memory>

#include "daemon/commission/session.hpp"
#include "daemon/commission/switching.hpp"
#include "daemon/ctl/ctl.hpp"
#include "daemon/ctl/owner.hpp"
#include "daemon/shell/control_socket.hpp"
#include "daemon/shell/journal.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall::ctl {

namespace {

using namespace hall::commission;

struct Options {
    std::string config = "/etc/halld/hall.toml";
    std::string report, lang;
    double measure = 5.0;
    bool status = false, json = false;
};

constexpr std::size_t kLongestName = 120;  // bytes; forty Chinese characters

SiteConfig load(const std::string& file) {
    LoadedSite loaded = load_site(file, default_templates(file));
    if (loaded.site) return std::move(*loaded.site);
    std::string all = "the configuration does not hold:";
    for (const ConfigFault& fault : loaded.faults) {
        if (!fault.warning) all += "\n" + to_string(fault);
    }
    throw UsageError(all);
}

/// Whether somebody takes connections there. Waits a second at most for a machine that is no
/// neighbour.
bool takes_connections(const std::string& host, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) return false;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, ::freeaddrinfo);
    const int fd = ::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    bool there = ::connect(fd, list->ai_addr, list->ai_addrlen) == 0;
    if (!there && errno == EINPROGRESS) {
        pollfd writable{fd, POLLOUT, 0};
        int error = 0;
        socklen_t size = sizeof error;
        there = ::poll(&writable, 1, 1'000) == 1 &&
                ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    }
    ::close(fd);
    return there;
}

/// A daemon with another state folder may hold the same wires.
void refuse_a_live_hall(const Context& context, const SiteConfig& site) {
    if (somebody_listens(context.socket_path()))
        throw RefusedError("a daemon answers at " + context.socket_path().string() +
                           ": stop it first; nothing was switched");
    if (takes_connections(site.panel.host, site.panel.port))
        throw RefusedError(
            "somebody serves this hall's panel at " + site.panel.host + ":" +
            std::to_string(site.panel.port) +
            ", perhaps a daemon with another state folder: stop it first; nothing was "
            "switched");
}

/// The report's file, opened while we may still be root.
class ReportFile {
  public:
    explicit ReportFile(const std::string& file) : name_(file) {
        if (file.empty()) return;
        descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (descriptor_ < 0)
            throw UsageError("cannot write " + file + ": " +
                             std::generic_category().message(errno));
    }
    ~ReportFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    ReportFile(const ReportFile&) = delete;
    ReportFile& operator=(const ReportFile&) = delete;
    [[nodiscard]] bool wanted() const { return descriptor_ >= 0; }
    void write(const std::string& text) const {
        const auto size = static_cast<ssize_t>(text.size());
        if (::ftruncate(descriptor_, 0) != 0 ||
            ::pwrite(descriptor_, text.data(), text.size(), 0) != size)
            throw UsageError("cannot write " + name_ + ": " +
                             std::generic_category().message(errno));
    }

  private:
    std::string name_;
    int descriptor_ = -1;
};

bool good_name(const std::string& name) {
    if (name.empty() || name.size() > kLongestName) return false;
    for (const char c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    }
    // It becomes part of records, which are UTF-8.
    return nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore) ==
           dump(nlohmann::json(name));
}

std::string ask_name(const Talk& talk) {
    std::string name = talk.ask("who");
    while (!good_name(name)) {
        talk.say("who_again");
        name = talk.ask("who");
    }
    return name;
}

int show_status(const Context& context, const SiteConfig& site, bool zh, bool as_json) {
    if (!std::filesystem::is_directory(context.state_folder()))
        throw UsageError("there is no state folder " + context.state);
    const Ledger ledger(context.state_folder(), site.hall.id);
    const auto channels = channels_of(site);
    const Summary summary{site, channels, ledger, zh};
    std::cout << (as_json ? dump(summary.json(), 2) + "\n" : summary.text());
    return summary.complete() ? kFine : kNo;
}

int walk(const Context& context, const SiteConfig& site, bool zh, const Options& o) {
    Terminal terminal;
    const Talk talk(terminal, zh);
    const ReportFile report(o.report);
    make_private_folder(context.state_folder());
    become_owner(context.state_folder());
    // The lock comes first: from here on no daemon can start.
    auto opened = Journal::open(context.state_folder(),
                                [&site](WallTime t) { return site.hall.zone.offset_at(t); });
    refuse_a_live_hall(context, site);
    Ledger ledger(context.state_folder(), site.hall.id);
    talk.say("welcome", {{"name", site.hall.name}, {"hall", site.hall.id}});
    try {
        Scribe scribe(*opened.journal, site, ask_name(talk));
        if (!opened.damage.empty()) {
            talk.line(opened.damage + " → " + opened.put_aside.string());
            scribe.record(
                "journal_damaged", "done",
                {{"what", opened.damage}, {"put_aside", opened.put_aside.filename().string()}});
        }
        SessionOptions options;
        options.measure = std::chrono::milliseconds{std::lround(o.measure * 1000)};
        if (report.wanted()) options.report = [&](const std::string& text) { report.write(text); };
        Session session(site, scribe, ledger, talk, std::move(options));
        return session.run() ? kFine : kNo;
    } catch (const Interrupted&) {
        return kNo;
    }
}

int commission(const Context& context, const Options& o) {
    const SiteConfig site = load(o.config);
    const bool zh = (o.lang.empty() ? site.locale : o.lang) != "en";
    if (o.status) return show_status(context, site, zh, o.json);
    if (o.json) throw UsageError("--json belongs to --status");
    try {
        return walk(context, site, zh, o);
    } catch (const JournalInUse& e) {
        throw RefusedError(e.what() + std::string("; nothing was switched"));
    } catch (const NotPutBack& e) {
        throw RefusedError(e.what());
    }
}

}  // namespace

void add_commission(CLI::App& app, Context& context) {
    auto o = std::make_shared<Options>();
    CLI::App* c = app.add_subcommand(
        "commission", "walk through every input and output at the hall, with the daemon stopped");
    c->fallthrough();
    c->add_option("--config", o->config, "configuration file (default: " + o->config + ")");
    c->add_option("--report", o->report, "writes a report in Markdown to this file");
    c->add_option("--lang", o->lang, "zh or en (default: the configuration's locale)")
        ->check(CLI::IsMember({"zh", "en"}));
    c->add_option("--measure", o->measure, "seconds for which a meter is looked at (default: 5)")
        ->check(CLI::Range(0.1, 60.0));
    c->add_flag("--status", o->status, "only list what is verified; needs no terminal");
    c->add_flag("--json", o->json, "with --status: as JSON");
    c->callback(
        [o, &context] { context.chosen = [o, &context] { return commission(context, *o); }; });
}

}  // namespace hall::ctl
