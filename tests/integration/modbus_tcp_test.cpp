// The bus worker against a Modbus TCP gateway: what goes over the wire, and what becomes of orders.
#include "tests/support/modbus_fixture.hpp"

namespace hall::test {
namespace {

using drivers::Pulse;
using drivers::ReadCoil;
using drivers::WriteCoil;

TEST_F(ModbusTcp, NeighboursShareARequest) {
    open({{input(1, 0), kNever},
          {input(1, 5), kNever},
          {input(1, 20), kNever},
          {meter(1, 0x0C), kNever},
          {meter(2, 0x0C), kNever}});
    ASSERT_TRUE(plant.await_count(4));
    const auto seen = plant.seen();
    EXPECT_EQ(seen[0].frame, bytes({0, 1, 0, 0, 0, 6, 1, 2, 0, 0, 0, 6}));
    EXPECT_EQ(seen[1].frame, bytes({0, 2, 0, 0, 0, 6, 1, 2, 0, 20, 0, 1}));
    EXPECT_EQ(seen[2].frame, bytes({0, 3, 0, 0, 0, 6, 1, 4, 0, 0x0C, 0, 2}));
    EXPECT_EQ(seen[3].frame, bytes({0, 4, 0, 0, 0, 6, 2, 4, 0, 0x0C, 0, 2}));
}

TEST_F(ModbusTcp, ValuesAreDecodedAndScaled) {
    plant.set_register(1, 4, 0, 0x42F6);  // 123.456 as IEEE 754
    plant.set_register(1, 4, 1, 0xE979);
    plant.set_register(1, 4, 3, 0x0002);  // low word first: 0x00010002
    plant.set_register(1, 4, 4, 0x0001);
    plant.set_register(1, 4, 5, 0x0001);  // high word first: 0x00010003
    plant.set_register(1, 4, 6, 0x0003);
    plant.set_register(1, 4, 7, 2305);
    plant.set_bit(1, 2, 9, true);
    open({{meter(1, 0), kNever},
          {meter(1, 3, Encoding::u32_low_first, 0.1), kNever},
          {meter(1, 5, Encoding::u32_high_first), kNever},
          {meter(1, 7, Encoding::u16, 0.1), kNever},
          {input(1, 9), kNever},
          {input(1, 8), kNever}});
    ASSERT_TRUE(recorder.await_value(0, static_cast<double>(123.456F)));
    ASSERT_TRUE(recorder.await_value(1, 65538 * 0.1));
    ASSERT_TRUE(recorder.await_value(2, 65539.0));
    ASSERT_TRUE(recorder.await_value(3, 2305 * 0.1));
    ASSERT_TRUE(recorder.await_value(4, 1.0));
    ASSERT_TRUE(recorder.await_value(5, 0.0));
}

TEST_F(ModbusTcp, WhatOneRequestReadIsToldAtOnce) {
    std::mutex mutex;
    std::vector<std::vector<drivers::PollIx>> scans;
    const std::vector<Poll> polls{{input(1, 0), 1ms}, {input(1, 1), 1ms}, {input(1, 2), 1ms}};
    bus = drivers::open_modbus(config, polls, [&](const drivers::BusEvent& event) {
        const std::lock_guard lock(mutex);
        if (const auto* scan = std::get_if<drivers::ScanReported>(&event)) {
            scans.emplace_back();
            for (const PointReported& point : scan->points) scans.back().push_back(point.poll);
        } else if (const auto* point = std::get_if<PointReported>(&event)) {
            scans.push_back({point->poll});
        }
    });
    const auto told = [&](std::size_t count) {
        return await_true([&] {
            const std::lock_guard lock(mutex);
            return scans.size() >= count;
        });
    };
    ASSERT_TRUE(told(1));
    plant.set_bit(1, 2, 1, true);
    ASSERT_TRUE(told(2));
    bus.reset();
    using Scans = std::vector<std::vector<drivers::PollIx>>;
    EXPECT_EQ(scans, (Scans{{0, 1, 2}, {1}}));
}

TEST_F(ModbusTcp, ANumberThatIsNoneIsSilence) {
    plant.set_register(1, 4, 0, 0x7FC0);  // NaN
    plant.set_register(1, 4, 2, 0x7F80);  // infinity
    open({{meter(1, 0), kNever, true}, {meter(1, 2), kNever, true}});
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    ASSERT_TRUE(recorder.await_value(1, std::nullopt));
}

TEST_F(ModbusTcp, WritesAreSingleCoilsWithTheirEcho) {
    open({});
    EXPECT_EQ(end_of(WriteCoil{coil(1, 3), true}).result, Result::done);
    EXPECT_TRUE(plant.coil(1, 3));
    EXPECT_EQ(end_of(WriteCoil{coil(1, 3), false}).result, Result::done);
    EXPECT_FALSE(plant.coil(1, 3));
    const auto seen = plant.seen();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].frame, bytes({0, 1, 0, 0, 0, 6, 1, 5, 0, 3, 0xFF, 0}));
    EXPECT_EQ(seen[1].frame, bytes({0, 2, 0, 0, 0, 6, 1, 5, 0, 3, 0, 0}));
}

