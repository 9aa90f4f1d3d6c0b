// [hall], [hours], [closing], [opening]: names, times and the rulebook's numbers.
#include <algorithm>
#include <cmath>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"
#include "daemon/shell/zone_load.hpp"

namespace hall::config {

namespace {

void read_zone(Section& hall, Draft& draft) {
    const auto zone = hall.required_text("timezone");
    if (!zone) return;
    draft.site.timezone = zone->value;
    if (auto loaded = load_zone(zone->value)) {
        draft.site.hall.zone = std::move(*loaded);
        return;
    }
    hall.error(zone->at, "unknown time zone \"" + zone->value +
                             "\"; use a name of the system's tz database (package tzdata), e.g. "
                             "\"Asia/Shanghai\"");
}

void read_day(Section& hours, const char* day, std::optional<Hours>& target) {
    const auto times = hours.texts(day);
    if (!times) return;
    const std::string form =
        std::string(day) +
        " must be two times like [\"08:30\", \"17:30\"]; leave the key out for "
        "a day off";
    if (times->size() != 2) return hours.error(hours.place(day), form);
    const auto opens = minute_of_day(times->front().value);
    const auto closes = minute_of_day(times->back().value);
    if (!opens) return hours.error(times->front().at, form);
    if (!closes) return hours.error(times->back().at, form);
    if (*opens >= *closes) {
        return hours.error(times->back().at, std::string(day) +
                                                 " closes before it opens; hours beyond midnight "
                                                 "are not possible");
    }
    target = Hours{*opens, *closes};
}

void read_hours(Section& top, Draft& draft) {
    auto hours = top.table("hours");
    bool any = false;
    if (hours) {
        std::size_t at = 0;
        for (const char* day : {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}) {
            any = any || hours->has(day);
            read_day(*hours, day, draft.site.hall.hours.at(at++));
        }
        read_day(*hours, "makeup", draft.site.hall.makeup);
        hours->seconds("grace", draft.site.hall.closing.grace, {0, 4 * 3600});
        hours->finish();
    }
    const auto& week = draft.site.hall.hours;
    const auto first = std::find_if(week.begin(), week.end(), [](const auto& h) { return h; });
    if (!draft.site.hall.makeup && first != week.end()) draft.site.hall.makeup = *first;
    if (!any) {
        top.warning(hours ? hours->place() : top.place(),
                    "no working day in [hours]: no closing is ever overdue (R6)");
    }
}

void read_escalation(Section& closing, ClosingConfig& target) {
    const auto steps = closing.numbers("escalate", {1, 86'400}, "s");
    if (!steps) return;
    target.escalate.clear();
    double before = 0;
    for (const double step : *steps) {
        if (step <= before) {
            closing.error(closing.place("escalate"), "escalate must rise from step to step");
            return;
        }
        before = step;
        target.escalate.emplace_back(std::llround(step * 1000));
    }
    constexpr std::size_t kMostSteps = 16;
    if (steps->size() > kMostSteps)
        closing.error(closing.place("escalate"), "escalate has more than 16 steps; shorten it");
}

}  // namespace

void read_hall(Section& top, Draft& draft) {
    if (!top.has("hall"))
        top.error(top.place(), "there is no section [hall]; see config/hall.example.toml");
    if (auto hall = top.table("hall")) {
        if (const auto id = hall->id()) draft.site.hall.id = id->value;
        draft.site.hall.name = draft.site.hall.id;
        hall->name("name", draft.site.hall.name);
        read_zone(*hall, draft);
        if (!hall->has("latitude")) hall->missing("latitude");
        hall->number("latitude", draft.site.hall.where.latitude, {-90, 90},
                     "degrees, north positive");
        if (!hall->has("longitude")) hall->missing("longitude");
        hall->number("longitude", draft.site.hall.where.longitude, {-180, 180},
                     "degrees, east positive");
        const auto clock = hall->choice("clock", {"network", "hardware"});
        draft.site.clock_from_network = !clock || *clock == 0;
        const std::vector<std::string> locales{"zh", "en"};
        if (const auto locale = hall->choice("locale", locales))
            draft.site.locale = locales[*locale];
        hall->finish();
    }
    read_hours(top, draft);
}

void read_closing(Section& top, Draft& draft) {
    if (auto section = top.table("closing")) {
        ClosingConfig& closing = draft.site.hall.closing;
        draft.closing = section->place();
        section->integer("min_persons", closing.min_persons, {2, 10}, "persons (R1)");
        section->seconds("confirm_window", closing.confirm_window, {15, 300});
        section->seconds("countdown", closing.countdown, {0, 120});
        section->seconds("authorisation_ttl", closing.authorisation_ttl, {60, 7200});
        section->seconds("stop_timeout", closing.stop_timeout, {5, 1800});
        section->seconds("prove_within", closing.prove_within, {1, 60});
        section->seconds("fresh_within", closing.fresh_within, {0.5, 60});
        section->number("off_watts", draft.defaults.off_watts, {0.1, 100}, "W");
        section->seconds("off_for", draft.defaults.off_for, {1, 600});
        section->number("cut_watts", draft.defaults.cut_watts, {0.01, 20}, "W");
        read_escalation(*section, closing);
        section->flag("publish_names", closing.publish_names);
        section->finish();
    }
    if (auto section = top.table("opening")) {
        section->integer("min_persons", draft.site.hall.opening.min_persons, {1, 10}, "persons");
        section->seconds("stagger", draft.site.hall.opening.stagger, {0, 60});
        section->finish();
    }
}

}  // namespace hall::config
