#pragma once
// What systemd is told: ready, stopping, alive. Without systemd nothing happens.
#include <chrono>
#include <optional>
#include <string>

namespace hall {

void notify_ready();
void notify_stopping();
void notify_status(const std::string& status);
void notify_alive();
/// Half of the watchdog's patience; none when no watchdog watches.
std::optional<std::chrono::milliseconds> watchdog_period();

}  // namespace hall
