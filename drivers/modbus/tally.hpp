#pragma once
// What became of each unit's requests, for those who look after the wires. Written by the worker,
// read by any thread.
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "drivers/bus.hpp"
#include "drivers/modbus/link.hpp"

namespace hall::drivers::modbus {

class Tally {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    /// The rate is that of the last whole stretch of this length.
    static constexpr std::chrono::seconds kStretch{10};

    /// One request and its end.
    void count(std::uint8_t unit, const Exchange& exchange, TimePoint now);
    /// The unit is lost until its next answer; 0: all of them, since the bus is down.
    void lost(std::uint8_t unit);
    void reconnected();
    void scanned();
    /// A read that the board refused, whatever is done about it.
    void read_refused();

    /// @param now for the rate of a unit that is not asked any more
    [[nodiscard]] BusStatistics statistics(TimePoint now) const;

  private:
    struct Unit {
        UnitStatistics sum;
        TimePoint since;           ///< the stretch's beginning
        std::uint64_t before = 0;  ///< answers until then
    };
    static double rate(const Unit& unit, TimePoint now);

    mutable std::mutex mutex_;
    std::map<std::uint8_t, Unit> units_;  ///< under mutex_, like all below
    std::uint64_t reconnects_ = 0, scans_ = 0, refused_reads_ = 0;
};

}  // namespace hall::drivers::modbus
