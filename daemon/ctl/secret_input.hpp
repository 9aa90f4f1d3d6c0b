#pragma once
// A PIN from a terminal without echo, or from standard input (R26: never from the command line,
// which every process of the machine can read).
#include <string>

namespace hall::ctl {

/// A text that is wiped when it goes.
class Secret {
  public:
    Secret() { text_.reserve(kLongest); }
    ~Secret();
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    [[nodiscard]] const std::string& text() const { return text_; }
    /// @throws UsageError when it grows too long
    void push(char c);
    void pop();

  private:
    /// Reserved at once: growing would leave copies behind.
    static constexpr std::size_t kLongest = 64;
    std::string text_;
};

/// Reads one line from standard input. @throws UsageError when there is none
void secret_from_stdin(Secret& secret);
/// Asks twice at the terminal, without echo. @throws UsageError when there is no terminal, when the
/// two differ, or on Ctrl-C
void secret_from_terminal(Secret& secret, const std::string& prompt);

}  // namespace hall::ctl
