// [lightbox]: when it burns, and [[lightbox.rule]], the nights that are different (R16).
#include <algorithm>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

const std::vector<std::string> kWeekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<DayPoint> checked_point(Section& section, const char* key, const Text& text) {
    if (auto point = day_point(text.value)) return point;
    const std::string word = text.value.substr(0, text.value.find_first_of("+-"));
    const auto near = nearest(word, {"sunrise", "sunset"});
    section.error(text.at,
                  std::string(key) + " = \"" + text.value +
                      "\" is no moment of a day; write \"HH:MM\", \"sunrise\" or \"sunset\", these "
                      "also with minutes, 1m to 360m, like \"sunset-15m\"" +
                      (near && *near != word ? "; did you mean \"" + *near + "\"?" : ""));
    return std::nullopt;
}

void read_point(Section& section, const char* key, DayPoint& target) {
    const auto text = section.text(key);
    if (!text) return;
    if (const auto point = checked_point(section, key, *text)) target = *point;
}

/// The second never comes after the first.
bool never(const DayPoint& first, const DayPoint& second) {
    if (first == second) return true;
    return first.from == second.from && first.from != DayPoint::From::midnight &&
           second.offset <= first.offset;
}

void read_break(Section& section, NightPlan& plan) {
    const auto times = section.texts("night_off");
    if (!times) return;
    plan.night_off.reset();
    if (times->empty()) return;
    if (times->size() != 2) {
        section.error(section.place("night_off"),
                      "night_off must be two moments like [\"23:30\", \"05:00\"], or [] for none");
        return;
    }
    const auto from = checked_point(section, "night_off", times->front());
    const auto to = checked_point(section, "night_off", times->back());
    if (!from || !to) return;
    if (never(*from, *to)) {
        section.error(times->back().at, "night_off ends before it begins; change one of the two");
        return;
    }
    plan.night_off = NightBreak{*from, *to};
}

void read_plan(Section& section, NightPlan& plan) {
    read_point(section, "on", plan.on);
    read_point(section, "off", plan.off);
    read_break(section, plan);
    if (plan.on == plan.off) {
        section.error(section.place("off"),
                      "on and off are the same time: the lightbox would never burn; change one");
    } else if (never(plan.on, plan.off)) {
        section.error(section.place("off"),
                      "off comes before on: the lightbox would never burn; change one");
    }
}

void read_dates(Section& rule, NightRule& target) {
    const auto dates = rule.texts("dates");
    if (!dates) return;
    const std::string form =
        "dates must be the first and the last day, [\"2026-12-24\", \"2027-01-02\"], or of every "
        "year [\"12-24\", \"01-02\"]";
    if (dates->size() != 2) return rule.error(rule.place("dates"), form);
    const Text &first = dates->front(), &last = dates->back();
    const auto from = full_date(first.value), to = full_date(last.value);
    if (from && to) {
        if (*to < *from) return rule.error(last.at, "dates end before they begin; change one");
        target.dates = {from->month() / from->day(), to->month() / to->day(), from->year(),
                        to->year()};
        return;
    }
    const auto every_from = month_day(first.value), every_to = month_day(last.value);
    if (!from && !every_from) return rule.error(first.at, form);
    if (!every_from || !every_to) return rule.error(last.at, form);
    target.dates = {*every_from, *every_to, std::nullopt, std::nullopt};
}

void read_days(Section& rule, NightRule& target) {
    const auto days = rule.texts("days");
    if (!days) return;
    if (days->empty()) rule.error(rule.place("days"), "days is empty; name some, or remove it");
    for (const Text& day : *days) {
        const auto found = std::find(kWeekdays.begin(), kWeekdays.end(), day.value);
        if (found == kWeekdays.end()) {
            rule.error(day.at, "\"" + day.value + "\" is no day of the week" +
                                   suggestion(day.value, kWeekdays));
            continue;
        }
        target.weekdays.at(static_cast<std::size_t>(found - kWeekdays.begin())) = true;
    }
}

/// Which nights it is for: exactly one of three keys.
void read_for(Section& rule, NightRule& target, const Draft& draft) {
    bool holidays = false;
    rule.flag("holidays", holidays);
    read_dates(rule, target);
    read_days(rule, target);
    const int keys =
        (rule.has("dates") ? 1 : 0) + (rule.has("holidays") ? 1 : 0) + (rule.has("days") ? 1 : 0);
    if (keys != 1) {
        rule.error(rule.place(), rule.title() +
                                     " needs exactly one of dates, holidays = true and days, which "
                                     "says for which nights it is");
    } else if (rule.has("holidays") && !holidays) {
        rule.error(rule.place("holidays"), "holidays = false has no effect; remove the rule");
    } else if (rule.has("holidays") && !draft.site.hall.calendar.used()) {
        rule.error(rule.place("holidays"),
                   "holidays are not known without [calendar]; add it, or use days or dates");
    }
    target.kind = rule.has("dates")      ? NightRule::For::dates
                  : rule.has("holidays") ? NightRule::For::holidays
                                         : NightRule::For::weekdays;
}

void read_rule(Section rule, Draft& draft) {
    NightRule target;
    target.plan = draft.site.hall.lightbox.usual;
    if (!rule.has("name")) rule.missing("name");
    rule.name("name", target.name);
    if (!target.name.empty()) rule.rename("rule \"" + target.name + "\"");
    read_for(rule, target, draft);
    rule.flag("burns", target.plan.burns);
    read_plan(rule, target.plan);
    if (!target.plan.burns && (rule.has("on") || rule.has("off") || rule.has("night_off"))) {
        rule.error(rule.place("burns"),
                   "burns = false beside on, off or night_off; remove one or the other");
    }
    rule.finish();
    draft.site.hall.lightbox.rules.push_back(std::move(target));
}

}  // namespace

void read_nights(Section& lightbox, Draft& draft) {
    read_plan(lightbox, draft.site.hall.lightbox.usual);
    for (Section& rule : lightbox.tables("rule")) {
        rule.rename("[[lightbox.rule]]");
        read_rule(std::move(rule), draft);
    }
}

}  // namespace hall::config
