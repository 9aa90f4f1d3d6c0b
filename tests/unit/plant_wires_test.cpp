// What a master can ask a board of the virtual hall, and what it gets; the serial line's frames;
// the list of things.
#include "drivers/sim/rtu_frames.hpp"
#include "drivers/sim/wires.hpp"
#include "tests/support/plant_fixture.hpp"

namespace hall::sim {

namespace {
constexpr std::uint8_t kFunction = 1, kAddress = 2, kValue = 3;
}

TEST_F(PlantTest, AnAddressThatTheDeviceDoesNotHaveIsRefused) {
    EXPECT_EQ(ask(kRelay, {0x01, 0, 8, 0, 1}), exception(0x01, kAddress));
    EXPECT_EQ(ask(kRelay, {0x02, 0, 1, 0, 8}), exception(0x02, kAddress));
    EXPECT_EQ(ask(kRelay, {0x04, 0, 0, 0, 1}), exception(0x04, kAddress));
    EXPECT_EQ(ask(kRelay, {0x05, 0, 8, 0xFF, 0}), exception(0x05, kAddress));
    EXPECT_EQ(ask(kRelay, {0x05, 2, 8, 0, 1}), exception(0x05, kAddress))
        << "flash of a ninth coil";
    EXPECT_EQ(ask(kRelay, {0x06, 0x10, 4, 0, 1}), exception(0x06, kAddress));
    EXPECT_EQ(ask(kRelay, {0x0F, 0, 7, 0, 2, 1, 3}), exception(0x0F, kAddress));
    EXPECT_EQ(ask(kRelay, {0x10, 0x10, 3, 0, 2, 4, 0, 0, 0, 0}), exception(0x10, kAddress));
    EXPECT_EQ(ask(kSdm, {0x04, 0, 0x0E, 0, 1}), exception(0x04, kAddress));
    EXPECT_EQ(ask(kSdm, {0x04, 0xFF, 0xFF, 0, 2}), exception(0x04, kAddress));
    EXPECT_EQ(ask(kSdm, {0x01, 0, 0, 0, 1}), exception(0x01, kAddress));
    EXPECT_TRUE(trace.entries().empty());
}

TEST_F(PlantTest, CountsAndValuesOutOfBoundsAreRefused) {
    EXPECT_EQ(ask(kRelay, {0x01, 0, 0, 0, 0}), exception(0x01, kValue));
    EXPECT_EQ(ask(kRelay, {0x01, 0, 0, 0x07, 0xD1}), exception(0x01, kValue));
    EXPECT_EQ(ask(kSdm, {0x04, 0, 0, 0, 126}), exception(0x04, kValue));
    EXPECT_EQ(ask(kRelay, {0x05, 0, 0, 0x55, 0}), exception(0x05, kValue)) << "never toggles";
    EXPECT_EQ(ask(kRelay, {0x05, 0, 0, 0, 1}), exception(0x05, kValue));
    EXPECT_EQ(ask(kRelay, {0x0F, 0, 0, 0, 8, 2, 0, 0}), exception(0x0F, kValue));
    EXPECT_EQ(ask(kRelay, {0x0F, 0, 0, 0, 8, 1}), exception(0x0F, kValue));
    EXPECT_EQ(ask(kRelay, {0x10, 0x10, 0, 0, 1, 2, 0}), exception(0x10, kValue));
    EXPECT_EQ(ask(kRelay, {0x01, 0, 0}), exception(0x01, kValue));
    EXPECT_EQ(ask(kRelay, {0x2B, 0x0E, 1, 0}), exception(0x2B, kFunction));
    EXPECT_TRUE(ask(kRelay, {}).empty());
    EXPECT_TRUE(trace.entries().empty());
}

TEST_F(PlantTest, ManyCoilsAndRegistersAreWrittenAtOnce) {
    EXPECT_EQ(ask(kRelay, {0x0F, 0, 2, 0, 3, 1, 0b101}), (Bytes{0x0F, 0, 2, 0, 3}));
    EXPECT_EQ(ask(kRelay, {0x01, 0, 0, 0, 8}), (Bytes{0x01, 1, 0b00010100}));
    EXPECT_EQ(ask(kRelay, {0x10, 0x10, 0, 0, 2, 4, 1, 2, 3, 4}), (Bytes{0x10, 0x10, 0, 0, 2}));
    EXPECT_EQ(ask(kRelay, {0x06, 0x10, 2, 5, 6}), (Bytes{0x06, 0x10, 2, 5, 6}));
    EXPECT_EQ(ask(kRelay, {0x03, 0x10, 0, 0, 3}), (Bytes{0x03, 6, 1, 2, 3, 4, 5, 6}));
}

TEST_F(PlantTest, ABoardWithTheQuirkAnswersEightCoilsWhateverWasAsked) {
    coil(2, true);
    coil(4, true);
    EXPECT_EQ(ask(kRelay, {0x01, 0, 4, 0, 1}), (Bytes{0x01, 1, 0b00010100}));
    EXPECT_EQ(ask(kRelay, {0x02, 0, 1, 0, 1}), (Bytes{0x02, 1, 1})) << "inputs are not concerned";
}

TEST_F(PlantTest, AMeterLetsReadAlongOverItsGaps) {
    const Bytes reply = ask(kSdm, {0x04, 0, 0, 0, 14});
    ASSERT_EQ(reply.size(), 30U);
    EXPECT_EQ(Bytes(reply.begin() + 2, reply.begin() + 6), (Bytes{0x43, 0x66, 0, 0})) << "230 V";
}

TEST(RtuFrames, ChecksumOfTheStandardsExample) {
    const Bytes frame{0x02, 0x07};
    EXPECT_EQ(crc16(frame), 0x1241);
}

Bytes sealed(Bytes frame) {
    seal(frame);
    return frame;
}

TEST(RtuFrames, FindsARequestAfterGarbageAndInPieces) {
    RtuRequests requests;
    const Bytes ask = sealed({0x0B, 0x04, 0, 0x0C, 0, 2});
    requests.feed(Bytes{0x00, 0xFF, 0x0B, 0x04, 0x99});
    requests.feed(std::span(ask).first(3));
    EXPECT_FALSE(requests.next());
    requests.feed(std::span(ask).subspan(3));
    const auto found = requests.next();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->unit, 0x0B);
    EXPECT_EQ(found->pdu, (Bytes{0x04, 0, 0x0C, 0, 2}));
    EXPECT_FALSE(requests.waiting());
}