TEST_F(ModbusTcp, APulseIsTheBoardsOwnFlash) {
    open({});
    const drivers::FlashOn flash{7, 0x0206, 100ms};
    EXPECT_EQ(end_of(Pulse{flash, 500ms}).result, Result::done);
    EXPECT_EQ(end_of(Pulse{flash, 501ms}).result, Result::done);
    const auto seen = plant.seen();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].frame, bytes({0, 1, 0, 0, 0, 6, 7, 5, 2, 6, 0, 5}));
    EXPECT_EQ(seen[1].frame, bytes({0, 2, 0, 0, 0, 6, 7, 5, 2, 6, 0, 6})) << "never shorter";
}

TEST_F(ModbusTcp, WhatNoBoardCanDoIsRefusedUnsent) {
    open({});
    const drivers::FlashOn flash{7, 0x0206, 100ms};
    EXPECT_EQ(end_of(Pulse{flash, 0ms}).result, Result::failed);
    EXPECT_EQ(end_of(Pulse{flash, 100ms * 0x8000}).result, Result::failed);
    EXPECT_EQ(end_of(Pulse{flash, 100ms * 0x5500}).result, Result::failed) << "would toggle";
    EXPECT_EQ(end_of(Pulse{{7, 0x0206, 0ms}, 500ms}).result, Result::failed);
    EXPECT_EQ(end_of(WriteCoil{input(1, 0), true}).result, Result::failed);
    EXPECT_EQ(end_of(ReadCoil{meter(1, 0)}).result, Result::failed);
    EXPECT_TRUE(plant.seen().empty());
}

TEST_F(ModbusTcp, AReadBackTellsTheLevel) {
    plant.set_bit(1, 1, 4, true);
    open({});
    EXPECT_EQ(end_of(ReadCoil{coil(1, 4)}).level, true);
    EXPECT_EQ(end_of(ReadCoil{coil(1, 5)}).level, false);
    EXPECT_EQ(plant.seen()[0].frame, bytes({0, 1, 0, 0, 0, 6, 1, 1, 0, 4, 0, 1}));
}

TEST_F(ModbusTcp, EightCoilBoardsAreReadInWholeEights) {
    plant.set_bit(1, 1, 3, true);
    plant.set_bit(1, 1, 10, true);
    config.eight_coil_units = {1};
    open({{coil(1, 3), kNever}, {coil(1, 6), kNever}, {coil(1, 10), kNever}});
    ASSERT_TRUE(recorder.await_value(0, 1.0));
    ASSERT_TRUE(recorder.await_value(1, 0.0));
    ASSERT_TRUE(recorder.await_value(2, 1.0));
    EXPECT_EQ(end_of(ReadCoil{coil(1, 10)}).level, true);
    const auto seen = plant.seen();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].frame, bytes({0, 1, 0, 0, 0, 6, 1, 1, 0, 0, 0, 8}));
    EXPECT_EQ(seen[1].frame, bytes({0, 2, 0, 0, 0, 6, 1, 1, 0, 8, 0, 8}));
    EXPECT_EQ(seen[2].frame, bytes({0, 3, 0, 0, 0, 6, 1, 1, 0, 8, 0, 8}));
}

