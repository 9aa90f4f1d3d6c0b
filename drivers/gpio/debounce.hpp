#pragma once
// Which of an input's edges count: a level counts when it has stood for long enough, by the
// kernel's time stamps. So it does not matter how late the edges are read: a press that was long
// enough is seen whole, and a bounce never, on a machine of any speed.
#include <chrono>
#include <optional>

#include "drivers/gpio/lines.hpp"

namespace hall::drivers::gpio {

class Debounce {
  public:
    using Time = std::chrono::nanoseconds;  ///< of the monotonic clock

    /// @param quiet how long a level must stand; 0: at once
    Debounce(Time quiet, bool level) : quiet_(quiet), settled_(level), level_(level) {}

    /// An edge, in the order of time. Returns the level that had settled before it, if that is
    /// news.
    std::optional<bool> edge(const Edge& edge);
    /// The level that has settled by `now`, if that is news. Needs all edges until then.
    std::optional<bool> settle(Time now);
    /// When a level that does not count yet will; none: nothing is under way.
    [[nodiscard]] std::optional<Time> settles_at() const;
    /// The level after the last edge.
    [[nodiscard]] bool level() const { return level_; }

  private:
    Time quiet_;
    bool settled_;
    bool level_;
    std::optional<Time> since_;  ///< the last edge, while its level does not count yet
};

}  // namespace hall::drivers::gpio
