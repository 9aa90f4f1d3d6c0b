#pragma once
// What becomes of each device's requests, for those who look after the wires: the topic
// `device/<id>`, `hallctl status` and /metrics.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "daemon/shell/site.hpp"
#include "drivers/bus.hpp"

namespace hall::telemetry {

struct DeviceFacts {
    std::string id, bus, template_name;
    drivers::UnitStatistics unit;
};

/// The devices in the configuration's order; one that was never asked has only zeros.
/// @param buses parallel to the configuration's; a bus that has not started may be missing
std::vector<DeviceFacts> device_facts(const SiteConfig& site,
                                      const std::vector<drivers::BusStatistics>& buses);

nlohmann::json device_json(const DeviceFacts& device);
/// All of them by id.
nlohmann::json devices_json(const std::vector<DeviceFacts>& devices);

/// Prometheus text: counters by device, and by bus.
std::string device_metrics(const SiteConfig& site,
                           const std::vector<drivers::BusStatistics>& buses);

}  // namespace hall::telemetry
