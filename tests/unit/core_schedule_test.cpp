// R16, R17, R19, R20: what the schedule wants, night by night; whose hours a date has; the alarm of
// a missing calendar.
#include "daemon/core/schedule.hpp"

#include "daemon/core/hours.hpp"
#include "daemon/core/lightbox_policy.hpp"
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

using std::chrono::local_days;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;
using From = DayPoint::From;

constexpr local_days day_of(int y, unsigned m, unsigned d) {
    return local_days{year{y} / std::chrono::month{m} / std::chrono::day{d}};
}
DayPoint at(std::chrono::minutes time) {
    return {From::midnight, time};
}

/// Tengzhou, all day off, the schedule alone.
HallConfig site() {
    HallConfig hall = quiet_hall();
    hall.where = {35.08, 117.16};
    return hall;
}
NightRule rule(const std::string& name, NightRule::For kind, NightPlan plan) {
    NightRule made;
    made.name = name;
    made.kind = kind;
    made.plan = plan;
    return made;
}
/// A whole day, for a rule that is told by its length alone.
NightPlan from_to(std::chrono::minutes on, std::chrono::minutes off) {
    return {true, at(on), at(off), std::nullopt};
}

TEST(Schedule, TellsWhatIsWhyAndUntilWhen) {
    const HallConfig hall = site();
    const Scheduled day = scheduled(hall, november(24, 17, 59));
    EXPECT_FALSE(day.lit());
    EXPECT_EQ(day.sky, Sky::day);
    EXPECT_EQ(day.next, november(24, 18, 0));
    const Scheduled night = scheduled(hall, november(24, 18, 0));
    EXPECT_TRUE(night.lit());
    EXPECT_EQ(night.next, november(25, 6, 0));
    EXPECT_FALSE(scheduled(hall, november(25, 6, 0)).lit());
    EXPECT_TRUE(scheduled(hall, november(25, 6, 0) - 1ms).lit());
}

TEST(Schedule, TheAnswerHoldsUntilItSays) {
    HallConfig hall = site();
    hall.lightbox.usual.night_off = NightBreak{at(23h + 30min), at(5h)};
    for (WallTime t = november(24, 0, 0); t < november(26, 0, 0); t += 7min) {
        const Scheduled now = scheduled(hall, t);
        ASSERT_TRUE(now.holds.from <= t && t < now.holds.to);
        EXPECT_EQ(scheduled(hall, now.holds.to - 1ms).sky, now.sky);
        EXPECT_EQ(scheduled(hall, now.holds.from).sky, now.sky);
    }
}

TEST(Schedule, ABreakInTheNight) {
    HallConfig hall = site();
    hall.lightbox.usual.night_off = NightBreak{at(23h + 30min), at(5h)};
    EXPECT_EQ(scheduled(hall, november(24, 20, 0)).next, november(24, 23, 30));
    EXPECT_EQ(scheduled(hall, november(24, 23, 30)).sky, Sky::pause);
    EXPECT_EQ(scheduled(hall, november(25, 0, 0)).next, november(25, 5, 0));
    EXPECT_TRUE(scheduled(hall, november(25, 5, 0)).lit());
    // A break after midnight, and one that lasts to the end of the night.
    hall.lightbox.usual.night_off = NightBreak{at(30min), at(7h)};
    EXPECT_EQ(scheduled(hall, november(24, 20, 0)).next, november(25, 0, 30));
    EXPECT_EQ(scheduled(hall, november(25, 0, 30)).next, november(25, 18, 0));
}

