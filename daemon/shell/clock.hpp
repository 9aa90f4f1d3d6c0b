#pragma once
// Where the shell gets Now from, and whether the wall clock can be believed (R21).
#include <functional>
#include <optional>
#include <string>

#include "daemon/core/now.hpp"

namespace hall {

/// The clocks of a machine; a test gives its own.
struct ClockSource {
    std::function<Millis()> since_boot;  ///< suspend included
    std::function<WallTime()> wall;      ///< UTC, as the system has it
    std::function<bool()> synchronised;  ///< the kernel says that somebody keeps the time right
    static ClockSource machine();
};

/// The kernel's own word, from a time daemon. False also where asking is not permitted: a service
/// that may not touch the clock (systemd's ProtectClock=) may not ask either, hence the next
/// function.
bool kernel_synchronised();
/// Somebody who may ask the kernel (halld-clock) has left the file that $HALL_CLOCK_FILE names; on
/// a file system that a boot empties.
bool told_synchronised();

/// Why the wall clock is not believed.
enum class ClockDoubt : std::uint8_t {
    none,
    never_synchronised,  ///< not since this boot (only where the time comes from the network)
    before_journal,      ///< before the newest record that was written under a trusted clock
    before_build         ///< before the program was built
};
const char* to_string(ClockDoubt doubt);

class Clock {
  public:
    /// @param last_record  time of the journal's newest record under a trusted clock
    /// @param from_network see SiteConfig::clock_from_network
    Clock(std::optional<WallTime> last_record, bool from_network,
          ClockSource source = ClockSource::machine());

    /// Both times of one moment, which keep their distance until the wall clock is set or
    /// disciplined by more than the noise of reading it: a deadline, told as wall time, stands
    /// still. Never goes back by little: within the tolerance of a disciplined clock the wall time
    /// stands still at the newest record instead, so that nothing happens twice. By more it is not
    /// trusted until it has passed that record again.
    [[nodiscard]] Now now();
    /// A record was made durable at that moment: no later moment can lie before it.
    void recorded(const Now& at);
    /// Of the last now().
    [[nodiscard]] ClockDoubt doubt() const { return doubt_; }

  private:
    [[nodiscard]] ClockDoubt doubt_of(WallTime wall, Millis since_boot);

    ClockSource source_;
    std::optional<WallTime> floor_;
    std::optional<Millis> offset_;  ///< from time since boot to wall time
    bool was_synchronised_;
    std::optional<Millis> next_question_;  ///< the kernel is asked once a second, and no more once
                                           ///< it said yes
    ClockDoubt doubt_ = ClockDoubt::none;
};

/// The kernel's id of this boot: instants of the monotonic clock mean something only within one.
std::string machine_boot_id();

}  // namespace hall
