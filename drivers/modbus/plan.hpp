#pragma once
// Which polls share a request.
#include <cstdint>
#include <utility>
#include <vector>

#include "drivers/bus.hpp"
#include "drivers/modbus/frame.hpp"

namespace hall::drivers::modbus {

/// One read request and the polls that it serves.
struct Batch {
    std::uint8_t unit = 1;
    Table table = Table::coil;
    std::uint16_t address = 0;
    std::uint16_t count = 1;
    std::chrono::milliseconds every{50};
    std::vector<PollIx> polls;  ///< in the order of their addresses
};

Request request_of(const Batch& batch);

/// Merges points of one unit, table and interval that lie at most `max_hole` apart, within what one
/// request may carry. Coils of `eight_coil_units` are read in aligned eights, one eight a request.
std::vector<Batch> plan_batches(const std::vector<Poll>& polls, int max_hole,
                                const std::vector<std::uint8_t>& eight_coil_units);

/// Halves a batch of several polls: a board may refuse a whole range for one address in it.
std::pair<Batch, Batch> halve(const Batch& batch, const std::vector<Poll>& polls);

}  // namespace hall::drivers::modbus
