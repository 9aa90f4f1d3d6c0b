// The bus worker on a serial line: a pseudo terminal whose other end is a slave of ours.
#include <stdlib.h>

#include <filesystem>

#include "tests/support/modbus_fixture.hpp"

namespace hall::test {
namespace {

using drivers::Pulse;
using drivers::ReadCoil;
using drivers::WriteCoil;

class ModbusRtu : public testing::Test {
  protected:
    ModbusRtu() {
        std::string pattern = (std::filesystem::temp_directory_path() / "hall-rtu-XXXXXX").string();
        folder = mkdtemp(pattern.data());
        plug_in();
        config.id = "line";
        config.path = (folder / "line").string();
        config.serial.baud = 115'200;
        config.timeout = 2s;
        config.retry_first = kNever;
        config.retry_most = kNever;
    }
    ~ModbusRtu() override {
        bus.reset();
        std::filesystem::remove_all(folder);
    }
    /// An adapter appears under the name that the configuration knows.
    void plug_in() {
        slave = std::make_unique<SerialSlave>(plant);
        std::filesystem::create_symlink(slave->path(), folder / "line.new");
        std::filesystem::rename(folder / "line.new", folder / "line");
    }
    void unplug() {
        std::filesystem::remove(folder / "line");
        slave.reset();
    }
    void open(std::vector<Poll> polls) {
        bus = drivers::open_modbus(config, std::move(polls), recorder.sink());
    }
    OrderFinished end_of(const drivers::Order& order) {
        const drivers::Ticket ticket = ++last_ticket;
        EXPECT_TRUE(bus->submit(ticket, order));
        return recorder.await_end(ticket).value_or(OrderFinished{});
    }

