// R16-R21: two years of lightbox switching in five halls, with restarts, outages and clock steps,
// against a reference that walks through every minute.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <random>

#include "daemon/core/hall.hpp"
#include "tests/support/core_config.hpp"
#include "tests/support/lightbox_reference.hpp"

namespace hall::test {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;
using From = DayPoint::From;

WallTime wall_of(long seconds) {
    return WallTime{std::chrono::seconds{seconds}};
}

// --- what happens to the hall ------------------------------------------------------------------

/// At one minute of true time. Restarts and steps of the clock are at whole minutes.
struct Happening {
    bool closes = false, opens = false;
    long down = 0;              ///< minutes that the daemon is away
    std::optional<long> error;  ///< the wall clock is set to be wrong by so many minutes
};

std::map<long, Happening> script(const LightboxReference& reference, bool faults, unsigned seed) {
    std::map<long, Happening> all;
    std::mt19937 dice(seed);
    const auto roll = [&](long from, long to) {
        return from + static_cast<long>(dice() % static_cast<unsigned long>(to - from + 1));
    };
    long last = 0;
    for (long t = kFirstDay * kDaySeconds; t < kLastDay * kDaySeconds; t += 60) {
        const long local = reference.local(t), minute = local % kDaySeconds / 60;
        if (!reference.working(local / kDaySeconds)) continue;
        // A clock that is set back over an hour at night does not repeat an hour of the day.
        if (minute == 17 * 60 + 37) all[t].closes = true;
        if (minute == 8 * 60 + 11) all[t].opens = true;
    }
    for (long t = (kFirstDay + 1) * kDaySeconds; faults && t < kLastDay * kDaySeconds;
         t += roll(60, 4000) * 60) {
        if (t <= last) continue;
        Happening& h = all[t];
        const long what = roll(0, 9);
        if (what < 6) {
            h.down = what < 3 ? 1 : roll(1, 600);
            last = t + h.down * 60;
        } else {
            h.error = what == 9 ? 0 : roll(-180, 180);
        }
    }
    return all;
}

using Switches = std::vector<std::pair<long, bool>>;  ///< true time, and to what

/// Walks through every minute. An untrusted clock (one that shows less than was recorded) holds.
Switches expected(const LightboxReference& reference, const std::map<long, Happening>& script) {
    Switches out;
    std::optional<bool> lit;
    bool closed = false;
    long error = 0, away_until = 0, newest = 0;
    for (long t = kFirstDay * kDaySeconds; t < kLastDay * kDaySeconds; t += 60) {
        if (const auto h = script.find(t); h != script.end()) {
            closed = h->second.closes || (closed && !h->second.opens);
            error = h->second.error.value_or(error);
            away_until = std::max(away_until, t + h->second.down * 60);
        }
        const long wall = t + error * 60;
        if (t < away_until || (wall < newest && reference.needs_clock())) continue;
        newest = std::max(newest, wall);
        const auto wanted = reference.lit(wall, closed);
        if (!wanted || lit == wanted) continue;
        lit = wanted;
        out.emplace_back(t, *lit);
    }
    return out;
}

/// The rules themselves, woken when they ask for it and when something happens.
class Ours {
  public:
    explicit Ours(const Place& place) : config_(place.config) {}