TEST(RtuFrames, OneChangedBitIsNoRequest) {
    const Bytes good = sealed({1, 0x05, 0, 3, 0xFF, 0});
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes bad = good;
        bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << (bit % 8));
        RtuRequests requests;
        requests.feed(bad);
        EXPECT_FALSE(requests.next()) << "bit " << bit;
        requests.silence();
        requests.feed(good);
        EXPECT_TRUE(requests.next()) << "bit " << bit;
    }
}

TEST(RtuFrames, AnUnknownFunctionInAWholeFrameIsARequest) {
    RtuRequests requests;
    requests.feed(sealed({1, 0x2B, 0x0E, 1, 0}));
    const auto found = requests.next();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->pdu.front(), 0x2B);
}

TEST(RtuFrames, EndlessGarbageIsForgotten) {
    RtuRequests requests;
    for (int i = 0; i < 1000; ++i) {
        requests.feed(Bytes(100, static_cast<std::uint8_t>(i * 37)));
        while (requests.next()) {
        }
    }
    requests.silence();
    EXPECT_FALSE(requests.waiting());
}

class WiresTest : public PlantTest {
  protected:
    WiresTest() { wires.describe(things, trace); }
    Wires wires{plant, {"power"}, 5};
    const Bytes read_inputs{0x02, 0, 0, 0, 8};
};

TEST_F(WiresTest, ABusOrADeviceThatIsDownIsSilent) {
    EXPECT_TRUE(wires.exchange(0, 1, read_inputs));
    EXPECT_FALSE(wires.exchange(0, 99, read_inputs)) << "nobody there";
    ASSERT_TRUE(set("device.m1", "down").done);
    EXPECT_FALSE(wires.exchange(0, 11, read_inputs));
    EXPECT_TRUE(wires.exchange(0, 12, read_inputs));
    ASSERT_TRUE(set("bus.power", "down").done);
    EXPECT_FALSE(wires.exchange(0, 12, read_inputs));
    ASSERT_TRUE(things.set_json(R"({"bus.power":"up","device.m1":"up"})").done);
    EXPECT_TRUE(wires.exchange(0, 11, read_inputs));
    EXPECT_EQ(story("bus.power"), (Story{"0 down", "0 up"}));
}

TEST_F(WiresTest, WhatASilentUnitIsOrderedDoesNotHappen) {
    ASSERT_TRUE(set("device.relay1", "down").done);
    EXPECT_FALSE(wires.exchange(0, 1, Bytes{0x05, 0, 4, 0xFF, 0}));
    wires.broadcast(0, Bytes{0x05, 0, 4, 0xFF, 0});
    EXPECT_EQ(state("lightbox"), "off");
    ASSERT_TRUE(set("device.relay1", "up").done);
    wires.broadcast(0, Bytes{0x05, 0, 4, 0xFF, 0});
    EXPECT_EQ(state("lightbox"), "on");
}