TEST(Schedule, TheSunsPointsFollowTheSun) {
    HallConfig hall = site();
    hall.lightbox.usual.on = {From::sunset, -15min};
    hall.lightbox.usual.off = {From::sunrise, 10min};
    const SunDay today = sun_day(hall.where, november(24, 12, 0));
    const SunDay tomorrow = sun_day(hall.where, november(25, 12, 0));
    EXPECT_EQ(scheduled(hall, november(24, 12, 0)).next, *today.sets() - 15min);
    EXPECT_EQ(scheduled(hall, november(24, 20, 0)).next, *tomorrow.rises() + 10min);
    // Until a time of the evening or the morning.
    hall.lightbox.usual.off = at(23h);
    EXPECT_EQ(scheduled(hall, november(24, 20, 0)).next, november(24, 23, 0));
    hall.lightbox.usual.off = at(1h);
    EXPECT_EQ(scheduled(hall, november(24, 20, 0)).next, november(25, 1, 0));
    // From a time of the morning.
    hall.lightbox.usual.on = at(5h);
    hall.lightbox.usual.off = {From::sunrise, 0min};
    EXPECT_EQ(scheduled(hall, november(25, 5, 0)).next, *tomorrow.rises());
}

TEST(Schedule, DateRangesBeforeHolidaysBeforeWeekdays) {
    HallConfig hall = site();
    hall.calendar = Calendar{{2026},
                             {{day_of(2026, 11, 24), true, "x"},
                              {day_of(2026, 11, 25), true, "x"},
                              {day_of(2026, 11, 26), false, "make-up"}}};
    NightRule tuesdays = rule("weekdays", NightRule::For::weekdays, from_to(13h, 14h));
    tuesdays.weekdays = {true, true, true, true, true, false, false};
    NightRule dates = rule("dates", NightRule::For::dates, from_to(15h, 16h));
    dates.dates = {std::chrono::November / 25, std::chrono::November / 25, {}, {}};
    hall.lightbox.rules = {tuesdays, rule("holidays", NightRule::For::holidays, from_to(14h, 15h)),
                           dates};
    EXPECT_EQ(plan_of(hall, day_of(2026, 11, 23)).rule, "weekdays");
    EXPECT_EQ(plan_of(hall, day_of(2026, 11, 24)).rule, "holidays");
    EXPECT_EQ(plan_of(hall, day_of(2026, 11, 25)).rule, "dates");
    EXPECT_EQ(plan_of(hall, day_of(2026, 11, 26)).rule, "weekdays");
    EXPECT_EQ(plan_of(hall, day_of(2026, 11, 28)).rule, "");
    EXPECT_EQ(scheduled(hall, november(25, 15, 30)).rule, "dates");
}

TEST(Schedule, WithinOneKindTheFirstRuleCounts) {
    HallConfig hall = site();
    for (const char* name : {"first", "second"}) {
        NightRule every = rule(name, NightRule::For::weekdays, from_to(13h, 14h));
        every.weekdays.fill(true);
        hall.lightbox.rules.push_back(every);
    }
    EXPECT_EQ(plan_of(hall, day_of(2026, 11, 24)).rule, "first");
}

TEST(Schedule, DateRangesIncludeBothEndsAndMayRunOverNewYear) {
    using namespace std::chrono;
    const DateRange yearly{December / 24, January / 2, {}, {}};
    EXPECT_FALSE(yearly.holds(day_of(2026, 12, 23)));
    EXPECT_TRUE(yearly.holds(day_of(2026, 12, 24)));
    EXPECT_TRUE(yearly.holds(day_of(2027, 1, 2)));
    EXPECT_FALSE(yearly.holds(day_of(2027, 1, 3)));
    const DateRange once{December / 24, January / 2, year{2026}, year{2027}};
    EXPECT_TRUE(once.holds(day_of(2026, 12, 24)));
    EXPECT_TRUE(once.holds(day_of(2027, 1, 2)));
    EXPECT_FALSE(once.holds(day_of(2027, 1, 3)));
    EXPECT_FALSE(once.holds(day_of(2025, 12, 24)));
    EXPECT_FALSE(once.holds(day_of(2027, 12, 24)));
}

