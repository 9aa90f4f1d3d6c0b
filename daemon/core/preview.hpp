#pragma once
// What lightbox, hours and calendar will do, day by day (hallctl schedule preview). Pure.
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/lightbox_policy.hpp"

namespace hall {

struct PreviewDay {
    std::chrono::local_days date{};
    WallTime begins{}, ends{};  ///< its midnights
    bool working_day = false;
    std::string holiday;  ///< name of the calendar's entry; empty: the weekday decides
    bool calendar_known = true;
    std::optional<WallTime> opens, closes;
    SunDay sun;
    std::vector<Span> lit;  ///< within this date, cut off at its midnights
};

/// Expects the hall to be closed at its closing times and opened at its opening times.
std::vector<PreviewDay> preview(const HallConfig& config, std::chrono::local_days first, int days);

}  // namespace hall