    Switches run(const std::map<long, Happening>& script) {
        t_ = kFirstDay * kDaySeconds * 1000;
        hall_ = std::make_unique<Hall>(config_, std::nullopt, now());
        note(hall_->born(now()));
        auto next = script.begin();
        const long end = (kLastDay * kDaySeconds - 60) * 1000;
        while (t_ < end) {
            // The loop of the daemon looks at least once a second; only a doubtful clock needs it.
            long wakes = trusted_ ? end : (t_ / 60'000 + 1) * 60'000;
            if (const auto due = hall_->next_deadline(peek()))
                wakes = std::min<long>(wakes, due->time_since_epoch().count());
            const long happens = next == script.end() ? end : next->first * 1000;
            t_ = std::min({end, happens, std::max(wakes, t_ + 1)});
            if (t_ == happens) next = happen(next, script.end());
            note(hall_->step(now(), TimePassed{}));
        }
        return out_;
    }

  private:
    using Next = std::map<long, Happening>::const_iterator;

    [[nodiscard]] Now peek() const {
        return {Instant{Millis{t_}}, WallTime{Millis{t_ + error_ * 60'000}}, trusted_};
    }
    Now now() {
        const long wall = t_ + error_ * 60'000;
        trusted_ = wall >= newest_;
        if (trusted_) newest_ = wall;
        return peek();
    }
    /// What is scheduled while the daemon is away happens without it. The closing itself is another
    /// test's story: the memory of a restart says how it ended.
    Next happen(Next next, Next last) {
        // As it was a minute ago, when the daemon looked for the last time.
        newest_ = std::max(newest_, t_ - 60'000 + error_ * 60'000);
        Snapshot saved = hall_->snapshot(peek());
        std::optional<bool> closed;
        const long begins = t_;
        for (; next != last && next->first * 1000 <= t_; ++next) {
            const Happening& h = next->second;
            if (h.closes || h.opens) closed = h.closes;
            error_ = h.error.value_or(error_);
            t_ = std::max(t_, (next->first + h.down * 60) * 1000);
        }
        if (!closed && t_ == begins) return next;
        if (closed) saved.resting = saved.phase = *closed ? Phase::closed : Phase::open;
        hall_ = std::make_unique<Hall>(config_, Restored{saved, true}, now());
        note(hall_->born(now()));
        return next;
    }
    void note(const Effects& effects) {
        for (const Record& record : effects.journal) {
            if (record.type == "lightbox.switched")
                out_.emplace_back(t_ / 1000, record.detail.at(0).second == "on");
        }
    }

    HallConfig config_;
    std::unique_ptr<Hall> hall_;
    long t_ = 0, error_ = 0, newest_ = 0;  ///< ms, minutes, ms
    bool trusted_ = true;
    Switches out_;
};

// --- the halls ---------------------------------------------------------------------------------

Zone zone_of(const Place& place) {
    std::vector<Zone::Change> changes;
    for (const auto& [from, offset] : place.changes)
        changes.push_back({wall_of(from), std::chrono::seconds{offset}});
    return {std::chrono::seconds{place.offset}, changes};
}

/// From the files that the project ships.
Calendar chinese_calendar() {
    std::vector<CalendarDay> found;
    for (const char* file : {"/config/calendar/cn-2025.json", "/config/calendar/cn-2026.json"}) {
        std::ifstream in(std::string(HALL_SOURCE_DIR) + file);
        for (std::string line; std::getline(in, line);) {
            if (const auto at = line.find("\"date\": \""); at != std::string::npos) {
                const std::string date = line.substr(at + 9, 10);
                found.push_back({std::chrono::local_days{days{day_number(
                                     year{std::stoi(date.substr(0, 4))},
                                     static_cast<unsigned>(std::stoul(date.substr(5, 2))),
                                     static_cast<unsigned>(std::stoul(date.substr(8, 2))))}},
                                 true, "holiday"});
            }
            if (line.find("\"isOffDay\": false") != std::string::npos) found.back().off = false;
        }
    }
    return {{2025, 2026, 2027}, found};
}

Place place(const std::string& sun, long offset, GeoPosition where, LightboxPolicy policy,
            NightPlan usual) {
    Place made{sun, offset, {}, quiet_hall()};
    made.config.where = where;
    made.config.lightbox.policy = policy;
    made.config.lightbox.usual = usual;
    for (std::size_t day = 0; day < 5; ++day)
        made.config.hours[day] = Hours{8h + 30min, 17h + 30min};
    made.config.makeup = made.config.hours[0];
    return made;
}
NightRule weekday_rule(std::size_t day, NightPlan plan) {
    NightRule made;
    made.name = "weekday";
    made.kind = NightRule::For::weekdays;
    made.weekdays.at(day) = true;
    made.plan = plan;
    return made;
}
NightRule dates_rule(std::chrono::month_day first, std::chrono::month_day last, NightPlan plan) {
    NightRule made;
    made.name = "dates";
    made.dates = {first, last, {}, {}};
    made.plan = plan;
    return made;
}

DayPoint clock_at(std::chrono::minutes time) {
    return {From::midnight, time};
}
DayPoint rise(int minutes = 0) {
    return {From::sunrise, std::chrono::minutes{minutes}};
}
DayPoint set(int minutes = 0) {
    return {From::sunset, std::chrono::minutes{minutes}};
}
long sunday(int y, unsigned month, int which, long of_day) {
    const std::chrono::weekday_last last{std::chrono::Sunday};
    const auto first = year{y} / std::chrono::month{month};
    const sys_days date = which == 0
                              ? sys_days{first / last}
                              : sys_days{first / std::chrono::Sunday[static_cast<unsigned>(which)]};
    return date.time_since_epoch().count() * kDaySeconds + of_day;
}

void compare(Place hall, const std::vector<bool>& runs = {true}) {
    hall.config.zone = zone_of(hall);
    const LightboxReference reference(hall);
    for (const bool faults : runs) {
        const auto happenings = script(reference, faults, 7);
        const Switches want = expected(reference, happenings);
        const Switches got = Ours(hall).run(happenings);
        EXPECT_GT(want.size(), 900U);
        const std::size_t size = std::min(want.size(), got.size());
        for (std::size_t i = 0; i < size; ++i) {
            // The reference looks once a minute, and its sun is another one's.
            const long late = got[i].first - want[i].first;
            ASSERT_TRUE(got[i].second == want[i].second && std::abs(late) < 60 + 2 * kSunSlack)
                << (faults ? "with" : "without") << " faults, switch " << i << ": ours "
                << rfc3339(wall_of(got[i].first), std::chrono::seconds{0}) << " to "
                << got[i].second << ", reference "
                << rfc3339(wall_of(want[i].first), std::chrono::seconds{0}) << " to "
                << want[i].second;
        }
        EXPECT_EQ(got.size(), want.size());
    }
}

TEST(LightboxYears, TheDemoHall) {
    Place hall = place("tengzhou", 8 * 3600, {35.08, 117.16}, LightboxPolicy::both,
                       {true, clock_at(18h), clock_at(6h), std::nullopt});
    hall.config.calendar = chinese_calendar();
    NightRule holidays;
    holidays.kind = NightRule::For::holidays;
    holidays.plan = {true, set(), clock_at(23h), std::nullopt};
    hall.config.lightbox.rules = {
        weekday_rule(6, {true, clock_at(20h), clock_at(1h), std::nullopt}), holidays,
        dates_rule(std::chrono::February / 10, std::chrono::February / 25,
                   {true, set(-15), rise(), std::nullopt})};
    compare(hall, {false, true});
}

TEST(LightboxYears, Berlin) {
    Place hall = place("berlin", 3600, {52.52, 13.405}, LightboxPolicy::schedule,
                       {true, set(10), rise(-10), NightBreak{clock_at(23h + 30min), clock_at(5h)}});
    for (const int y : {2025, 2026}) {
        hall.changes.emplace_back(sunday(y, 3, 0, 3600), 7200);
        hall.changes.emplace_back(sunday(y, 10, 0, 3600), 3600);
    }
    // Begins in the hour that is left out in spring and comes twice in autumn.
    hall.config.lightbox.rules = {
        weekday_rule(6, {true, clock_at(2h + 30min), clock_at(7h), std::nullopt})};
    compare(hall);
}

TEST(LightboxYears, NewYork) {
    Place hall = place("new_york", -5 * 3600, {40.71, -74.01}, LightboxPolicy::schedule,
                       {true, clock_at(1h + 30min), clock_at(2h + 30min), std::nullopt});
    for (const int y : {2025, 2026}) {
        hall.changes.emplace_back(sunday(y, 3, 2, 7 * 3600), -4 * 3600);
        hall.changes.emplace_back(sunday(y, 11, 1, 6 * 3600), -5 * 3600);
    }
    hall.config.lightbox.rules = {
        weekday_rule(5, {true, set(), clock_at(1h + 15min), std::nullopt})};
    compare(hall);
}

TEST(LightboxYears, LordHoweMovesItsClockByHalfAnHour) {
    Place hall =
        place("lord_howe", 11 * 3600, {-31.55, 159.08}, LightboxPolicy::both,
              {true, set(), rise(), NightBreak{clock_at(1h + 45min), clock_at(2h + 15min)}});
    for (const int y : {2025, 2026}) {
        hall.changes.emplace_back(sunday(y, 4, 1, 0) - 9 * 3600, 10 * 3600 + 1800);
        hall.changes.emplace_back(sunday(y, 10, 1, 0) - 8 * 3600 - 1800, 11 * 3600);
    }
    compare(hall);
}

TEST(LightboxYears, ApiaBeyondTheDateLine) {
    Place hall = place("apia", 13 * 3600, {-13.83, -171.77}, LightboxPolicy::both,
                       {true, set(), clock_at(23h + 59min), std::nullopt});
    NightPlan dark;
    dark.burns = false;
    hall.config.lightbox.rules = {weekday_rule(6, dark),
                                  dates_rule(std::chrono::December / 20, std::chrono::January / 10,
                                             {true, set(), rise(), std::nullopt})};
    compare(hall);
}

TEST(LightboxYears, AfterClosingNeedsNoSchedule) {
    compare(place("tengzhou", 8 * 3600, {35.08, 117.16}, LightboxPolicy::after_closing, {}));
}

}  // namespace
}  // namespace hall::test
