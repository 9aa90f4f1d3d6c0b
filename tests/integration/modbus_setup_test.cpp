// Settings that a board must have, such as its watchdog's, on the wire.
#include "tests/support/modbus_fixture.hpp"

namespace hall::test {
namespace {

using drivers::Setting;
using drivers::UnitSetUp;

/// Function, address and value of what was asked of a unit, without the polls.
std::vector<std::array<int, 3>> settings_asked(const std::vector<SeenRequest>& seen) {
    std::vector<std::array<int, 3>> list;
    for (const auto& r : seen) {
        if (r.function != 2) list.push_back({r.function, r.address, r.value});
    }
    return list;
}

class ModbusSetup : public ModbusTcp {
  protected:
    ModbusSetup() {
        config.setups = {{7,
                          {{Table::holding, 938, 0, {}},
                           {Table::coil, 269, 0, 1},
                           {Table::holding, 8, 10, {}}}}};
    }
    bool await_set_up(bool holds, std::size_t count = 1) {
        return recorder.await<UnitSetUp>(
            [=](const auto& e) { return e.unit == 7 && e.holds == holds; }, count);
    }
};

TEST_F(ModbusSetup, OnlyWhatDiffersIsWrittenAndThenReadAgain) {
    plant.set_register(7, 3, 938, 0);
    plant.set_register(7, 3, 8, 65'535);
    open({{input(7, 0), kNever}});
    ASSERT_TRUE(await_set_up(true));
    EXPECT_EQ(settings_asked(plant.seen()),
              (std::vector<std::array<int, 3>>{
                  {3, 938, 1}, {1, 269, 1}, {3, 8, 1}, {6, 8, 10}, {3, 8, 1}}));
    EXPECT_EQ(plant.holding(7, 8), 10);
}

TEST_F(ModbusSetup, AFlagIsClearedByWritingOne) {
    plant.set_bit(7, 1, 269, true);
    plant.set_register(7, 3, 8, 10);
    open({{input(7, 0), kNever}});
    // The plain slave keeps what was written; this board would have cleared it.
    ASSERT_TRUE(await_set_up(false));
    EXPECT_EQ(
        settings_asked(plant.seen()),
        (std::vector<std::array<int, 3>>{{3, 938, 1}, {1, 269, 1}, {5, 269, 0xFF00}, {1, 269, 1}}));
    EXPECT_EQ(recorder.all<UnitSetUp>()[0].why,
              "coil 269 (wire address) is 1 although 1 was written");
}

TEST_F(ModbusSetup, WhatIsRefusedEndsItAndNothingElseIsTouched) {
    plant.decide([](const SeenRequest& r) {
        return r.address == 938 ? fate(Fate::Kind::exception, 2) : Fate{};
    });
    open({{input(7, 0), 1ms}});
    ASSERT_TRUE(await_set_up(false));
    EXPECT_EQ(recorder.all<UnitSetUp>()[0].why,
              "holding register 938 (wire address): exception 2 (illegal address)");
    const auto polls = count_unit(plant.seen(), 7);
    ASSERT_TRUE(plant.await([&](const auto& seen) { return count_unit(seen, 7) > polls + 50; }));
    EXPECT_EQ(settings_asked(plant.seen()), (std::vector<std::array<int, 3>>{{3, 938, 1}}));
}

TEST_F(ModbusSetup, ABoardThatIsBackIsSetUpAgain) {
    config.timeout = 100ms;
    config.retry_first = 10ms;
    config.retry_most = 20ms;
    open({{input(7, 0), 1ms}});
    ASSERT_TRUE(await_set_up(true));
    plant.decide([](const SeenRequest&) { return fate(Fate::Kind::silent); });
    ASSERT_TRUE(recorder.await_unit(7, false));
    plant.set_register(7, 3, 8, 0);  // it lost its power, and forgot
    plant.decide({});
    ASSERT_TRUE(recorder.await_unit(7, true, 2));
    EXPECT_TRUE(await_true([&] { return plant.holding(7, 8) == 10; }));
    EXPECT_EQ(recorder.all<UnitSetUp>().size(), 1U) << "no news: it held, and holds again";
}

TEST_F(ModbusSetup, AUnitThatIsNotThereIsNotSetUp) {
    config.timeout = 100ms;
    plant.decide(
        [](const SeenRequest& r) { return r.unit == 7 ? fate(Fate::Kind::silent) : Fate{}; });
    open({{input(7, 0), 1ms}, {input(1, 0), 1ms}});
    ASSERT_TRUE(recorder.await_unit(7, false));
    const auto before = count_unit(plant.seen(), 1);
    ASSERT_TRUE(plant.await([&](const auto& seen) { return count_unit(seen, 1) > before + 50; }));
    EXPECT_TRUE(settings_asked(plant.seen()).empty());
    EXPECT_TRUE(recorder.all<UnitSetUp>().empty());
}

}  // namespace
}  // namespace hall::test
