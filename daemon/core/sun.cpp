#include "daemon/core/sun.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hall {

namespace {

using std::chrono::duration;
using std::chrono::hours;
using std::chrono::seconds;
using Days = duration<double, std::ratio<86'400>>;

constexpr double kDegree = std::numbers::pi / 180;
/// Refraction at the horizon (34') and half the sun's width (16').
constexpr double kHorizon = -50.0 / 60;
/// Terrestrial time minus UTC; within a few seconds of the truth from 2015 to 2050, in which the
/// sun moves by less than a thousandth of a degree.
constexpr seconds kTerrestrial{70};
constexpr hours kHalfDay{12};

/// 2000-01-01 12:00, from which the formulas count.
constexpr WallTime kEpoch{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1} + kHalfDay};

double sin_of(double degrees) {
    return std::sin(degrees * kDegree);
}
double cos_of(double degrees) {
    return std::cos(degrees * kDegree);
}
/// To -180 ... 180.
double wrapped(double degrees) {
    return std::remainder(degrees, 360.0);
}

struct Sun {
    double declination = 0;       ///< degrees
    double equation_of_time = 0;  ///< degrees that true solar time is ahead of mean solar time
};

Sun sun_at(WallTime t) {
    constexpr double kDaysOfCentury = 36'525;
    const double c = Days{t + kTerrestrial - kEpoch}.count() / kDaysOfCentury;
    // Chapter 25, lower accuracy: mean longitude, mean anomaly, the equation of the centre.
    const double mean_longitude = 280.46646 + c * (36'000.76983 + c * 0.0003032);
    const double anomaly = 357.52911 + c * (35'999.05029 - c * 0.0001537);
    const double centre = (1.914602 - c * (0.004817 + c * 0.000014)) * sin_of(anomaly) +
                          (0.019993 - c * 0.000101) * sin_of(2 * anomaly) +
                          0.000289 * sin_of(3 * anomaly);
    // Chapter 22: nutation in longitude and obliquity, its largest terms (of the moon's node, the
    // sun's and the moon's mean longitude), in degrees.
    const double node = 125.04452 - 1934.136261 * c;
    const double moon = 218.3165 + 481'267.8813 * c;
    const double in_longitude = (-17.20 * sin_of(node) - 1.32 * sin_of(2 * mean_longitude) -
                                 0.23 * sin_of(2 * moon) + 0.21 * sin_of(2 * node)) /
                                3600;
    const double in_obliquity = (9.20 * cos_of(node) + 0.57 * cos_of(2 * mean_longitude) +
                                 0.10 * cos_of(2 * moon) - 0.09 * cos_of(2 * node)) /
                                3600;
    constexpr double kAberration = 0.00569;
    const double longitude = mean_longitude + centre - kAberration + in_longitude;
    const double obliquity = 23.4392911 - c * (0.0130042 + c * 0.00000016) + in_obliquity;
    const double ascension =
        std::atan2(cos_of(obliquity) * sin_of(longitude), cos_of(longitude)) / kDegree;
    Sun sun;
    sun.declination = std::asin(sin_of(obliquity) * sin_of(longitude)) / kDegree;
    // Chapter 28.
    sun.equation_of_time =
        wrapped(mean_longitude - 0.0057183 - ascension + in_longitude * cos_of(obliquity));
    return sun;
}

/// How far the sun is past its highest point, -180 to 180 degrees.
double hour_angle(const GeoPosition& where, WallTime t, const Sun& sun) {
    const Days of_day = t - std::chrono::floor<std::chrono::days>(t);
    return wrapped(of_day.count() * 360 - 180 + where.longitude + sun.equation_of_time);
}

/// Degrees above the moment of rising or setting.
double above_horizon(const GeoPosition& where, WallTime t) {
    const Sun sun = sun_at(t);
    const double sine =
        sin_of(where.latitude) * sin_of(sun.declination) +
        cos_of(where.latitude) * cos_of(sun.declination) * cos_of(hour_angle(where, t, sun));
    return std::asin(std::clamp(sine, -1.0, 1.0)) / kDegree - kHorizon;
}

/// The moment nearest to `guess` at which the hour angle is `wanted`.
WallTime when_at(const GeoPosition& where, WallTime guess, double wanted) {
    // The hour angle gains a full turn a day, the equation of time changes by seconds a day.
    for (int round = 0; round < 3; ++round) {
        const double ahead = wrapped(hour_angle(where, guess, sun_at(guess)) - wanted);
        guess -= std::chrono::duration_cast<Millis>(Days{ahead / 360});
    }
    return guess;
}

/// The moment between two at which the sun crosses the horizon; none when it does not.
std::optional<WallTime> crossing(const GeoPosition& where, WallTime from, WallTime to) {
    const bool starts_above = above_horizon(where, from) >= 0;
    if (starts_above == (above_horizon(where, to) >= 0)) return std::nullopt;
    constexpr Millis kFine{10};
    while (to - from > kFine) {
        const WallTime middle = from + (to - from) / 2;
        ((above_horizon(where, middle) >= 0) == starts_above ? from : to) = middle;
    }
    return std::chrono::round<seconds>(to);
}

}  // namespace

SunDay sun_day(const GeoPosition& where, WallTime noon) {
    SunDay day;
    day.highest = when_at(where, noon, 0);
    day.lowest_before = when_at(where, day.highest - kHalfDay, 180);
    day.lowest_after = when_at(where, day.highest + kHalfDay, 180);
    const RisesAndSets usual{crossing(where, day.lowest_before, day.highest),
                             crossing(where, day.highest, day.lowest_after)};
    if (usual.rises || usual.sets) {
        day.sky = usual;
    } else if (above_horizon(where, day.highest) >= 0) {
        day.sky = AlwaysLight{};
    } else {
        day.sky = AlwaysDark{};
    }
    return day;
}

std::optional<WallTime> SunDay::rises() const {
    const auto* usual = std::get_if<RisesAndSets>(&sky);
    return usual == nullptr ? std::nullopt : usual->rises;
}

std::optional<WallTime> SunDay::sets() const {
    const auto* usual = std::get_if<RisesAndSets>(&sky);
    return usual == nullptr ? std::nullopt : usual->sets;
}

WallTime SunDay::rise_or_nearest() const {
    if (std::holds_alternative<AlwaysDark>(sky)) return highest;
    return rises().value_or(lowest_before);
}

WallTime SunDay::set_or_nearest() const {
    if (std::holds_alternative<AlwaysDark>(sky)) return highest;
    return sets().value_or(lowest_after);
}

}  // namespace hall