TEST(Schedule, ANightBelongsToTheDateOnWhichItBegins) {
    HallConfig hall = site();
    NightRule friday = rule("friday", NightRule::For::weekdays, from_to(22h, 9h));
    friday.weekdays[4] = true;
    NightRule saturday = rule("saturday", NightRule::For::weekdays, {});
    saturday.weekdays[5] = true;
    saturday.plan.burns = false;
    hall.lightbox.rules = {friday, saturday};
    EXPECT_TRUE(scheduled(hall, november(28, 8, 0)).lit());  // Friday's night, on Saturday
    EXPECT_EQ(scheduled(hall, november(28, 8, 0)).rule, "friday");
    EXPECT_FALSE(scheduled(hall, november(28, 23, 0)).lit());
    EXPECT_FALSE(scheduled(hall, november(29, 3, 0)).lit());
    EXPECT_EQ(scheduled(hall, november(28, 9, 0)).next, november(29, 18, 0));
}

TEST(Schedule, WhereItNeverGetsDarkOrLight) {
    HallConfig hall = site();
    hall.zone = Zone{1h, {}};
    hall.where = {69.65, 18.96};  // Tromsø
    hall.lightbox.usual.on = {From::sunset, -15min};
    hall.lightbox.usual.off = {From::sunrise, 15min};
    const WallTime june{sys_days{year{2026} / 6 / 20}}, december{sys_days{year{2026} / 12 / 20}};
    for (auto t = june; t < june + 48h; t += 2h) EXPECT_FALSE(scheduled(hall, t).lit());
    for (auto t = december; t < december + 48h; t += 2h) EXPECT_TRUE(scheduled(hall, t).lit());
    EXPECT_FALSE(scheduled(hall, june).next);
    EXPECT_FALSE(scheduled(hall, december).next);
    // A fixed end comes also where the sun does not set.
    hall.lightbox.usual.on = at(20h);
    hall.lightbox.usual.off = at(23h);
    EXPECT_TRUE(scheduled(hall, june - 3h).lit());
}

TEST(Schedule, AnEndBeforeItsBeginIsNoNight) {
    HallConfig hall = site();
    hall.where = {60.2, 24.9};
    hall.zone = Zone{2h, {{WallTime{sys_days{year{2026} / 3 / 29}} + 1h, 3h}}};
    hall.lightbox.usual.on = {From::sunset, 0min};
    hall.lightbox.usual.off = at(22h);  // in June the sun sets later
    const WallTime june{sys_days{year{2026} / 6 / 20}};
    for (auto t = june; t < june + 48h; t += 1h) EXPECT_FALSE(scheduled(hall, t).lit());
}

TEST(Schedule, LessThanAMinuteIsNotSwitched) {
    HallConfig hall = site();
    // Dark until a minute, or less, before the sun rises.
    const SunDay sun = sun_day(hall.where, november(25, 12, 0));
    const auto rises = std::chrono::floor<std::chrono::minutes>(*sun.rises()) - november(25, 0, 0);
    hall.lightbox.usual = {
        true,
        at(18h),
        {From::sunrise, 0min},
        NightBreak{at(23h), at(std::chrono::duration_cast<std::chrono::minutes>(rises))}};
    EXPECT_EQ(scheduled(hall, november(24, 23, 0)).next, november(25, 18, 0));
    hall.lightbox.usual.night_off->to.offset -= 1min;
    EXPECT_EQ(scheduled(hall, november(24, 23, 0)).next, november(25, 0, 0) + rises - 1min);
}

TEST(Schedule, ALocalTimeThatDoesNotExistOrExistsTwiceSwitchesOnce) {
    HallConfig hall = site();
    const WallTime spring = WallTime{sys_days{year{2026} / 3 / 29}} + 1h;
    const WallTime autumn = WallTime{sys_days{year{2026} / 10 / 25}} + 1h;
    hall.zone = Zone{1h, {{spring, 2h}, {autumn, 1h}}};
    hall.lightbox.usual = from_to(2h + 30min, 4h);
    EXPECT_EQ(scheduled(hall, spring - 1min).next, spring);  // 02:30 is left out
    EXPECT_EQ(scheduled(hall, spring).next, spring + 1h);
    EXPECT_EQ(scheduled(hall, autumn - 1h).next, autumn - 30min);  // the first 02:30
    EXPECT_EQ(scheduled(hall, autumn - 30min).next, autumn + 2h);  // not the second
    hall.lightbox.usual = from_to(22h, 2h + 30min);
    EXPECT_EQ(scheduled(hall, autumn - 2h).next, autumn - 30min);
    EXPECT_FALSE(scheduled(hall, autumn + 10min).lit());
}

