#include "daemon/core/attendance.hpp"

#include <algorithm>

#include "daemon/core/hours.hpp"

namespace hall {

namespace {

const char* yes_no(bool v) {
    return v ? "yes" : "no";
}

/// `2026-11` of the local day that `t` falls in.
std::string month_of(const HallConfig& config, WallTime t) {
    return rfc3339(t, config.zone.offset_at(t)).substr(0, 7);
}

Detail basis(const Attendance::Mark& mark, const char* direction) {
    return {{"post", mark.post.id},
            {"role", to_string(mark.role)},
            {"direction", direction},
            {"how", mark.how}};
}

/// One more day of a month. A count that matters is told once: it passes each number once.
void count_day(Turn& turn, SavedAttendance& person, WallTime at, int SavedAttendance::*count,
               const char* fact) {
    const std::string month = month_of(turn.config, at);
    if (person.month != month) {
        person.month = month;
        person.late = person.left_early = 0;
    }
    const int days = ++(person.*count);
    turn.changed = true;
    const auto& told = turn.config.attendance.monthly_counts;
    if (std::find(told.begin(), told.end(), days) == told.end()) return;
    turn.record(
        "attendance.count_reached", "R25", {person.person.value}, "done",
        {{"post", person.post}, {"fact", fact}, {"count", std::to_string(days)}, {"month", month}});
}

}  // namespace

int local_day(const HallConfig& config, WallTime t) {
    const auto day = std::chrono::floor<std::chrono::days>(config.zone.to_local(t));
    return static_cast<int>(day.time_since_epoch().count());
}

Responsible role_of(const PostConfig& post, const PersonId& person) {
    const auto among = [&](const std::vector<PersonId>& list) {
        return std::find(list.begin(), list.end(), person) != list.end();
    };
    if (among(post.primary)) return Responsible::primary;
    return among(post.backup) ? Responsible::backup : Responsible::none;
}

SavedAttendance& Attendance::of(const PersonId& person) {
    for (SavedAttendance& p : people_) {
        if (p.person == person) return p;
    }
    people_.emplace_back().person = person;
    return people_.back();
}

void Attendance::arrived(Turn& turn, const Mark& mark) {
    SavedAttendance& person = of(mark.person);
    person.post = mark.post.id;
    person.left_before.reset();
    Detail detail = basis(mark, "in");
    const WallTime now = turn.now.wall;
    bool late = false;
    if (turn.now.wall_trusted && person.day != local_day(turn.config, now)) {
        person.day = local_day(turn.config, now);
        const auto hours = hours_of_day(turn.config, now);
        if (hours && now < hours->closes) {
            late = now > hours->opens;
            const bool early = now <= hours->opens - turn.config.attendance.early_target;
            detail.emplace_back("late", yes_no(late));
            detail.emplace_back("early_target_met", yes_no(early));
        }
    }
    turn.record("attendance.signed_in", "R25", {mark.person.value}, "done", std::move(detail));
    if (late) count_day(turn, person, now, &SavedAttendance::late, "late");
}

void Attendance::left(Turn& turn, const Mark& mark) {
    SavedAttendance& person = of(mark.person);
    person.post = mark.post.id;
    Detail detail = basis(mark, "out");
    if (turn.now.wall_trusted) {
        if (const auto hours = hours_of_day(turn.config, turn.now.wall)) {
            const bool early = turn.now.wall < hours->closes;
            detail.emplace_back("left_early", yes_no(early));
            if (early) person.left_before = hours->closes;
        }
    }
    turn.record("attendance.signed_out", "R25", {mark.person.value}, "done", std::move(detail));
}

void Attendance::advance(Turn& turn) {
    if (!turn.now.wall_trusted) return;
    for (SavedAttendance& person : people_) {
        if (!person.left_before || turn.now.wall < *person.left_before) continue;
        const WallTime closes = *person.left_before;
        person.left_before.reset();
        count_day(turn, person, closes, &SavedAttendance::left_early, "left_early");
    }
}

void Attendance::deadlines(Deadlines& out) const {
    for (const SavedAttendance& person : people_) out.consider_wall(person.left_before);
}

}  // namespace hall
