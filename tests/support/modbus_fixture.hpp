#pragma once
// A bus worker between a recorder and a plant, for the drivers' tests.
#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/bus.hpp"
#include "tests/support/bus_recorder.hpp"
#include "tests/support/modbus_slave.hpp"

namespace hall::test {

using drivers::Encoding;
using drivers::OrderFinished;
using drivers::Point;
using drivers::PointReported;
using drivers::Poll;
using drivers::Result;
using drivers::Table;
using drivers::UnitReported;
using namespace std::chrono_literals;

/// So long that it never comes within a test: what is asked so often is asked once.
constexpr std::chrono::milliseconds kNever = 1h;

inline Point coil(std::uint8_t unit, std::uint16_t address) {
    return {unit, Table::coil, address, Encoding::bit, 1.0};
}
inline Point input(std::uint8_t unit, std::uint16_t address) {
    return {unit, Table::discrete, address, Encoding::bit, 1.0};
}
inline Point meter(std::uint8_t unit, std::uint16_t address, Encoding encoding = Encoding::float32,
                   double scale = 1.0) {
    return {unit, Table::input, address, encoding, scale};
}

inline Bytes bytes(std::initializer_list<int> list) {
    Bytes out;
    for (const int b : list) out.push_back(static_cast<std::uint8_t>(b));
    return out;
}

inline Fate fate(Fate::Kind kind, std::uint8_t code = 0) {
    return {kind, code, {}};
}

inline std::size_t count_unit(const std::vector<SeenRequest>& seen, std::uint8_t unit) {
    std::size_t n = 0;
    for (const auto& r : seen) n += r.unit == unit ? 1U : 0U;
    return n;
}

/// Waits for something that has no event of its own.
inline bool await_true(const std::function<bool()>& holds) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (holds()) return true;
        never.wait_for(lock, 5ms);
    }
    return false;
}

/// A worker that talks to a gateway on loopback.
class ModbusTcp : public testing::Test {
  protected:
    ModbusTcp() {
        config.id = "test";
        config.host = "127.0.0.1";
        config.port = slave->port();
        // A slow test machine must not look like a dead board.
        config.timeout = 3s;
        config.retry_first = kNever;
        config.retry_most = kNever;
    }
    void open(std::vector<Poll> polls) {
        bus = drivers::open_modbus(config, std::move(polls), recorder.sink());
    }
    OrderFinished end_of(const drivers::Order& order) {
        const drivers::Ticket ticket = ++last_ticket;
        EXPECT_TRUE(bus->submit(ticket, order));
        const auto end = recorder.await_end(ticket);
        EXPECT_TRUE(end.has_value());
        return end.value_or(OrderFinished{});
    }

    Plant plant;
    std::unique_ptr<TcpSlave> slave = std::make_unique<TcpSlave>(plant);
    drivers::BusConfig config;
    BusRecorder recorder;
    drivers::Ticket last_ticket = 100;
    std::unique_ptr<drivers::Bus> bus;  ///< last: stops before what it reports to
};

}  // namespace hall::test
