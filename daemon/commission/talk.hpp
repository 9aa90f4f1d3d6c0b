#pragma once
// What is said to the engineer and asked of them, in the hall's language (`words.cpp`).
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/commission/channels.hpp"
#include "daemon/commission/terminal.hpp"

namespace hall::commission {

using Args = std::vector<std::pair<std::string_view, std::string>>;

struct Phrase {
    std::string_view key, zh, en;
};
/// All phrases. `{name}` stands for an argument.
const std::vector<Phrase>& phrases();
/// @throws std::logic_error when there is no such phrase
std::string phrase(bool zh, std::string_view key, const Args& args = {});

/// A yes-or-no question's answer; a step may be skipped.
enum class Yes : std::uint8_t { yes, no, skip };

/// The engineer wants back to the menu.
class Back : public std::exception {};

class Talk {
  public:
    Talk(Terminal& terminal, bool zh) : terminal_(terminal), zh_(zh) {}

    void say(std::string_view key, const Args& args = {}) const;
    /// Text that is no phrase: a table's row, a line of TOML.
    void line(std::string_view text) const;
    [[nodiscard]] std::string text(std::string_view key, const Args& args = {}) const;

    /// A question, and what was typed, without blanks at its ends. @throws Interrupted
    std::string ask(std::string_view key, const Args& args = {}) const;
    /// @throws Interrupted, Back
    Yes yes(std::string_view key, const Args& args = {}) const;
    /// True when exactly `word` was typed after the question was shown. @throws Interrupted, Back
    bool typed(std::string_view key, const Args& args, const std::string& word) const;

    /// `west_door: open`: the level in words of the hall.
    [[nodiscard]] std::string word(const Channel& channel, Level level) const;
    [[nodiscard]] bool zh() const { return zh_; }
    [[nodiscard]] Terminal& terminal() const { return terminal_; }

  private:
    Terminal& terminal_;
    bool zh_;
};

/// Watts with at most three digits that mean something.
std::string watts_text(double watts);

}  // namespace hall::commission
