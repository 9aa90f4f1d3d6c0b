#include "drivers/reader/card_text.hpp"

#include <linux/input-event-codes.h>

namespace hall::drivers::reader {

namespace {

/// Readers type a key every few milliseconds. Whoever waits longer is no reader, or began anew.
constexpr CardText::Time kPause{200'000};
/// What the staff file takes for a card at least, and what no card has.
constexpr std::size_t kShortest = 4;
constexpr std::size_t kLongest = 64;

}  // namespace

Key key_of(unsigned code) {
    const auto digit = [](unsigned n) { return Key{Key::Kind::digit, static_cast<char>('0' + n)}; };
    if (code == KEY_0 || code == KEY_KP0) return digit(0);
    if (code >= KEY_1 && code <= KEY_9) return digit(code - KEY_1 + 1);
    // The keypad's digits lie as they do on the keypad.
    if (code >= KEY_KP7 && code <= KEY_KP9) return digit(code - KEY_KP7 + 7);
    if (code >= KEY_KP4 && code <= KEY_KP6) return digit(code - KEY_KP4 + 4);
    if (code >= KEY_KP1 && code <= KEY_KP3) return digit(code - KEY_KP1 + 1);
    if (code == KEY_ENTER || code == KEY_KPENTER) return {Key::Kind::enter, '0'};
    return {};
}

std::optional<std::string> CardText::take(const Key& key, Time at) {
    if (last_ && at - *last_ > kPause) forget();
    last_ = at;
    switch (key.kind) {
        case Key::Kind::digit:
            if (digits_.size() < kLongest) {
                digits_.push_back(key.digit);
            } else {
                spoilt_ = true;
            }
            return std::nullopt;
        case Key::Kind::other:
            spoilt_ = true;
            return std::nullopt;
        case Key::Kind::enter:
            break;
    }
    std::optional<std::string> card;
    if (!spoilt_ && digits_.size() >= kShortest) card = digits_;
    forget();
    return card;
}

void CardText::forget() {
    digits_.assign(digits_.size(), '0');
    digits_.clear();
    spoilt_ = false;
    last_.reset();
}

}  // namespace hall::drivers::reader
