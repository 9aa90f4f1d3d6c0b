// Shut-down commands: how each end is told, and that nothing remains of them.
#include "drivers/pc/command_hook.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace hall::drivers {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr auto kPatience = 20s;

class CommandHook : public testing::Test {
  protected:
    CommandHook() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "hall-hook-XXXXXX").string();
        folder = mkdtemp(pattern.data());
    }
    ~CommandHook() override { std::filesystem::remove_all(folder); }

    void start(const std::vector<std::string>& argv, std::chrono::milliseconds timeout) {
        run_command_hook(io, argv, timeout, [this](const CommandEnded& e) {
            ++ends;
            end = e;
        });
    }
    /// Runs the loop until the command's end was told.
    CommandEnded run(const std::vector<std::string>& argv,
                     std::chrono::milliseconds timeout = kPatience) {
        start(argv, timeout);
        EXPECT_FALSE(end) << "the end is told by the loop, not by the call";
        io.run_for(kPatience);
        EXPECT_EQ(ends, 1);
        return end.value_or(CommandEnded{});
    }
    static std::vector<std::string> shell(const std::string& text, const std::string& argument) {
        return {"/bin/sh", "-c", text, "sh", argument};
    }
    [[nodiscard]] std::string file(const std::string& name) const { return folder / name; }
    static std::string text_of(const std::string& path) {
        std::stringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    /// Waits until the pipe has something to say: how many bytes it gave, 0 at its end.
    static ssize_t await_bytes(int fd) {
        pollfd p{fd, POLLIN, 0};
        const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
        std::array<char, 16> bytes{};
        return ::poll(&p, 1, static_cast<int>(patience.count())) == 1
                   ? ::read(fd, bytes.data(), bytes.size())
                   : -1;
    }
    static bool has_no_children() { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

    std::filesystem::path folder;
    asio::io_context io;
    std::optional<CommandEnded> end;
    int ends = 0;
};

TEST_F(CommandHook, ExitStatusZeroIsDone) {
    const auto e = run({"/bin/true"});
    EXPECT_EQ(e.result, Result::done);
    EXPECT_EQ(e.why, "");
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandHook, AnyOtherStatusIsFailedAndNamed) {
    const auto e = run({"/bin/sh", "-c", "exit 7"});
    EXPECT_EQ(e.result, Result::failed);
    EXPECT_EQ(e.why, "exit status 7");
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandHook, WhatItComplainsOfIsKept) {
    const auto e = run(shell("echo no right >&2; echo heard", ""));
    EXPECT_EQ(e.complaint, "no right\n");
    EXPECT_EQ(e.exit_status, 0);
}

TEST_F(CommandHook, AnEndlessComplaintNeitherStopsItNorGrows) {
    const auto e = run(shell("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 3", ""));
    EXPECT_EQ(e.exit_status, 3);
    EXPECT_EQ(e.complaint.size(), 16U * 1024);
}

TEST_F(CommandHook, ASignalIsFailedAndNamed) {
    const auto e = run({"/bin/sh", "-c", "kill -9 $$"});
    EXPECT_EQ(e.result, Result::failed);
    EXPECT_EQ(e.why, "signal 9");
}

TEST_F(CommandHook, WhatCannotStartIsFailed) {
    const auto e = run({file("no-such-command")});
    EXPECT_EQ(e.result, Result::failed);
    EXPECT_NE(e.why.find("No such file"), std::string::npos) << e.why;
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandHook, NothingToRunIsFailed) {
    EXPECT_EQ(run({}).result, Result::failed);
}

TEST_F(CommandHook, WordsReachTheCommandAsTheyStand) {
    // No shell in between: blanks, quotes and dollar signs are text.
    const std::string word = "a b; $(touch " + file("harm") + ") \"'*";
    EXPECT_EQ(run({"/bin/sh", "-c", "printf %s \"$1\" >\"$2\"", "sh", word, file("out")}).result,
              Result::done);
    EXPECT_EQ(text_of(file("out")), word);
    EXPECT_FALSE(std::filesystem::exists(file("harm")));
}

TEST_F(CommandHook, TheCommandGetsNothingOfOurs) {
    // Deliberately not close-on-exec: even a library's socket must not leak.
    std::array<int, 2> sockets{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
    EXPECT_EQ(run(shell("for f in 0 1 2; do readlink /proc/$$/fd/$f; done >\"$1\"; "
                        "ls /proc/$$/fd >>\"$1\"",
                        file("out")))
                  .result,
              Result::done);
    ::close(sockets[0]);
    ::close(sockets[1]);
    std::istringstream lines(text_of(file("out")));
    std::string line;
    for (int fd = 0; fd <= 2; ++fd) {
        std::getline(lines, line);
        // The loop's own redirection stands in for descriptor 1 while it runs.
        if (fd != 1) {
            EXPECT_EQ(line, fd == 0 ? "/dev/null" : "/memfd:complaint (deleted)");
        }
    }
    while (std::getline(lines, line)) {
        // A shell keeps what it redirected away at 10 and above.
        const int fd = std::stoi(line);
        EXPECT_TRUE(fd <= 2 || fd >= 10) << fd;
        EXPECT_TRUE(fd < 2 || fd != sockets[0]);
    }
}

TEST_F(CommandHook, SignalsAreAsInAFreshProcess) {
    // The daemon ignores SIGPIPE; a command must not inherit that. Read from a process that does
    // not wait: a shell that waits for a child blocks every signal for a moment.
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(
        run(shell("exec grep -E '^Sig(Ign|Blk)' /proc/self/status >\"$1\"", file("out"))).result,
        Result::done);
    ::signal(SIGPIPE, before);
    std::istringstream lines(text_of(file("out")));
    int seen = 0;
    // The C library itself keeps two signals, 32 and 33, from whatever it spawns.
    constexpr unsigned long long kLibrarys = 3ULL << 31U;
    for (std::string name, mask; lines >> name >> mask; ++seen)
        EXPECT_EQ(std::stoull(mask, nullptr, 16) & ~kLibrarys, 0U) << name << mask;
    EXPECT_EQ(seen, 2);
}

TEST_F(CommandHook, ATimeoutKillsTheWholeGroup) {
    // The command starts another that would outlive it; the pipe's other end tells when both are
    // gone.
    const std::string fifo = file("fifo");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    const int reading = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reading, 0);
    start(shell("exec 5>\"$1\"; echo x >&5; sleep 1000 & wait", fifo), 2s);
    ASSERT_EQ(await_bytes(reading), 2);  // the x and its line's end
    io.run_for(kPatience);
    EXPECT_EQ(ends, 1);
    EXPECT_EQ(end.value_or(CommandEnded{}).result, Result::unknown);
    EXPECT_EQ(end.value_or(CommandEnded{}).why, "killed at timeout");
    EXPECT_TRUE(has_no_children()) << "no zombie either";
    // End of file only when no process holds the other end any more.
    EXPECT_EQ(await_bytes(reading), 0);
    ::close(reading);
}

TEST_F(CommandHook, TheLoopRunsMeanwhile) {
    start({"/bin/sleep", "1000"}, 300ms);
    int turns = 0;
    asio::steady_timer timer(io);
    std::function<void()> turn = [&] {
        timer.expires_after(1ms);
        timer.async_wait([&](const boost::system::error_code&) {
            ++turns;
            if (!end) turn();
        });
    };
    turn();
    io.run_for(kPatience);
    EXPECT_GT(turns, 5);
    EXPECT_EQ(end.value_or(CommandEnded{}).result, Result::unknown);
}

TEST_F(CommandHook, ALoopThatIsDestroyedEndsTheCommandSilently) {
    std::optional<CommandEnded> told;
    {
        asio::io_context other;
        run_command_hook(other, {"/bin/sleep", "1000"}, 1h,
                         [&](const CommandEnded& e) { told = e; });
        run_command_hook(other, {file("none")}, 1h, [&](const CommandEnded& e) { told = e; });
        other.poll_one();
        told.reset();
    }
    EXPECT_FALSE(told);
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandHook, ManyAtOnceEndEachForItself) {
    std::vector<int> statuses;
    for (int i = 0; i < 16; ++i) {
        run_command_hook(io, {"/bin/sh", "-c", "exit " + std::to_string(i)}, kPatience,
                         [&, i](const CommandEnded& e) {
                             EXPECT_EQ(e.result, i == 0 ? Result::done : Result::failed);
                             statuses.push_back(i);
                         });
    }
    io.run_for(kPatience);
    EXPECT_EQ(statuses.size(), 16U);
    EXPECT_TRUE(has_no_children());
}

}  // namespace
}  // namespace hall::drivers
