#pragma once
// What systemd is told: ready, stopping, alive. Without systemd nothing happens.
#include <chrono>
#include <optional>
#include <string>

namespace hall {

void notify_ready();
void notify_stopping();
/// The same process starts again and will be ready once more; to be stopped is something else,
/// which systemd would finish with a kill.
void notify_reloading();
void notify_status(const std::string& status);
void notify_alive();
/// Half of the watchdog's patience; none when no watchdog watches.
std::optional<std::chrono::milliseconds> watchdog_period();

}  // namespace hall
