// The state as the panel's page and the MQTT topics read it.
#include "daemon/telemetry/state_json.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace hall::telemetry {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

SiteConfig site() {
    SiteConfig s;
    s.hall.id = "demo";
    s.hall.name = "大厅";
    s.hall.zone = Zone(std::chrono::hours{8}, {});
    s.timezone = "Asia/Shanghai";
    s.sha256 = "abc";
    s.mqtt.urls = {"mqtt://127.0.0.1:1883"};
    CircuitConfig circuit;
    circuit.id = "pc1";
    circuit.name = "1号窗口计算机";
    circuit.window = WindowIx{0};
    s.hall.circuits = {circuit};
    WindowConfig window;
    window.id = "1";
    window.name = "1号窗口";
    window.post = "p1";
    s.hall.windows = {window};
    s.hall.contacts = {{"west_door", "西门", true}, {"south_window", "南窗", false}};
    return s;
}

/// 2026-11-24 17:35:02.123 in the hall.
Now evening() {
    return {Instant{1'000'000ms}, WallTime{1'795'512'902'123ms}, true};
}

HallView view() {
    HallView v;
    v.now = evening();
    v.closing.since = v.now.mono - 10s;
    v.closing.plan.digest = "d1";
    v.closing.plan.cut = {"pc1"};
    CircuitView circuit;
    circuit.id = "pc1";
    circuit.name = "1号窗口计算机";
    circuit.actual = Level::on;
    circuit.pc = PcState::running;
    circuit.watts = 86.44;
    circuit.fresh = true;
    circuit.switches = 41;
    v.circuits = {circuit};
    v.windows = {{"1",
                  "1号窗口",
                  "p1",
                  WindowState::paused,
                  {{LampMode::off, Level::off}, {LampMode::blink, Level::on}},
                  Responsible::backup}};
    v.posts = {{"p1", "1号岗", true, Responsible::backup, false, true},
               {"p2", "2号岗", false, Responsible::none, false, false}};
    v.contacts = {{"west_door", "西门", ContactState::open, true},
                  {"south_window", "南窗", ContactState::unknown, false}};
    v.links = {{"power", Level::on}, {"field", Level::unknown}};
    v.lightbox.fitted = true;
    v.lightbox.reason = "schedule";
    return v;
}

json state(const HallView& v, const SiteConfig& s = site()) {
    return state_json(s, v, {"boot", "1.0", true, true});
}

TEST(StateJsonTest, TimeStampsAreTheHallsOwn) {
    EXPECT_EQ(stamp(site(), evening().wall), "2026-11-24T17:35:02.123+08:00");
    EXPECT_EQ(stamp(site(), evening(), evening().mono - 2s), "2026-11-24T17:35:00.123+08:00");
    EXPECT_EQ(state(view()).at("ts"), "2026-11-24T17:35:02.123+08:00");
}

TEST(StateJsonTest, AnIdleHallIsExactlyThis) {
    const json s = state(view());
    EXPECT_EQ(s.at("clock"), "trusted");
    EXPECT_EQ(s.at("hall"), json::parse(R"({"id":"demo","name":"大厅","locale":"zh",
        "timezone":"Asia/Shanghai","version":"1.0","boot_id":"boot","state":"online",
        "config_sha256":"abc","journal":"ok","broker":"connected"})"));
    EXPECT_EQ(s.at("closing"), json::parse(R"({"phase":"open",
        "since":"2026-11-24T17:34:52.123+08:00","deadline":null,"seconds_left":null,
        "plan":{"digest":"d1","attempt":0,"early":false,"cut":["pc1"],"already_off":[],
            "excepted":[],"open_contacts":[],"unknown_contacts":[],"excepted_contacts":[],
            "to_attest":[]},
        "confirmations":{"count":0,"needed":2,"roles":[]},"blockers":[],"to_attest":[],
        "early":false,"closes_at":null,"void":null,"force":null,"steps":{},"ended":null,
        "left_on":[],"expires":null})"));
    EXPECT_EQ(s.at("circuits"), json::parse(R"({"pc1":{"name":"1号窗口计算机",
        "target":"unknown","actual":"on","pc":"running","watts":86.4,"quality":"good",
        "step":"none","switches":41,"window":"1"}})"));
    EXPECT_EQ(s.at("windows"), json::parse(R"({"1":{"name":"1号窗口","state":"paused",
        "post":"p1","responsible":"backup","lamps":[{"wanted":"off","level":"off"},
        {"wanted":"blink","level":"on"}]}})"));
    EXPECT_EQ(s.at("posts"), json::parse(R"({
        "p1":{"name":"1号岗","windows":["1"],"staffed":true,"responsible":"backup",
              "present":["backup"]},
        "p2":{"name":"2号岗","windows":[],"staffed":false,"responsible":"none","present":[]}})"));
    EXPECT_EQ(s.at("lightbox"), json::parse(R"({"target":"unknown","actual":"unknown",
        "reason":"schedule","next_switch":null,"override_until":null,"overridden":false,
        "permanent":false})"));
    EXPECT_EQ(s.at("contacts"), json::parse(R"({
        "west_door":{"name":"西门","state":"open","sensed":true},
        "south_window":{"name":"南窗","state":"unknown","sensed":false}})"));
    EXPECT_EQ(s.at("links"), json::parse(R"({"power":{"up":true},"field":{"up":null}})"));
    EXPECT_EQ(s.at("alarms"), json::array());
}

