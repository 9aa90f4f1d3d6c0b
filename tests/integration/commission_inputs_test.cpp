// Commissioning's inputs, meters and devices, in front of the virtual hall. Nothing here switches
// anything.
#include "tests/support/commission_fixture.hpp"

namespace hall::sim {

namespace {

constexpr const char* kHall = R"([hall]
id = "small"
name = "小厅"
timezone = "Asia/Shanghai"
latitude = 35.08
longitude = 117.16
clock = "hardware"
[hours]
mon = ["08:30", "17:30"]
[closing]
prove_within = 2
stop_timeout = 20
[panel]
listen = "127.0.0.1:@PANEL@"
[[bus]]
id = "power"
type = "modbus-tcp"
host = "127.0.0.1"
port = @PORT@
[[bus]]
id = "field"
type = "modbus-rtu"
path = "@PTY@"
meter_interval = 0.1
[[device]]
id = "relay1"
bus = "power"
unit = 1
template = "waveshare-io-8ch"
[[device]]
id = "doors1"
bus = "field"
unit = 2
template = "waveshare-io-8ch"
[[device]]
id = "meter1"
bus = "field"
unit = 11
template = "eastron-sdm120"
[[window]]
id = "5"
name = "5号窗口"
post = "5"
button = "relay1.in5"
fault_button = "relay1.in6"
lamps = { green = "relay1.coil5" }
closed = {}
serving = { green = "on" }
paused = { green = "blink" }
fault = { green = "blink" }
[[circuit]]
id = "pc1"
name = "1号计算机"
output = "relay1.coil1"
wiring = "normally_closed"
feedback = "relay1.in1"
meter = "meter1.watts"
stop = [{ method = "command", command = ["/bin/true"] }]
[[circuit]]
id = "pc2"
name = "2号计算机"
output = "relay1.coil2"
feedback = "relay1.in2"
power_good = "relay1.in3"
stop = [{ method = "pulse", output = "relay1.coil7" }]
[[post]]
id = "5"
name = "5号岗"
[[contact]]
id = "west_door"
name = "西门"
input = "doors1.in1"
[[contact]]
id = "east_door"
name = "东门"
input = "doors1.in3"
[lightbox]
output = "doors1.coil1"
feedback = "doors1.in2"
[buzzer]
output = "doors1.coil2"
)";

}  // namespace

std::string HallsimTest::config_text() const {
    const Socket probe(new_socket());
    return replaced(replaced(replaced(kHall, "@PORT@", std::to_string(tcp_port)), "@PTY@", pty()),
                    "@PANEL@", std::to_string(probe.bind_free()));
}

TEST_F(CommissionTest, AnInputIsVerifiedWhenItWasSeenThereAndBack) {
    start();
    const auto at = sit_down();
    go(*at, "3", "west_door");
    ASSERT_TRUE(at->shows("contact.west_door 西门 [doors1.in1]: closed")) << at->shown;
    ASSERT_TRUE(at->answer("Is contact.west_door really \"closed\"", "y"));
    ASSERT_TRUE(at->shows("operate it there and back"));
    set(R"({"contact.west_door":"open"})");
    ASSERT_TRUE(at->shows("contact.west_door: open"));
    EXPECT_EQ(result("contact.west_door"), "open") << "one change is not both";
    set(R"({"contact.west_door":"closed"})");
    ASSERT_TRUE(at->shows("contact.west_door verified: closed → open → closed")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    const Json entry = results()["contact.west_door"];
    EXPECT_EQ(entry["by"], "张工");
    EXPECT_EQ(entry["wiring"], "doors1.in1 (waveshare-io-8ch, field unit 2 discrete 0)");
    EXPECT_TRUE(coils().empty());
    EXPECT_TRUE(verify().intact) << verify().what;
    const auto all = records();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[1]["type"], "commission.verified");
    EXPECT_EQ(all[1]["actors"][0], "engineer:张工");
    EXPECT_EQ(all[1]["detail"]["channel"], "contact.west_door");
}

