#pragma once
// An output switched for a look, and put back whatever happens.
#include <functional>
#include <stdexcept>

#include "daemon/commission/desk.hpp"

namespace hall::commission {

/// The level of before could not be restored; commissioning ends, and the next start offers it
/// again.
class NotPutBack : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The output does not do what it is told; nothing is left switched.
class NotSwitched : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Switches the output to the opposite of what the board has now, calls `look`, and writes the
/// level of before again, also when `look` throws. The journal has the whole intention before the
/// first write.
/// @param detail further words for the record
/// @throws NotSwitched, NotPutBack, JournalUnavailable, std::system_error, and what `look` throws
void while_switched(const Desk& desk, const Channel& channel, const Scribe::Detail& detail,
                    const std::function<void()>& look);

/// Offers to put back what an earlier, killed commissioning left. @throws as above
void offer_left(const Desk& desk);

/// What a feedback says while its output is switched and put back.
class Follow {
  public:
    /// @param feedback null: there is none
    Follow(const Desk& desk, const Channel* feedback) : desk_(desk), feedback_(feedback) {}

    /// Gives the feedback the time of a proof (R10) to say `expected`, or after the first look to
    /// change, and notes what it says.
    void look(Level expected);
    /// True when there is none, or it said each time what it should.
    [[nodiscard]] bool followed() const;
    /// Opposite each time: the wiring's sense is the other one.
    [[nodiscard]] bool opposite() const;
    [[nodiscard]] std::string story() const;
    /// Marks the feedback's own channel.
    void mark() const;

  private:
    const Desk& desk_;
    const Channel* feedback_;
    std::vector<std::pair<Level, Level>> looks_;  ///< expected, said
};

}  // namespace hall::commission
