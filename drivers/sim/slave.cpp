#include "drivers/sim/slave.hpp"

#include <optional>

namespace hall::sim {

namespace {

constexpr std::uint8_t kIllegalFunction = 1;
constexpr std::uint8_t kIllegalAddress = 2;
constexpr std::uint8_t kIllegalValue = 3;

using Request = std::span<const std::uint8_t>;

std::uint16_t word(Request request, std::size_t at) {
    return static_cast<std::uint16_t>(request[at] << 8U | request[at + 1]);
}

void put_word(Bytes& bytes, std::uint16_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xFFU));
}

Bytes echo(Request request) {
    return {request.begin(), request.begin() + 5};
}

Bytes read_bits(Board& board, Request request, Table table) {
    if (request.size() != 5) return exception(request[0], kIllegalValue);
    std::uint16_t address = word(request, 1);
    std::uint16_t count = word(request, 3);
    if (count == 0 || count > 2000) return exception(request[0], kIllegalValue);
    if (!board.has(table, address, count)) return exception(request[0], kIllegalAddress);
    if (table == Table::coil && board.eight_coils()) {
        address = static_cast<std::uint16_t>(address / 8 * 8);
        count = 8;
    }
    Bytes bits(static_cast<std::size_t>(count + 7) / 8);
    for (std::uint16_t i = 0; i < count; ++i) {
        const std::uint16_t* cell = board.cell(table, static_cast<std::uint16_t>(address + i));
        if (cell != nullptr && *cell != 0)
            bits[i / 8U] = static_cast<std::uint8_t>(bits[i / 8U] | 1U << (i % 8U));
    }
    Bytes reply{request[0], static_cast<std::uint8_t>(bits.size())};
    reply.insert(reply.end(), bits.begin(), bits.end());
    return reply;
}

Bytes read_registers(Board& board, Request request, Table table) {
    if (request.size() != 5) return exception(request[0], kIllegalValue);
    const std::uint16_t address = word(request, 1);
    const std::uint16_t count = word(request, 3);
    if (count == 0 || count > 125) return exception(request[0], kIllegalValue);
    if (!board.has(table, address, count)) return exception(request[0], kIllegalAddress);
    Bytes reply{request[0], static_cast<std::uint8_t>(count * 2)};
    for (std::uint16_t i = 0; i < count; ++i) {
        put_word(reply, *board.cell(table, static_cast<std::uint16_t>(address + i)));
    }
    return reply;
}

Bytes write_one_coil(Board& board, Request request, Instant now) {
    if (request.size() != 5) return exception(request[0], kIllegalValue);
    const std::uint16_t address = word(request, 1);
    const std::uint16_t value = word(request, 3);
    if (board.has(Table::coil, address, 1)) {
        if (value != 0xFF00 && value != 0x0000) return exception(request[0], kIllegalValue);
        board.write_coil(address, value == 0xFF00, now);
        return echo(request);
    }
    if (board.flash_on(address, value, now)) return echo(request);
    return exception(request[0], kIllegalAddress);
}

Bytes write_coils(Board& board, Request request, Instant now) {
    if (request.size() < 6) return exception(request[0], kIllegalValue);
    const std::uint16_t address = word(request, 1);
    const std::uint16_t count = word(request, 3);
    const std::size_t bytes = static_cast<std::size_t>(count + 7) / 8;
    if (count == 0 || count > 1968 || request[5] != bytes || request.size() != 6 + bytes)
        return exception(request[0], kIllegalValue);
    if (!board.has(Table::coil, address, count)) return exception(request[0], kIllegalAddress);
    for (std::uint16_t i = 0; i < count; ++i) {
        const bool on = (request[6 + i / 8U] >> (i % 8U) & 1U) != 0;
        board.write_coil(static_cast<std::uint16_t>(address + i), on, now);
    }
    return echo(request);
}

Bytes write_one_register(Board& board, Request request) {
    if (request.size() != 5) return exception(request[0], kIllegalValue);
    std::uint16_t* cell = board.cell(Table::holding, word(request, 1));
    if (cell == nullptr) return exception(request[0], kIllegalAddress);
    *cell = word(request, 3);
    return echo(request);
}

Bytes write_registers(Board& board, Request request) {
    if (request.size() < 6) return exception(request[0], kIllegalValue);
    const std::uint16_t address = word(request, 1);
    const std::uint16_t count = word(request, 3);
    if (count == 0 || count > 123 || request[5] != count * 2 ||
        request.size() != 6U + static_cast<std::size_t>(count) * 2)
        return exception(request[0], kIllegalValue);
    if (!board.has(Table::holding, address, count)) return exception(request[0], kIllegalAddress);
    for (std::uint16_t i = 0; i < count; ++i) {
        *board.cell(Table::holding, static_cast<std::uint16_t>(address + i)) =
            word(request, 6 + i * std::size_t{2});
    }
    return echo(request);
}

}  // namespace

Bytes exception(std::uint8_t function, std::uint8_t code) {
    return {static_cast<std::uint8_t>(function | 0x80U), code};
}

Bytes answer(Board& board, std::span<const std::uint8_t> request, Instant now) {
    if (request.empty()) return {};
    switch (request[0]) {
        case 0x01:
            return read_bits(board, request, Table::coil);
        case 0x02:
            return read_bits(board, request, Table::discrete);
        case 0x03:
            return read_registers(board, request, Table::holding);
        case 0x04:
            return read_registers(board, request, Table::input);
        case 0x05:
            return write_one_coil(board, request, now);
        case 0x06:
            return write_one_register(board, request);
        case 0x0F:
            return write_coils(board, request, now);
        case 0x10:
            return write_registers(board, request);
        default:
            return exception(request[0], kIllegalFunction);
    }
}

}  // namespace hall::sim
