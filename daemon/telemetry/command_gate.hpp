#pragma once
// R31: what a command from MQTT must withstand before it is even read as one.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "daemon/core/now.hpp"

namespace hall::telemetry {

/// So many at once, and one more after each `pause` on the long run.
class RateLimit {
  public:
    using Micros = std::chrono::microseconds;
    RateLimit(int burst, Micros pause) : pause_(pause), most_(burst * pause), credit_(most_) {}
    bool take(Instant now);
    /// How many may be taken now.
    [[nodiscard]] std::size_t ready(Instant now) const {
        return static_cast<std::size_t>(credit(now) / pause_);
    }
    /// How long until the next one may be taken; nothing: now.
    [[nodiscard]] Millis wait(Instant now) const;

  private:
    [[nodiscard]] Micros credit(Instant now) const;
    Micros pause_, most_, credit_;
    std::optional<Instant> last_;
};

/// The ids of commands that had their effect, over restarts, for as long as they could come again.
class SeenCommands {
  public:
    explicit SeenCommands(std::filesystem::path file);

    [[nodiscard]] bool contains(const std::string& id) const { return until_.count(id) != 0; }
    enum class Kept : std::uint8_t { yes, full, not_written };
    /// Durable when it returns `yes`. Nothing fresh is ever forgotten to make room.
    /// @param until after this the same command is too old anyway
    Kept keep(const std::string& id, WallTime until, WallTime now);

  private:
    static constexpr std::size_t kMost = 1024;
    void drop_old(WallTime now);
    std::filesystem::path file_;
    std::map<std::string, WallTime> until_;
};

}  // namespace hall::telemetry
