// Commands as a machine that means harm would make them up: valid ones, changed field by field and
// byte by byte, the same for the same seed. Whatever is taken must be a command to a second,
// stricter reader as well (R31).
//   HALL_SEED=n        runs that one seed
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <map>
#include <random>
#include <sstream>

#include "daemon/telemetry/command_parse.hpp"
#include "tests/support/command_judge.hpp"
#include "tests/support/core_config.hpp"

namespace hall::telemetry {
namespace {

using namespace std::chrono_literals;
using Fields =
    std::vector<std::pair<std::string, std::string>>;  ///< a key, and a value as it is written

using test::kLongest;
constexpr int kCommands = 20'000;

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <class List>
    auto of(const List& list) {
        return list[below(std::size(list))];
    }
    const char* of(std::initializer_list<const char*> list) {
        return list.begin()[below(list.size())];
    }

  private:
    std::mt19937_64 random_;
};

SiteConfig site() {
    SiteConfig s;
    for (const char* id : {"1", "2", "北"}) s.hall.windows.push_back(test::small_window(id));
    return s;
}
const Now kNow{Instant{Millis{1'000'000}}, test::november(24, 12, 0), true};

std::string stamp(std::chrono::seconds from_now) {
    const auto t = std::chrono::system_clock::to_time_t(kNow.wall + from_now);
    std::tm tm{};
    gmtime_r(&t, &tm);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return std::string("\"") + text + "\"";
}

// --- making ---

struct Draft {
    std::string name;
    Fields top, args;
};

constexpr const char* kNames[] = {"closing.cancel",    "closing.inhibit",   "window.set",
                                  "lightbox.override", "alarm.acknowledge", "fault.raise",
                                  "events.resend",     "status.refresh"};
/// What no field should hold, and nothing at all.
std::vector<std::string> nasty() {
    std::istringstream words(
        R"(null true 0 -0 -1 1 1.5 1e999 -1e999 1e300 1e-400 86401 01 0x10 NaN 18446744073709551615)"
        R"( 18446744073709551616 [] {} [[[[[[[[[1]]]]]]]]] "" "\u0000" "\ud800" "\ud83d\ude00" "x)"
        R"( "closed" "1" "../1" "2026-11-28T08:39:10+99:99" "2026-11-24T04:00:01.Z" 1, /**/1)"
        R"( "2026-11-24T23:59:60Z" "0000-00-00T00:00:00Z" "9999-12-31T23:59:59-23:59")");
    std::vector<std::string> list(std::istream_iterator<std::string>{words}, {});
    list.emplace_back();
    return list;
}
const std::vector<std::string> kNasty = nasty();

Draft valid(Dice& dice) {
    Draft d;
    d.name = dice.of(kNames);
    std::string id = "\"00000000-0000-4000-8000-000000000000\"";
    for (char& c : id) {
        if (c == '0') c = "0123456789abcdefABCDEF"[dice.below(22)];
    }
    d.top = {{"id", id}, {"issued", stamp(-5s)}, {"expires", stamp(60s)}};
    const auto window = [&] {
        return std::string(dice.of({"\"1\"", "\"2\"", "\"北\"", "\"\\u5317\""}));
    };
    if (d.name == "closing.inhibit") d.args = {{"seconds", dice.of({"1", "86400", "90.5", "1e3"})}};
    if (d.name == "window.set")
        d.args = {{"window", window()}, {"state", dice.of({"\"closed\"", "\"fault\""})}};
    if (d.name == "lightbox.override")
        d.args = {{"until", dice.of({"\"duration\"", "\"permanent\"", "\"cleared\""})},
                  {"lit", "true"},
                  {"seconds", "60"}};
    if (d.name == "alarm.acknowledge") d.args = {{"alarm", "\"window_fault.1\""}};
    if (d.name == "fault.raise") d.args = {{"window", window()}, {"text", "\"灯\\n\\u706f\""}};
    if (d.name == "events.resend") d.args = {{"from_seq", dice.of({"1", "18446744073709551615"})}};
    return d;
}

void change(Dice& dice, Draft& d) {
    Fields& fields = dice.one_in(2) && !d.args.empty() ? d.args : d.top;
    if (fields.empty()) return;
    auto& field = fields[dice.below(fields.size())];
    switch (dice.below(9)) {
        case 0:
            field.second = dice.of(kNasty);
            break;
        case 1:
            field.first = dice.of(
                {"id", "Id", "issued", "args", "until", "seconds", "x\\u0000", "__proto__", ""});
            break;
        case 2:
            fields.push_back({field.first, dice.of(kNasty)});
            break;
        case 3:
            fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(dice.below(fields.size())));
            break;
        case 4:
            field.second.insert(0, dice.below(20), '[');
            field.second.append(dice.below(20), ']');
            break;
        case 5: {
            const int most = dice.one_in(2) ? 450 : 8;
            field.second = stamp(std::chrono::seconds(
                static_cast<int>(dice.below(2 * static_cast<std::size_t>(most))) - most));
            break;
        }
        case 6:
            field.second = "\"" + std::string(dice.below(900), 'x') + "\"";
            break;
        case 7:
            d.name = dice.of(
                {"closing.confirm", "closing.force", "opening.open", "Closing.cancel", "", "x"});
            break;
        default:
            std::swap(field, fields[dice.below(fields.size())]);
            break;
    }
}

