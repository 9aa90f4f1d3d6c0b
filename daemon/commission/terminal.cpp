#include "daemon/commission/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace hall::commission {

namespace {

constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::size_t kLongestLine = 4096;

// Signal handlers reach nothing but these.
volatile sig_atomic_t caught = 0;
std::array<int, 2> wake{-1, -1};

void on_signal(int number) {
    caught = number;
    const int error = errno;
    const char byte = 0;
    [[maybe_unused]] const ssize_t n = ::write(wake[1], &byte, 1);
    errno = error;
}

void handle(int number, void (*how)(int)) {
    struct sigaction action {};
    action.sa_handler = how;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

}  // namespace

struct Terminal::Settings {
    termios value{};
};

Terminal::Terminal() : before_(std::make_unique<Settings>()) {
    if (::isatty(STDIN_FILENO) != 1)
        throw std::runtime_error(
            "commission needs a terminal: somebody must stand by and answer; standard input is "
            "none");
    if (::pipe2(wake.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    // Output that Ctrl-S holds would hold us, too.
    ::tcgetattr(STDIN_FILENO, &before_->value);
    termios unheld = before_->value;
    unheld.c_iflag &= ~static_cast<tcflag_t>(IXON);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &unheld);
    caught = 0;
    for (const int number : kEnding) handle(number, on_signal);
    handle(SIGTSTP, SIG_IGN);
}

Terminal::~Terminal() {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_->value);
    for (const int number : kEnding) handle(number, SIG_DFL);
    handle(SIGTSTP, SIG_DFL);
    for (int& end : wake) ::close(std::exchange(end, -1));
}

void Terminal::write(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

void Terminal::forget_typed() {
    ::tcflush(STDIN_FILENO, TCIFLUSH);
    typed_.clear();
}

void Terminal::check() const {
    if (caught == 0) return;
    throw Interrupted(caught == SIGINT   ? "Ctrl-C"
                      : caught == SIGHUP ? "the terminal hung up"
                                         : "ended by a signal");
}

bool Terminal::take_line(std::string& line) {
    const auto end = typed_.find_first_of("\r\n");
    if (end == std::string::npos) return false;
    line = typed_.substr(0, end);
    typed_.erase(0, end + 1);
    return true;
}

std::optional<std::string> Terminal::line(
    std::optional<std::chrono::steady_clock::time_point> until, int news) {
    using std::chrono::milliseconds;
    std::string line;
    for (;;) {
        check();
        if (take_line(line)) return line;
        int patience = -1;
        if (until) {
            const auto left =
                std::chrono::ceil<milliseconds>(*until - std::chrono::steady_clock::now()).count();
            if (left <= 0) return std::nullopt;
            patience = static_cast<int>(std::min<milliseconds::rep>(left, 60'000));
        }
        std::array<pollfd, 3> fds{
            {{STDIN_FILENO, POLLIN, 0}, {wake[0], POLLIN, 0}, {news, POLLIN, 0}}};
        if (::poll(fds.data(), fds.size(), patience) < 0 && errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "poll");
        check();
        if (fds[0].revents != 0) {
            std::array<char, 512> buffer{};
            const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
            if (n < 0 && errno == EINTR) continue;
            // A terminal that is gone reads as an error.
            if (n <= 0) throw Interrupted("the input has ended");
            typed_.append(buffer.data(), static_cast<std::size_t>(n));
            if (typed_.size() > kLongestLine) throw Interrupted("a line without end was typed");
            continue;
        }
        if (fds[2].revents != 0) return std::nullopt;
    }
}

}  // namespace hall::commission
