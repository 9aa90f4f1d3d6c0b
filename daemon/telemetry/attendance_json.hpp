#pragma once
// R25: what a journal record says of somebody's attendance, as the payload of the topic
// `attendance`. Made from the record, so that it waits out a broker's absence as events do.
#include <optional>
#include <string>

#include "daemon/shell/site.hpp"

namespace hall::telemetry {

/// None: the record is about something else.
/// @param body a stored record's canonical JSON
std::optional<std::string> attendance_payload(const SiteConfig& site, const std::string& body);

/// How the topic calls a person: the staff number where the hall publishes names, otherwise the
/// place in the configuration, `3/primary` or `3/backup.2`, which says nothing to a stranger.
std::string person_reference(const SiteConfig& site, const std::string& post,
                             const std::string& staff);

}  // namespace hall::telemetry
