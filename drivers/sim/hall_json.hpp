#pragma once
// What the drawing must know of the hall and what never changes: names, places, what belongs
// together.
#include <string>

#include "daemon/shell/site.hpp"

namespace hall::sim {

std::string hall_json(const SiteConfig& site);

}  // namespace hall::sim
