#pragma once
// The members of the plain structures that an image holds. Included by hall_image.cpp only.
#include "daemon/core/closing.hpp"
#include "daemon/core/config.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/snapshot.hpp"

namespace hall {

// --- what the rules hold ---

template <class A>
void each_field(A& a, PlanException& v) {
    auto& [id, reason] = v;
    image::put(a, id, reason);
}
template <class A>
void each_field(A& a, Plan& v) {
    auto& [attempt, early, cut, already_off, excepted, open_contacts, unknown_contacts,
           excepted_contacts, to_attest, digest] = v;
    image::put(a, attempt, early, cut, already_off, excepted, open_contacts, unknown_contacts,
               excepted_contacts, to_attest, digest);
}
template <class A>
void each_field(A& a, AlarmView& v) {
    auto& [id, code, subject, severity, rule, clause, detail, raised, raised_trusted, cleared,
           acknowledged_by, count] = v;
    image::put(a, id, code, subject, severity, rule, clause, detail, raised, raised_trusted,
               cleared, acknowledged_by, count);
}
template <class A>
void each_field(A& a, SavedAlarm& v) {
    auto& [view, present] = v;
    image::put(a, view, present);
}
template <class A>
void each_field(A& a, SavedConfirmation& v) {
    auto& [person, at, attested] = v;
    image::put(a, person, at, attested);
}
template <class A>
void each_field(A& a, SavedOverride& v) {
    auto& [lit, until, ends, next_switch] = v;
    image::put(a, lit, until, ends, next_switch);
}
template <class A>
void each_field(A& a, SavedPresence& v) {
    auto& [person, post, day] = v;
    image::put(a, person, post, day);
}
template <class A>
void each_field(A& a, SavedAttendance& v) {
    auto& [person, post, day, left_before, month, late, left_early] = v;
    image::put(a, person, post, day, left_before, month, late, left_early);
}
template <class A>
void each_field(A& a, SavedNotice& v) {
    auto& [alarm, since, attempts] = v;
    image::put(a, alarm, since, attempts);
}
template <class A>
void each_field(A& a, StopRequest& v) {
    auto& [method, at, command, answer] = v;
    image::put(a, method, at, command, answer);
}
template <class A>
void each_field(A& a, CircuitCutting& v) {
    auto& [ordered] = v;
    image::put(a, ordered);
}
template <class A>
void each_field(A& a, CircuitProving& v) {
    auto& [since] = v;
    image::put(a, since);
}
template <class A>
void each_field(A& a, CircuitHeld& v) {
    auto& [why, since] = v;
    image::put(a, why, since);
}
template <class A>
void each_field(A& a, CircuitLeftOn& v) {
    auto& [why] = v;
    image::put(a, why);
}
template <class A>
void each_field(A& a, ClosingCircuit& v) {
    auto& [circuit, progress, begun, asked, forced, forced_by, counted] = v;
    image::put(a, circuit, progress, begun, asked, forced, forced_by, counted);
}
template <class A>
void each_field(A& a, ClosingCollecting& v) {
    auto& [plan, given, deadline] = v;
    image::put(a, plan, given, deadline);
}
template <class A>
void each_field(A& a, Authorisation& v) {
    auto& [plan, given, authorised, expires] = v;
    image::put(a, plan, given, authorised, expires);
}
template <class A>
void each_field(A& a, ClosingCountdown& v) {
    auto& [authorisation, deadline] = v;
    image::put(a, authorisation, deadline);
}
template <class A>
void each_field(A& a, ForceAttempt& v) {
    auto& [given, deadline] = v;
    image::put(a, given, deadline);
}
template <class A>
void each_field(A& a, ClosingExecuting& v) {
    auto& [authorisation, started, settled_by, circuits, forces] = v;
    image::put(a, authorisation, started, settled_by, circuits, forces);
}

// --- the configuration ---

template <class A>
void each_field(A& a, Zone::Change& v) {
    auto& [from, offset] = v;
    image::put(a, from, offset);
}
template <class A>
void each_field(A& a, Hours& v) {
    auto& [opens, closes] = v;
    image::put(a, opens, closes);
}
template <class A>
void each_field(A& a, StopMethod& v) {
    auto& [kind, wait] = v;
    image::put(a, kind, wait);
}
template <class A>
void each_field(A& a, CircuitConfig& v) {
    auto& [id, name, has_feedback, has_meter, has_power_good, has_reachability, off_watts, off_for,
           cut_watts, min_on, min_off, max_switches_a_day, stop, window] = v;
    image::put(a, id, name, has_feedback, has_meter, has_power_good, has_reachability, off_watts,
               off_for, cut_watts, min_on, min_off, max_switches_a_day, stop, window);
}
template <class A>
void each_field(A& a, WindowConfig& v) {
    auto& [id, name, post, lamps, look, links] = v;
    image::put(a, id, name, post, lamps, look, links);
}
template <class A>
void each_field(A& a, PostConfig& v) {
    auto& [id, name, primary, backup] = v;
    image::put(a, id, name, primary, backup);
}
template <class A>
void each_field(A& a, AttendanceConfig& v) {
    auto& [unattended_after, early_target, monthly_counts, publish_names] = v;
    image::put(a, unattended_after, early_target, monthly_counts, publish_names);
}
template <class A>
void each_field(A& a, FaultConfig& v) {
    auto& [department, notify_after] = v;
    image::put(a, department, notify_after);
}
template <class A>
void each_field(A& a, CalendarDay& v) {
    auto& [date, off, name] = v;
    image::put(a, date, off, name);
}
template <class A>
void each_field(A& a, GeoPosition& v) {
    auto& [latitude, longitude] = v;
    image::put(a, latitude, longitude);
}
template <class A>
void each_field(A& a, DayPoint& v) {
    auto& [from, offset] = v;
    image::put(a, from, offset);
}
template <class A>
void each_field(A& a, NightBreak& v) {
    auto& [from, to] = v;
    image::put(a, from, to);
}
template <class A>
void each_field(A& a, NightPlan& v) {
    auto& [burns, on, off, night_off] = v;
    image::put(a, burns, on, off, night_off);
}
template <class A>
void each_field(A& a, DateRange& v) {
    auto& [first, last, first_year, last_year] = v;
    image::put(a, first, last, first_year, last_year);
}
template <class A>
void each_field(A& a, NightRule& v) {
    auto& [name, kind, dates, weekdays, plan] = v;
    image::put(a, name, kind, dates, weekdays, plan);
}
template <class A>
void each_field(A& a, ContactConfig& v) {
    auto& [id, name, sensed] = v;
    image::put(a, id, name, sensed);
}
template <class A>
void each_field(A& a, LinkConfig& v) {
    auto& [id] = v;
    image::put(a, id);
}
template <class A>
void each_field(A& a, ClosingConfig& v) {
    auto& [min_persons, confirm_window, countdown, authorisation_ttl, stop_timeout, prove_within,
           fresh_within, grace, escalate, publish_names] = v;
    image::put(a, min_persons, confirm_window, countdown, authorisation_ttl, stop_timeout,
               prove_within, fresh_within, grace, escalate, publish_names);
}
template <class A>
void each_field(A& a, OpeningConfig& v) {
    auto& [min_persons, stagger] = v;
    image::put(a, min_persons, stagger);
}
template <class A>
void each_field(A& a, LightboxConfig& v) {
    auto& [fitted, has_feedback, policy, usual, rules, max_override] = v;
    image::put(a, fitted, has_feedback, policy, usual, rules, max_override);
}
template <class A>
void each_field(A& a, HallConfig& v) {
    auto& [id, name, zone, hours, makeup, calendar, where, closing, opening, lightbox, circuits,
           windows, posts, attendance, faults, contacts, links, has_buzzer, digest] = v;
    image::put(a, id, name, zone, hours, makeup, calendar, where, closing, opening, lightbox,
               circuits, windows, posts, attendance, faults, contacts, links, has_buzzer);
    static_cast<void>(digest);  // a function of the program
}

}  // namespace hall