TEST_F(ModbusTcp, OrdersGoBeforeReads) {
    plant.hold();
    // Three reads that are due all the time.
    open({{input(1, 0), 1ms}, {input(2, 0), 1ms}, {input(3, 0), 1ms}});
    ASSERT_TRUE(plant.await_count(1));
    ASSERT_TRUE(bus->submit(1, WriteCoil{coil(1, 0), true}));
    ASSERT_TRUE(bus->submit(2, WriteCoil{coil(2, 0), true}));
    plant.release();
    ASSERT_TRUE(plant.await_count(4));
    const auto seen = plant.seen();
    EXPECT_EQ(seen[0].function, 2);
    EXPECT_EQ(seen[1].function, 5);
    EXPECT_EQ(seen[1].unit, 1);
    EXPECT_EQ(seen[2].function, 5);
    EXPECT_EQ(seen[2].unit, 2);
    EXPECT_EQ(seen[3].function, 2);
}

TEST_F(ModbusTcp, AFullQueueRefusesAtOnce) {
    plant.hold();
    open({{input(1, 0), 1ms}});
    ASSERT_TRUE(plant.await_count(1));
    constexpr drivers::Ticket kRoom = 256;
    for (drivers::Ticket t = 1; t <= kRoom; ++t)
        ASSERT_TRUE(bus->submit(t, WriteCoil{coil(1, 0), true})) << t;
    EXPECT_FALSE(bus->submit(kRoom + 1, WriteCoil{coil(1, 1), true}));
    plant.release();
    const auto is_done = [](const OrderFinished& e) { return e.result == Result::done; };
    ASSERT_TRUE(recorder.await<OrderFinished>(is_done, kRoom));
    EXPECT_FALSE(plant.coil(1, 1)) << "a refused order must not happen later";
}

TEST_F(ModbusTcp, ChangesOnceSamplesAlways) {
    plant.set_bit(1, 2, 0, true);
    open({{input(1, 0), 1ms, false}, {input(1, 1), 1ms, true}});
    ASSERT_TRUE(recorder.await_value(1, 0.0, 5));
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{1.0}));
    plant.set_bit(1, 2, 0, false);
    ASSERT_TRUE(recorder.await_value(0, 0.0));
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{1.0, 0.0}));
}

TEST_F(ModbusTcp, OneRefusedAddressDoesNotCostItsNeighbours) {
    plant.set_bit(1, 2, 2, true);
    plant.decide([](const SeenRequest& r) {
        const bool hit = r.function == 2 && r.address <= 1 && r.address + r.value > 1;
        return hit ? fate(Fate::Kind::exception, 2) : Fate{};
    });
    open({{input(1, 0), 1ms}, {input(1, 1), 1ms}, {input(1, 2), 1ms}});
    ASSERT_TRUE(recorder.await_value(0, 0.0));
    ASSERT_TRUE(recorder.await_value(2, 1.0));
    ASSERT_TRUE(recorder.await_value(1, std::nullopt));
    for (const auto& e : recorder.all<UnitReported>())
        EXPECT_TRUE(e.up) << "a unit that refuses is alive";
}

TEST_F(ModbusTcp, AHostMayBeNamed) {
    config.host = "localhost";
    open({{input(1, 0), kNever}});
    EXPECT_TRUE(recorder.await_value(0, 0.0));
}

TEST_F(ModbusTcp, AnIdleWorkerShowsLife) {
    open({});
    ASSERT_TRUE(recorder.await_unit(0, true));
    const auto before = bus->last_sign_of_life();
    EXPECT_TRUE(await_true([&] { return bus->last_sign_of_life() > before; }));
    EXPECT_EQ(bus->statistics().requests, 0U);
}

}  // namespace
}  // namespace hall::test