TEST(StateJsonTest, AClosingUnderWayCountsDown) {
    HallView v = view();
    v.closing.phase = Phase::hold;
    v.closing.deadline = v.closing.expires = v.now.mono + 90s;
    v.closing.confirmations = 2;
    v.closing.persons = {{"1001"}, {"1002"}};
    v.closing.blockers = {{"pc_not_off", "pc1", ""}};
    v.closing.force_circuit = "pc1";
    v.closing.force_deadline = v.now.mono - 1s;
    v.circuits[0].step = Step::held;
    v.circuits[0].step_deadline = v.now.mono + 1550ms;
    const json c = state(v).at("closing");
    EXPECT_EQ(c.at("phase"), "hold");
    EXPECT_EQ(c.at("deadline"), "2026-11-24T17:36:32.123+08:00");
    EXPECT_EQ(c.at("seconds_left"), 90);
    EXPECT_EQ(c.at("force").at("circuit"), "pc1");
    EXPECT_EQ(c.at("force").at("seconds_left"), 0);
    EXPECT_EQ(c.at("steps"), json::parse(R"({"pc1":{"step":"held","seconds_left":1.5}})"));
    EXPECT_EQ(c.at("blockers")[0].at("kind"), "pc_not_off");
    EXPECT_NE(c.at("blockers")[0].at("text").get<std::string>().find("1号窗口计算机"),
              std::string::npos);
    // The topic has no countdown: it would change with every look.
    EXPECT_FALSE(closing_json(site(), v).contains("seconds_left"));
}

TEST(StateJsonTest, NamesOnlyWhereTheHallPublishesThem) {
    HallView v = view();
    v.closing.confirmations = 2;
    v.closing.persons = {{"1001"}, {"1002"}};
    const json hidden = state(v);
    EXPECT_EQ(hidden.at("closing").at("confirmations"),
              json::parse(R"({"count":2,"needed":2,"roles":["first","second"]})"));
    EXPECT_EQ(hidden.dump().find("1001"), std::string::npos);
    SiteConfig open = site();
    open.hall.closing.publish_names = true;
    EXPECT_EQ(state(v, open).at("closing").at("confirmations").at("names"),
              json::parse(R"(["1001","1002"])"));
    v.closing.confirmations = 0;
    v.closing.persons.clear();
    EXPECT_FALSE(state(v, open).at("closing").at("confirmations").contains("names"));
}

TEST(StateJsonTest, WhatMustBeAttestedHasAName) {
    HallView v = view();
    v.closing.to_attest = v.closing.plan.to_attest = {"south_window"};
    EXPECT_EQ(state(v).at("closing").at("to_attest"),
              json::parse(R"([{"id":"south_window","name":"南窗"}])"));
}

TEST(StateJsonTest, VoidConfirmationsSayWhy) {
    HallView v = view();
    v.closing.void_reason = "plan_changed";
    v.closing.void_detail = {"west_door", "pc1"};
    const json why = state(v).at("closing").at("void");
    EXPECT_EQ(why.at("reason"), "plan_changed");
    EXPECT_EQ(why.at("detail"), json::parse(R"(["west_door","pc1"])"));
    EXPECT_EQ(why.at("text"),
              "情况有变化（西门、1号窗口计算机），前面的确认作废。请重新看一遍再确认。");
}

TEST(StateJsonTest, ASilentMeterIsStaleAndNeverANumberThatJsonCannotSay) {
    HallView v = view();
    v.circuits[0].watts.reset();
    v.circuits[0].fresh = false;
    EXPECT_TRUE(circuit_json(v.circuits[0]).at("watts").is_null());
    EXPECT_EQ(circuit_json(v.circuits[0]).at("quality"), "stale");
    v.circuits[0].watts = std::numeric_limits<double>::infinity();
    EXPECT_TRUE(circuit_json(v.circuits[0]).at("watts").is_null());
}

