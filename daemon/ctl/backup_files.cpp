#include "daemon/ctl/backup_files.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "daemon/ctl/ctl.hpp"
#include "daemon/shell/journal.hpp"
#include "daemon/shell/journal_format.hpp"
#include "daemon/shell/state_files.hpp"

extern char** environ;  // NOLINT: POSIX's name

namespace hall::ctl {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::string error_text() {
    return std::generic_category().message(errno);
}

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool zipped(const fs::path& path) {
    return ends_with(path.string(), ".gz") || ends_with(path.string(), ".tgz");
}

/// tar is part of every Debian. Its exit code.
int run_tar(std::vector<std::string> args) {
    args.insert(args.begin(), "tar");
    std::vector<char*> argv;
    argv.reserve(args.size() + 1);
    for (std::string& a : args) argv.push_back(a.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (const int error = ::posix_spawnp(&pid, "tar", nullptr, nullptr, argv.data(), environ);
        error != 0)
        throw UsageError("tar cannot be started: " + std::generic_category().message(error));
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void sync_file(const fs::path& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const bool done = fd >= 0 && ::fsync(fd) == 0;
    const std::string why = error_text();
    if (fd >= 0) ::close(fd);
    if (!done) throw UsageError("cannot write " + file.string() + ": " + why);
}

}  // namespace

bool is_archive_name(const fs::path& path) {
    const std::string name = path.string();
    return ends_with(name, ".tar") || ends_with(name, ".tar.gz") || ends_with(name, ".tgz");
}

ScratchFolder::ScratchFolder(const fs::path& parent) {
    std::string name = ((parent.empty() ? fs::path(".") : parent) / ".hall-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw UsageError("cannot make a folder in " + parent.string() + ": " + error_text());
    path_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void pack(const fs::path& folder, const fs::path& archive) {
    const mode_t before = ::umask(077);
    std::vector<std::string> args{"--create",
                                  "--file=" + archive.string(),
                                  "--directory=" + folder.string(),
                                  "--sort=name",
                                  "--owner=root:0",
                                  "--group=root:0"};
    if (zipped(archive)) args.emplace_back("--gzip");
    args.emplace_back(".");
    const int code = run_tar(std::move(args));
    ::umask(before);
    if (code != 0) throw UsageError("the archive " + archive.string() + " could not be written");
    sync_file(archive);
}

void unpack(const fs::path& archive, const fs::path& folder) {
    std::vector<std::string> args{"--extract", "--file=" + archive.string(),
                                  "--directory=" + folder.string(), "--no-same-owner"};
    if (zipped(archive)) args.emplace_back("--gzip");
    if (run_tar(std::move(args)) != 0)
        throw RefusedError(archive.string() + " is no archive that can be read");
}

void publish(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            throw RefusedError(to.string() + " is there already: a backup overwrites nothing");
        throw UsageError("cannot write " + to.string() + ": " + error_text());
    }
    sync_folder(to.parent_path());
}

json list_files(const fs::path& folder) {
    json files = json::object();
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const std::string name = fs::relative(entry.path(), folder).string();
        if (entry.is_directory() || name == kManifest) continue;
        const std::string bytes = read_file(entry.path()).value_or("");
        files[name] = {{"size", bytes.size()}, {"sha256", journal_format::sha256_hex(bytes)}};
    }
    return files;
}

BackupVerdict check_backup(const fs::path& folder) {
    BackupVerdict verdict;
    const auto text = read_file(folder / kManifest);
    if (!text) throw RefusedError(folder.string() + " is no backup: it has no " + kManifest);
    verdict.manifest = json::parse(*text, nullptr, false);
    if (!verdict.manifest.is_object() || !verdict.manifest.contains("files")) {
        verdict.what = std::string(kManifest) + " is damaged";
        return verdict;
    }
    const json& wanted = verdict.manifest["files"];
    const json found = list_files(folder);
    for (const auto& [name, facts] : wanted.items()) {
        if (!found.contains(name)) verdict.what = name + " is missing";
        if (found.contains(name) && found[name]["sha256"] != facts.value("sha256", ""))
            verdict.what = name + " was changed";
    }
    for (const auto& [name, facts] : found.items()) {
        if (!wanted.contains(name)) verdict.what = name + " is no part of the backup";
    }
    if (!verdict.what.empty()) return verdict;
    const Verification journal = verify_journal(folder / "journal.db", folder / "journal.pub");
    verdict.intact = journal.intact;
    verdict.what = journal.what;
    return verdict;
}

}  // namespace hall::ctl
