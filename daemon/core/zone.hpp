#pragma once
// Local time from a table of offset changes. The shell fills the table from the system's tz
// database, so that the core stays free of it and a test can state any zone in a line.
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/image.hpp"
#include "daemon/core/now.hpp"

namespace hall {

using LocalTime = std::chrono::local_time<Millis>;

class Zone {
  public:
    struct Change {
        WallTime from;                ///< the first instant at which the offset holds
        std::chrono::seconds offset;  ///< local minus UTC
    };

    /// UTC.
    Zone() = default;
    /// @param before offset that holds before the first change
    /// @param changes ascending by `from`
    Zone(std::chrono::seconds before, std::vector<Change> changes);

    [[nodiscard]] std::chrono::seconds offset_at(WallTime t) const;
    [[nodiscard]] LocalTime to_local(WallTime t) const;
    /// The instant at which the local clock shows `t`. A time that does not exist gives the instant
    /// of the gap; a time that exists twice gives its first occurrence: either way exactly one
    /// instant (R19).
    [[nodiscard]] WallTime to_wall(LocalTime t) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [before, changes] = *this;
        image::put(a, before, changes);
    }

  private:
    std::chrono::seconds before_{0};
    std::vector<Change> changes_;
};

/// `2026-11-24T17:35:02.123+08:00`
std::string rfc3339(WallTime t, std::chrono::seconds offset);

}  // namespace hall
