// The real virtual hall, from outside: libmodbus on its wires, HTTP on its page, faults on demand.
#include "tests/support/hallsim_fixture.hpp"

namespace hall::sim {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHall = R"([hall]
id = "small"
name = "小厅"
timezone = "Asia/Shanghai"
latitude = 35.08
longitude = 117.16
[hours]
mon = ["08:30", "17:30"]
[[bus]]
id = "power"
type = "modbus-tcp"
host = "127.0.0.1"
port = @PORT@
[[bus]]
id = "field"
type = "modbus-rtu"
path = "@PTY@"
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
[[post]]
id = "5"
name = "5号岗"
[[contact]]
id = "west_door"
name = "西门"
input = "doors1.in1"
[lightbox]
output = "doors1.coil1"
)";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const std::size_t at = text.find(what);
    return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

}  // namespace

std::string HallsimTest::config_text() const {
    return replaced(replaced(kHall, "@PORT@", std::to_string(tcp_port)), "@PTY@", pty());
}

TEST_F(HallsimTest, SaysWhereItsBusesAreAndServesThem) {
    start();
    EXPECT_EQ(addresses["buses"]["power"], "127.0.0.1:" + std::to_string(tcp_port));
    EXPECT_EQ(addresses["buses"]["field"], pty());
    const auto power = tcp();
    ASSERT_TRUE(power->connect());
    std::uint8_t bits[8]{};
    ASSERT_EQ(modbus_read_input_bits(power->on(1), 0, 8, bits), 8) << modbus_strerror(errno);
    EXPECT_EQ(bits[0], 1) << "normally-closed wiring: power is on";
    EXPECT_EQ(modbus_read_input_bits(power->on(1), 1, 8, bits), -1);
    EXPECT_EQ(errno, EMBXILADD);
    const auto field = rtu();
    ASSERT_TRUE(field->connect());
    EXPECT_GT(field->watts(11), 50.0F);
    ASSERT_EQ(modbus_read_input_bits(field->on(2), 0, 1, bits), 1) << modbus_strerror(errno);
    EXPECT_EQ(bits[0], 1) << "the door is closed";
    EXPECT_EQ(modbus_write_bit(field->on(2), 8, 1), -1);
    EXPECT_EQ(errno, EMBXILADD);
    ASSERT_EQ(modbus_write_bit(field->on(2), 0, 1), 1);
    EXPECT_EQ(state("lightbox"), "on");
}

TEST_F(HallsimTest, GpioLinesAreLeftOutAndTheRestIsThere) {
    write_config(config_text() + R"(
[[gpio]]
id = "cabinet"
chip = "gpiochip0"
[[gpio.line]]
name = "north"
line = 0
direction = "input"
[[gpio.line]]
name = "buzzer"
line = 1
direction = "output"
[[contact]]
id = "north_window"
input = "gpio.north"
[buzzer]
output = "gpio.buzzer"
)");
    start();
    EXPECT_TRUE(sim->says("GPIO chip \"cabinet\" is left out")) << sim->output();
    EXPECT_FALSE(addresses["buses"].contains("cabinet"));
    EXPECT_EQ(state("contact.north_window"), "closed");
    const auto power = tcp();
    ASSERT_TRUE(power->connect());
    std::uint8_t bits[8]{};
    EXPECT_EQ(modbus_read_input_bits(power->on(1), 0, 8, bits), 8) << modbus_strerror(errno);
}

TEST_F(HallsimTest, AnEveningOnTheWiresIsToldInTheTrace) {
    start();
    ASSERT_EQ(post(R"({"pc.pc1":"shutdown"})").status, 200);
    const auto field = rtu();
    ASSERT_TRUE(field->connect());
    ASSERT_TRUE(soon([&] { return field->watts(11) < 2.0F; }));
    const auto power = tcp();
    ASSERT_TRUE(power->connect());
    ASSERT_EQ(modbus_write_bit(power->on(1), 0, 1), 1);
    ASSERT_TRUE(soon([&] {
        std::uint8_t bit = 1;
        return modbus_read_input_bits(power->on(1), 0, 1, &bit) == 1 && bit == 0;
    }));
    EXPECT_EQ(field->watts(11), 0.0F);
    std::vector<std::string> story;
    Json::number_integer_t before = 0;
    for (const Json& entry : get("/trace?since=0").json()) {
        story.push_back(entry["thing"].get<std::string>() + " " +
                        entry["value"].get<std::string>());
        EXPECT_GE(entry["t"], before);
        before = entry["t"];
        EXPECT_EQ(entry["wall"].get<std::string>().size(), 24U);
    }
    EXPECT_EQ(story, (std::vector<std::string>{"pc.pc1 shutdown_requested", "pc.pc1 stopping",
                                               "pc.pc1 off", "coil.relay1.coil1 on",
                                               "contactor.pc1 open"}));
    EXPECT_EQ(get("/trace?since=4").json().size(), 1U);
    EXPECT_EQ(get("/trace?since=x").status, 400);
}

