#pragma once
// A program under test: started with arguments, its two outputs read together, ended by its id.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

extern char** environ;

namespace hall::test {

/// No test waits longer than this for anything; what is waited for normally comes at once.
constexpr std::chrono::seconds kPatience{60};

class Process {
  public:
    /// @param environment further `NAME=value`
    explicit Process(const std::vector<std::string>& argv,
                     const std::vector<std::string>& environment = {}) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        output_ = ends[0];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
        std::vector<char*> args, env;
        for (const auto& a : argv) args.push_back(const_cast<char*>(a.c_str()));
        args.push_back(nullptr);
        for (char** e = environ; *e != nullptr; ++e) env.push_back(*e);
        for (const auto& e : environment) env.push_back(const_cast<char*>(e.c_str()));
        env.push_back(nullptr);
        const int error = ::posix_spawn(&pid_, args[0], &actions, nullptr, args.data(), env.data());
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        if (error != 0) throw std::runtime_error("cannot start " + argv[0]);
    }
    ~Process() {
        if (!status_) {
            ::kill(pid_, SIGKILL);
            int ignored = 0;
            ::waitpid(pid_, &ignored, 0);
        }
        ::close(output_);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const { ::kill(pid_, number); }
    [[nodiscard]] const std::string& output() const { return text_; }

    /// Reads until the output holds `wanted`. False: the program ended, or patience did.
    bool says(const std::string& wanted) {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (text_.find(wanted) == std::string::npos) {
            if (!read_some(until)) return text_.find(wanted) != std::string::npos;
        }
        return true;
    }
    /// Waits for the end. The exit code, or 128 + signal; none: it still runs.
    std::optional<int> ends() {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (read_some(until)) {
        }
        if (std::chrono::steady_clock::now() >= until) return std::nullopt;
        int status = 0;
        if (::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return status_;
    }

  private:
    bool read_some(std::chrono::steady_clock::time_point until) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        pollfd p{output_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&p, 1, static_cast<int>(left.count())) <= 0) return false;
        std::array<char, 4096> buffer{};
        const ssize_t n = ::read(output_, buffer.data(), buffer.size());
        if (n <= 0) return false;
        text_.append(buffer.data(), static_cast<std::size_t>(n));
        return true;
    }

    pid_t pid_ = -1;
    int output_ = -1;
    std::string text_;
    std::optional<int> status_;
};

}  // namespace hall::test
