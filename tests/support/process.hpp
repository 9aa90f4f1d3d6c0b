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
#include <utility>
#include <vector>

#include "tests/support/patience.hpp"

extern char** environ;

namespace hall::test {

class Process {
  public:
    /// @param environment further `NAME=value`
    /// @param listens its standard input is a pipe, for tell(); otherwise there is none
    explicit Process(const std::vector<std::string>& argv,
                     const std::vector<std::string>& environment = {}, bool listens = false) {
        std::array<int, 2> ends{}, input{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        if (listens) {
            if (::pipe2(input.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
            ::signal(SIGPIPE, SIG_IGN);  // that it does not listen any more is told by tell()
        }
        output_ = ends[0];
        input_ = input[1];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        if (listens) {
            posix_spawn_file_actions_adddup2(&actions, input[0], 0);
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        }
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
        if (listens) ::close(input[0]);
        if (error != 0) throw std::runtime_error("cannot start " + argv[0]);
    }
    ~Process() {
        if (!status_) {
            ::kill(pid_, SIGKILL);
            int ignored = 0;
            ::waitpid(pid_, &ignored, 0);
        }
        ::close(output_);
        if (input_ >= 0) ::close(input_);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const { ::kill(pid_, number); }
    [[nodiscard]] const std::string& output() const { return text_; }

    /// One line to its standard input. False: it does not listen any more.
    [[nodiscard]] bool tell(const std::string& line) const {
        const std::string text = line + '\n';
        return ::write(input_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    }
    /// The next line that it says, without its end; none: the program ended, or patience did.
    std::optional<std::string> next_line() {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        std::size_t end = 0;
        while ((end = text_.find('\n', told_)) == std::string::npos) {
            if (!read_some(until)) return std::nullopt;
        }
        const std::size_t begin = std::exchange(told_, end + 1);
        return text_.substr(begin, end - begin);
    }
    /// Reads until the output holds `wanted`. False: the program ended, or patience did.
    bool says(const std::string& wanted) {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (text_.find(wanted) == std::string::npos) {
            if (!read_some(until)) return text_.find(wanted) != std::string::npos;
        }
        return true;
    }
    /// Asks it to end until it does: TSan may keep a signal back that comes just when a thread
    /// begins to wait. The exit code; none: it still runs.
    std::optional<int> stopped() {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (std::chrono::steady_clock::now() < until) {
            signal(SIGTERM);
            const auto a_while = std::chrono::steady_clock::now() + std::chrono::seconds{2};
            while (read_some(a_while)) {
            }
            if (std::chrono::steady_clock::now() < a_while) return ends();  // its output has ended
        }
        return std::nullopt;
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
    int input_ = -1;
    std::size_t told_ = 0;  ///< of text_, what next_line() gave
    std::string text_;
    std::optional<int> status_;
};

}  // namespace hall::test