TEST(Policy, BothLooksAtTheDateAlsoWithinANight) {
    HallConfig hall = quiet_hall();
    for (std::size_t day = 0; day < 5; ++day) hall.hours[day] = Hours{8h + 30min, 17h + 30min};
    hall.lightbox.policy = LightboxPolicy::both;
    // Friday the 27th, the hall still open.
    PolicyWish wish = wish_at(hall, november(27, 19, 0), false);
    EXPECT_FALSE(wish.lit);
    EXPECT_FALSE(wish.by_schedule);
    EXPECT_EQ(wish.next, november(28, 0, 0));
    // Closed: until the morning, and nothing happens at midnight.
    wish = wish_at(hall, november(27, 19, 0), true);
    EXPECT_TRUE(wish.lit);
    EXPECT_EQ(wish.next, november(28, 6, 0));
    // Sunday evening in a hall that nobody closed: dark when Monday begins.
    EXPECT_EQ(wish_at(hall, november(29, 19, 0), false).next, november(30, 0, 0));
    // An open hall on a Monday: not before Saturday.
    EXPECT_EQ(wish_at(hall, november(23, 7, 0), false).next, november(28, 0, 0));
}

TEST(Policy, WhatIsExpectedOfPunctualStaff) {
    HallConfig hall = quiet_hall();
    hall.hours[1] = Hours{8h + 30min, 19h};
    hall.lightbox.policy = LightboxPolicy::both;
    const auto tuesday = day_of(2026, 11, 24);
    EXPECT_EQ(expected_lit(hall, tuesday, tuesday),
              (std::vector<Span>{{november(24, 0, 0), november(24, 6, 0)},
                                 {november(24, 19, 0), november(25, 0, 0)}}));
    hall.lightbox.policy = LightboxPolicy::schedule;
    EXPECT_EQ(expected_lit(hall, tuesday, tuesday).back(),
              (Span{november(24, 18, 0), november(25, 0, 0)}));
    hall.lightbox.policy = LightboxPolicy::after_closing;
    EXPECT_EQ(expected_lit(hall, tuesday, tuesday),
              (std::vector<Span>{{november(24, 0, 0), november(24, 8, 30)},
                                 {november(24, 19, 0), november(25, 0, 0)}}));
}

TEST(CalendarHours, AHolidayHasNoneAndAMakeUpDayHas) {
    HallConfig hall = small_hall();
    hall.makeup = Hours{9h, 16h};
    hall.calendar = Calendar{{2026},
                             {{day_of(2026, 11, 29), false, "x"},   // a Sunday
                              {day_of(2026, 11, 24), true, "x"}}};  // a Tuesday
    EXPECT_FALSE(hours_on(hall, day_of(2026, 11, 24)));
    EXPECT_TRUE(hours_on(hall, day_of(2026, 11, 25)));
    ASSERT_TRUE(hours_on(hall, day_of(2026, 11, 29)));
    EXPECT_EQ(hours_on(hall, day_of(2026, 11, 29))->opens, november(29, 9, 0));
    EXPECT_EQ(next_opening(hall, november(28, 12, 0)), november(29, 9, 0));
    EXPECT_EQ(last_closing(hall, november(24, 20, 0))->closes, november(23, 17, 30));
}

TEST(CalendarHours, LongHolidaysAreLookedBeyond) {
    HallConfig hall = small_hall();
    std::vector<CalendarDay> days;
    for (unsigned d = 2; d <= 27; ++d) days.push_back({day_of(2026, 11, d), true, "x"});
    hall.calendar = Calendar{{2026}, days};
    EXPECT_EQ(next_opening(hall, november(1, 12, 0)), november(30, 8, 30));
    ASSERT_TRUE(last_closing(hall, november(28, 12, 0)));
    EXPECT_EQ(last_closing(hall, november(28, 12, 0))->closes, november(1, 17, 30) - 48h);
}

