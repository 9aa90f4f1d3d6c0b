#pragma once
// R6, R15: the end of the day and the hours after it: overdue closing with its buzzer, extension,
// and what must not happen while the hall is closed.
#include <optional>
#include <vector>

#include "daemon/core/alarms.hpp"
#include "daemon/core/closing.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/outputs.hpp"
#include "daemon/core/power.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Day {
  public:
    explicit Day(std::optional<WallTime> first_start) : first_start_(first_start) {}

    void extend(Turn& turn, const DayExtended& event);
    void advance(Turn& turn, const Closing& closing, bool opening,
                 const std::vector<Circuit>& circuits, const std::vector<ContactState>& contacts,
                 Outputs& outputs, Alarms& alarms);
    /// The hall was opened: closing times before this moment are no longer anybody's concern; after
    /// the end of the day, grace counts from now.
    void opened() { first_start_.reset(); }
    /// The day has ended, and what it was extended by with it: a date that the clock had wrong must
    /// not hold off the reminders of another day.
    void closed() { extended_until_.reset(); }
    /// The hall is open and its closing time, with extensions, lies ahead today.
    [[nodiscard]] bool early(const HallConfig& config, const Now& now) const;
    /// Today's closing time with extensions; none on a day off or without a trusted clock.
    [[nodiscard]] std::optional<WallTime> closes(const HallConfig& config, const Now& now) const;
    [[nodiscard]] std::optional<WallTime> extended_until() const { return extended_until_; }
    void restore(std::optional<WallTime> extended_until) { extended_until_ = extended_until; }
    [[nodiscard]] std::optional<WallTime> first_start() const { return first_start_; }
    void deadlines(Deadlines& out, const HallConfig& config) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [first_start, extended, escalation] = *this;
        image::put(a, first_start, extended, escalation);
    }

  private:
    /// When an open hall becomes (or became) overdue for the newest closing time; none when it
    /// cannot be.
    [[nodiscard]] std::optional<WallTime> due(const HallConfig& config, const Now& now) const;
    /// The end of the day that an extension counts from; none where there is none to extend.
    [[nodiscard]] std::optional<WallTime> to_extend(const HallConfig& config, const Now& now) const;
    void after_hours(Turn& turn, const Closing& closing, bool opening,
                     const std::vector<Circuit>& circuits,
                     const std::vector<ContactState>& contacts, Alarms& alarms);

    /// Since when the hall is open; none until a trusted clock can tell.
    std::optional<WallTime> first_start_;
    std::optional<WallTime> extended_until_;
    std::size_t escalation_ = 0;
};

}  // namespace hall