    Plant plant;
    std::filesystem::path folder;
    std::unique_ptr<SerialSlave> slave;
    drivers::BusConfig config;
    BusRecorder recorder;
    drivers::Ticket last_ticket = 100;
    std::unique_ptr<drivers::Bus> bus;  ///< last: stops before what it reports to
};

TEST_F(ModbusRtu, FramesAreExact) {
    open({});
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::done);
    EXPECT_EQ(end_of(Pulse{{1, 0x0200, 100ms}, 700ms}).result, Result::done);
    EXPECT_EQ(end_of(ReadCoil{coil(1, 0)}).level, true);
    const auto seen = plant.seen();
    ASSERT_EQ(seen.size(), 3U);
    // The first two stand like this in the relay board's manual.
    EXPECT_EQ(seen[0].frame, bytes({0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A}));
    EXPECT_EQ(seen[1].frame, bytes({0x01, 0x05, 0x02, 0x00, 0x00, 0x07, 0x8D, 0xB0}));
    EXPECT_EQ(seen[2].frame, bytes({0x01, 0x01, 0x00, 0x00, 0x00, 0x01, 0xFD, 0xCA}));
}

TEST_F(ModbusRtu, MetersAndInputsAreRead) {
    plant.set_register(11, 4, 0x0C, 0x42F6);
    plant.set_register(11, 4, 0x0D, 0xE979);
    plant.set_bit(1, 2, 2, true);
    open({{input(1, 0), 1ms}, {input(1, 2), 1ms}, {meter(11, 0x0C), 1ms, true}});
    EXPECT_TRUE(recorder.await_value(0, 0.0));
    EXPECT_TRUE(recorder.await_value(1, 1.0));
    EXPECT_TRUE(recorder.await_value(2, static_cast<double>(123.456F), 3));
    for (const auto& e : recorder.all<UnitReported>()) EXPECT_TRUE(e.up);
}

TEST_F(ModbusRtu, ADamagedReplyIsNoReply) {
    config.timeout = 100ms;
    plant.set_bit(1, 2, 0, true);
    // The good answer to this very request, but for one bit of its check sum.
    plant.decide([](const SeenRequest& r) {
        if (r.unit != 1) return Fate{};
        Bytes reply = bytes({1, 2, 1, 1});
        const unsigned crc = crc16(reply) ^ 1U;
        reply.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
        reply.push_back(static_cast<std::uint8_t>(crc >> 8U));
        return Fate{Fate::Kind::raw, 0, reply};
    });
    open({{input(1, 0), 1ms}, {input(2, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(1, false));
    ASSERT_TRUE(recorder.await_value(1, 0.0));
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{std::nullopt}));
    EXPECT_EQ(end_of(WriteCoil{coil(2, 0), true}).result, Result::done);
    EXPECT_EQ(bus->statistics().errors, 2U);
    EXPECT_EQ(bus->statistics().reconnects, 0U);
}

TEST_F(ModbusRtu, ADamagedEchoLeavesAnOrderUnknown) {
    config.timeout = 100ms;
    plant.decide([](const SeenRequest&) { return fate(Fate::Kind::half); });
    open({});
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::unknown);
    plant.decide([](const SeenRequest&) { return fate(Fate::Kind::wrong_unit); });
    EXPECT_EQ(end_of(WriteCoil{coil(2, 0), true}).result, Result::unknown);
    plant.decide({});
    EXPECT_EQ(end_of(WriteCoil{coil(3, 0), true}).result, Result::done);
}

TEST_F(ModbusRtu, ALateReplyIsNeverTaken) {
    // Unit 1 answers its first request too late: just when unit 2 has been asked. While such an
    // answer may be under way, unit 1 is left alone, and unit 2 gets its own.
    config.timeout = 1s;
    plant.set_register(1, 4, 0, 0x42F6);
    plant.set_register(1, 4, 100, 0x3F80);  // 1.0
    plant.set_register(2, 4, 0, 0x4000);    // 2.0
    plant.decide([asked = 0](const SeenRequest& r) mutable {
        return r.unit == 1 && asked++ == 0 ? fate(Fate::Kind::late) : Fate{};
    });
    open({{meter(1, 0), 1ms, true}, {meter(1, 100), 1ms, true}, {meter(2, 0), 1ms, true}});
    ASSERT_TRUE(recorder.await_value(1, 1.0, 3));
    ASSERT_TRUE(recorder.await_value(2, 2.0, 3));
    for (const auto& value : recorder.values(1)) EXPECT_EQ(value, 1.0);
    for (const auto& value : recorder.values(2)) EXPECT_EQ(value, 2.0);
    const auto seen = plant.seen();
    EXPECT_EQ(seen[0].unit, 1);
    EXPECT_EQ(seen[1].unit, 2) << "nobody else was kept waiting";
}

TEST_F(ModbusRtu, AUnitThatAnswersLateIsHeardAndGetsTimeAgain) {
    // Unit 9 is lost, so it gets little time; but what it then says too late is noticed.
    config.timeout = 600ms;
    config.retry_first = 1ms;
    config.retry_most = 1ms;
    using Clock = std::chrono::steady_clock;
    std::mutex mutex;
    std::vector<Clock::duration> waits;  // of unit 9's probes: until the next request came
    std::optional<Clock::time_point> asked;
    int probes = 0;
    plant.decide([&](const SeenRequest& r) {
        const std::lock_guard lock(mutex);
        if (asked) waits.push_back(Clock::now() - *asked);
        asked.reset();
        if (r.unit != 9) return Fate{};
        asked = Clock::now();
        ++probes;
        return fate(probes == 4 ? Fate::Kind::late : Fate::Kind::silent);
    });
    open({{input(9, 0), 1ms}, {input(1, 0), 1ms, true}});
    ASSERT_TRUE(await_true([&] {
        const std::lock_guard lock(mutex);
        return waits.size() >= 5;
    }));
    bus.reset();
    EXPECT_GE(waits[0], 600ms) << "it may still live";
    EXPECT_GE(waits[1], 600ms);
    EXPECT_LT(waits[2], 600ms) << "it is lost";
    EXPECT_LT(waits[3], 600ms) << "and answers this one late";
    EXPECT_GE(waits[4], 600ms) << "which was heard";
}

TEST_F(ModbusRtu, HoweverShortTheWaitForAUnitItRestsUntilNoLateReplyCanCome) {
    // A lost unit gets 80 ms; its reply to that may still come as late as after a whole timeout.
    config.timeout = 1s;
    config.retry_first = 1ms;
    config.retry_most = 1ms;
    using Clock = std::chrono::steady_clock;
    std::mutex mutex;
    std::vector<Clock::time_point> asked;  // unit 9
    plant.decide([&](const SeenRequest& r) {
        if (r.unit != 9) return Fate{};
        const std::lock_guard lock(mutex);
        asked.push_back(Clock::now());
        return fate(Fate::Kind::silent);
    });
    open({{input(9, 0), 1ms}, {input(1, 0), 1ms, true}});
    ASSERT_TRUE(await_true([&] {
        const std::lock_guard lock(mutex);
        return asked.size() >= 6;
    }));
    bus.reset();
    // Half a second less than it is: the slave's thread may note a request late, never early.
    for (std::size_t i = 1; i < 6; ++i) EXPECT_GE(asked[i] - asked[i - 1], 1'500ms) << i;
}

TEST_F(ModbusRtu, AMissingAdapterIsFoundWhenItAppears) {
    unplug();
    config.retry_first = 10ms;
    config.retry_most = 40ms;
    open({{input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(0, false));
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::failed);
    plug_in();
    ASSERT_TRUE(recorder.await_unit(0, true));
    ASSERT_TRUE(recorder.await_value(0, 0.0));
}

TEST_F(ModbusRtu, AnUnpluggedAdapterIsDownUntilItIsBack) {
    config.retry_first = 10ms;
    config.retry_most = 40ms;
    config.timeout = 500ms;
    open({{input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_value(0, 0.0));
    unplug();
    ASSERT_TRUE(recorder.await_unit(0, false));
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    plug_in();
    ASSERT_TRUE(recorder.await_unit(0, true, 2));
    ASSERT_TRUE(recorder.await_value(0, 0.0, 2));
}

TEST_F(ModbusRtu, ALineWithoutRs485IsADownBusThatSaysWhy) {
    config.serial.rs485 = true;
    open({{input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(0, false));
    EXPECT_NE(recorder.all<UnitReported>()[0].why.find("TIOCSRS485"), std::string::npos)
        << recorder.all<UnitReported>()[0].why;
    EXPECT_TRUE(plant.seen().empty());
}

TEST_F(ModbusRtu, SettingsThatNoLineHasAreADownBus) {
    config.serial.parity = 'X';
    open({{input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(0, false));
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::failed);
}

}  // namespace
}  // namespace hall::test
