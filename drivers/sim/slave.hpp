#pragma once
// The Modbus application layer of a slave (MODBUS Application Protocol V1.1b3): a request without
// its frame in, the answer without its frame out.
#include <cstdint>
#include <span>
#include <vector>

#include "drivers/sim/board.hpp"

namespace hall::sim {

using Bytes = std::vector<std::uint8_t>;

/// Answers one request (function code and data). Function codes 01-06, 0F and 10; others get
/// exception 01, an address that the device does not have 02, a count or value out of bounds 03.
Bytes answer(Board& board, std::span<const std::uint8_t> request, Instant now);

/// The answer with which a device refuses.
Bytes exception(std::uint8_t function, std::uint8_t code);

}  // namespace hall::sim
