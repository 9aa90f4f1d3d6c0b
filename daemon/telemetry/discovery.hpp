#pragma once
// Home Assistant's MQTT device discovery: one device a hall, with what can be seen of it. Nothing
// in it can be switched.
#include <string>

#include "daemon/shell/site.hpp"

namespace hall::telemetry {

std::string discovery_topic(const SiteConfig& site);
/// `version`: of this program.
std::string discovery_payload(const SiteConfig& site, const std::string& version);

}  // namespace hall::telemetry