TEST_F(WiresTest, ASlowOneIsLateAndANoisyOneIsNowAndThenDamaged) {
    EXPECT_EQ(wires.exchange(0, 1, read_inputs)->delay.count(), 0);
    ASSERT_TRUE(set("device.relay1", "slow").done);
    EXPECT_EQ(wires.exchange(0, 1, read_inputs)->delay, Wires::kSlow);
    ASSERT_TRUE(set("device.relay1", "noisy").done);
    int damaged = 0;
    for (int i = 0; i < 1000; ++i) damaged += wires.exchange(0, 1, read_inputs)->damaged ? 1 : 0;
    EXPECT_GT(damaged, 200);
    EXPECT_LT(damaged, 400);
}

TEST_F(WiresTest, ADamagedSerialFrameNeverPassesForAWholeOne) {
    const Bytes good = sealed({11, 0x04, 4, 0x42, 0xA0, 0x12, 0x34});
    for (int i = 0; i < 5000; ++i) {
        Bytes frame = good;
        wires.spoil_rtu(frame);
        EXPECT_NE(frame, good);
        if (frame.size() < 4) continue;
        const std::uint16_t crc = crc16(std::span(frame).first(frame.size() - 2));
        const bool whole = frame[frame.size() - 2] == (crc & 0xFFU) && frame.back() == crc >> 8U;
        // A byte in front leaves a whole frame behind it: a master that looks at the first byte
        // sees another unit.
        EXPECT_TRUE(!whole || frame.front() != good.front());
    }
}

TEST_F(WiresTest, ADamagedTcpFrameNeverCarriesChangedDataAsIfItWereRight) {
    const Bytes good{0, 9, 0, 0, 0, 5, 1, 0x02, 2, 0xAA, 0x55};
    for (int i = 0; i < 5000; ++i) {
        Bytes frame = good;
        wires.spoil_tcp(frame);
        if (frame.empty()) continue;
        const bool other = frame[1] != 9 || frame[6] != 1;
        const bool refused = frame[7] == 0x82 && frame[8] == 0x0B && frame.size() == 9;
        EXPECT_TRUE(other || refused);
    }
}

TEST_F(WiresTest, ARequestIsDoneWhollyOrNotAtAll) {
    const auto refused = [&](const std::string& body) {
        const SetResult result = things.set_json(body);
        EXPECT_FALSE(result.done) << body;
        EXPECT_EQ(state("contact.west_door"), "closed") << body;
        return result.why;
    };
    EXPECT_NE(refused(R"({"contact.west_door":"open","pc.pc9":"off"})").find("\"pc.pc9\""),
              std::string::npos);
    EXPECT_NE(refused(R"({"contact.west_door":"open","pc.pc9":"off"})").find("pc.nc"),
              std::string::npos)
        << "names what is known";
    EXPECT_NE(refused(R"({"contact.west_door":"open","pc.nc":"asleep"})").find("shutdown"),
              std::string::npos);
    EXPECT_NE(refused(R"({"contact.west_door":"open","lightbox":"on"})").find("only be read"),
              std::string::npos);
    EXPECT_NE(refused(R"({"contact.west_door":"open","meter.nc":-1})").find("number"),
              std::string::npos);
    refused(R"({"contact.west_door":"open","meter.nc":1e99})");
    refused(R"({"contact.west_door":"open","meter.nc":true})");
    refused(R"({"contact.west_door":"open","feedback.nc":5})");
    refused(R"({"contact.west_door":"open","feedback.nc":null})");
    refused(R"({"contact.west_door":"open","feedback.nc":{"a":["healthy"]}})");
    EXPECT_NE(refused(R"({"contact.west_door":"closed","contact.west_door":"open"})").find("twice"),
              std::string::npos);
    refused(R"(["contact.west_door"])");
    refused("");
    refused("{\"contact.west_door\":\"open\"");
    refused("{\"\xff\":\"open\"}");
    refused(std::string(100'000, '['));
    EXPECT_TRUE(things.set_json("{}").done);
}

TEST(Trace, ForgetsTheOldestAndAnswersFromANumberOn) {
    Trace trace(10.0);
    trace.set_epoch(std::chrono::system_clock::time_point{std::chrono::seconds{1'764'000'000}});
    for (int i = 1; i <= 3; ++i) trace.add(Instant{i * 1000}, "door", "open");
    auto list = nlohmann::json::parse(trace.json(1));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0], (nlohmann::json{{"n", 2},
                                       {"t", 200},
                                       {"wall", "2025-11-24T16:00:00.200Z"},
                                       {"thing", "door"},
                                       {"value", "open"}}));
    EXPECT_EQ(trace.json(3), "[]");
    EXPECT_EQ(trace.json(99), "[]");
    for (std::size_t i = 0; i < Trace::kMost; ++i) trace.add(Instant{0}, "a", "b");
    list = nlohmann::json::parse(trace.json(0));
    EXPECT_EQ(list.size(), Trace::kMost);
    EXPECT_EQ(list[0]["n"], 4);
    EXPECT_EQ(nlohmann::json::parse(trace.json(Trace::kMost + 2)).size(), 1U);
}

}  // namespace hall::sim
