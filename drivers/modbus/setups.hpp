#pragma once
// Which setting of which unit is to be looked at next. One at a time, so that orders never wait for
// more than one of them.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "drivers/bus.hpp"
#include "drivers/modbus/schedule.hpp"

namespace hall::drivers::modbus {

/// A board that lost its power for a moment may have forgotten what was set, unnoticed.
constexpr std::chrono::minutes kLookAgain{10};

class Setups {
  public:
    /// @param retry after a setting that could not be brought about
    Setups(std::vector<UnitSetup> setups, milliseconds retry);

    struct Next {
        std::uint8_t unit;
        Setting setting;
    };
    /// What is to be looked at now.
    [[nodiscard]] std::optional<Next> next(TimePoint now) const;
    /// When to ask next() again, at the earliest.
    [[nodiscard]] TimePoint wake(TimePoint now) const;

    /// The unit is there: if it was not before, it is set up from the beginning.
    void answered(std::uint8_t unit, TimePoint now);
    /// The unit is lost, with 0 all of them: not before it is there again.
    void lost(std::uint8_t unit);

    /// What next() named is as it must be, or not. The event if that is news of its unit.
    std::optional<UnitSetUp> held(TimePoint now);
    std::optional<UnitSetUp> failed(TimePoint now, const std::string& why);

  private:
    struct Unit {
        UnitSetup setup;
        std::size_t at = 0;            ///< the next setting
        std::optional<TimePoint> due;  ///< none: the unit is not there
        std::optional<bool> told;
    };
    [[nodiscard]] std::optional<std::size_t> due(TimePoint now) const;
    std::optional<UnitSetUp> tell(Unit& unit, bool holds, const std::string& why);

    std::vector<Unit> units_;
    milliseconds retry_;
};

}  // namespace hall::drivers::modbus
