// R17: sunrise and sunset, against published tables and a whole year of an independent program.
#include "daemon/core/sun.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace hall {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

struct Row {
    GeoPosition where;
    year_month_day date;
    seconds offset;  ///< of the table's clock
    seconds rises, sets;
    seconds rounded;  ///< the table is rounded to this
};

void expect_row(const Row& row) {
    const WallTime midnight = WallTime{sys_days{row.date}} - row.offset;
    const SunDay day = sun_day(row.where, midnight + 12h);
    ASSERT_TRUE(day.rises() && day.sets());
    // 60 s, beside what the table's own rounding hides.
    const Millis most = 60s + row.rounded / 2;
    EXPECT_LE(std::chrono::abs(*day.rises() - midnight - row.rises), most) << row.rises.count();
    EXPECT_LE(std::chrono::abs(*day.sets() - midnight - row.sets), most) << row.sets.count();
}

TEST(Sun, PublishedTables) {
    const GeoPosition beijing{39.917, 116.383}, colorado{39.0, -105.0};
    for (const Row& row : {
             Row{beijing, year{2015} / 1 / 2, 8h, 7h + 36min, 17h, 60s},
             Row{beijing, year{2015} / 8 / 2, 8h, 5h + 13min, 19h + 28min, 60s},
             Row{colorado, year{2015} / 4 / 2, -7h, 5h + 43min, 18h + 24min, 60s},
             Row{colorado, year{2015} / 12 / 2, -7h, 7h + 1min, 16h + 38min, 60s},
             Row{{-35, 0}, year{1996} / 7 / 5, 0h, 7h + 8min + 15s, 17h + 1min + 4s, 1s},
             Row{{35, 0}, year{1994} / 1 / 2, 0h, 7h + 8min + 12s, 16h + 59min + 55s, 1s},
         }) {
        expect_row(row);
    }
}

struct Expected {
    GeoPosition where;
    year_month_day date;
    std::optional<WallTime> rises, sets;
    std::string sky;
};

std::map<std::string, std::vector<Expected>> table() {
    std::map<std::string, std::vector<Expected>> sites;
    std::ifstream in(HALL_SOURCE_DIR "/tests/data/sun.csv");
    for (std::string line; std::getline(in, line);) {
        std::stringstream fields(line);
        std::vector<std::string> f(7);
        for (std::string& field : f) std::getline(fields, field, ',');
        const auto instant = [](const std::string& text) -> std::optional<WallTime> {
            if (text.empty()) return std::nullopt;
            return WallTime{seconds{std::stoll(text)}};
        };
        const year_month_day date{
            year{std::stoi(f[3].substr(0, 4))},
            std::chrono::month{static_cast<unsigned>(std::stoul(f[3].substr(5, 2)))},
            std::chrono::day{static_cast<unsigned>(std::stoul(f[3].substr(8, 2)))}};
        sites[f[0]].push_back(
            {{std::stod(f[1]), std::stod(f[2])}, date, instant(f[4]), instant(f[5]), f[6]});
    }
    return sites;
}

/// Mean solar noon of the site: what the table counts its days by.
WallTime noon_of(const Expected& e) {
    return WallTime{sys_days{e.date}} + 12h - Millis{std::llround(e.where.longitude * 240'000)};
}

TEST(Sun, AYearAtNineSitesAgainstAnotherProgram) {
    const auto sites = table();
    ASSERT_EQ(sites.size(), 9U);
    for (const auto& [name, days] : sites) {
        ASSERT_EQ(days.size() % 365, 0U) << name;
        if (name == "tromso") continue;  // beyond 65 degrees: the next test
        Millis worst{0};
        for (const Expected& e : days) {
            const SunDay day = sun_day(e.where, noon_of(e));
            ASSERT_TRUE(day.rises() && day.sets() && e.rises && e.sets) << name << e.sky;
            worst = std::max({worst, Millis{std::chrono::abs(*day.rises() - *e.rises)},
                              Millis{std::chrono::abs(*day.sets() - *e.sets)}});
        }
        EXPECT_LE(worst, 60s) << name;
        RecordProperty("worst_ms_" + name, std::to_string(worst.count()));
    }
}

TEST(Sun, NeverDarkAndNeverLightAreToldApart) {
    int light = 0, dark = 0, halves = 0;
    const auto sites = table();
    for (const Expected& e : sites.at("tromso")) {
        const SunDay day = sun_day(e.where, noon_of(e));
        if (e.sky == "light") {
            ++light;
            EXPECT_TRUE(std::holds_alternative<AlwaysLight>(day.sky));
            EXPECT_EQ(day.rise_or_nearest(), day.lowest_before);
            EXPECT_EQ(day.set_or_nearest(), day.lowest_after);
        } else if (e.sky == "dark") {
            ++dark;
            EXPECT_TRUE(std::holds_alternative<AlwaysDark>(day.sky));
            EXPECT_EQ(day.rise_or_nearest(), day.highest);
            EXPECT_EQ(day.set_or_nearest(), day.highest);
        } else {
            EXPECT_TRUE(std::holds_alternative<RisesAndSets>(day.sky));
            EXPECT_EQ(day.rises().has_value(), e.rises.has_value());
            EXPECT_EQ(day.sets().has_value(), e.sets.has_value());
            if (!e.rises || !e.sets) ++halves;
        }
    }
    EXPECT_EQ(light + dark, 115);
    EXPECT_GT(dark, 40);
    EXPECT_EQ(halves, 2);  // the first and the last day of the midnight sun
}

TEST(Sun, ADayIsTheOneAroundTheLocalNoon) {
    // Apia, 13 h ahead of UTC: the 1st of June begins there on the 31st of May.
    const WallTime noon = WallTime{sys_days{year{2026} / 6 / 1}} + 12h - 13h;
    const SunDay day = sun_day({-13.83, -171.77}, noon);
    EXPECT_LT(std::chrono::abs(day.highest - noon), 45min);
    EXPECT_LT(*day.rises(), day.highest);
    EXPECT_GT(*day.sets(), day.highest);
    EXPECT_NEAR(static_cast<double>((day.lowest_after - day.lowest_before).count()), 86'400'000,
                60'000);
}

TEST(Sun, ThePolesAndTheDateLineEndInAnAnswer) {
    for (const double latitude : {-90.0, -89.99, 0.0, 89.99, 90.0}) {
        for (const double longitude : {-180.0, 0.0, 180.0}) {
            for (int day = 0; day < 365; day += 5) {
                const WallTime noon =
                    WallTime{sys_days{year{2026} / 1 / 1}} + 12h + std::chrono::days{day};
                const SunDay sun = sun_day({latitude, longitude}, noon);
                EXPECT_LE(sun.lowest_before, sun.rise_or_nearest());
                EXPECT_LE(sun.rise_or_nearest(), sun.set_or_nearest());
                EXPECT_LE(sun.set_or_nearest(), sun.lowest_after + 1s);
            }
        }
    }
    const WallTime june = WallTime{sys_days{year{2026} / 6 / 21}} + 12h;
    EXPECT_TRUE(std::holds_alternative<AlwaysLight>(sun_day({90, 0}, june).sky));
    EXPECT_TRUE(std::holds_alternative<AlwaysDark>(sun_day({-90, 0}, june).sky));
}

}  // namespace
}  // namespace hall
