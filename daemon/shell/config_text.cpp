#include "daemon/shell/config_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace hall::config {

namespace {

bool digit(char c) {
    return c >= '0' && c <= '9';
}

bool letter_or_digit(char c) {
    return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Optimal string alignment.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t kLongestWord = 64;
    if (word.size() > kLongestWord) return std::nullopt;
    const std::string* best = nullptr;
    std::size_t least = 0;
    for (const std::string& candidate : known) {
        const std::size_t d = distance(word, candidate);
        if (best == nullptr || d < least) {
            best = &candidate;
            least = d;
        }
    }
    // More than half of it wrong is another word, not a mistyped one.
    if (best == nullptr || 2 * least > std::max(word.size(), best->size())) return std::nullopt;
    return *best;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
    if (const auto near = nearest(word, known)) return "; did you mean \"" + *near + "\"?";
    return known.empty() ? "; there is none" : "; known: " + joined(known);
}

bool is_id(std::string_view text) {
    constexpr std::size_t kLongest = 32;
    return !text.empty() && text.size() <= kLongest &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return letter_or_digit(c) || c == '-' || c == '_'; });
}

std::optional<MinuteOfDay> minute_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    for (const std::size_t i : {0U, 1U, 3U, 4U}) {
        if (!digit(text[i])) return std::nullopt;
    }
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (hour > 23 || minute > 59) return std::nullopt;
    return MinuteOfDay{hour * 60 + minute};
}

namespace {

/// A number of exactly that many digits.
std::optional<unsigned> digits(std::string_view text, std::size_t size) {
    unsigned value = 0;
    if (text.size() != size || !std::all_of(text.begin(), text.end(), digit)) return std::nullopt;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

std::optional<std::chrono::month_day> month_day(std::string_view text) {
    if (text.size() != 5 || text[2] != '-') return std::nullopt;
    const auto month = digits(text.substr(0, 2), 2), day = digits(text.substr(3), 2);
    if (!month || !day) return std::nullopt;
    const std::chrono::month_day found{std::chrono::month{*month}, std::chrono::day{*day}};
    return found.ok() ? std::optional(found) : std::nullopt;
}

std::optional<std::chrono::year_month_day> full_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-') return std::nullopt;
    const auto year = digits(text.substr(0, 4), 4);
    const auto rest = month_day(text.substr(5));
    if (!year || !rest) return std::nullopt;
    const auto found = std::chrono::year{static_cast<int>(*year)} / rest->month() / rest->day();
    return found.ok() ? std::optional(found) : std::nullopt;
}

std::optional<DayPoint> day_point(std::string_view text) {
    if (const auto minute = minute_of_day(text)) return DayPoint{DayPoint::From::midnight, *minute};
    DayPoint point;
    if (text.substr(0, 7) == "sunrise") {
        point.from = DayPoint::From::sunrise;
        text.remove_prefix(7);
    } else if (text.substr(0, 6) == "sunset") {
        point.from = DayPoint::From::sunset;
        text.remove_prefix(6);
    } else {
        return std::nullopt;
    }
    if (text.empty()) return point;
    const char sign = text.front();
    if ((sign != '+' && sign != '-') || text.back() != 'm' || text.size() < 3 || text.size() > 5)
        return std::nullopt;
    const auto minutes = digits(text.substr(1, text.size() - 2), text.size() - 2);
    constexpr unsigned kMost = 360;
    if (!minutes || *minutes < 1 || *minutes > kMost) return std::nullopt;
    const int offset = static_cast<int>(*minutes);
    point.offset = std::chrono::minutes{sign == '-' ? -offset : offset};
    return point;
}

bool is_host(std::string_view text) {
    constexpr std::size_t kLongest = 253;
    if (text.empty() || text.size() > kLongest) return false;
    if (text.find(':') != std::string_view::npos) {
        return text.size() >= 2 &&
               text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    return std::all_of(text.begin(), text.end(), [](char c) {
        return letter_or_digit(c) || c == '-' || c == '_' || c == '.';
    });
}

std::optional<HostPort> host_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    // Without brackets an IPv6 address and its port cannot be told apart.
    if (brackets != (host.find(':') != std::string_view::npos) || !is_host(host))
        return std::nullopt;
    int number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
    if (port.empty() || number < 0 || number > 65535) return std::nullopt;
    return HostPort{std::string(host), number};
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" ||
           (host.substr(0, 4) == "127." &&
            host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string number_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", value);
    return text;
}

}  // namespace hall::config
