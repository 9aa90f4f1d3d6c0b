// What becomes of orders and values when units, gateways and connections fail.
#include "tests/support/modbus_fixture.hpp"

namespace hall::test {
namespace {

using drivers::Pulse;
using drivers::ReadCoil;
using drivers::WriteCoil;

class ModbusFaults : public ModbusTcp {};

/// An answer that must not be believed.
struct Lie {
    const char* name;
    Fate fate;
};
void PrintTo(const Lie& lie, std::ostream* out) {
    *out << lie.name;
}

class ModbusLies : public ModbusTcp, public testing::WithParamInterface<Lie> {
  protected:
    ModbusLies() { config.timeout = 100ms; }
};

TEST_P(ModbusLies, AnOrderEndsUnknown) {
    plant.decide([](const SeenRequest&) { return GetParam().fate; });
    open({});
    const auto end = end_of(WriteCoil{coil(1, 3), true});
    EXPECT_EQ(end.result, Result::unknown);
    EXPECT_FALSE(end.why.empty());
}

TEST_P(ModbusLies, NothingIsReadOutOfIt) {
    plant.set_bit(1, 2, 0, true);
    plant.decide([](const SeenRequest& r) { return r.unit == 1 ? GetParam().fate : Fate{}; });
    open({{input(1, 0), 1ms}, {input(2, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(1, false));
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    ASSERT_TRUE(recorder.await_value(1, 0.0)) << "the healthy unit is read all the same";
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{std::nullopt}));
    const auto read_back = end_of(ReadCoil{coil(1, 0)});
    EXPECT_NE(read_back.result, Result::done);
    EXPECT_EQ(read_back.level, std::nullopt);
}

// Raw replies name transaction 1 and unit 1, as the first request does.
INSTANTIATE_TEST_SUITE_P(
    Each, ModbusLies,
    testing::Values(
        Lie{"silence", fate(Fate::Kind::silent)}, Lie{"wrong_unit", fate(Fate::Kind::wrong_unit)},
        Lie{"wrong_transaction", fate(Fate::Kind::wrong_transaction)},
        Lie{"half_a_frame", fate(Fate::Kind::half)},
        Lie{"echo_of_another_coil",
            {Fate::Kind::raw, 0, bytes({0, 1, 0, 0, 0, 6, 1, 5, 0, 4, 0xFF, 0})}},
        Lie{"echo_of_another_value",
            {Fate::Kind::raw, 0, bytes({0, 1, 0, 0, 0, 6, 1, 5, 0, 3, 0, 0})}},
        Lie{"another_function", {Fate::Kind::raw, 0, bytes({0, 1, 0, 0, 0, 4, 1, 3, 1, 1})}},
        Lie{"another_size", {Fate::Kind::raw, 0, bytes({0, 1, 0, 0, 0, 5, 1, 2, 2, 1, 1})}},
        Lie{"a_length_that_lies", {Fate::Kind::raw, 0, bytes({0, 1, 0, 0, 0, 9, 1, 2, 1, 1})}},
        Lie{"no_modbus",
            {Fate::Kind::raw, 0, bytes({'H', 'T', 'T', 'P', '/', '1', '.', '1', ' '})}},
        Lie{"foreign_exception", {Fate::Kind::raw, 0, bytes({0, 1, 0, 0, 0, 3, 1, 0x84, 2})}}),
    [](const auto& which) { return std::string(which.param.name); });

TEST_F(ModbusFaults, ExceptionsEndAnOrderForSureExceptWhereTheyDoNot) {
    const auto answers_with = [this](int code) {
        plant.decide([code](const SeenRequest&) {
            return fate(Fate::Kind::exception, static_cast<std::uint8_t>(code));
        });
    };
    open({});
    for (const int refused : {1, 2, 3, 4, 6, 0x0A}) {
        answers_with(refused);
        EXPECT_EQ(end_of(WriteCoil{coil(static_cast<std::uint8_t>(refused), 0), true}).result,
                  Result::failed);
    }
    answers_with(0x0B);  // the gateway passed it on and heard nothing
    EXPECT_EQ(end_of(WriteCoil{coil(20, 0), true}).result, Result::unknown);
    answers_with(0x05);  // under way
    EXPECT_EQ(end_of(WriteCoil{coil(21, 0), true}).result, Result::unknown);
}

TEST_F(ModbusFaults, AnOrderThatWaitedTooLongIsNotSent) {
    config.order_patience = 0ms;
    open({});
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::failed);
    EXPECT_TRUE(plant.seen().empty());
}

TEST_F(ModbusFaults, AConnectionLostAfterSendingIsUnknown) {
    plant.decide([](const SeenRequest&) { return fate(Fate::Kind::hang_up); });
    open({});
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::unknown);
    plant.decide({});
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::done) << "reconnected by itself";
}

