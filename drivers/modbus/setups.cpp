#include "drivers/modbus/setups.hpp"

#include <algorithm>
#include <utility>

namespace hall::drivers::modbus {

Setups::Setups(std::vector<UnitSetup> setups, milliseconds retry) : retry_(retry) {
    for (UnitSetup& setup : setups) {
        if (!setup.settings.empty()) units_.push_back({std::move(setup), 0, {}, {}});
    }
}

std::optional<std::size_t> Setups::due(TimePoint now) const {
    for (std::size_t i = 0; i < units_.size(); ++i) {
        if (units_[i].due && *units_[i].due <= now) return i;
    }
    return std::nullopt;
}

std::optional<Setups::Next> Setups::next(TimePoint now) const {
    const auto ix = due(now);
    if (!ix) return std::nullopt;
    const Unit& unit = units_[*ix];
    return Next{unit.setup.unit, unit.setup.settings[unit.at]};
}

TimePoint Setups::wake(TimePoint now) const {
    TimePoint at = now + std::chrono::hours{1};
    for (const Unit& unit : units_) {
        if (unit.due) at = std::min(at, *unit.due);
    }
    return at;
}

void Setups::answered(std::uint8_t number, TimePoint now) {
    for (Unit& unit : units_) {
        if (unit.setup.unit != number || unit.due) continue;
        unit.at = 0;
        unit.due = now;
    }
}

void Setups::lost(std::uint8_t number) {
    for (Unit& unit : units_) {
        if (number == 0 || unit.setup.unit == number) unit.due.reset();
    }
}

std::optional<UnitSetUp> Setups::held(TimePoint now) {
    const auto ix = due(now);
    if (!ix) return std::nullopt;
    Unit& unit = units_[*ix];
    if (++unit.at < unit.setup.settings.size()) return std::nullopt;
    unit.at = 0;
    unit.due = now + kLookAgain;
    return tell(unit, true, {});
}

std::optional<UnitSetUp> Setups::failed(TimePoint now, const std::string& why) {
    const auto ix = due(now);
    if (!ix) return std::nullopt;
    Unit& unit = units_[*ix];
    unit.at = 0;
    unit.due = now + retry_;
    return tell(unit, false, why);
}

std::optional<UnitSetUp> Setups::tell(Unit& unit, bool holds, const std::string& why) {
    if (unit.told == holds) return std::nullopt;
    unit.told = holds;
    return UnitSetUp{unit.setup.unit, holds, why};
}

}  // namespace hall::drivers::modbus
