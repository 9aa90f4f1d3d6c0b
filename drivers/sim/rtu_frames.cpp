#include "drivers/sim/rtu_frames.hpp"

namespace hall::sim {

namespace {

constexpr std::size_t kMostBytes = 256;

/// Length of a whole request with unit and checksum; 0: not known yet; none: no request begins so.
std::optional<std::size_t> length_of(const Bytes& bytes) {
    if (bytes.size() < 2) return 0;
    switch (bytes[1]) {
        case 0x01:
        case 0x02:
        case 0x03:
        case 0x04:
        case 0x05:
        case 0x06:
            return 8;
        case 0x0F:
        case 0x10: {
            if (bytes.size() < 7) return 0;
            const std::size_t length = std::size_t{9} + bytes[6];
            return length <= kMostBytes ? std::optional(length) : std::nullopt;
        }
        default:
            return std::nullopt;
    }
}

bool is_sealed(std::span<const std::uint8_t> frame) {
    const std::uint16_t crc = crc16(frame.first(frame.size() - 2));
    return frame[frame.size() - 2] == (crc & 0xFFU) && frame.back() == crc >> 8U;
}

}  // namespace

std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
    std::uint16_t crc = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
        crc = static_cast<std::uint16_t>(crc ^ byte);
        for (int bit = 0; bit < 8; ++bit) {
            const bool carry = (crc & 1U) != 0;
            crc = static_cast<std::uint16_t>(crc >> 1U);
            if (carry) crc = static_cast<std::uint16_t>(crc ^ 0xA001U);
        }
    }
    return crc;
}

void seal(Bytes& frame) {
    const std::uint16_t crc = crc16(frame);
    frame.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
    frame.push_back(static_cast<std::uint8_t>(crc >> 8U));
}

void RtuRequests::feed(std::span<const std::uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::optional<RtuRequest> RtuRequests::next() {
    while (!bytes_.empty()) {
        auto length = length_of(bytes_);
        // An unknown function's length is not known; a frame that came whole is still a question
        // that deserves its refusal.
        if (!length && bytes_[1] < 0x80 && bytes_.size() >= 4 && bytes_.size() <= kMostBytes &&
            is_sealed(bytes_))
            length = bytes_.size();
        if (length && (*length == 0 || bytes_.size() < *length)) return std::nullopt;
        const std::span<const std::uint8_t> all(bytes_);
        if (length && is_sealed(all.first(*length))) {
            RtuRequest request{all[0],
                               Bytes(bytes_.begin() + 1,
                                     bytes_.begin() + static_cast<std::ptrdiff_t>(*length - 2))};
            bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(*length));
            return request;
        }
        bytes_.erase(bytes_.begin());
    }
    return std::nullopt;
}

}  // namespace hall::sim
