// hallctl backup: what a hall needs to go on elsewhere, copied beside a running daemon, and
// checked.
#include <cstdlib>
#include <iostream>
#include <memory>

#include "daemon/core/zone.hpp"
#include "daemon/ctl/backup_files.hpp"
#include "daemon/ctl/ctl.hpp"
#include "daemon/ctl/journal_reader.hpp"
#include "daemon/shell/clock.hpp"
#include "daemon/shell/journal_copy.hpp"
#include "daemon/shell/site.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall::ctl {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Options {
    std::string to, config = "/etc/halld/hall.toml";
    bool secrets = false;
};

constexpr int kVersion = 1;

void write_file(const fs::path& file, const std::string& bytes) {
    fs::create_directories(file.parent_path());
    replace_file(file, bytes);
}

/// False when there is no such file.
bool copy_if_there(const fs::path& from, const fs::path& to) {
    const auto bytes = read_file(from);
    if (!bytes) return false;
    write_file(to, *bytes);
    return true;
}

/// In this order: what the broker has is never more than the journal that is copied after it; an id
/// of a command that the journal knows is never missing.
void copy_state(const fs::path& state, const fs::path& to) {
    copy_if_there(state / "delivered", to / "delivered");
    copy_journal(state / "journal.db", to / "journal.db");
    if (!copy_if_there(state / "journal.pub", to / "journal.pub"))
        throw RefusedError("there is no " + (state / "journal.pub").string());
    for (const char* name : {"commands.json", "staff.json", "lockouts.json", "commissioning.json",
                             "commissioning.left.json"})
        copy_if_there(state / name, to / name);
}

void copy_secrets(const fs::path& state, const fs::path& to) {
    if (!copy_if_there(state / "journal.key", to / "journal.key"))
        throw RefusedError("there is no " + (state / "journal.key").string());
    // The same order as the daemon's: a systemd credential goes before the file.
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    if (credentials != nullptr &&
        copy_if_there(fs::path(credentials) / "pepper", to / "pepper.key"))
        return;
    if (copy_if_there(state / "pepper.key", to / "pepper.key")) return;
    if (fs::exists(to / "staff.json"))
        throw RefusedError(
            "the pepper is neither in the state folder nor in $CREDENTIALS_DIRECTORY: without it "
            "no PIN "
            "holds any more; add it to the backup by hand, or leave --with-secrets out");
}

/// Where a file that the configuration reads belongs, below `config/`, so that it is found there
/// again.
fs::path place_of(const fs::path& file, const fs::path& config, const fs::path& templates) {
    if (file.parent_path() == templates) return fs::path("devices") / file.filename();
    const fs::path relative = file.lexically_relative(config.parent_path());
    const bool below = !relative.empty() && *relative.begin() != "..";
    return below ? relative : file.filename();
}

void copy_configuration(const fs::path& config, const fs::path& to) {
    if (!fs::is_regular_file(config))
        throw UsageError("there is no configuration " + config.string() +
                         "; name it with --config");
    const fs::path templates = default_templates(config);
    const LoadedSite loaded = load_site(config, templates);
    // A configuration with faults belongs into a backup as well as a good one.
    if (!loaded.site)
        std::cerr << "hallctl: warning: " << config.string() << " has faults; see hallctl check\n";
    for (const std::string& name : loaded.files) {
        if (!copy_if_there(name, to / place_of(name, config, templates)))
            std::cerr << "hallctl: warning: there is no " << name << '\n';
    }
}

json manifest_of(const fs::path& folder, const Options& o) {
    const JournalHead head = JournalReader(folder / "journal.db").head();
    const Now now = Clock(std::nullopt, false).now();
    return {{"version", kVersion},
            {"program", HALL_VERSION},
            {"made", rfc3339(now.wall, std::chrono::seconds{0})},
            {"secrets", o.secrets},
            {"journal", {{"seq", head.seq}, {"hash", head.hash}, {"key_id", head.key_id}}},
            {"files", list_files(folder)}};
}

void check(const fs::path& folder) {
    const BackupVerdict verdict = check_backup(folder);
    if (!verdict.intact)
        throw RefusedError("the copy does not hold, nothing was kept: " + verdict.what);
}

int backup(const Context& context, const Options& o) {
    const fs::path to = fs::absolute(o.to).lexically_normal();
    if (fs::exists(fs::symlink_status(to)))
        throw RefusedError(to.string() + " is there already: a backup overwrites nothing");
    if (!fs::is_directory(to.parent_path()))
        throw UsageError("there is no folder " + to.parent_path().string());
    const ScratchFolder scratch(to.parent_path());
    const fs::path folder = scratch.path() / "backup";
    make_private_folder(folder);
    copy_state(context.state_folder(), folder);
    if (o.secrets) copy_secrets(context.state_folder(), folder);
    copy_configuration(fs::absolute(o.config).lexically_normal(), folder / "config");
    const json manifest = manifest_of(folder, o);
    write_file(folder / kManifest, dump(manifest, 2) + "\n");
    check(folder);
    if (is_archive_name(to)) {
        const fs::path archive = scratch.path() / to.filename();
        pack(folder, archive);
        // What will be there in a bad hour is looked at, not what it was made of.
        const fs::path again = scratch.path() / "again";
        make_private_folder(again);
        unpack(archive, again);
        check(again);
        publish(archive, to);
    } else {
        publish(folder, to);
    }
    std::cout << "backed up and checked: " << to.string() << ", " << manifest["files"].size()
              << " files, journal up to record " << manifest["journal"]["seq"]
              << (o.secrets ? "; it holds the secrets of this hall: keep it locked away\n"
                            : "; without the secrets journal.key and pepper\n");
    return kFine;
}

}  // namespace

void add_backup(CLI::App& app, Context& context) {
    auto o = std::make_shared<Options>();
    CLI::App* c = app.add_subcommand(
        "backup", "a checked copy of state and configuration, beside a running daemon");
    c->fallthrough();
    c->add_option("--to", o->to, "a folder, or a file .tar, .tar.gz or .tgz; must not be there yet")
        ->required();
    c->add_option("--config", o->config, "configuration file (default: " + o->config + ")");
    c->add_flag("--with-secrets", o->secrets, "also journal.key and the pepper of the PINs");
    c->callback([o, &context] { context.chosen = [o, &context] { return backup(context, *o); }; });
}

}  // namespace hall::ctl
