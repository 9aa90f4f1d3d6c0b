#pragma once
// Where the shell gets Now from, and whether the wall clock can be believed (R21).
#include <optional>
#include <string>

#include "daemon/core/now.hpp"

namespace hall {

class Clock {
  public:
    /// @param last_record time of the journal's newest record: a clock that shows less has been set
    /// back
    explicit Clock(std::optional<WallTime> last_record);

    [[nodiscard]] Now now();

  private:
    std::optional<WallTime> floor_;
};

/// The kernel's id of this boot: instants of the monotonic clock mean something only within one.
std::string machine_boot_id();

}  // namespace hall
