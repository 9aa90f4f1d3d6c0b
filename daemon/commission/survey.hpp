#pragma once
// Which devices answer on the hall's buses, and which answer that nobody configured. Only reads.
#include <string>
#include <vector>

#include "daemon/commission/talk.hpp"
#include "drivers/survey.hpp"

namespace hall::commission {

struct DeviceAnswer {
    const DeviceUse* device = nullptr;
    drivers::UnitAnswer answer;
};

/// Asks every device once, bus by bus, and says what came. @throws Interrupted
std::vector<DeviceAnswer> list_devices(const SiteConfig& site, const std::vector<Channel>& channels,
                                       const Talk& talk);

/// Asks all units, 1 to 247, of a bus, and says which answer; a typed line ends it early. Returns
/// the units that answer. @throws Interrupted
std::vector<std::uint8_t> scan_bus(const SiteConfig& site, std::size_t bus, const Talk& talk);

}  // namespace hall::commission
