#include "tests/support/modbus_slave.hpp"

namespace hall::test {

namespace {

std::uint8_t byte(unsigned v) {
    return static_cast<std::uint8_t>(v & 0xFFU);
}

}  // namespace

void Plant::set_bit(std::uint8_t unit, std::uint8_t function, std::uint16_t address, bool on) {
    set_register(unit, function, address, on ? 1 : 0);
}

void Plant::set_register(std::uint8_t unit, std::uint8_t function, std::uint16_t address,
                         std::uint16_t value) {
    const std::lock_guard lock(mutex_);
    cells_[{unit, function, address}] = value;
}

bool Plant::coil(std::uint8_t unit, std::uint16_t address) {
    const std::lock_guard lock(mutex_);
    return cells_[{unit, 1, address}] != 0;
}

std::uint16_t Plant::holding(std::uint8_t unit, std::uint16_t address) {
    const std::lock_guard lock(mutex_);
    return cells_[{unit, 3, address}];
}

void Plant::decide(std::function<Fate(const SeenRequest&)> fate) {
    const std::lock_guard lock(mutex_);
    fate_ = std::move(fate);
}

void Plant::hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
}

void Plant::release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
}

std::vector<SeenRequest> Plant::seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
}

bool Plant::await(const std::function<bool(const std::vector<SeenRequest>&)>& enough) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return enough(seen_); });
}

bool Plant::await_count(std::size_t count) {
    return await([count](const auto& seen) { return seen.size() >= count; });
}

Fate Plant::take(SeenRequest request) {
    std::unique_lock lock(mutex_);
    seen_.push_back(request);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    return fate_ ? fate_(request) : Fate{};
}

Bytes Plant::answer_to(const SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    const int unit = request.unit;
    const int function = request.function;
    if (function == 5) {
        cells_[{unit, 1, request.address}] = request.value == 0 ? 0 : 1;
        return {request.function, byte(request.address >> 8U), byte(request.address),
                byte(request.value >> 8U), byte(request.value)};
    }
    if (function == 6) {
        cells_[{unit, 3, request.address}] = request.value;
        return {request.function, byte(request.address >> 8U), byte(request.address),
                byte(request.value >> 8U), byte(request.value)};
    }
    const bool bits = function <= 2;
    const unsigned size = bits ? (request.value + 7U) / 8U : request.value * 2U;
    Bytes pdu{request.function, byte(size)};
    pdu.resize(2 + size);
    for (unsigned i = 0; i < request.value; ++i) {
        const unsigned v = cells_[{unit, function, static_cast<int>(request.address + i)}];
        if (bits) {
            pdu[2 + i / 8] = byte(pdu[2 + i / 8] | ((v & 1U) << (i % 8U)));
        } else {
            pdu[2 + 2 * i] = byte(v >> 8U);
            pdu[3 + 2 * i] = byte(v);
        }
    }
    return pdu;
}

std::uint16_t crc16(const Bytes& bytes) {
    unsigned crc = 0xFFFF;
    for (const std::uint8_t b : bytes) {
        crc ^= b;
        for (int i = 0; i < 8; ++i) crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xA001U : crc >> 1U;
    }
    return static_cast<std::uint16_t>(crc);
}

}  // namespace hall::test
