#include "daemon/core/alarms.hpp"

#include <algorithm>
#include <array>

namespace hall {

namespace {

struct Kind {
    std::string_view code, severity, rule, clause;
};

/// Every alarm that the hall knows; clauses are the rulebook's.
constexpr std::array kKinds{
    Kind{"closing_overdue", "warning", "R6", "2.4"},
    Kind{"pc_not_off", "warning", "R9", "7.1"},
    Kind{"pc_left_on", "warning", "R9", "7.9"},
    Kind{"closing_cut_short", "warning", "R9", "7.9"},
    Kind{"welded_contact", "critical", "R10", "7.9"},
    Kind{"switch_limit", "warning", "R11", "7.1"},
    Kind{"output_failed", "critical", "R13", "7.1"},
    Kind{"watchdog_not_armed", "warning", "R14", "7.1"},
    Kind{"stuck_open", "warning", "R15", "7.5"},
    Kind{"power_unexpected", "critical", "R15", "7.5"},
    Kind{"door_after_hours", "critical", "R15", "2.4"},
    Kind{"credential_after_hours", "warning", "R15", "7.5"},
    Kind{"contact_left_open", "warning", "R4", "2.4"},
    Kind{"meter_silent", "warning", "R8", "7.1"},
    Kind{"link_lost", "warning", "R24", "9.4"},
    Kind{"window_unattended", "warning", "R23", "9.1"},
    Kind{"power_lost", "warning", "R24", "9.4"},
    Kind{"pc_unreachable", "warning", "R24", "9.4"},
    Kind{"window_fault", "warning", "R24", "9.4"},
    Kind{"clock_untrusted", "warning", "R21", "2.4"},
    Kind{"calendar_missing", "warning", "R20", "2.4"},
    Kind{"journal_damaged", "critical", "R29", "8.9"},
    Kind{"journal_unavailable", "critical", "R29", "8.9"},
    Kind{"recorder_failed", "warning", "R29", "8.9"},
    Kind{"certificate_expiring", "warning", "R30", "8.9"},
};

Kind kind_of(std::string_view code) {
    const auto* found =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.code == code; });
    return found == kKinds.end() ? Kind{code, "warning", "", ""} : *found;
}

bool is(const SavedAlarm& alarm, std::string_view code, std::string_view subject) {
    // Most differ in the length of their codes, and that is asked many times a step.
    return alarm.view.code.size() == code.size() && alarm.view.subject == subject &&
           alarm.view.code == code;
}

}  // namespace

const SavedAlarm* Alarms::find(std::string_view code, std::string_view subject) const {
    for (const SavedAlarm& alarm : alarms_) {
        if (is(alarm, code, subject)) return &alarm;
    }
    return nullptr;
}

bool Alarms::stands(std::string_view code, std::string_view subject) const {
    const SavedAlarm* found = find(code, subject);
    return found != nullptr && found->present;
}

bool Alarms::acknowledged(std::string_view code, std::string_view subject) const {
    const SavedAlarm* found = find(code, subject);
    return found != nullptr && !found->view.acknowledged_by.empty();
}

bool Alarms::unacknowledged(std::string_view id) const {
    return std::any_of(alarms_.begin(), alarms_.end(), [&](const SavedAlarm& a) {
        return a.view.id == id && a.view.acknowledged_by.empty();
    });
}

void Alarms::raise(Turn& turn, std::string_view code, std::string_view subject,
                   std::string_view detail) {
    for (SavedAlarm& alarm : alarms_) {
        if (!is(alarm, code, subject)) continue;
        if (alarm.present) return;
        // It came back before anybody had acknowledged it: the same alarm, counted, not a new one.
        alarm.present = true;
        alarm.view.cleared.reset();
        ++alarm.view.count;
        turn.record("alarm.returned", alarm.view.rule, {"halld"}, "done",
                    {{"alarm", alarm.view.id}, {"count", std::to_string(alarm.view.count)}});
        return;
    }
    const Kind kind = kind_of(code);
    SavedAlarm alarm;
    alarm.view.code = std::string(code);
    alarm.view.subject = std::string(subject);
    alarm.view.id = alarm.view.code + (subject.empty() ? "" : "." + alarm.view.subject);
    alarm.view.severity = std::string(kind.severity);
    alarm.view.rule = std::string(kind.rule);
    alarm.view.clause = std::string(kind.clause);
    alarm.view.detail = std::string(detail);
    alarm.view.raised = turn.now.wall;
    alarm.view.raised_trusted = turn.now.wall_trusted;
    turn.record("alarm.raised", alarm.view.rule, {"halld"}, "done",
                {{"alarm", alarm.view.id},
                 {"severity", alarm.view.severity},
                 {"detail", alarm.view.detail}});
    alarms_.push_back(std::move(alarm));
}

void Alarms::clear(Turn& turn, std::string_view code, std::string_view subject) {
    const auto found = std::find_if(alarms_.begin(), alarms_.end(),
                                    [&](const SavedAlarm& a) { return is(a, code, subject); });
    if (found == alarms_.end() || !found->present) return;
    found->present = false;
    found->view.cleared = turn.now.wall;
    turn.record("alarm.cleared", found->view.rule, {"halld"}, "done",
                {{"alarm", found->view.id}, {"count", std::to_string(found->view.count)}});
    if (!found->view.acknowledged_by.empty()) alarms_.erase(found);
}

void Alarms::clear_all(Turn& turn, std::string_view code) {
    std::vector<std::string> subjects;
    for (const SavedAlarm& alarm : alarms_) {
        if (alarm.view.code == code) subjects.push_back(alarm.view.subject);
    }
    for (const auto& subject : subjects) clear(turn, code, subject);
}

void Alarms::set(Turn& turn, bool present, std::string_view code, std::string_view subject,
                 std::string_view detail) {
    if (present) {
        raise(turn, code, subject, detail);
    } else {
        clear(turn, code, subject);
    }
}

void Alarms::acknowledge(Turn& turn, const AlarmAcknowledged& event) {
    const auto found = std::find_if(alarms_.begin(), alarms_.end(),
                                    [&](const SavedAlarm& a) { return a.view.id == event.alarm; });
    if (found == alarms_.end()) {
        turn.conflict(event.request, "alarm_unknown", {{"id", event.alarm}});
        return;
    }
    if (found->view.acknowledged_by.empty()) {
        found->view.acknowledged_by = event.source;
        turn.record("alarm.acknowledged", found->view.rule, {event.source}, "done",
                    {{"alarm", found->view.id}});
    }
    if (!found->present) alarms_.erase(found);
    turn.done(event.request);
}

}  // namespace hall