TEST_F(HallsimTest, APulseOfTheBoardEndsByItself) {
    start();
    const auto power = tcp();
    ASSERT_TRUE(power->connect());
    const std::uint8_t flash[]{1, 0x05, 0x02, 0x04, 0x00, 0x02};
    ASSERT_EQ(modbus_send_raw_request(power->on(1), flash, sizeof flash), 12);
    std::uint8_t reply[MODBUS_TCP_MAX_ADU_LENGTH];
    ASSERT_GT(modbus_receive_confirmation(power->on(1), reply), 0);
    ASSERT_TRUE(soon([&] { return state("lamp.window.5.green") == "off"; }));
    Json::number_integer_t on = 0, off = 0;
    for (const Json& entry : get("/trace").json()) {
        if (entry["thing"] != "coil.relay1.coil5") continue;
        (entry["value"] == "on" ? on : off) = entry["t"];
    }
    EXPECT_EQ(off - on, 200) << "by the plant's clock, to the millisecond";
}

TEST_F(HallsimTest, ATcpBusThatIsDownRefusesAndComesBack) {
    start();
    const auto before = tcp();
    ASSERT_TRUE(before->connect());
    ASSERT_EQ(post(R"({"bus.power":"down"})").status, 200);
    std::uint8_t bit = 0;
    EXPECT_EQ(modbus_read_bits(before->on(1), 0, 1, &bit), -1) << "open connections are closed";
    EXPECT_FALSE(tcp()->connect());
    EXPECT_EQ(state("bus.power"), "down");
    ASSERT_EQ(post(R"({"bus.power":"up"})").status, 200);
    const auto after = tcp();
    ASSERT_TRUE(after->connect());
    EXPECT_EQ(modbus_read_bits(after->on(1), 0, 1, &bit), 1);
}

TEST_F(HallsimTest, ASerialBusADeviceOrAMeterCanBeSilent) {
    start();
    const auto field = rtu();
    ASSERT_TRUE(field->connect());
    field->timeout_ms(150);
    for (const char* fault :
         {R"({"bus.field":"down"})", R"({"device.meter1":"down"})", R"({"meter.pc1":"silent"})"}) {
        SCOPED_TRACE(fault);
        ASSERT_EQ(post(fault).status, 200);
        EXPECT_LT(field->watts(11), 0.0F);
        EXPECT_EQ(errno, ETIMEDOUT);
        ASSERT_EQ(post(R"({"bus.field":"up","device.meter1":"up","meter.pc1":"healthy"})").status,
                  200);
        modbus_flush(field->on(11));
        EXPECT_TRUE(soon([&] { return field->watts(11) > 0.0F; }));
    }
    ASSERT_EQ(post(R"({"meter.pc1":123.5})").status, 200);
    EXPECT_TRUE(soon([&] { return field->watts(11) == 123.5F; }));
}

TEST_F(HallsimTest, ASlowDeviceAnswersLate) {
    start();
    ASSERT_EQ(post(R"({"device.relay1":"slow","bus.field":"slow"})").status, 200);
    const auto power = tcp();
    const auto field = rtu();
    ASSERT_TRUE(power->connect());
    ASSERT_TRUE(field->connect());
    const auto began = std::chrono::steady_clock::now();
    std::uint8_t bit = 0;
    EXPECT_EQ(modbus_read_bits(power->on(1), 0, 1, &bit), 1);
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(249));
    EXPECT_GT(field->watts(11), 0.0F);
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(499));
}

TEST_F(HallsimTest, ANoisyBusDamagesSomeRepliesAndNeverLies) {
    start();
    ASSERT_EQ(post(R"({"bus.power":"noisy","bus.field":"noisy","meter.pc1":77})").status, 200);
    const auto power = tcp();
    const auto field = rtu();
    ASSERT_TRUE(power->connect());
    ASSERT_TRUE(field->connect());
    power->timeout_ms(100);
    field->timeout_ms(100);
    int good = 0, bad = 0;
    for (int i = 0; i < 40; ++i) {
        std::uint8_t bits[8]{};
        const bool read = modbus_read_input_bits(power->on(1), 0, 8, bits) == 8;
        EXPECT_TRUE(!read || bits[0] == 1);
        if (!read) modbus_flush(power->on(1));
        const float watts = field->watts(11);
        EXPECT_TRUE(watts < 0.0F || watts == 77.0F) << watts;
        if (watts < 0.0F) modbus_flush(field->on(11));
        ++(read ? good : bad);
        ++(watts >= 0.0F ? good : bad);
    }
    EXPECT_GT(good, 20);
    EXPECT_GT(bad, 5);
}

