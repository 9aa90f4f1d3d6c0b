#include "daemon/shell/recorder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "daemon/shell/state_files.hpp"

namespace hall {
namespace fs = std::filesystem;

namespace {

/// After a fault a new file is tried this often.
constexpr Millis kRetry{30'000};
/// Kept free in each file for the lines that follow a last event.
constexpr std::uint64_t kReserve = 4096;
constexpr const char* kPrefix = "events-";
constexpr const char* kSuffix = ".jsonl";

/// `events-000012.jsonl` -> 12; none when it is no recording.
std::optional<std::uint64_t> number_of(const fs::path& file) {
    const std::string name = file.filename().string();
    const std::string_view prefix = kPrefix, suffix = kSuffix;
    if (name.size() <= prefix.size() + suffix.size() ||
        name.compare(0, prefix.size(), prefix) != 0 ||
        name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0)
        return std::nullopt;
    const std::string digits =
        name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    if (digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return std::stoull(digits);
}

fs::path file_of(const fs::path& folder, std::uint64_t number) {
    std::string digits = std::to_string(number);
    if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
    return folder / (kPrefix + digits + kSuffix);
}

}  // namespace

std::vector<fs::path> segments_in(const fs::path& folder) {
    std::vector<std::pair<std::uint64_t, fs::path>> found;
    if (fs::is_directory(folder)) {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
            if (const auto number = number_of(entry.path()))
                found.emplace_back(*number, entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    std::vector<fs::path> list;
    list.reserve(found.size());
    for (auto& [number, path] : found) list.push_back(std::move(path));
    return list;
}

Recorder::Recorder(RecorderConfig config, fs::path folder)
    : config_(config), folder_(std::move(folder)) {}

Recorder::~Recorder() {
    close();
}

void Recorder::close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

bool Recorder::wants_segment(const Now& now) const {
    if (!config_.enabled) return false;
    if (descriptor_ < 0) return !failed_at_ || now.mono >= *failed_at_ + kRetry;
    return written_ + kReserve >= config_.bytes / kSegments;
}

void Recorder::begin(const recording::Header& header) {
    if (!config_.enabled) return;
    if (descriptor_ >= 0) put(recording::text_of(recording::Ended{true}));
    close();
    latest_ = header.at.mono;
    try {
        make_private_folder(folder_);
        make_room();
        open_segment(recording::text_of(header) + '\n');
        fault_.clear();
        failed_at_.reset();
    } catch (const std::system_error& e) {
        fail(folder_.string(), e.code().value());
    }
}

/// With a whole new file the ring stays within its bound.
void Recorder::make_room() {
    std::vector<fs::path> files = segments_in(folder_);
    std::uint64_t used = config_.bytes / kSegments;
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        used += fs::file_size(*file);
        if (used > config_.bytes) fs::remove(*file);
    }
}

/// The header appears whole or not at all.
void Recorder::open_segment(const std::string& first_line) {
    const std::vector<fs::path> files = segments_in(folder_);
    file_ = file_of(folder_, files.empty() ? 1 : *number_of(files.back()) + 1);
    const fs::path fresh = file_.string() + ".new";
    descriptor_ =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category());
    written_ = n_ = 0;
    std::string_view rest = first_line;
    while (!rest.empty()) {
        const ssize_t n = ::write(descriptor_, rest.data(), rest.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            const int error = errno;
            ::unlink(fresh.c_str());
            throw std::system_error(error, std::generic_category());
        }
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
    written_ = first_line.size();
    fs::rename(fresh, file_);
}

void Recorder::put(std::string line) {
    if (descriptor_ < 0) return;
    line += '\n';
    const ssize_t n = ::write(descriptor_, line.data(), line.size());
    if (n == static_cast<ssize_t>(line.size())) {
        written_ += line.size();
        return;
    }
    // A part of a line would hide the next one. What cannot be taken back is found at replay.
    const int error = n < 0 ? errno : ENOSPC;
    [[maybe_unused]] const int cut = ::ftruncate(descriptor_, static_cast<off_t>(written_));
    fail(file_.string(), error);
}

void Recorder::fail(const std::string& what, int error) {
    close();
    fault_ = what + ": " + std::strerror(error);
    failed_at_ = latest_;
}

void Recorder::born(const Now& now) {
    if (descriptor_ >= 0) put(recording::text_of(recording::Born{now}));
}

void Recorder::took(const Now& now, const Event& event) {
    latest_ = now.mono;
    if (descriptor_ >= 0) put(recording::text_of(++n_, now, event));
}

void Recorder::scanned(const Now& now, const std::vector<Event>& events) {
    if (descriptor_ < 0) return;
    latest_ = now.mono;
    put(recording::text_of(recording::Scanned{++n_, now, events}));
}

void Recorder::kept(std::uint64_t seq, const std::string& hash) {
    if (descriptor_ >= 0) put(recording::text_of(recording::Kept{seq, hash}));
}

void Recorder::undone() {
    if (descriptor_ >= 0) put(recording::text_of(recording::Undone{}));
}

void Recorder::stalled() {
    if (descriptor_ >= 0) put(recording::text_of(recording::Stalled{}));
}

void Recorder::retried(const Now& now) {
    if (descriptor_ >= 0) put(recording::text_of(recording::Retried{now}));
}

void Recorder::stop() {
    if (descriptor_ >= 0) put(recording::text_of(recording::Ended{false}));
    close();
    config_.enabled = false;
}

}  // namespace hall
