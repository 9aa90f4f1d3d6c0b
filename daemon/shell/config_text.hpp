#pragma once
// Small forms of text that a configuration uses, and the search for what a mistyped word meant.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/config.hpp"

namespace hall::config {

/// The known word that a mistyped one most likely meant, by edit distance (a swap of two neighbours
/// counts as one edit); none when nothing is near.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

/// `; did you mean "x"?`, or what there is to choose from.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

/// `a, b, c`
std::string joined(const std::vector<std::string>& words);

/// Letters, digits, `-`, `_`, at most 32: it becomes an MQTT topic level and part of a point's
/// name.
bool is_id(std::string_view text);

/// `08:30`
std::optional<MinuteOfDay> minute_of_day(std::string_view text);

/// `2026-12-24`; none also for a date that does not exist.
std::optional<std::chrono::year_month_day> full_date(std::string_view text);
/// `12-24`, of every year.
std::optional<std::chrono::month_day> month_day(std::string_view text);
/// `08:30`, `sunrise`, `sunset+15m`: 1 to 360 minutes.
std::optional<DayPoint> day_point(std::string_view text);

struct HostPort {
    std::string host;
    int port = 0;
};
/// `name:port`, `1.2.3.4:port` or `[::1]:port`.
std::optional<HostPort> host_port(std::string_view text);
bool is_host(std::string_view text);
/// 127.0.0.0/8, ::1 or localhost.
bool is_loopback(std::string_view host);

/// `"30"`, `"0.5"`: without needless digits.
std::string number_text(double value);

}  // namespace hall::config
