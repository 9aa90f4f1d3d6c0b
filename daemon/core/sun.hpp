#pragma once
// R17: sunrise and sunset of a site. The sun's place after J. Meeus, "Astronomical Algorithms"
// (2nd ed.), chapters 22, 25 and 28, which is also what NOAA's solar calculator is made from; the
// moment of rising and setting is then searched between the sun's highest and lowest point, so that
// it holds at any latitude. Rising and setting: the sun's centre is 50' below the horizon, the
// convention of published tables. Error: below 60 s up to 65 degrees of latitude, against tables
// and a second program (tests/unit/core_sun_test.cpp).
#include <optional>
#include <variant>

#include "daemon/core/now.hpp"

namespace hall {

/// Degrees; north and east are positive.
struct GeoPosition {
    double latitude = 0;
    double longitude = 0;
    friend bool operator==(const GeoPosition&, const GeoPosition&) = default;
};

/// The usual day. On the one day between usual days and polar ones, one of the two may be missing.
struct RisesAndSets {
    std::optional<WallTime> rises, sets;
};
/// The sun does not set.
struct AlwaysLight {};
/// The sun does not rise.
struct AlwaysDark {};

/// One solar day: from the sun's lowest point over its highest to its lowest point again.
struct SunDay {
    WallTime lowest_before, highest, lowest_after;
    std::variant<RisesAndSets, AlwaysLight, AlwaysDark> sky;

    /// When the sun rises, for switching: where it does not, the moment at which it comes nearest
    /// to it (the lowest point of a day that is always light, the highest of one that is always
    /// dark).
    [[nodiscard]] WallTime rise_or_nearest() const;
    [[nodiscard]] WallTime set_or_nearest() const;
    /// In whole seconds; none where there is none.
    [[nodiscard]] std::optional<WallTime> rises() const;
    [[nodiscard]] std::optional<WallTime> sets() const;
};

/// The solar day whose highest sun is nearest to `noon` (the local clock's noon).
SunDay sun_day(const GeoPosition& where, WallTime noon);

}  // namespace hall