TEST(StateJsonTest, AnAlarmIsATextForPeopleAndFieldsForPrograms) {
    HallView v = view();
    AlarmView alarm;
    alarm.id = "output_failed.lamp 2 of window 1";
    alarm.code = "output_failed";
    alarm.subject = "lamp 2 of window 1";
    alarm.severity = "critical";
    alarm.rule = "R13";
    alarm.clause = "7.1";
    alarm.raised = v.now.wall;
    alarm.raised_trusted = true;
    v.alarms = {alarm};
    json shown = state(v).at("alarms").at(0);
    EXPECT_EQ(shown.at("text"),
              "1号窗口的2号灯的继电器没有应答。请设备管理人员检查继电器板和接线。");
    EXPECT_EQ(shown.at("raised"), "2026-11-24T17:35:02.123+08:00");
    EXPECT_TRUE(shown.at("cleared").is_null());
    EXPECT_TRUE(shown.at("acknowledged_by").is_null());
    v.alarms[0].cleared = v.now.wall + 1s;
    v.alarms[0].acknowledged_by = "1001";
    shown = alarm_json(site(), v.alarms[0]);
    EXPECT_EQ(shown.at("cleared"), "2026-11-24T17:35:03.123+08:00");
    EXPECT_EQ(shown.at("acknowledged_by"), "1001");
}

TEST(StateJsonTest, TheHallSaysWhatIsWrongWithItself) {
    HallView v = view();
    EXPECT_EQ(status_json(site(), v, {"b", "1", true, true}).at("state"), "online");
    EXPECT_EQ(status_json(site(), v, {"b", "1", true, false}).at("state"), "degraded");
    v.links[1].up = Level::off;
    EXPECT_EQ(status_json(site(), v, {"b", "1", true, true}).at("state"), "degraded");
    v = view();
    v.now.wall_trusted = false;
    EXPECT_EQ(state(v).at("hall").at("state"), "degraded");
    EXPECT_EQ(state(v).at("clock"), "untrusted");
    const json away = state_json(site(), view(), {"b", "1", false, false});
    EXPECT_EQ(away.at("hall").at("broker"), "away");
    EXPECT_EQ(away.at("hall").at("journal"), "unavailable");
    SiteConfig alone = site();
    alone.mqtt.urls.clear();
    EXPECT_EQ(state_json(alone, view(), {}).at("hall").at("broker"), "none");
}

TEST(StateJsonTest, AHallWithoutALightboxHasNone) {
    HallView v = view();
    v.lightbox.fitted = false;
    EXPECT_TRUE(state(v).at("lightbox").is_null());
}

/// Names of an interface's required fields in the page's type file.
std::set<std::string> required_fields(const std::string& types, const std::string& name) {
    const auto begin = types.find("export interface " + name + " {");
    EXPECT_NE(begin, std::string::npos) << name;
    std::set<std::string> fields;
    int depth = 0;
    std::string word;
    for (auto at = types.find('{', begin); at < types.size(); ++at) {
        const char c = types[at];
        if (c == '{') ++depth;
        if (c == '}' && --depth == 0) break;
        const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        if (depth == 1 && c == ':' && !word.empty()) fields.insert(word);
        if (letter) {
            word += c;
        } else if (c != ':') {
            word.clear();
        }
        if (c == ':') word.clear();
        if (c == '?') word.clear();  // optional
    }
    return fields;
}

void expect_fields(const std::string& types, const std::string& name, const json& value) {
    const auto fields = required_fields(types, name);
    EXPECT_FALSE(fields.empty()) << name;
    for (const std::string& field : fields) {
        EXPECT_TRUE(value.contains(field)) << name << "." << field;
    }
}

TEST(StateJsonTest, EveryFieldThatThePageCountsOnIsThere) {
    std::ifstream file(HALL_SOURCE_DIR "/daemon/panel/web/state.d.ts");
    const std::string types{std::istreambuf_iterator<char>(file), {}};
    HallView v = view();
    v.closing.void_reason = "restarted";
    v.closing.force_deadline = v.now.mono;
    v.closing.blockers = {{"contact_open", "west_door", ""}};
    v.alarms.emplace_back();
    const json s = state(v);
    expect_fields(types, "State", s);
    expect_fields(types, "Closing", s.at("closing"));
    expect_fields(types, "Plan", s.at("closing").at("plan"));
    expect_fields(types, "Void", s.at("closing").at("void"));
    expect_fields(types, "Force", s.at("closing").at("force"));
    expect_fields(types, "Blocker", s.at("closing").at("blockers").at(0));
    expect_fields(types, "Circuit", s.at("circuits").at("pc1"));
    expect_fields(types, "HallWindow", s.at("windows").at("1"));
    expect_fields(types, "Lightbox", s.at("lightbox"));
    expect_fields(types, "Contact", s.at("contacts").at("west_door"));
    expect_fields(types, "Alarm", s.at("alarms").at(0));
}

}  // namespace
}  // namespace hall::telemetry
