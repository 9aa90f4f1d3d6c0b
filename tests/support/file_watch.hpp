#pragma once
// Waits for a file that another process makes, told by the kernel.
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace hall::test {

class FileWatch {
  public:
    /// Watches from now on; the folder must be there already.
    explicit FileWatch(std::filesystem::path file)
        : file_(std::move(file)), descriptor_(::inotify_init1(IN_CLOEXEC)) {
        if (descriptor_ < 0 || ::inotify_add_watch(descriptor_, file_.parent_path().c_str(),
                                                   IN_CREATE | IN_MOVED_TO) < 0)
            throw std::runtime_error("cannot watch " + file_.parent_path().string());
    }
    ~FileWatch() { ::close(descriptor_); }
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;

    /// True as soon as the file is there; false when `patience` is over first.
    [[nodiscard]] bool appears(std::chrono::milliseconds patience) const {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (!std::filesystem::exists(file_)) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            pollfd p{descriptor_, POLLIN, 0};
            if (left.count() <= 0 || ::poll(&p, 1, static_cast<int>(left.count())) <= 0)
                return std::filesystem::exists(file_);
            // Only that something happened counts.
            std::array<char, 4096> events{};
            if (::read(descriptor_, events.data(), events.size()) < 0) return false;
        }
        return true;
    }

  private:
    std::filesystem::path file_;
    int descriptor_;
};

}  // namespace hall::test
