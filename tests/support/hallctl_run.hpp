#pragma once
// Runs hallctl as a shell or a person at a terminal would, and gives what it said and how it ended.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

extern char** environ;

namespace hall::test {

class Hallctl {
  public:
    /// @param with_terminal a controlling terminal of its own; else there is none
    Hallctl(std::vector<std::string> args, const std::string& input, bool with_terminal = false) {
        std::array<int, 2> in_pipe{}, out_pipe{}, err_pipe{};
        if (::pipe2(in_pipe.data(), O_CLOEXEC) != 0 || ::pipe2(out_pipe.data(), O_CLOEXEC) != 0 ||
            ::pipe2(err_pipe.data(), O_CLOEXEC) != 0)
            return;
        std::string terminal;
        if (with_terminal) {
            int slave = -1;
            std::array<char, 64> name{};
            if (::openpty(&terminal_, &slave, name.data(), nullptr, nullptr) != 0) return;
            ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
            ::close(slave);
            terminal = name.data();
        }
        spawn(std::move(args), terminal, in_pipe[0], out_pipe[1], err_pipe[1]);
        ::close(out_pipe[1]);
        ::close(err_pipe[1]);
        // Our own reading end stays open until then: a program that ends without reading its input
        // must not end the test by SIGPIPE.
        [[maybe_unused]] const ssize_t n = ::write(in_pipe[1], input.data(), input.size());
        ::close(in_pipe[1]);
        ::close(in_pipe[0]);
        out_ = out_pipe[0];
        err_ = err_pipe[0];
    }
    ~Hallctl() {
        if (pid_ > 0 && code_ < 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        for (const int fd : {out_, err_, terminal_})
            if (fd >= 0) ::close(fd);
    }
    Hallctl(const Hallctl&) = delete;
    Hallctl& operator=(const Hallctl&) = delete;

    /// Waits for the end; the exit code.
    int code() {
        while (code_ < 0 && read_some(-1)) {
        }
        if (code_ < 0) {
            int status = 0;
            ::waitpid(pid_, &status, 0);
            code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            // Whatever ended the wait: what it wrote last is still to be read.
            while (read_some(1'000)) {
            }
        }
        return code_;
    }
    /// What it wrote to its standard output and standard error, and what the terminal showed.
    std::string out, err, shown;

    /// Waits until the terminal (or the standard output) holds `text`.
    bool shows(const std::string& text) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (shown.find(text) == std::string::npos && out.find(text) == std::string::npos) {
            if (std::chrono::steady_clock::now() > until || !read_some(30'000)) return false;
        }
        return true;
    }
    void type(const std::string& text) const {
        [[maybe_unused]] const ssize_t n = ::write(terminal_, text.data(), text.size());
    }
    void signal(int number) const { ::kill(pid_, number); }

  private:
    void spawn(std::vector<std::string> args, const std::string& terminal, int in, int out_end,
               int err_end) {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in, 0);
        posix_spawn_file_actions_adddup2(&actions, out_end, 1);
        posix_spawn_file_actions_adddup2(&actions, err_end, 2);
        // The leader of a new session takes the first terminal that it opens. Opened last: the
        // number may be that of a pipe above, which depends on what this program inherited.
        if (!terminal.empty())
            posix_spawn_file_actions_addopen(&actions, 9, terminal.c_str(), O_RDWR, 0);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
        args.insert(args.begin(), HALLCTL);
        std::vector<char*> argv;
        for (auto& a : args) argv.push_back(a.data());
        argv.push_back(nullptr);
        ::posix_spawn(&pid_, HALLCTL, &actions, &attributes, argv.data(), environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
    }

    /// False when both outputs have ended or the time is over.
    bool read_some(int patience_ms) {
        std::array<pollfd, 3> fds{{{out_open_ ? out_ : -1, POLLIN, 0},
                                   {err_open_ ? err_ : -1, POLLIN, 0},
                                   {terminal_, POLLIN, 0}}};
        if (!out_open_ && !err_open_) return false;
        if (::poll(fds.data(), fds.size(), patience_ms) <= 0) return false;
        if (fds[0].revents != 0) out_open_ = take(out_, out);
        if (fds[1].revents != 0) err_open_ = take(err_, err);
        // The terminal hangs up while nobody has it open.
        if (fds[2].revents != 0 && !take(terminal_, shown) && !shown.empty()) {
            ::close(terminal_);
            terminal_ = -1;
        }
        return true;
    }
    static bool take(int fd, std::string& text) {
        std::array<char, 4096> buffer{};
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n > 0) text.append(buffer.data(), static_cast<std::size_t>(n));
        return n > 0;
    }

    pid_t pid_ = -1;
    int out_ = -1, err_ = -1, terminal_ = -1;
    bool out_open_ = true, err_open_ = true;
    int code_ = -1;
};

}  // namespace hall::test