TEST_F(CommissionTest, AButtonIsVerifiedByOnePress) {
    start();
    const auto at = sit_down();
    go(*at, "3", "window.5.button");
    ASSERT_TRUE(at->answer("really \"released\"", "y")) << at->shown;
    ASSERT_TRUE(at->shows("press it and let go"));
    set(R"({"window.5.button":"press"})");
    EXPECT_TRUE(at->shows("window.5.button verified: released → pressed → released")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
}

TEST_F(CommissionTest, AnInvertedInputIsNamedWithItsKey) {
    start();
    const auto at = sit_down();
    go(*at, "3", "west_door");
    ASSERT_TRUE(at->answer("really \"closed\"", "n")) << at->shown;
    EXPECT_TRUE(at->shows("Enter inverted = true in [[contact]] id = \"west_door\"")) << at->shown;
    go(*at, "3", "window.5.fault_button");
    ASSERT_TRUE(at->answer("really \"released\"", "n")) << at->shown;
    EXPECT_TRUE(at->shows("Enter fault_button_inverted = true in [[window]] id = \"5\""))
        << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(result("contact.west_door"), "failed");
}

TEST_F(CommissionTest, AnotherInputThatChangesInsteadIsNamed) {
    start();
    const auto at = sit_down();
    go(*at, "3", "west_door");
    ASSERT_TRUE(at->answer("[y/n/s/q]", "y")) << at->shown;
    ASSERT_TRUE(at->shows("there and back"));
    set(R"({"contact.east_door":"open"})");
    ASSERT_TRUE(at->shows("contact.east_door: open")) << at->shown;
    at->type("");
    EXPECT_TRUE(at->shows("contact.east_door changed instead")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(result("contact.west_door"), "failed");
    EXPECT_EQ(result("contact.east_door"), "open");
}

TEST_F(CommissionTest, ASilentInputIsNotVerified) {
    start();
    set(R"({"device.doors1":"down"})");
    const auto at = sit_down();
    EXPECT_TRUE(at->shows("doors1 (unit 2, waveshare-io-8ch) does not answer")) << at->shown;
    go(*at, "3", "west_door");
    EXPECT_TRUE(at->shows("contact.west_door is not right")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(result("contact.west_door"), "failed");
}

TEST_F(CommissionTest, ThresholdsAreLearnedAndPrintedAsLinesToEnter) {
    start();
    const auto at = sit_down();
    go(*at, "4", "pc1.meter");
    ASSERT_TRUE(at->answer("r it runs", "r")) << at->shown;
    ASSERT_TRUE(at->shows("Enter when it is off")) << at->shown;
    shut_down("pc1");
    at->type("");
    ASSERT_TRUE(at->shows("off_watts = ")) << at->shown;
    ASSERT_TRUE(at->shows("    [[circuit]]          # id = \"pc1\"")) << at->shown;
    ASSERT_TRUE(at->shows("circuit.pc1.meter verified")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    const Json learned = results()["circuit.pc1.meter"]["learned"];
    EXPECT_GT(learned["off_watts"], 2 * learned["off_most"].get<double>());
    EXPECT_LT(learned["off_watts"], learned["running_least"].get<double>() / 2);
    EXPECT_LT(learned["cut_watts"], learned["off_least"]);
    std::ifstream in(config());
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>(in), {}}).find("off_watts"),
              std::string::npos)
        << "the configuration is the engineer's";
    EXPECT_TRUE(coils().empty());
}

TEST_F(CommissionTest, ThresholdsThatWouldBeTooNearAreRefused) {
    start();
    set(R"({"meter.pc1":9})");
    const auto at = sit_down();
    go(*at, "4", "pc1.meter");
    ASSERT_TRUE(at->answer("r it runs", "o")) << at->shown;
    ASSERT_TRUE(at->shows("Enter when it has started")) << at->shown;
    set(R"({"meter.pc1":20})");
    ASSERT_TRUE(soon([&] { return state("pc.pc1") == "running"; }));
    at->type("");
    EXPECT_TRUE(at->shows("too near for a meter")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(result("circuit.pc1.meter"), "failed");
    EXPECT_EQ(at->shown.find("off_watts ="), std::string::npos) << "nothing is proposed";
}

TEST_F(CommissionTest, ASecondStartGoesOnAndChangedWiringCountsNoMore) {
    start();
    {
        const auto at = sit_down();
        for (const char* door : {"west_door", "east_door"}) {
            go(*at, "3", door);
            ASSERT_TRUE(at->answer("[y/n/s/q]", "y")) << at->shown;
            ASSERT_TRUE(at->shows("there and back"));
            set(std::string(R"({"contact.)") + door + R"(":"open"})");
            ASSERT_TRUE(at->shows(std::string(door) + ": open")) << at->shown;
            set(std::string(R"({"contact.)") + door + R"(":"closed"})");
            ASSERT_TRUE(at->shows("verified")) << at->shown;
        }
        EXPECT_EQ(leave(*at), 0);
    }
    // The west door moves to another terminal of the board.
    std::ifstream in(config());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    write_config(replaced(text, "input = \"doors1.in1\"", "input = \"doors1.in4\""));
    test::Process status(command({"--status", "--json"}), environment());
    EXPECT_EQ(status.ends(), 1) << "not all is verified";
    std::map<std::string, std::string> standing;
    const Json listed = Json::parse(status.output());
    for (const Json& c : listed["channels"]) standing[c["channel"]] = c["standing"];
    EXPECT_EQ(standing["contact.west_door"], "changed");
    EXPECT_EQ(standing["contact.east_door"], "verified");
    EXPECT_EQ(standing["buzzer"], "open");
    const auto at = sit_down();
    EXPECT_TRUE(at->answer("Number, or Enter", "")) << at->shown;
    EXPECT_TRUE(at->shows("contact.west_door 西门 [doors1.in4]")) << at->shown;
    at->type("s");
    EXPECT_TRUE(at->answer("window.5.button", "q"))
        << at->shown << "the east door is not asked for again";
    EXPECT_EQ(leave(*at), 0);
}

TEST_F(CommissionTest, ABusIsSearchedForUnitsThatNobodyConfigured) {
    start();
    std::ifstream in(config());
    std::string text{std::istreambuf_iterator<char>(in), {}};
    // The hall has the meter; the configuration does not know it yet.
    text = replaced(text, "[[device]]\nid = \"meter1\"\nbus = \"field\"\nunit = 11\n",
                    "[[device]]\nid = \"meter1\"\nbus = \"field\"\nunit = 12\n");
    write_config(replaced(text, "path = \"", "timeout = 0.05\npath = \""));
    const auto at = sit_down();
    ASSERT_TRUE(at->answer("Number, or Enter", "2"));
    ASSERT_TRUE(at->answer("Which bus", "field"));
    EXPECT_TRUE(at->shows("unit 2: doors1,")) << at->shown;
    EXPECT_TRUE(at->shows("unit 11: answers and is not configured")) << at->shown;
    at->type("");
    EXPECT_TRUE(at->shows("Ended after unit")) << at->shown;
    EXPECT_EQ(leave(*at), 0);
    EXPECT_TRUE(coils().empty());
}

}  // namespace hall::sim
