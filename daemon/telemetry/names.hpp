#pragma once
// Ids as the words that the hall's staff use.
#include <string>
#include <utility>
#include <vector>

#include "daemon/shell/site.hpp"

namespace hall::telemetry {

/// The name of a circuit, contact or window, of several (`a,b`), or of an output as alarms describe
/// it (`lamp 2 of window 5`). What is none of these stays as it is.
std::string name_of(const SiteConfig& site, const std::string& id);

/// The sentence of a code with the hall's own names, in the hall's language.
std::string sentence(const SiteConfig& site, const std::string& code,
                     const std::vector<std::pair<std::string, std::string>>& args);

}  // namespace hall::telemetry
