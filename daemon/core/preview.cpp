#include "daemon/core/preview.hpp"

#include <algorithm>

#include "daemon/core/hours.hpp"

namespace hall {

using std::chrono::days;
using std::chrono::local_days;

std::vector<PreviewDay> preview(const HallConfig& config, local_days first, int count) {
    std::vector<PreviewDay> list;
    std::vector<Span> lit;
    if (config.lightbox.fitted) lit = expected_lit(config, first, first + days{count - 1});
    auto next = lit.begin();
    for (int i = 0; i < count; ++i) {
        PreviewDay day;
        day.date = first + days{i};
        const LocalTime midnight{day.date};
        day.begins = config.zone.to_wall(midnight);
        day.ends = config.zone.to_wall(midnight + days{1});
        const auto hours = hours_on(config, day.date);
        day.working_day = hours.has_value();
        if (hours) {
            day.opens = hours->opens;
            day.closes = hours->closes;
        }
        if (const CalendarDay* listed = config.calendar.find(day.date)) day.holiday = listed->name;
        const std::chrono::year_month_day date{day.date};
        day.calendar_known = config.calendar.covers(static_cast<int>(date.year()));
        day.sun = sun_day(config.where, config.zone.to_wall(midnight + std::chrono::hours{12}));
        while (next != lit.end() && next->to <= day.begins) ++next;
        for (auto span = next; span != lit.end() && span->from < day.ends; ++span)
            day.lit.push_back({std::max(span->from, day.begins), std::min(span->to, day.ends)});
        list.push_back(std::move(day));
    }
    return list;
}

}  // namespace hall
