#pragma once
// The engineer's terminal, line by line. Ctrl-C, a hang-up or the end of input is told as
// Interrupted at the next place that can be left, and never in the middle of putting something
// back.
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hall::commission {

class Interrupted : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Terminal {
  public:
    /// Catches the signals that end a program at a terminal, and ignores the one that stops it: a
    /// supply must not stay cut because somebody pressed Ctrl-Z or Ctrl-S.
    /// @throws std::runtime_error when standard input is no terminal
    Terminal();
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// Never fails: a terminal that is gone must not keep anything from being put back.
    void write(std::string_view text) const;

    /// What was typed before the question was asked is no answer to it.
    void forget_typed();

    /// One line without its end. None: `until` has passed, or `news` became readable. @throws
    /// Interrupted
    std::optional<std::string> line(std::optional<std::chrono::steady_clock::time_point> until = {},
                                    int news = -1);
    /// @throws Interrupted when a signal has come
    void check() const;

  private:
    struct Settings;
    bool take_line(std::string& line);

    std::unique_ptr<Settings> before_;
    std::string typed_;
};

}  // namespace hall::commission