TEST_F(HallsimTest, GarbageOnTheLinesHurtsNobody) {
    start();
    const Socket rough(new_socket());
    ASSERT_TRUE(rough.connect(tcp_port));
    const char garbage[] = "GET / HTTP/1.1\r\n\r\n";
    ASSERT_GT(::send(rough.fd(), garbage, sizeof garbage, MSG_NOSIGNAL), 0);
    char byte = 0;
    EXPECT_LE(::recv(rough.fd(), &byte, 1, 0), 0) << "what is no Modbus is hung up on";
    const int line = ::open(pty().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(line, 0);
    const std::string noise(3000, '\x10');
    EXPECT_EQ(::write(line, noise.data(), noise.size()), static_cast<ssize_t>(noise.size()));
    ::close(line);
    const auto field = rtu();
    ASSERT_TRUE(field->connect());
    field->timeout_ms(200);
    EXPECT_TRUE(soon([&] { return field->watts(11) > 0.0F; }));
}

TEST_F(HallsimTest, RefusesWhatItDoesNotKnowAndThenDoesNothingOfIt) {
    start();
    Answer answer = post(R"({"contact.west_door":"open","pc.pc9":"off"})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.text.find("pc.pc9"), std::string::npos);
    EXPECT_NE(answer.text.find("contact.west_door"), std::string::npos) << "the known ones";
    answer = post(R"({"contact.west_door":"ajar"})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.text.find("closed, open"), std::string::npos);
    EXPECT_EQ(state("contact.west_door"), "closed");
    EXPECT_EQ(post("{").status, 400);
    EXPECT_EQ(post(std::string(70'000, ' ')).status, 413);
    EXPECT_EQ(get("/set").status, 405);
    EXPECT_EQ(get("/nowhere").status, 404);
    EXPECT_EQ(send("nonsense\r\n\r\n").status, 400);
    EXPECT_EQ(post("{}", "Origin: http://evil.example\r\n").status, 403);
    EXPECT_EQ(send("GET /state HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").status,
              403);
    EXPECT_EQ(get("/trace").text, "[]");
}

TEST_F(HallsimTest, ThePageIsServed) {
    start();
    EXPECT_NE(get("/").text.find("app.js"), std::string::npos);
    for (const char* path : {"/app.js", "/draw.js", "/show.js", "/sky.js", "/words.js",
                             "/style.css", "/hall.css", "/?lang=en"}) {
        EXPECT_EQ(get(path).status, 200) << path;
    }
    const Json hall = get("/hall").json();
    EXPECT_EQ(hall["name"], "小厅");
    EXPECT_EQ(hall["windows"][0]["lamps"], Json::array({"green"}));
}

TEST_F(HallsimTest, ASignalEndsItAndTakesTheLinkAway) {
    for (const int number : {SIGTERM, SIGINT}) {
        start();
        ASSERT_TRUE(fs::is_symlink(pty()));
        const auto master = tcp();
        ASSERT_TRUE(master->connect());
        const auto began = std::chrono::steady_clock::now();
        sim->signal(number);
        EXPECT_EQ(sim->ends(), 0);
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
        EXPECT_FALSE(fs::is_symlink(pty()));
    }
}

TEST_F(HallsimTest, AnOldLinkIsReplacedAndAnythingElseLeftAlone) {
    fs::create_symlink("/nowhere/at/all", pty());
    start();
    const auto field = rtu();
    EXPECT_TRUE(field->connect());
    sim->signal(SIGTERM);
    EXPECT_EQ(sim->ends(), 0);
    std::ofstream(pty()) << "precious";
    EXPECT_EQ(launch().ends(), 1);
    EXPECT_NE(sim->output().find("left alone"), std::string::npos) << sim->output();
    std::ifstream file(pty());
    std::string text;
    file >> text;
    EXPECT_EQ(text, "precious");
}

TEST_F(HallsimTest, ATakenPortIsSaidAndNothingIsLeftBehind) {
    const Socket other(new_socket());
    const int taken = other.bind_free();
    EXPECT_EQ(launch({"--http", std::to_string(taken)}).ends(), 1);
    EXPECT_NE(sim->output().find(std::to_string(taken)), std::string::npos) << sim->output();
    EXPECT_NE(sim->output().find("another program"), std::string::npos) << sim->output();
    EXPECT_FALSE(fs::is_symlink(pty()));
    write_config(replaced(config_text(), std::to_string(tcp_port), std::to_string(taken)));
    EXPECT_EQ(launch().ends(), 1);
    EXPECT_NE(sim->output().find("\"power\""), std::string::npos) << sim->output();
}

TEST_F(HallsimTest, ABadConfigurationIsListedWithItsLines) {
    write_config(replaced(replaced(config_text(), "relay1.coil1", "relay1.coil99"),
                          "template = \"eastron-sdm120\"", "template = \"nothing\""));
    EXPECT_EQ(launch().ends(), 2);
    EXPECT_NE(sim->output().find("coil99"), std::string::npos) << sim->output();
    EXPECT_NE(sim->output().find("nothing"), std::string::npos) << sim->output();
    EXPECT_NE(sim->output().find("hall.toml:"), std::string::npos) << sim->output();
    EXPECT_EQ(launch({"--speed", "0"}).ends(), 2);
    EXPECT_EQ(launch({"--sped", "2"}).ends(), 2);
    EXPECT_EQ(launch({"--help"}).ends(), 0);
}

}  // namespace hall::sim
