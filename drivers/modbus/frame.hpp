#pragma once
// Modbus frames as bytes: requests, the checks that a reply must pass before it counts as an
// answer, and values out of registers. No I/O. (Modbus Application Protocol V1.1b3.)
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "drivers/bus.hpp"

namespace hall::drivers::modbus {

/// The most that one read may ask for.
constexpr int kMostBits = 2000;
constexpr int kMostRegisters = 125;

constexpr std::uint8_t kReadCoils = 0x01;
constexpr std::uint8_t kReadDiscrete = 0x02;
constexpr std::uint8_t kReadHolding = 0x03;
constexpr std::uint8_t kReadInput = 0x04;
constexpr std::uint8_t kWriteCoil = 0x05;
constexpr std::uint8_t kWriteRegister = 0x06;

constexpr std::uint16_t kCoilOn = 0xFF00;
constexpr std::uint16_t kCoilOff = 0x0000;
/// Some boards toggle on this value. A toggle that is repeated undoes itself: never sent.
constexpr std::uint16_t kCoilToggle = 0x5500;

/// Exceptions by which a gateway speaks for a unit that it does not reach.
constexpr std::uint8_t kNoPath = 0x0A;
constexpr std::uint8_t kNoAnswerBehindGateway = 0x0B;

/// All requests used here have one shape: an address, and a count or a value.
struct Request {
    std::uint8_t unit = 1;
    std::uint8_t function = kReadCoils;
    std::uint16_t address = 0;
    std::uint16_t value = 1;  ///< count (reads) or value (FC05, FC06)
};

using Pdu = std::array<std::uint8_t, 5>;
Pdu encode(const Request& request);

/// Bytes of the PDU that answers `request` regularly.
std::size_t answer_size(const Request& request);

enum class Check : std::uint8_t {
    answer,     ///< answers this request
    exception,  ///< refuses this request
    foreign     ///< something else: garbage, or the answer to another request
};
/// @param pdu function code and what follows, without unit and check sum
Check check_answer(const Request& request, std::span<const std::uint8_t> pdu);

std::string exception_text(std::uint8_t code);

bool is_bit(Table table);
/// Writes one coil or one holding register, and is answered by its echo.
bool is_write(const Request& request);
std::uint8_t read_function(Table table);
/// Bits or registers that a point takes.
std::uint16_t width(const Point& point);

/// A point's value out of the answer to a read that began at `first`. None for a number that is not
/// finite: a meter that says "not a number" is silent.
std::optional<double> decode(const Point& point, std::uint16_t first,
                             std::span<const std::uint8_t> pdu);

/// The value that makes a board end a pulse by itself after at least `length` (R7). None when the
/// board cannot count that far.
std::optional<std::uint16_t> pulse_value(const FlashOn& flash, std::chrono::milliseconds length);

}  // namespace hall::drivers::modbus
