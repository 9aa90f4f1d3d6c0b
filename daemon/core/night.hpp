#pragma once
// R16: how a configuration describes the nights of the lightbox. A night belongs to the date on
// which it begins, also where it runs past midnight.
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/now.hpp"

namespace hall {

/// A moment of a date: a time of the local clock, or the sun's rise or setting with an offset.
struct DayPoint {
    enum class From : std::uint8_t { midnight, sunrise, sunset };
    From from = From::midnight;
    /// After local midnight; or after the sun's moment, negative before it.
    std::chrono::minutes offset{0};
    friend bool operator==(const DayPoint&, const DayPoint&) = default;
};

/// The hours of a night in which nobody sees the lightbox.
struct NightBreak {
    DayPoint from, to;
    friend bool operator==(const NightBreak&, const NightBreak&) = default;
};

struct NightPlan {
    bool burns = true;  ///< false: not in this night
    DayPoint on{DayPoint::From::midnight, std::chrono::hours{18}};
    DayPoint off{DayPoint::From::midnight, std::chrono::hours{6}};
    std::optional<NightBreak> night_off;
    friend bool operator==(const NightPlan&, const NightPlan&) = default;
};

/// First to last day, both included.
struct DateRange {
    std::chrono::month_day first{std::chrono::January / 1}, last{std::chrono::January / 1};
    /// None: every year.
    std::optional<std::chrono::year> first_year, last_year;
    [[nodiscard]] bool holds(std::chrono::local_days date) const;
};

/// Another plan for some nights. Date ranges go before holidays, holidays before weekdays; within
/// one kind, what stands first in the file.
struct NightRule {
    enum class For : std::uint8_t { dates, holidays, weekdays };
    std::string name;
    For kind = For::dates;
    DateRange dates;
    std::array<bool, 7> weekdays{};  ///< Monday first
    NightPlan plan;
};

}  // namespace hall
