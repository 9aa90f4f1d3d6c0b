#pragma once
// The rule that a tz file gives for the time after its last listed change: its last line, in the
// form of POSIX's TZ (RFC 8536, 3.3).
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/core/zone.hpp"

namespace hall {

/// `CET-1CEST,M3.5.0,M10.5.0/3`: both clock changes of each year from `first` to `last`, in order.
/// @return none for a rule without summer time, or one of a form that tz files do not use
std::optional<std::vector<Zone::Change>> yearly_changes(std::string_view rule, int first, int last);

}  // namespace hall
