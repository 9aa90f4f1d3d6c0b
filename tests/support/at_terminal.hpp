#pragma once
// A program at a terminal of its own, as a person has it: what it shows is read, lines and keys are
// typed.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/patience.hpp"

extern char** environ;

namespace hall::test {

class AtTerminal {
  public:
    explicit AtTerminal(std::vector<std::string> argv,
                        const std::vector<std::string>& environment = {}) {
        int slave = -1;
        std::array<char, 64> name{};
        if (::openpty(&terminal_, &slave, name.data(), nullptr, nullptr) != 0)
            throw std::runtime_error("openpty");
        ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
        ::close(slave);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        // The leader of a new session takes the first terminal that it opens.
        posix_spawn_file_actions_addopen(&actions, 0, name.data(), O_RDWR, 0);
        posix_spawn_file_actions_adddup2(&actions, 0, 1);
        posix_spawn_file_actions_adddup2(&actions, 0, 2);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
        std::vector<char*> args, env;
        for (std::string& a : argv) args.push_back(a.data());
        args.push_back(nullptr);
        for (char** e = environ; *e != nullptr; ++e) env.push_back(*e);
        for (const auto& e : environment) env.push_back(const_cast<char*>(e.c_str()));
        env.push_back(nullptr);
        const int error =
            ::posix_spawn(&pid_, args[0], &actions, &attributes, args.data(), env.data());
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        if (error != 0) throw std::runtime_error("cannot start " + argv[0]);
    }
    ~AtTerminal() {
        if (code_ < 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        hang_up();
    }
    AtTerminal(const AtTerminal&) = delete;
    AtTerminal& operator=(const AtTerminal&) = delete;

    /// Reads until `text` is shown behind what was waited for before. False: it ended, or patience
    /// did.
    bool shows(const std::string& text) {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        for (;;) {
            const auto at = shown.find(text, seen_);
            if (at != std::string::npos) {
                seen_ = at + text.size();
                return true;
            }
            if (!read_some(until)) return false;
        }
    }
    /// Which of them is shown first behind what was waited for before; none: none of them.
    std::optional<std::size_t> which(const std::vector<std::string>& texts) {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        for (;;) {
            std::size_t first = std::string::npos;
            std::optional<std::size_t> found;
            for (std::size_t i = 0; i < texts.size(); ++i) {
                const std::size_t at = shown.find(texts[i], seen_);
                if (at >= first) continue;
                first = at;
                found = i;
            }
            if (found) {
                seen_ = first + texts[*found].size();
                return found;
            }
            if (!read_some(until)) return std::nullopt;
        }
    }
    void type(const std::string& line) const { keys(line + "\n"); }
    void keys(const std::string& keys) const {
        [[maybe_unused]] const ssize_t n = ::write(terminal_, keys.data(), keys.size());
    }
    /// Waits for the question, then answers it. False: it was not asked.
    bool answer(const std::string& question, const std::string& line) {
        if (!shows(question)) return false;
        type(line);
        return true;
    }
    void hang_up() {
        if (terminal_ >= 0) ::close(terminal_);
        terminal_ = -1;
    }
    void signal(int number) const { ::kill(pid_, number); }
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Waits for the end. The exit code, 128 + signal, or -1: it still runs.
    int ends() {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (terminal_ >= 0 && read_some(until)) {
        }
        while (code_ < 0 && std::chrono::steady_clock::now() < until) {
            int status = 0;
            if (::waitpid(pid_, &status, WNOHANG) == pid_)
                code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            else
                ::poll(nullptr, 0, 5);
        }
        return code_;
    }

    std::string shown;  ///< all of it

  private:
    /// False: the terminal is closed, or patience has ended.
    bool read_some(std::chrono::steady_clock::time_point until) {
        using std::chrono::milliseconds;
        const auto left =
            std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
        pollfd p{terminal_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&p, 1, static_cast<int>(left.count())) <= 0) return false;
        std::array<char, 4096> buffer{};
        const ssize_t n = ::read(terminal_, buffer.data(), buffer.size());
        if (n <= 0) return false;
        shown.append(buffer.data(), static_cast<std::size_t>(n));
        return true;
    }

    pid_t pid_ = -1;
    int terminal_ = -1;
    int code_ = -1;
    std::size_t seen_ = 0;
};

}  // namespace hall::test
