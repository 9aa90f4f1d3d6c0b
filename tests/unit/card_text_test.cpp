// What a reader types, made into card numbers; and what is none.
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include "drivers/reader/card_text.hpp"

namespace hall::drivers::reader {
namespace {

using namespace std::chrono_literals;

/// Types `text` (digits, `x` for any other key, `\n` for Enter), one key every `pace`.
class Typist {
  public:
    std::optional<std::string> type(const std::string& text, CardText::Time pace = 5ms) {
        std::optional<std::string> card;
        for (const char c : text) {
            now_ += pace;
            Key key{Key::Kind::other, '0'};
            if (c >= '0' && c <= '9') key = {Key::Kind::digit, c};
            if (c == '\n') key = {Key::Kind::enter, '0'};
            card = text_.take(key, now_);
        }
        return card;
    }
    CardText& text() { return text_; }

  private:
    CardText text_;
    CardText::Time now_{1s};
};

TEST(CardText, IsDigitsUntilEnter) {
    Typist reader;
    EXPECT_EQ(reader.type("0012345678"), std::nullopt);
    EXPECT_EQ(reader.type("\n"), "0012345678");
    EXPECT_EQ(reader.type("4711\n"), "4711") << "and the next";
    EXPECT_EQ(reader.type("\n"), std::nullopt);
}

TEST(CardText, WithAnythingElseInItIsNone) {
    Typist reader;
    EXPECT_EQ(reader.type("0012x45678\n"), std::nullopt);
    EXPECT_EQ(reader.type("x\n"), std::nullopt);
    EXPECT_EQ(reader.type("0012345678\n"), "0012345678") << "the next one is whole again";
}

TEST(CardText, HasBoundsThatAreAllowed) {
    Typist reader;
    EXPECT_EQ(reader.type("123\n"), std::nullopt);
    EXPECT_EQ(reader.type("1234\n"), "1234");
    EXPECT_EQ(reader.type(std::string(64, '7') + "\n"), std::string(64, '7'));
    EXPECT_EQ(reader.type(std::string(65, '7') + "\n"), std::nullopt);
}

TEST(CardText, EndsWithAPause) {
    Typist reader;
    EXPECT_EQ(reader.type("0012345678"), std::nullopt);
    EXPECT_EQ(reader.type("4711\n", 201ms), std::nullopt) << "no person types a card";
    EXPECT_EQ(reader.type("47"), std::nullopt);
    EXPECT_EQ(reader.type("1", 201ms), std::nullopt);
    EXPECT_EQ(reader.type("2345\n"), "12345") << "what came before the pause is forgotten";
    EXPECT_EQ(reader.type("4711\n", 200ms), "4711") << "the longest pause that is none";
}

TEST(CardText, ForgetsWhenKeysWereMissed) {
    Typist reader;
    EXPECT_EQ(reader.type("0012"), std::nullopt);
    reader.text().forget();
    EXPECT_EQ(reader.type("345678\n"), "345678");
}

TEST(CardText, KnowsTheKeysOfBothDigitRows) {
    const unsigned row[] = {KEY_0, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9};
    const unsigned pad[] = {KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4,
                            KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8, KEY_KP9};
    for (int n = 0; n < 10; ++n) {
        for (const unsigned code : {row[n], pad[n]}) {
            EXPECT_EQ(key_of(code).kind, Key::Kind::digit) << code;
            EXPECT_EQ(key_of(code).digit, '0' + n) << code;
        }
    }
    EXPECT_EQ(key_of(KEY_ENTER).kind, Key::Kind::enter);
    EXPECT_EQ(key_of(KEY_KPENTER).kind, Key::Kind::enter);
    for (const unsigned code : {KEY_A, KEY_ESC, KEY_MINUS, KEY_BACKSPACE, KEY_KPMINUS, KEY_KPPLUS,
                                KEY_KPDOT, KEY_LEFTSHIFT, KEY_SPACE})
        EXPECT_EQ(key_of(code).kind, Key::Kind::other) << code;
}

}  // namespace
}  // namespace hall::drivers::reader
