// What journald gets of the log: a priority on each line, and only where stderr is journald's.
#include "daemon/shell/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <string>

namespace hall {
namespace {

/// What `talk` writes to stderr while that is a pipe, which is journald's or is not.
std::string said(bool journald, const std::function<void()>& talk) {
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    const int kept = ::dup(STDERR_FILENO);
    EXPECT_EQ(::dup2(pipe[1], STDERR_FILENO), STDERR_FILENO);
    ::close(pipe[1]);
    struct stat s {};
    ::fstat(STDERR_FILENO, &s);
    const ino_t inode = journald ? s.st_ino : s.st_ino + 1;
    ::setenv("JOURNAL_STREAM", (std::to_string(s.st_dev) + ":" + std::to_string(inode)).c_str(), 1);
    spdlog::drop("halld");
    log_to_stderr();
    talk();
    ::dup2(kept, STDERR_FILENO);
    ::close(kept);
    ::unsetenv("JOURNAL_STREAM");
    std::string text(65536, '\0');
    const ssize_t size = ::read(pipe[0], text.data(), text.size());
    ::close(pipe[0]);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

TEST(Log, EachLevelHasItsPriorityForJournald) {
    EXPECT_EQ(said(true,
                   [] {
                       spdlog::info("received");
                       spdlog::warn("odd");
                       spdlog::error("failed");
                       spdlog::critical("over");
                   }),
              "<6>received\n<4>odd\n<3>failed\n<2>over\n");
}

TEST(Log, EachLineOfOneEventHasIt) {
    EXPECT_EQ(said(true, [] { spdlog::error("two faults:\na\nb"); }),
              "<3>two faults:\n<3>a\n<3>b\n");
}

TEST(Log, FaultsAreErrorsAndWarnings) {
    const ConfigFault fault{"hall.toml", 3, 7, "wrong", false};
    const ConfigFault doubt{"hall.toml", 4, 1, "odd", true};
    EXPECT_EQ(said(true,
                   [&] {
                       print_fault(fault);
                       print_fault(doubt);
                   }),
              "<3>" + to_string(fault) + "\n<4>" + to_string(doubt) + "\n");
    EXPECT_EQ(said(false, [&] { print_fault(fault); }), to_string(fault) + "\n");
}

TEST(Log, ElsewhereALineHasTimeAndLevel) {
    const std::string line = said(false, [] { spdlog::warn("odd"); });
    EXPECT_EQ(line.find('<'), std::string::npos);
    EXPECT_EQ(line.substr(4, 1), "-");
    EXPECT_NE(line.find(" warning odd\n"), std::string::npos) << line;
}

}  // namespace
}  // namespace hall
