#pragma once
// The core's zone table, filled from the system's tz database.
#include <optional>
#include <string>

#include "daemon/core/zone.hpp"

namespace hall {

/// Offset changes of an IANA zone in the years 2000 to 2100.
/// @return none when the system's database has no zone of that name, or is missing
std::optional<Zone> load_zone(const std::string& name);

}  // namespace hall
