#include "drivers/modbus/frame.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hall::drivers::modbus {

namespace {

constexpr std::uint8_t kExceptionBit = 0x80;
/// The boards' manuals give 0x7FFF as the longest flash.
constexpr std::int64_t kLongestPulse = 0x7FFF;

std::uint8_t high(std::uint16_t v) {
    return static_cast<std::uint8_t>(v >> 8U);
}
std::uint8_t low(std::uint16_t v) {
    return static_cast<std::uint8_t>(v & 0xFFU);
}

std::size_t data_bytes(const Request& request) {
    const bool bits = request.function == kReadCoils || request.function == kReadDiscrete;
    return bits ? (request.value + 7U) / 8U : request.value * 2U;
}

std::uint32_t word(std::span<const std::uint8_t> data, std::size_t index) {
    return (static_cast<std::uint32_t>(data[2 * index]) << 8U) | data[2 * index + 1];
}

}  // namespace

Pdu encode(const Request& request) {
    return {request.function, high(request.address), low(request.address), high(request.value),
            low(request.value)};
}

std::size_t answer_size(const Request& request) {
    return is_write(request) ? Pdu{}.size() : 2 + data_bytes(request);
}

Check check_answer(const Request& request, std::span<const std::uint8_t> pdu) {
    if (pdu.size() == 2 && pdu[0] == (request.function | kExceptionBit)) return Check::exception;
    if (pdu.size() != answer_size(request) || pdu[0] != request.function) return Check::foreign;
    if (is_write(request)) {
        // The echo must name this address and this value: an older write's echo proves nothing.
        return std::ranges::equal(pdu, encode(request)) ? Check::answer : Check::foreign;
    }
    return pdu[1] == data_bytes(request) ? Check::answer : Check::foreign;
}

std::string exception_text(std::uint8_t code) {
    const char* text = "unassigned";
    switch (code) {
        case 0x01:
            text = "illegal function";
            break;
        case 0x02:
            text = "illegal address";
            break;
        case 0x03:
            text = "illegal value";
            break;
        case 0x04:
            text = "device failure";
            break;
        case 0x05:
            text = "acknowledged, not yet done";
            break;
        case 0x06:
            text = "device busy";
            break;
        case 0x0A:
            text = "gateway has no path";
            break;
        case 0x0B:
            text = "gateway got no answer";
            break;
        default:
            break;
    }
    return "exception " + std::to_string(code) + " (" + text + ")";
}

bool is_write(const Request& request) {
    return request.function == kWriteCoil || request.function == kWriteRegister;
}

bool is_bit(Table table) {
    return table == Table::coil || table == Table::discrete;
}

std::uint8_t read_function(Table table) {
    switch (table) {
        case Table::coil:
            return kReadCoils;
        case Table::discrete:
            return kReadDiscrete;
        case Table::input:
            return kReadInput;
        case Table::holding:
            return kReadHolding;
    }
    return kReadCoils;
}

std::uint16_t width(const Point& point) {
    if (is_bit(point.table)) return 1;
    return point.encoding == Encoding::bit || point.encoding == Encoding::u16 ? 1 : 2;
}

std::optional<double> decode(const Point& point, std::uint16_t first,
                             std::span<const std::uint8_t> pdu) {
    const auto data = pdu.subspan(2);
    const std::size_t at = static_cast<std::size_t>(point.address - first);
    if (is_bit(point.table)) return (data[at / 8] >> (at % 8)) & 1U;
    double raw = 0.0;
    switch (point.encoding) {
        case Encoding::bit:
            return word(data, at) != 0 ? 1.0 : 0.0;
        case Encoding::u16:
            raw = word(data, at);
            break;
        case Encoding::u32_low_first:
            raw = (word(data, at + 1) << 16U) | word(data, at);
            break;
        case Encoding::u32_high_first:
            raw = (word(data, at) << 16U) | word(data, at + 1);
            break;
        case Encoding::float32:
            raw = static_cast<double>(
                std::bit_cast<float>((word(data, at) << 16U) | word(data, at + 1)));
            break;
    }
    const double value = raw * point.scale;
    if (!std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<std::uint16_t> pulse_value(const FlashOn& flash, std::chrono::milliseconds length) {
    if (flash.step.count() <= 0 || length.count() <= 0) return std::nullopt;
    const std::int64_t whole = length / flash.step;
    const std::int64_t steps =
        length % flash.step == std::chrono::milliseconds{0} ? whole : whole + 1;
    if (steps > kLongestPulse || steps == kCoilToggle) return std::nullopt;
    return static_cast<std::uint16_t>(steps);
}

}  // namespace hall::drivers::modbus
