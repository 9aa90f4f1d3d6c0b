// Shutting a PC down over SSH, against a real sshd: what each end means, and who is not trusted.
#include "drivers/pc/ssh_stop.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/sshd.hpp"

namespace hall::drivers {
namespace {

using namespace std::chrono_literals;
using test::Sshd;

class SshStop : public testing::Test {
  protected:
    /// Shared: its keys take a while.
    static void SetUpTestSuite() { sshd_ = std::make_unique<Sshd>(); }
    static void TearDownTestSuite() { sshd_.reset(); }

    static SshSettings settings(const std::string& command) {
        SshSettings s;
        s.host = "127.0.0.1";
        s.port = sshd_->port();
        s.user = Sshd::user();
        s.key_file = sshd_->file("user_key");
        s.known_hosts = sshd_->file("known_hosts");
        s.remote_command = command;
        s.timeout = 120s;
        return s;
    }
    static CommandEnded ask(const SshSettings& s) {
        boost::asio::io_context io;
        std::optional<CommandEnded> end;
        ask_by_ssh(io, s, [&](CommandEnded e) { end = std::move(e); });
        io.run();
        EXPECT_TRUE(end);
        return end.value_or(CommandEnded{});
    }
    /// What the PC's shell was given would have left this behind.
    static std::string mark(const char* name) {
        std::filesystem::remove(sshd_->file(name));
        return "touch " + sshd_->file(name);
    }
    static bool marked(const char* name) { return std::filesystem::exists(sshd_->file(name)); }

