#include "drivers/sim/board.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

namespace hall::sim {

namespace {

std::uint32_t to_unsigned(double raw, double most) {
    if (!(raw > 0)) return 0;
    return static_cast<std::uint32_t>(std::llround(std::min(raw, most)));
}

/// The registers of a value, in the order of their addresses.
std::vector<std::uint16_t> encode(Encoding encoding, double raw) {
    const auto high_first = [](std::uint32_t bits) {
        return std::vector<std::uint16_t>{static_cast<std::uint16_t>(bits >> 16U),
                                          static_cast<std::uint16_t>(bits & 0xFFFFU)};
    };
    switch (encoding) {
        case Encoding::bit:
            return {static_cast<std::uint16_t>(raw != 0.0 ? 1 : 0)};
        case Encoding::u16:
            return {static_cast<std::uint16_t>(to_unsigned(raw, 0xFFFF))};
        case Encoding::u32_high_first:
            return high_first(to_unsigned(raw, 4294967295.0));
        case Encoding::u32_low_first: {
            auto words = high_first(to_unsigned(raw, 4294967295.0));
            std::swap(words[0], words[1]);
            return words;
        }
        case Encoding::float32: {
            const auto single = static_cast<float>(raw);
            std::uint32_t bits = 0;
            static_assert(sizeof bits == sizeof single);
            std::memcpy(&bits, &single, sizeof bits);
            return high_first(bits);
        }
    }
    return {};
}

}  // namespace

std::uint16_t words_of(Encoding encoding) {
    return encoding == Encoding::bit || encoding == Encoding::u16 ? 1 : 2;
}

Board::Board(std::string id, std::size_t bus, std::uint8_t unit, BoardSpec spec)
    : id_(std::move(id)), bus_(bus), unit_(unit), spec_(std::move(spec)) {
    for (const SpanSpec& span : spec_.spans) {
        blocks_.push_back({span.table, span.address, std::vector<std::uint16_t>(span.count)});
    }
    // A meter lets a request read along over the registers between those that are named.
    for (const Table table : {Table::coil, Table::discrete, Table::input, Table::holding}) {
        int first = 0x10000;
        int end = 0;
        for (const ValueSpec& value : spec_.values) {
            if (value.table != table) continue;
            first = std::min(first, static_cast<int>(value.address));
            end = std::max(end, value.address + words_of(value.encoding));
        }
        if (first >= end) continue;
        blocks_.push_back({table, static_cast<std::uint16_t>(first),
                           std::vector<std::uint16_t>(static_cast<std::size_t>(end - first))});
    }
}

std::uint16_t* Board::cell(Table table, std::uint16_t address) {
    for (Block& block : blocks_) {
        if (block.table != table || address < block.address) continue;
        const std::size_t offset = static_cast<std::size_t>(address) - block.address;
        if (offset < block.cells.size()) return &block.cells[offset];
    }
    return nullptr;
}

bool Board::has(Table table, std::uint16_t address, std::size_t count) const {
    for (std::size_t at = address; at < address + count; ++at) {
        const bool inside = std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
            return block.table == table && at >= block.address &&
                   at < block.address + block.cells.size();
        });
        if (!inside) return false;
    }
    return true;
}

std::string Board::channel(Table table, std::uint16_t address) const {
    for (const SpanSpec& span : spec_.spans) {
        if (span.table == table && address >= span.address && address < span.address + span.count)
            return span.name + std::to_string(address - span.address + span.first);
    }
    for (const ValueSpec& value : spec_.values) {
        if (value.table == table && value.address == address) return value.name;
    }
    return {};
}

bool Board::eight_coils() const {
    return std::any_of(spec_.spans.begin(), spec_.spans.end(),
                       [](const SpanSpec& span) { return span.eight_coils; });
}

void Board::set_coil(std::uint16_t address, bool on, Instant at) {
    std::uint16_t* coil = cell(Table::coil, address);
    if (coil == nullptr || (*coil != 0) == on) return;
    *coil = on ? 1 : 0;
    if (sink_) sink_(address, on, at);
}

void Board::write_coil(std::uint16_t address, bool on, Instant at) {
    flashes_.erase(address);
    set_coil(address, on, at);
}

bool Board::flash_on(std::uint16_t address, std::uint16_t steps, Instant at) {
    for (const SpanSpec& span : spec_.spans) {
        if (!span.flash || address < span.flash->address) continue;
        const int channel = address - span.flash->address;
        if (channel >= span.count) continue;
        if (steps == 0) return true;
        const auto coil = static_cast<std::uint16_t>(span.address + channel);
        flashes_[coil] = at + span.flash->step * steps;
        set_coil(coil, true, at);
        return true;
    }
    return false;
}

std::optional<Instant> Board::deadline() const {
    std::optional<Instant> first;
    for (const auto& [coil, end] : flashes_) {
        if (!first || end < *first) first = end;
    }
    return first;
}

void Board::advance(Instant now) {
    for (auto flash = flashes_.begin(); flash != flashes_.end();) {
        const auto [coil, end] = *flash;
        if (end > now) {
            ++flash;
            continue;
        }
        flash = flashes_.erase(flash);
        set_coil(coil, false, end);
    }
}

void Board::put(const ValueSpec& where, double value) {
    put(drivers::Point{unit_, where.table, where.address, where.encoding, where.scale}, value);
}

void Board::put(const drivers::Point& where, double value) {
    const auto words = encode(where.encoding, value / where.scale);
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::uint16_t* to = cell(where.table, static_cast<std::uint16_t>(where.address + i));
        if (to != nullptr) *to = words[i];
    }
}

}  // namespace hall::sim
