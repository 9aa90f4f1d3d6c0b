#pragma once
// What a keyboard-wedge reader types, made into card numbers: digits, then Enter, within a breath.
// The source of the habit is hardware of many makes; no standard says it.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace hall::drivers::reader {

/// A key went down.
struct Key {
    enum class Kind : std::uint8_t { digit, enter, other };
    Kind kind = Kind::other;
    char digit = '0';
};

/// The meaning of a key's code in linux/input-event-codes.h.
Key key_of(unsigned code);

class CardText {
  public:
    using Time = std::chrono::microseconds;  ///< of any steady clock

    /// Takes one key. Returns the card's number when this one completes it.
    std::optional<std::string> take(const Key& key, Time at);
    /// What was typed so far does not count: keys were missed.
    void forget();

  private:
    std::string digits_;
    bool spoilt_ = false;  ///< something else was typed: all of it until Enter is no card
    std::optional<Time> last_;
};

}  // namespace hall::drivers::reader