    static std::unique_ptr<Sshd> sshd_;
};
std::unique_ptr<Sshd> SshStop::sshd_;

TEST_F(SshStop, TheCommandRunsOnThePcAndItsSuccessIsDone) {
    const auto e = ask(settings(mark("asked")));
    EXPECT_EQ(e.result, Result::done) << e.why;
    EXPECT_TRUE(marked("asked"));
}

TEST_F(SshStop, WhatTheCommandSaysOfItselfIsToldApart) {
    const auto e = ask(settings("echo access denied >&2; exit 5"));
    EXPECT_EQ(e.result, Result::failed);
    EXPECT_EQ(e.why, "the PC's command ended with 5: access denied");
}

TEST_F(SshStop, AConnectionThatThePcCutsIsNoFailure) {
    // As a PC does that goes down: the server's process is gone before the command's end.
    const auto e = ask(settings("kill -9 $PPID; sleep 600"));
    EXPECT_EQ(e.result, Result::unknown) << e.why;
    EXPECT_NE(e.why.find("the connection ended before the command"), std::string::npos) << e.why;
}

TEST_F(SshStop, AnotherHostKeyIsNotTalkedTo) {
    sshd_->make_key("stranger");
    sshd_->write("other_hosts", "[127.0.0.1]:" + std::to_string(sshd_->port()) + " " +
                                    sshd_->text("stranger.pub"));
    auto s = settings(mark("strange"));
    s.known_hosts = sshd_->file("other_hosts");
    const auto e = ask(s);
    EXPECT_EQ(e.result, Result::failed);
    EXPECT_NE(e.why.find("Host key verification failed"), std::string::npos) << e.why;
    EXPECT_FALSE(marked("strange"));
}

TEST_F(SshStop, AHostThatIsNotPinnedIsNotTalkedToEither) {
    sshd_->write("no_hosts", "");
    auto s = settings(mark("unpinned"));
    s.known_hosts = sshd_->file("no_hosts");
    EXPECT_EQ(ask(s).result, Result::failed);
    EXPECT_FALSE(marked("unpinned"));
    EXPECT_EQ(sshd_->text("no_hosts"), "") << "nothing is learnt on first use";
}

TEST_F(SshStop, AKeyThatThePcDoesNotKnowFails) {
    sshd_->make_key("other_key");
    auto s = settings(mark("keyless"));
    s.key_file = sshd_->file("other_key");
    const auto e = ask(s);
    EXPECT_EQ(e.result, Result::failed);
    EXPECT_NE(e.why.find("Permission denied"), std::string::npos) << e.why;
    EXPECT_FALSE(marked("keyless"));
}

TEST_F(SshStop, NoPortThatListensIsAFailure) {
    auto s = settings("true");
    int port = 0;
    close(test::listen_anywhere(port));
    s.port = port;
    const auto e = ask(s);
    EXPECT_EQ(e.result, Result::failed);
    EXPECT_NE(e.why.find("Connection refused"), std::string::npos) << e.why;
}

TEST_F(SshStop, AHostThatSaysNothingIsAFailureWithinTheTimeout) {
    auto s = settings("true");
    int port = 0;
    const int listener = test::listen_anywhere(port);
    s.port = port;
    s.timeout = 2s;
    const auto e = ask(s);
    close(listener);
    EXPECT_EQ(e.result, Result::failed) << e.why;
    EXPECT_NE(e.why.find("did not get in"), std::string::npos) << e.why;
}

TEST_F(SshStop, ACommandThatHangsIsGivenUpAndNobodyKnows) {
    // Long enough to get in on this machine, however slow it is.
    for (auto timeout = 1'000ms; timeout < 200s; timeout *= 2) {
        auto s = settings(mark("hangs") + "; sleep 600");
        s.timeout = timeout;
        const auto e = ask(s);
        if (!marked("hangs")) continue;
        EXPECT_EQ(e.result, Result::unknown) << e.why;
        EXPECT_NE(e.why.find("killed at timeout"), std::string::npos) << e.why;
        return;
    }
    FAIL() << "it never got in";
}

TEST(SshVerdict, WithoutHavingBeenLetInNothingWasAsked) {
    for (const auto status : {std::optional<int>{255}, std::optional<int>{}}) {
        CommandEnded e{Result::unknown, "?", status, "Connection timed out\n"};
        EXPECT_EQ(ssh_verdict(e).result, Result::failed);
        e.complaint = "Authenticated to pc1 ([192.0.2.7]:22) using \"publickey\".\n";
        EXPECT_EQ(ssh_verdict(e).result, Result::unknown);
    }
}

TEST(SshVerdict, TheReasonIsOneLineThatCanBeLogged) {
    const CommandEnded e{Result::failed, "exit status 255", 255,
                         "first\nrea\x1b[31mson\r\nBytes per second: sent 1.0\n\n"};
    EXPECT_EQ(ssh_verdict(e).why, "ssh did not get in (exit status 255): rea[31mson");
}

/// Both systems understand the usual command: it is run here with programs of their manners, and
/// with nothing else in reach.
TEST(SshCommand, EachSystemTakesItsOwnHalf) {
    const std::string usual = SshSettings{}.remote_command;
    const auto run = [&](const std::string& shutdown, const std::string& systemctl) {
        test::TempFolder folder;
        const auto program = [&](const char* name, const std::string& text) {
            if (text.empty()) return;
            const auto path = folder.path() / name;
            std::ofstream(path) << "#!/bin/sh\necho " << name << " \"$@\" >>"
                                << folder.path() / "log"
                                << "\n"
                                << text << "\n";
            std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        };
        program("shutdown", shutdown);
        program("systemctl", systemctl);
        boost::asio::io_context io;
        run_command_hook(
            io, {"/usr/bin/env", "-i", "PATH=" + folder.path().string(), "/bin/sh", "-c", usual},
            120s, [](const CommandEnded&) {});
        io.run();
        std::ifstream log(folder.path() / "log");
        return std::string{std::istreambuf_iterator<char>(log), {}};
    };
    EXPECT_EQ(run("exit 0", ""), "shutdown /s /t 0\n");
    EXPECT_EQ(run("exit 1", "exit 0"), "shutdown /s /t 0\nsystemctl poweroff\n");
}

}  // namespace
}  // namespace hall::drivers
