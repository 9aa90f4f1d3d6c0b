#include "daemon/shell/state_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace hall {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& what) {
    throw std::system_error(errno, std::generic_category(), what.string());
}

/// A descriptor that closes itself.
class Descriptor {
  public:
    Descriptor(const fs::path& file, int flags, mode_t mode = 0)
        : value_(::open(file.c_str(), flags | O_CLOEXEC, mode)) {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return value_; }

  private:
    int value_;
};

void write_all(int descriptor, std::string_view text, const fs::path& file) {
    while (!text.empty()) {
        const ssize_t n = ::write(descriptor, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(file);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

int open_lock(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) fail(file);
    return descriptor;
}

}  // namespace

void make_private_folder(const fs::path& folder) {
    if (fs::is_directory(folder)) return;
    if (folder.has_parent_path() && !fs::exists(folder.parent_path()))
        fs::create_directories(folder.parent_path());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail(folder);
    if (!fs::is_directory(folder)) {
        errno = ENOTDIR;
        fail(folder);
    }
}

void sync_folder(const fs::path& folder) {
    const Descriptor d(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY);
    if (d.get() < 0 || ::fsync(d.get()) != 0) fail(folder);
}

void replace_file(const fs::path& file, std::string_view text, unsigned mode) {
    const fs::path temporary = file.string() + ".new";
    try {
        // A leftover of a power loss may have any mode: it is replaced, not reused.
        ::unlink(temporary.c_str());
        const Descriptor d(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        if (d.get() < 0) fail(temporary);
        write_all(d.get(), text, temporary);
        if (::fsync(d.get()) != 0) fail(temporary);
        if (::rename(temporary.c_str(), file.c_str()) != 0) fail(file);
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    sync_folder(file.parent_path());
}

std::optional<std::string> read_file(const fs::path& file) {
    const Descriptor d(file, O_RDONLY);
    if (d.get() < 0) {
        if (errno == ENOENT) return std::nullopt;
        fail(file);
    }
    std::string text;
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t n = ::read(d.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(file);
        if (n == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
}

FileMark mark_of(const fs::path& file) {
    struct stat s {};
    if (::stat(file.c_str(), &s) != 0) return {};
    return {std::int64_t{s.st_mtim.tv_sec} * 1'000'000'000 + s.st_mtim.tv_nsec, s.st_ino,
            s.st_size};
}

FileLock FileLock::wait(const fs::path& file) {
    FileLock lock(open_lock(file));
    while (::flock(lock.descriptor_, LOCK_EX) != 0)
        if (errno != EINTR) fail(file);
    return lock;
}

std::optional<FileLock> FileLock::try_take(const fs::path& file) {
    FileLock lock(open_lock(file));
    if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return std::nullopt;
        fail(file);
    }
    // The number only serves a message; a full disk must not keep the daemon from starting.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.descriptor_, 0) == 0) [[maybe_unused]]
        const ssize_t n = ::pwrite(lock.descriptor_, pid.data(), pid.size(), 0);
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace hall