TEST_F(ModbusFaults, WithoutAGatewayOrdersFail) {
    slave.reset();
    open({{input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(0, false));
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::failed);
    EXPECT_EQ(end_of(Pulse{{1, 0x0200, 100ms}, 500ms}).result, Result::failed);
}

TEST_F(ModbusFaults, AGatewayThatRebootsIsFoundAgain) {
    config.retry_first = 10ms;
    config.retry_most = 40ms;
    open({{input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_value(0, 0.0));
    const int port = slave->port();
    slave.reset();
    ASSERT_TRUE(recorder.await_unit(0, false));
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    slave = std::make_unique<TcpSlave>(plant, port);
    ASSERT_TRUE(recorder.await_unit(0, true, 2));
    ASSERT_TRUE(recorder.await_value(0, 0.0, 2)) << "told again although unchanged";
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{0.0, std::nullopt, 0.0}));
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::done);
    EXPECT_GE(bus->statistics().reconnects, 1U);
}

TEST_F(ModbusFaults, AGatewayThatDropsEveryConnectionIsDown) {
    plant.decide([](const SeenRequest&) { return fate(Fate::Kind::hang_up); });
    open({{input(1, 0), 1ms}, {input(2, 0), 1ms}, {input(3, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(0, false));
    // The next attempt is an hour away: an order now neither waits for it nor provokes one.
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::failed);
    EXPECT_EQ(plant.seen().size(), 2U);
}

TEST_F(ModbusFaults, ADeadUnitCostsTwoTimeoutsAndThenNothing) {
    config.timeout = 100ms;
    plant.decide(
        [](const SeenRequest& r) { return r.unit == 9 ? fate(Fate::Kind::silent) : Fate{}; });
    open({{input(9, 0), 1ms}, {input(1, 0), 1ms, true}, {meter(9, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(9, false));
    const auto before = count_unit(plant.seen(), 1);
    ASSERT_TRUE(plant.await([&](const auto& seen) { return count_unit(seen, 1) > before + 100; }));
    EXPECT_EQ(end_of(WriteCoil{coil(9, 0), true}).result, Result::failed) << "and it was not sent";
    EXPECT_EQ(count_unit(plant.seen(), 9), 2U);
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{std::nullopt}));
    EXPECT_EQ(recorder.values(2), (std::vector<std::optional<double>>{std::nullopt}));
    EXPECT_EQ(bus->statistics().timeouts, 2U);
    for (const auto& e : recorder.all<UnitReported>()) EXPECT_EQ(e.up, e.unit != 9);
}

TEST_F(ModbusFaults, AUnitThatAnswersAgainIsBackAtItsFirstAnswer) {
    config.timeout = 100ms;
    config.retry_first = 10ms;
    config.retry_most = 20ms;
    plant.set_bit(9, 2, 0, true);
    open({{input(9, 0), 1ms}, {input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_value(0, 1.0));
    plant.decide(
        [](const SeenRequest& r) { return r.unit == 9 ? fate(Fate::Kind::silent) : Fate{}; });
    ASSERT_TRUE(recorder.await_unit(9, false));
    plant.decide({});
    ASSERT_TRUE(recorder.await_unit(9, true, 2));
    ASSERT_TRUE(recorder.await_value(0, 1.0, 2)) << "told again although unchanged";
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{1.0, std::nullopt, 1.0}));
}

TEST_F(ModbusFaults, AGatewayMayTellThatAUnitIsDead) {
    plant.decide([](const SeenRequest& r) {
        return r.unit == 9 ? fate(Fate::Kind::exception, 0x0B) : Fate{};
    });
    open({{input(9, 0), 1ms}, {input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(9, false));
    EXPECT_EQ(bus->statistics().reconnects, 0U) << "the connection itself is sound";
}

TEST_F(ModbusFaults, AfterATimeoutALateReplyFindsNobody) {
    config.timeout = 100ms;
    plant.set_register(1, 4, 0, 0x42F6);
    plant.decide(
        [](const SeenRequest& r) { return r.address == 0 ? fate(Fate::Kind::late) : Fate{}; });
    open({{meter(1, 0), 1ms}, {meter(2, 40), 1ms}});
    ASSERT_TRUE(recorder.await_value(0, std::nullopt));
    ASSERT_TRUE(recorder.await_value(1, 0.0));
    EXPECT_EQ(recorder.values(1), (std::vector<std::optional<double>>{0.0}));
    EXPECT_EQ(recorder.values(0), (std::vector<std::optional<double>>{std::nullopt}));
    std::optional<std::size_t> late;
    for (const auto& r : plant.seen()) {
        EXPECT_NE(late, r.connection) << "asked again on a connection that owes a reply";
        if (r.unit == 1) late = r.connection;
    }
}

TEST_F(ModbusFaults, AReplyInPiecesIsOneReply) {
    config.timeout = 5s;
    plant.decide([](const SeenRequest&) { return fate(Fate::Kind::pieces); });
    plant.set_bit(1, 2, 0, true);
    open({{input(1, 0), 1ms, true}});
    ASSERT_TRUE(recorder.await_value(0, 1.0, 3));
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::done);
    EXPECT_TRUE(plant.coil(1, 0));
    EXPECT_EQ(0U, plant.seen().back().connection) << "it was never closed";
}

TEST_F(ModbusFaults, AnUnaskedReplyIsThrownAway) {
    // A gateway that answers twice: the second copy waits in the socket when the next request goes.
    plant.decide([](const SeenRequest& r) {
        if (r.unit != 1) return Fate{};
        Bytes twice(r.frame.begin(), r.frame.begin() + 5);
        for (const int b : {4, 1, 2, 1, 0}) twice.push_back(static_cast<std::uint8_t>(b));
        twice.insert(twice.end(), twice.begin(), twice.end());
        return Fate{Fate::Kind::raw, 0, twice};
    });
    plant.set_bit(2, 2, 0, true);
    open({{input(1, 0), 1ms, true}, {input(2, 0), 1ms, true}});
    ASSERT_TRUE(recorder.await_value(1, 1.0, 20));
    for (const auto& value : recorder.values(1)) EXPECT_EQ(value, 1.0);
    for (const auto& value : recorder.values(0)) EXPECT_EQ(value, 0.0);
}

TEST_F(ModbusFaults, WhoStopsTellsEveryOrdersEnd) {
    config.timeout = 200ms;
    plant.hold();
    open({});
    ASSERT_TRUE(bus->submit(1, WriteCoil{coil(1, 0), true}));
    ASSERT_TRUE(plant.await_count(1));
    ASSERT_TRUE(bus->submit(2, WriteCoil{coil(1, 1), true}));
    ASSERT_TRUE(bus->submit(3, ReadCoil{coil(1, 2)}));
    bus.reset();
    const auto ends = recorder.all<OrderFinished>();
    ASSERT_EQ(ends.size(), 3U);
    EXPECT_EQ(ends[0].ticket, 1U);
    EXPECT_EQ(ends[0].result, Result::unknown);
    EXPECT_EQ(ends[1].ticket, 2U);
    EXPECT_EQ(ends[1].result, Result::failed);
    EXPECT_EQ(ends[2].ticket, 3U);
    EXPECT_EQ(ends[2].result, Result::failed);
    plant.release();
    EXPECT_EQ(plant.seen().size(), 1U);
}

TEST_F(ModbusFaults, AnIdleConnectionThatWasClosedCostsNoOrder) {
    open({});
    EXPECT_EQ(end_of(WriteCoil{coil(1, 0), true}).result, Result::done);
    const int port = slave->port();
    slave.reset();
    slave = std::make_unique<TcpSlave>(plant, port);
    EXPECT_EQ(end_of(WriteCoil{coil(1, 1), true}).result, Result::done);
    EXPECT_EQ(plant.seen().size(), 2U) << "not sent into the dead connection";
}

}  // namespace
}  // namespace hall::test
