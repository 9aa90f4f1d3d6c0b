#pragma once
// What can go wrong in a simulated hall, and how often it does under one seed.
#include <array>
#include <cstdint>
#include <string_view>

#include "daemon/simulation/dice.hpp"

namespace hall::simulation {

enum class Fault : std::uint8_t {
    order_refused,         ///< the board says no, and nothing happened
    order_lost,            ///< no answer, and nothing happened
    order_unknown,         ///< no answer, but it happened
    order_late,            ///< no answer, and it happens seconds afterwards
    order_twice,           ///< the board takes the same frame again a little later
    end_missing,           ///< it happened, and its end is never told
    end_twice,             ///< its end is told twice
    bus_down,              ///< nothing on this bus answers
    bus_slow,              ///< every answer takes seconds
    board_reset,           ///< the boards of a bus lose power: their coils drop
    relay_by_hand,         ///< somebody switches a relay at the board
    contactor_welded,      ///< conducts whatever its coil says
    contactor_stuck_open,  ///< does not conduct whatever its coil says
    feedback_lies,         ///< stuck at one level
    feedback_silent,       ///< no answer
    meter_silent,          ///< no answer
    meter_noisy,           ///< reads up to half as much again, or less
    meter_stuck,           ///< repeats what it last said
    power_good_stuck,      ///< the input keeps its level
    contact_flaps,         ///< a door's contact opens and closes in a draught
    contact_silent,        ///< no answer
    contact_stuck,         ///< says closed whatever the door does
    pc_hangs,              ///< does not shut down when asked
    pc_slow,               ///< takes minutes to shut down
    pc_crashes,            ///< turns itself off, or hangs
    pc_started,            ///< somebody presses a PC's power button
    hook_fails,            ///< the stop command fails
    crash_idle,            ///< the daemon dies between two events
    crash_before_commit,  ///< power fails while a batch is written: it is torn, and was never there
    crash_after_commit,   ///< dies between journal and commands
    crash_in_batch,       ///< dies when some of the commands have left
    reboot,               ///< the machine starts anew
    power_cut,            ///< the whole building is without power for a while
    journal_full,         ///< nothing can be recorded
    clock_forward,        ///< the wall clock is set forward
    clock_back,           ///< the wall clock is set back
    clock_untrusted,      ///< the wall clock is not synchronised
    broker_away,          ///< no connection to the broker
    count
};
constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::count);

/// The fault's name in words, for reports.
std::string_view name_of(Fault fault);

/// How a seed's hall is plagued: of each kind how many a day, or what share of the orders.
struct Weather {
    std::array<double, kFaults> rate{};
    double careless = 0.1;  ///< share of what people do badly

    [[nodiscard]] double of(Fault fault) const { return rate[static_cast<std::size_t>(fault)]; }
};
/// @param severity 0: nothing ever fails; 1: as usual
Weather draw_weather(Dice& dice, double severity);

/// How often each kind came.
struct FaultCounts {
    std::array<std::uint64_t, kFaults> n{};
    void add(Fault fault) { ++n[static_cast<std::size_t>(fault)]; }
};

}  // namespace hall::simulation
