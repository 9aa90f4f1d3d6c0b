#pragma once
// A small hall on one board and two meters, wired by hand, with its time in the test's hands.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "drivers/sim/plant.hpp"

namespace hall::sim {

inline PointUse bit(const std::string& name, drivers::Table table, std::uint16_t address,
                    bool inverted = false) {
    PointUse use;
    use.name = name;
    use.point = {1, table, address, drivers::Encoding::bit, 1.0};
    use.inverted = inverted;
    return use;
}

inline PointUse watts(std::uint8_t unit, drivers::Encoding encoding, std::uint16_t address,
                      double scale) {
    PointUse use;
    use.name = "meter";
    use.point = {unit, drivers::Table::input, address, encoding, scale};
    return use;
}

/// Circuit `nc`: energised means cut, meter on unit 11, feedback in1. Circuit `no`: energised means
/// on, meter on unit 12 (PZEM), power button coil 7, inverted feedback in2.
inline SiteConfig two_circuits() {
    using drivers::Table;
    SiteConfig site;
    site.buses.resize(1);
    site.buses[0].id = "power";
    site.devices = {{"relay1", 0, 1, "board", LinkIx{}},
                    {"m1", 0, 11, "sdm", LinkIx{}},
                    {"m2", 0, 12, "pzem", LinkIx{}}};
    site.hall.circuits.resize(2);
    site.hall.circuits[0].id = "nc";
    site.hall.circuits[1].id = "no";
    CircuitWiring nc;
    nc.output = bit("relay1.coil1", Table::coil, 0);
    nc.feedback = bit("relay1.in1", Table::discrete, 0);
    nc.meter = watts(11, drivers::Encoding::float32, 0x0C, 1.0);
    CircuitWiring no;
    no.output = bit("relay1.coil2", Table::coil, 1);
    no.energised_cuts = false;
    no.feedback = bit("relay1.in2", Table::discrete, 1, true);
    no.meter = watts(12, drivers::Encoding::u32_low_first, 3, 0.1);
    no.power_good = bit("relay1.in7", Table::discrete, 6);
    StopWiring stop;
    stop.kind = StopMethodKind::pulse;
    stop.pulse = bit("relay1.coil8", Table::coil, 7);
    no.stop.push_back(stop);
    site.circuits = {nc, no};
    site.hall.windows.resize(1);
    site.hall.windows[0].id = "5";
    WindowWiring window;
    window.lamp_names = {"green", "red"};
    window.lamps = {bit("relay1.coil3", Table::coil, 2), bit("relay1.coil4", Table::coil, 3, true)};
    window.button = bit("relay1.in3", Table::discrete, 2);
    site.windows = {window};
    site.hall.contacts.resize(2);
    site.hall.contacts[0].id = "west_door";
    site.hall.contacts[1].id = "attested_door";
    site.contacts = {bit("relay1.in4", Table::discrete, 3), std::nullopt};
    site.lightbox.output = bit("relay1.coil5", Table::coil, 4);
    site.lightbox.feedback = bit("relay1.in5", Table::discrete, 4);
    site.buzzer = bit("relay1.coil6", Table::coil, 5);
    return site;
}

inline std::vector<Board> two_circuits_boards() {
    BoardSpec relay;
    relay.spans.push_back({"coil", Table::coil, 0, 8, SpanSpec::Flash{0x0200, Instant{100}}, true});
    relay.spans.push_back({"in", Table::discrete, 0, 8});
    relay.spans.push_back({"setting", Table::holding, 0x1000, 4});
    BoardSpec sdm;
    sdm.values = {{"volts", Table::input, 0x00, Encoding::float32, 1.0, "V"},
                  {"watts", Table::input, 0x0C, Encoding::float32, 1.0, "W"}};
    BoardSpec pzem;
    pzem.values = {{"volts", Table::input, 0, Encoding::u16, 0.1, "V"},
                   {"watts", Table::input, 3, Encoding::u32_low_first, 0.1, "W"}};
    std::vector<Board> boards;
    boards.emplace_back("relay1", 0, std::uint8_t{1}, relay);
    boards.emplace_back("m1", 0, std::uint8_t{11}, sdm);
    boards.emplace_back("m2", 0, std::uint8_t{12}, pzem);
    return boards;
}

class PlantTest : public ::testing::Test {
  protected:
    static constexpr std::size_t kRelay = 0, kSdm = 1, kPzem = 2;

    PlantTest() { plant.describe(things); }

    Bytes ask(std::size_t board, const Bytes& request) { return plant.serve(board, request); }
    void coil(std::uint8_t address, bool on) {
        const Bytes request{0x05, 0, address, static_cast<std::uint8_t>(on ? 0xFF : 0), 0};
        ASSERT_EQ(ask(kRelay, request), request);
    }
    void at(int ms) { plant.advance(Instant{ms}); }
    /// Lets `ms` pass.
    void after(int ms) { plant.advance(plant.now() + Instant{ms}); }
    SetResult set(const std::string& thing, const nlohmann::json& value) {
        return things.set_json(nlohmann::json{{thing, value}}.dump());
    }
    nlohmann::json state(const std::string& thing) {
        return nlohmann::json::parse(things.state_json()).at(thing);
    }
    bool input(int number) {
        const Bytes reply = ask(kRelay, {0x02, 0, static_cast<std::uint8_t>(number - 1), 0, 1});
        return reply.at(2) != 0;
    }
    double sdm_watts() {
        const Bytes r = ask(kSdm, {0x04, 0, 0x0C, 0, 2});
        const std::uint32_t bits = static_cast<std::uint32_t>(r.at(2)) << 24U |
                                   static_cast<std::uint32_t>(r.at(3)) << 16U |
                                   static_cast<std::uint32_t>(r.at(4)) << 8U | r.at(5);
        float value = 0;
        std::memcpy(&value, &bits, sizeof value);
        return static_cast<double>(value);
    }
    double pzem_watts() {
        const Bytes r = ask(kPzem, {0x04, 0, 3, 0, 2});
        const auto low = static_cast<unsigned>(r.at(2) << 8 | r.at(3));
        const auto high = static_cast<unsigned>(r.at(4) << 8 | r.at(5));
        return 0.1 * (high * 65536.0 + low);
    }
    /// The values that a thing had, with the milliseconds: `30 open`.
    std::vector<std::string> story(const std::string& thing) {
        std::vector<std::string> list;
        for (const TraceEntry& e : trace.entries()) {
            if (e.thing == thing)
                list.push_back(std::to_string(e.since_start.count()) + " " + e.value);
        }
        return list;
    }

    Trace trace;
    Plant plant{two_circuits(), two_circuits_boards(), trace, {7, Instant{300}}};
    Things things;
    PcNature nc = nature_of(7, 0), no = nature_of(7, 1);
};

using Story = std::vector<std::string>;

}  // namespace hall::sim
