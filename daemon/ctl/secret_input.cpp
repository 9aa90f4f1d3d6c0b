#include "daemon/ctl/secret_input.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "daemon/ctl/ctl.hpp"

namespace hall::ctl {

namespace {

constexpr char kInterrupt = 3, kEndOfInput = 4, kBackspace = 8, kDelete = 127;

/// The terminal without echo and without signals from keys: Ctrl-C arrives as a character, so the
/// terminal is never left silent.
class QuietTerminal {
  public:
    QuietTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) {
            if (descriptor_ >= 0) ::close(descriptor_);
            throw UsageError("there is no terminal to ask for the PIN: use --pin-stdin");
        }
        termios quiet = before_;
        quiet.c_lflag &= static_cast<tcflag_t>(~(ECHO | ECHONL | ICANON | ISIG));
        quiet.c_cc[VMIN] = 1;
        quiet.c_cc[VTIME] = 0;
        ::tcsetattr(descriptor_, TCSAFLUSH, &quiet);
    }
    ~QuietTerminal() {
        ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
        ::close(descriptor_);
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;

    void say(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t n = ::write(descriptor_, text.data(), text.size());
            if (n < 0 && errno != EINTR) return;
            if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    [[nodiscard]] int get() const { return descriptor_; }

  private:
    int descriptor_;
    termios before_{};
};

/// False at the end of input.
bool read_character(int descriptor, char& c) {
    for (;;) {
        const ssize_t n = ::read(descriptor, &c, 1);
        if (n >= 0 || errno != EINTR) return n == 1;
    }
}

void read_line(const QuietTerminal& terminal, Secret& secret) {
    char c = 0;
    while (read_character(terminal.get(), c) && c != '\n' && c != '\r') {
        if (c == kInterrupt || c == kEndOfInput) {
            terminal.say("\n");
            throw UsageError("given up, nothing was changed");
        }
        if (c == kBackspace || c == kDelete) {
            secret.pop();
        } else {
            secret.push(c);
        }
    }
    terminal.say("\n");
}

}  // namespace

Secret::~Secret() {
    text_.resize(text_.capacity());
    sodium_memzero(text_.data(), text_.size());
}

void Secret::push(char c) {
    if (text_.size() == kLongest) throw UsageError("this is too long for a PIN");
    text_ += c;
}

void Secret::pop() {
    if (!text_.empty()) text_.pop_back();
}

void secret_from_stdin(Secret& secret) {
    char c = 0;
    bool any = false;
    // Character by character: no buffer of the library keeps a copy.
    while (read_character(STDIN_FILENO, c) && c != '\n') {
        any = true;
        if (c != '\r') secret.push(c);
    }
    if (!any) throw UsageError("no PIN on standard input");
}

void secret_from_terminal(Secret& secret, const std::string& prompt) {
    const QuietTerminal terminal;
    terminal.say(prompt + ": ");
    read_line(terminal, secret);
    Secret again;
    terminal.say(prompt + " again: ");
    read_line(terminal, again);
    if (secret.text() != again.text()) throw UsageError("the two PINs differ, nothing was changed");
}

}  // namespace hall::ctl
