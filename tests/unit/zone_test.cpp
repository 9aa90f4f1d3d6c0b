// R19: every local time is exactly one instant, whatever the zone's clock does.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "daemon/core/zone.hpp"
#include "daemon/shell/zone_load.hpp"
#include "daemon/shell/zone_rule.hpp"

namespace hall {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr year_month_day kSpring = year{2026} / 3 / 29;
constexpr year_month_day kAutumn = year{2026} / 10 / 25;

/// Central European time of 2026: forward at 01:00 UTC on 29 March, back at 01:00 UTC on 25
/// October.
Zone berlin() {
    return Zone{1h, {{sys_days{kSpring} + 1h, 2h}, {sys_days{kAutumn} + 1h, 1h}}};
}

WallTime utc(year_month_day day, Millis time) {
    return WallTime{sys_days{day}} + time;
}
LocalTime local(year_month_day day, Millis time) {
    return LocalTime{local_days{day}} + time;
}

TEST(Zone, TheDefaultIsUtc) {
    const Zone zone;
    EXPECT_EQ(zone.offset_at(utc(kSpring, 5h)), 0s);
    EXPECT_EQ(zone.to_local(utc(kSpring, 5h)), local(kSpring, 5h));
    EXPECT_EQ(zone.to_wall(local(kSpring, 5h)), utc(kSpring, 5h));
}

TEST(Zone, AChangeHoldsFromItsFirstMillisecond) {
    const Zone zone = berlin();
    EXPECT_EQ(zone.offset_at(utc(kSpring, 1h - 1ms)), 1h);
    EXPECT_EQ(zone.offset_at(utc(kSpring, 1h)), 2h);
    EXPECT_EQ(zone.offset_at(utc(kAutumn, 1h - 1ms)), 2h);
    EXPECT_EQ(zone.offset_at(utc(kAutumn, 1h)), 1h);
    EXPECT_EQ(zone.to_local(utc(kSpring, 1h - 1ms)), local(kSpring, 2h - 1ms));
    EXPECT_EQ(zone.to_local(utc(kSpring, 1h)), local(kSpring, 3h));
}

TEST(Zone, ATimeInTheGapIsTheInstantOfTheGap) {
    const Zone zone = berlin();
    EXPECT_EQ(zone.to_wall(local(kSpring, 2h - 1ms)), utc(kSpring, 1h - 1ms));
    EXPECT_EQ(zone.to_wall(local(kSpring, 2h)), utc(kSpring, 1h));
    EXPECT_EQ(zone.to_wall(local(kSpring, 2h + 30min)), utc(kSpring, 1h));
    EXPECT_EQ(zone.to_wall(local(kSpring, 3h - 1ms)), utc(kSpring, 1h));
    EXPECT_EQ(zone.to_wall(local(kSpring, 3h)), utc(kSpring, 1h));
    EXPECT_EQ(zone.to_wall(local(kSpring, 3h + 1ms)), utc(kSpring, 1h + 1ms));
}

TEST(Zone, ATimeThatExistsTwiceIsItsFirstOccurrence) {
    const Zone zone = berlin();
    EXPECT_EQ(zone.to_wall(local(kAutumn, 2h)), utc(kAutumn, 0h));
    EXPECT_EQ(zone.to_wall(local(kAutumn, 2h + 30min)), utc(kAutumn, 30min));
    EXPECT_EQ(zone.to_wall(local(kAutumn, 3h - 1ms)), utc(kAutumn, 1h - 1ms));
    // 03:00 exists once, in winter time.
    EXPECT_EQ(zone.to_wall(local(kAutumn, 3h)), utc(kAutumn, 2h));
}

TEST(Zone, ADayThatWasLeftOutIsTheInstantOfTheGap) {
    // Samoa crossed the date line: 30 December 2011 did not exist.
    const auto last = year{2011} / 12 / 29;
    const auto missing = year{2011} / 12 / 30;
    const auto next = year{2011} / 12 / 31;
    const WallTime change = utc(missing, 10h);
    const Zone apia{-10h, {{change, 14h}}};
    EXPECT_EQ(apia.to_wall(local(last, 23h)), change - 1h);
    EXPECT_EQ(apia.to_wall(local(missing, 12h)), change);
    EXPECT_EQ(apia.to_wall(local(next, 0h)), change);
    EXPECT_EQ(apia.to_wall(local(next, 1h)), change + 1h);
}

TEST(Zone, EveryInstantComesBackUnlessItsLocalTimeWasThereBefore) {
    const Zone zone = berlin();
    for (WallTime t = utc(kSpring, -24h); t < utc(kAutumn, 48h); t += 7min) {
        const WallTime again = zone.to_wall(zone.to_local(t));
        const bool second_time = t >= utc(kAutumn, 1h) && t < utc(kAutumn, 2h);
        EXPECT_EQ(again, second_time ? t - 1h : t);
    }
}

TEST(Rfc3339, ShowsLocalTimeAndOffset) {
    const auto day = year{2026} / 11 / 24;
    EXPECT_EQ(rfc3339(utc(day, 9h + 35min + 2s + 123ms), 8h), "2026-11-24T17:35:02.123+08:00");
    EXPECT_EQ(rfc3339(utc(day, 0ms), 0s), "2026-11-24T00:00:00.000+00:00");
    EXPECT_EQ(rfc3339(utc(day, 0ms), -(3h + 30min)), "2026-11-23T20:30:00.000-03:30");
    EXPECT_EQ(rfc3339(utc(year{2027} / 1 / 1, -1ms), 0s), "2026-12-31T23:59:59.999+00:00");
    EXPECT_EQ(rfc3339(utc(year{1969} / 12 / 31, 24h - 1ms), 0s), "1969-12-31T23:59:59.999+00:00");
}

TEST(Rfc3339, AnOffsetWithSecondsStillNamesTheSameInstant) {
    // Local mean time of Shanghai: +08:05:43. The pair shown is 12:05 at +08:05.
    EXPECT_EQ(rfc3339(utc(year{1900} / 1 / 1, 4h), 8h + 5min + 43s),
              "1900-01-01T12:05:00.000+08:05");
    EXPECT_EQ(rfc3339(utc(year{1900} / 1 / 1, 4h), -(45s)), "1900-01-01T04:00:00.000+00:00");
}

TEST(LoadZone, ShanghaiIsEightHoursAhead) {
    const auto zone = load_zone("Asia/Shanghai");
    ASSERT_TRUE(zone);
    EXPECT_EQ(zone->offset_at(utc(year{2000} / 1 / 1, 0h)), 8h);
    EXPECT_EQ(zone->offset_at(utc(year{2099} / 7 / 1, 0h)), 8h);
}

TEST(LoadZone, ChangesAreTheOnesOfTheDatabase) {
    const auto zone = load_zone("Europe/Berlin");
    ASSERT_TRUE(zone);
    for (WallTime t = utc(kSpring, -48h); t < utc(kAutumn, 48h); t += 30min)
        ASSERT_EQ(zone->offset_at(t), berlin().offset_at(t)) << rfc3339(t, 0s);
    const auto half = load_zone("Asia/Kolkata");
    ASSERT_TRUE(half);
    EXPECT_EQ(half->offset_at(utc(kSpring, 0h)), 5h + 30min);
}

TEST(LoadZone, SummerTimeGoesOnToTheEndOfTheTable) {
    const auto zone = load_zone("Europe/Berlin");
    ASSERT_TRUE(zone);
    for (int y = 2001; y < 2100; ++y) {
        ASSERT_EQ(zone->offset_at(utc(year{y} / 1 / 15, 0h)), 1h) << y;
        ASSERT_EQ(zone->offset_at(utc(year{y} / 7 / 15, 0h)), 2h) << y;
    }
}

TEST(LoadZone, AgreesWithTheCLibraryForACentury) {
    for (const char* name :
         {"Asia/Shanghai", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns",
          "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Gaza", "Asia/Tehran",
          "America/Nuuk", "Pacific/Chatham"}) {
        const auto zone = load_zone(name);
        ASSERT_TRUE(zone) << name;
        setenv("TZ", name, 1);
        tzset();
        // 61 hours: every hour of the day and every day of the week comes round.
        for (WallTime t = utc(year{2000} / 1 / 1, 0h); t < utc(year{2100} / 1 / 1, 0h); t += 61h) {
            const std::time_t now =
                std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
            std::tm local{};
            ASSERT_NE(localtime_r(&now, &local), nullptr);
            ASSERT_EQ(zone->offset_at(t).count(), local.tm_gmtoff) << name << " " << rfc3339(t, 0s);
        }
    }
    unsetenv("TZ");
    tzset();
}

TEST(ZoneRule, BothChangesOfEachYearInOrder) {
    const auto changes = yearly_changes("CET-1CEST,M3.5.0,M10.5.0/3", 2026, 2027);
    ASSERT_TRUE(changes);
    ASSERT_EQ(changes->size(), 4U);
    EXPECT_EQ(changes->at(0).from, utc(kSpring, 1h));
    EXPECT_EQ(changes->at(0).offset, 2h);
    EXPECT_EQ(changes->at(1).from, utc(kAutumn, 1h));
    EXPECT_EQ(changes->at(1).offset, 1h);
    EXPECT_EQ(changes->at(2).from, utc(year{2027} / 3 / 28, 1h));
}

TEST(ZoneRule, SouthernSummersHalfHoursAndTimesBeyondADay) {
    // Lord Howe Island advances by half an hour; its year begins in summer.
    const auto south = yearly_changes("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026, 2026);
    ASSERT_TRUE(south);
    EXPECT_EQ(south->at(0).from, utc(year{2026} / 4 / 4, 15h));
    EXPECT_EQ(south->at(0).offset, 10h + 30min);
    EXPECT_EQ(south->at(1).offset, 11h);
    // Nuuk changes at -1:00, that is, at 23:00 of the day before.
    const auto nuuk = yearly_changes("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, 2026);
    ASSERT_TRUE(nuuk);
    EXPECT_EQ(nuuk->at(0).from, utc(kSpring, 1h));
    EXPECT_EQ(nuuk->at(0).offset, -1h);
    // Gaza changes 50 hours into a Thursday.
    const auto gaza = yearly_changes("EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, 2026);
    ASSERT_TRUE(gaza);
    EXPECT_EQ(gaza->at(0).from, utc(year{2026} / 3 / 28, 0h));
}

TEST(ZoneRule, OtherFormsAreNone) {
    for (const char* rule :
         {"", "CST-8", "<+08>-8", "CET-1CEST", "CET-1CEST,", "CET-1CEST,M3.5.0",
          "CET-1CEST,M3.5.0,", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
          "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J60,J300",
          "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1<CEST,M3.5.0,M10.5.0", "-1CEST,M3.5.0,M10.5.0",
          "CETCEST,M3.5.0,M10.5.0", "CET-1CEST,M99999999999999999999.5.0,M10.5.0"}) {
        EXPECT_FALSE(yearly_changes(rule, 2026, 2027)) << rule;
    }
}

TEST(LoadZone, UnknownNamesAreNone) {
    for (const char* name : {"", "Asia/Tengzhou", "asia/shanghai", "../../etc/passwd",
                             "/etc/passwd", "Asia", "zone.tab", "Asia/Shanghai "}) {
        EXPECT_FALSE(load_zone(name)) << name;
    }
}

}  // namespace
}  // namespace hall