std::string written(const Fields& fields, const std::string& more) {
    std::string text = "{";
    for (const auto& [key, value] : fields)
        text += (text.size() > 1 ? ",\"" : "\"") + key + "\":" + value;
    return text + (more.empty() || text.size() == 1 ? more : "," + more) + "}";
}

void change_bytes(Dice& dice, std::string& text) {
    if (text.empty()) return;
    const std::size_t at = dice.below(text.size()), length = dice.below(40);
    static constexpr char kText[] = "\0\x01\x7f\xff\xc0\xed\xa0\xf4\"\\{}[],:0-.eu \n\xef\xbb\xbf";
    static constexpr std::string_view kBytes(kText, sizeof kText - 1);
    switch (dice.below(7)) {
        case 0:
            text[at] = static_cast<char>(text[at] ^ (1 << dice.below(8)));
            break;
        case 1:
            text.insert(at, 1, dice.of(kBytes));
            break;
        case 2:
            text.erase(at, length);
            break;
        case 3:
            text.insert(at, text.substr(dice.below(text.size()), length));
            break;
        case 4:
            text.resize(at);
            break;
        case 5:
            text += dice.one_in(2) ? text : std::string(1, dice.of(kBytes));
            break;
        default:
            text.append(kLongest + dice.below(3) - std::min(text.size() + 1, kLongest), ' ');
            break;
    }
}

std::vector<std::uint64_t> seeds() {
    if (const char* one = std::getenv("HALL_SEED")) return {std::strtoull(one, nullptr, 10)};
    return {1, 2, 3};
}

TEST(CommandFuzz, WhatIsTakenIsACommandToAStricterReader) {
    const SiteConfig s = site();
    for (const std::uint64_t seed : seeds()) {
        SCOPED_TRACE("HALL_SEED=" + std::to_string(seed));
        Dice dice(seed);
        std::map<std::string, int> ended;
        for (int n = 0; n < kCommands; ++n) {
            Draft d = valid(dice);
            const std::size_t changes = dice.below(4),
                              byte_changes = dice.one_in(2) ? 0 : dice.below(4);
            for (std::size_t i = 0; i < changes; ++i) change(dice, d);
            std::string payload = written(
                d.top, d.args.empty() && dice.one_in(2) ? "" : "\"args\":" + written(d.args, ""));
            for (std::size_t i = 0; i < byte_changes; ++i) change_bytes(dice, payload);
            ParsedCommand taken;
            ASSERT_NO_THROW(taken = parse_command(s, kNow, command_topic(d.name), payload, false))
                << n << ": " << payload;
            ASSERT_EQ(taken.action.has_value(), taken.refusal.empty()) << n << ": " << payload;
            ++ended[taken.refusal.empty() ? "taken" : taken.refusal];
            if (taken.action) {
                ASSERT_EQ(test::objection(s, kNow, d.name, payload, taken), "")
                    << n << ": " << d.name << ' ' << payload;
            } else if (changes + byte_changes == 0) {
                FAIL() << n << ": a valid one was refused, " << taken.refusal << ": " << payload;
            }
            // Whatever else it is, a retained one is none.
            ASSERT_FALSE(parse_command(s, kNow, command_topic(d.name), payload, true).action)
                << n << ": " << payload;
        }
        // Else the draw would be worth nothing.
        for (const char* kind :
             {"taken", "malformed", "too_large", "unknown_command", "unknown_window", "bad_value",
              "expired", "too_old", "from_future"})
            EXPECT_GT(ended[kind], 0) << kind;
        EXPECT_GT(ended["taken"], kCommands / 10);
    }
}

/// What is long and what is deep is refused as such, not by what it costs.
TEST(CommandFuzz, NothingIsTooLongOrTooDeep) {
    const SiteConfig s = site();
    for (const std::string& piece :
         std::vector<std::string>{"[", "{\"a\":", "{\"a\":1,", "\"", "\\", "\"\\u0000\",", "1", "-",
                                  "1e", " ", std::string(1, '\0'), "\xff", "[1,", "{}", "/*"}) {
        for (const std::size_t size : {kLongest, std::size_t{16} << 20}) {
            std::string payload = "{\"id\":";
            while (payload.size() + piece.size() <= size) payload += piece;
            const ParsedCommand taken =
                parse_command(s, kNow, command_topic("closing.cancel"), payload, false);
            EXPECT_EQ(taken.refusal, size > kLongest ? "too_large" : "malformed") << piece;
        }
    }
}

}  // namespace
}  // namespace hall::telemetry