TEST(CalendarHours, NothingIsOverdueOnAHoliday) {
    HallConfig hall = small_hall();
    hall.calendar = Calendar{{2026, 2027}, {{day_of(2026, 11, 24), true, "x"}}};
    Evening e(hall, november(24, 9, 0));
    e.sample_every = 3600s;
    e.pass_to(november(24, 19, 0));
    EXPECT_FALSE(e.alarm("closing_overdue"));
    EXPECT_FALSE(e.view().closing.early);
    e.pass_to(november(25, 18, 0));
    EXPECT_TRUE(e.alarm("closing_overdue"));
}

TEST(CalendarAlarm, NextYearsFileIsMissedAfterThe15thOfDecember) {
    const auto known = [](std::vector<int> years) {
        HallConfig hall = quiet_hall();
        hall.calendar = Calendar{std::move(years), {}};
        return hall;
    };
    Evening e(known({2026}), november(45, 12, 0));  // the 15th of December
    e.sample_every = 3600s;
    e.pass_to(november(46, 0, 0) - 1ms);
    EXPECT_FALSE(e.alarm("calendar_missing"));
    e.pass(1ms);
    EXPECT_TRUE(e.alarm("calendar_missing"));
    EXPECT_EQ(e.view().alarms.at(0).detail, "2027");
    // A new configuration is a restart.
    Hall again(known({2026, 2027}), Restored{e.snapshot(), true}, e.now());
    again.born(e.now());
    ASSERT_EQ(again.view(e.now()).alarms.size(), 1U);
    EXPECT_TRUE(again.view(e.now()).alarms[0].cleared);
}

TEST(CalendarAlarm, TheYearItselfIsMissedAtOnceAndADoubtfulDateMissesNothing) {
    HallConfig hall = quiet_hall();
    hall.calendar = Calendar{{2025}, {}};
    EXPECT_TRUE(Evening(hall).alarm("calendar_missing"));
    EXPECT_FALSE(Evening(quiet_hall()).alarm("calendar_missing"));  // none is wanted
    Evening e(hall, november(24, 12, 0));
    e.wall_trusted = false;
    e.restart(1s, Boot::rebooted_clock_untrusted);
    EXPECT_TRUE(e.alarm("calendar_missing"));  // neither raised nor cleared
}

TEST(CalendarAlarm, ADoubtfulDateNeitherRaisesNorClears) {
    for (const bool missed : {false, true}) {
        HallConfig hall = quiet_hall();
        hall.calendar = Calendar{{missed ? 2027 : 2026}, {}};
        Evening e(hall, november(24, 12, 0));
        ASSERT_EQ(missed, e.alarm("calendar_missing"));
        e.wall_trusted = false;
        e.wall_error = 365 * 24h;  // a year that the one has not, and the other has
        e.feed(TimePassed{});
        EXPECT_EQ(missed, e.alarm("calendar_missing"));
        e.wall_trusted = true;
        e.feed(TimePassed{});
        EXPECT_NE(missed, e.alarm("calendar_missing"));
    }
}

TEST(OverrideOutage, ASwitchingPointThatPassedWhileNobodyLookedEndsIt) {
    HallConfig hall = quiet_hall();
    Evening e(hall, november(24, 12, 0));
    e.sample_every = 3600s;
    e.ask(LightboxOverridden{0, "1001", true, OverrideUntil::next_switch, 0ms});
    EXPECT_EQ(e.view().lightbox.override_until, e.now().mono + 6h);
    e.restart(24h);  // on and off again meanwhile
    EXPECT_FALSE(e.view().lightbox.overridden);
    EXPECT_FALSE(e.lit.count(OutputRef::lightbox()) != 0);
    EXPECT_EQ(e.view().lightbox.next_switch, november(25, 18, 0));
}

}  // namespace
}  // namespace hall::test
