#pragma once
// R20: public holidays and make-up working days, as plain data. The shell reads them from yearly
// files.
#include <chrono>
#include <string>
#include <vector>

#include "daemon/core/image.hpp"

namespace hall {

/// A day that is not what its weekday says.
struct CalendarDay {
    std::chrono::local_days date{};
    bool off = true;   ///< false: a make-up working day
    std::string name;  ///< of the holiday that it belongs to
    friend bool operator==(const CalendarDay&, const CalendarDay&) = default;
};

class Calendar {
  public:
    /// No calendar: the weekday alone decides, and no year is missed.
    Calendar() = default;
    /// @param years whose files were loaded
    /// @param days  each date once, in any order
    Calendar(std::vector<int> years, std::vector<CalendarDay> days);

    /// None: the weekday decides.
    [[nodiscard]] const CalendarDay* find(std::chrono::local_days date) const;
    /// True also for every year of a hall without a calendar.
    [[nodiscard]] bool covers(int year) const;
    /// The year that should be known on that date and is not: its own, or the next one after 15
    /// December. 0: none.
    [[nodiscard]] int missing_on(std::chrono::local_days date) const;
    [[nodiscard]] bool used() const { return !years_.empty(); }
    [[nodiscard]] const std::vector<int>& years() const { return years_; }
    [[nodiscard]] const std::vector<CalendarDay>& days() const { return days_; }

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [known, special] = *this;
        image::put(a, known, special);
    }

  private:
    std::vector<int> years_;         ///< ascending
    std::vector<CalendarDay> days_;  ///< ascending
};

}  // namespace hall
