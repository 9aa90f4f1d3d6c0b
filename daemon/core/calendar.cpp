#include "daemon/core/calendar.hpp"

#include <algorithm>
#include <utility>

namespace hall {

Calendar::Calendar(std::vector<int> years, std::vector<CalendarDay> days)
    : years_(std::move(years)), days_(std::move(days)) {
    std::sort(years_.begin(), years_.end());
    std::sort(days_.begin(), days_.end(),
              [](const CalendarDay& a, const CalendarDay& b) { return a.date < b.date; });
}

const CalendarDay* Calendar::find(std::chrono::local_days date) const {
    const auto found = std::lower_bound(
        days_.begin(), days_.end(), date,
        [](const CalendarDay& day, std::chrono::local_days wanted) { return day.date < wanted; });
    return found == days_.end() || found->date != date ? nullptr : &*found;
}

bool Calendar::covers(int year) const {
    return years_.empty() || std::binary_search(years_.begin(), years_.end(), year);
}

int Calendar::missing_on(std::chrono::local_days date) const {
    const std::chrono::year_month_day day{date};
    const int year = static_cast<int>(day.year());
    if (!covers(year)) return year;
    constexpr std::chrono::month_day kLast = std::chrono::December / 15;
    const bool late = std::chrono::month_day{day.month(), day.day()} > kLast;
    return late && !covers(year + 1) ? year + 1 : 0;
}

}  // namespace hall
