#pragma once
// Modbus RTU on the byte level: checksum, and requests found in a stream that may hold garbage.
#include <cstdint>
#include <optional>
#include <span>

#include "drivers/sim/slave.hpp"

namespace hall::sim {

/// CRC-16 of "MODBUS over Serial Line" V1.02 (polynomial A001, start FFFF).
std::uint16_t crc16(std::span<const std::uint8_t> bytes);
/// Adds the checksum, low byte first.
void seal(Bytes& frame);

struct RtuRequest {
    std::uint8_t unit = 0;
    Bytes pdu;
};

class RtuRequests {
  public:
    void feed(std::span<const std::uint8_t> bytes);
    /// The next whole request. Bytes that begin none are dropped one by one, so that a request
    /// after garbage is found.
    std::optional<RtuRequest> next();
    /// After a silence nothing that came before belongs to what comes next.
    void silence() { bytes_.clear(); }
    [[nodiscard]] bool waiting() const { return !bytes_.empty(); }

  private:
    Bytes bytes_;
};

}  // namespace hall::sim
