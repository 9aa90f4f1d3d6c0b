// The retained topics at a real broker: which are published when, and which are not.
#include "daemon/telemetry/topics.hpp"
#include "tests/support/telemetry_rig.hpp"

namespace hall::test {
namespace {

class TopicsTest : public TelemetryRig {};

TEST_F(TopicsTest, PublishesOnlyWhatChanged) {
    view_.closing.deadline = now().mono + 60s;
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/#"});
    ASSERT_TRUE(watcher.connected());
    start();
    ASSERT_TRUE(connected());
    const std::string window = "hall/v1/demo/window/1";
    ASSERT_TRUE(until([&] { return watcher.on(window).size() == 1; }));
    // What one client says keeps its order: with this change all of the first picture is there.
    view_.windows[0].state = WindowState::closed;
    ASSERT_TRUE(until([&] { return watcher.on(window).size() == 2; }));
    watcher.clear();
    for (int i = 0; i < 50; ++i) work();
    view_.windows[0].state = WindowState::paused;
    ASSERT_TRUE(until([&] { return !watcher.on(window).empty(); }));
    EXPECT_EQ(watcher.messages().size(), 1U);
    EXPECT_EQ(json::parse(watcher.messages()[0].payload).at("state"), "paused");
}

TEST_F(TopicsTest, ClosingAndLightboxAreToldEachTimeTheyChange) {
    const std::string closing = "hall/v1/demo/closing", lightbox = "hall/v1/demo/lightbox";
    Peer watcher(broker_.url(), "w", {closing, lightbox});
    ASSERT_TRUE(watcher.connected());
    start();
    ASSERT_TRUE(connected() && until([&] { return watcher.on(lightbox).size() == 1; }));
    view_.closing.phase = Phase::countdown;
    view_.closing.deadline = now().mono + 60s;
    ASSERT_TRUE(until([&] { return watcher.on(closing).size() == 2; }));
    EXPECT_EQ(json::parse(watcher.on(closing)[1].payload).at("phase"), "countdown");
    const json first = json::parse(watcher.on(closing)[1].payload).at("deadline");
    view_.closing.deadline = *view_.closing.deadline + 1s;
    ASSERT_TRUE(until([&] { return watcher.on(closing).size() == 3; }));
    EXPECT_NE(json::parse(watcher.on(closing)[2].payload).at("deadline"), first);
    view_.lightbox.reason = "override";
    ASSERT_TRUE(until([&] { return watcher.on(lightbox).size() == 2; }));
    EXPECT_EQ(json::parse(watcher.on(lightbox)[1].payload).at("reason"), "override");
    view_.closing.phase = Phase::open;
    ASSERT_TRUE(until([&] { return watcher.on(closing).size() == 4; }));
    EXPECT_EQ(json::parse(watcher.on(closing)[3].payload).at("phase"), "open");
    EXPECT_EQ(watcher.on(lightbox).size(), 2U);
}

TEST_F(TopicsTest, WhatTheLinkDoesNotTakeIsOfferedAgainAndOnlyAsItIsThen) {
    view_.contacts.clear();
    for (int i = 0; i < 100; ++i)
        view_.contacts.push_back({"c" + std::to_string(i), "", ContactState::open, true});
    telemetry::Topics topics(site_);
    std::map<std::string, std::vector<std::string>> sent;
    int room = 0;
    const auto send = [&](const std::string& topic, const std::string& payload) {
        if (room == 0) return false;
        --room;
        sent[topic].push_back(json::parse(payload).value("state", ""));
        return true;
    };
    const auto none = [] { return std::vector<telemetry::DeviceFacts>{}; };
    const auto refresh = [&] {
        return topics.refresh({wires(), [&] { return view(); }, program(), {}, none, [] {}}, send);
    };
    EXPECT_FALSE(refresh());
    room = 20;
    EXPECT_FALSE(topics.pump(send));
    const auto early = sent;
    view_.contacts[0].state = view_.contacts[99].state = ContactState::closed;
    room = 5;
    EXPECT_FALSE(refresh());
    room = 1'000;
    EXPECT_TRUE(topics.pump(send));
    EXPECT_TRUE(topics.pump(send)) << "nothing waits";
    EXPECT_TRUE(refresh());
    const auto contact = [&](int i) { return "hall/v1/demo/contact/c" + std::to_string(i); };
    ASSERT_EQ(early.count(contact(0)), 1U);
    ASSERT_EQ(early.count(contact(99)), 0U);
    EXPECT_EQ(sent[contact(0)], (std::vector<std::string>{"open", "closed"}));
    EXPECT_EQ(sent[contact(99)], std::vector<std::string>{"closed"});
    for (int i = 1; i < 99; ++i) EXPECT_EQ(sent[contact(i)], std::vector<std::string>{"open"}) << i;
}

TEST_F(TopicsTest, WhatTheWiresToldLeavesBeforeTheRestIsWorkedOut) {
    telemetry::Topics topics(site_);
    std::vector<std::string> course;
    const auto send = [&](const std::string& topic, const std::string&) {
        course.push_back(topic.substr(std::string("hall/v1/demo/").size()));
        return true;
    };
    const auto all = [&] {
        course.push_back("view");
        return view();
    };
    const auto none = [] { return std::vector<telemetry::DeviceFacts>{}; };
    const auto refresh = [&] {
        course.clear();
        const auto let_go = [&] { course.push_back("let go"); };
        topics.refresh({wires(), all, program(), {}, none, let_go}, send);
        return course;
    };
    refresh();
    EXPECT_EQ(refresh(), std::vector<std::string>{"view"}) << "nothing to let go";
    view_.contacts.at(0).state = ContactState::open;
    view_.windows.at(0).state = WindowState::paused;
    view_.circuits.at(0).actual = Level::off;
    view_.closing.phase = Phase::collecting;
    const std::vector<std::string> told = refresh();
    const std::vector<std::string> wanted{
        "contact/west_door", "window/1", "circuit/pc1", "let go", "view", "closing"};
    EXPECT_EQ(told, wanted);
    view_.lightbox.reason = "override";
    EXPECT_EQ(refresh(), (std::vector<std::string>{"view", "lightbox"}));
}

TEST_F(TopicsTest, AWindowIsToldWhateverOfItChanges) {
    telemetry::Topics topics(site_);
    std::vector<json> told;
    const auto send = [&](const std::string& topic, const std::string& payload) {
        if (topic == "hall/v1/demo/window/1") told.push_back(json::parse(payload));
        return true;
    };
    const auto none = [] { return std::vector<telemetry::DeviceFacts>{}; };
    const auto refresh = [&] {
        topics.refresh({wires(), [&] { return view(); }, program(), {}, none, [] {}}, send);
        return told.size();
    };
    WindowView& window = view_.windows.at(0);
    window.lamps = {{LampMode::on, Level::on}};
    ASSERT_EQ(refresh(), 1U);
    ASSERT_EQ(refresh(), 1U);
    window.lamps[0].level = Level::off;
    ASSERT_EQ(refresh(), 2U);
    EXPECT_EQ(told.back().at("lamps").at(0).at("level"), "off");
    window.lamps[0].wanted = LampMode::blink;
    ASSERT_EQ(refresh(), 3U);
    EXPECT_EQ(told.back().at("lamps").at(0).at("wanted"), "blink");
    window.responsible = Responsible::backup;
    ASSERT_EQ(refresh(), 4U);
    EXPECT_EQ(told.back().at("responsible"), "backup");
    topics.forget();
    EXPECT_EQ(refresh(), 5U);
}

TEST_F(TopicsTest, WattsComeInTheirOwnTimeAndEverythingElseAtOnce) {
    const std::string topic = "hall/v1/demo/circuit/pc1";
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/circuit/pc1", "t/marker"});
    ASSERT_TRUE(watcher.connected());
    view_.circuits[0].watts = 80.04;
    start();
    ASSERT_TRUE(connected() && until([&] { return watcher.on(topic).size() == 1; }));
    EXPECT_EQ(json::parse(watcher.on(topic)[0].payload).at("watts"), 80.0);
    view_.circuits[0].watts = 81;
    for (int i = 0; i < 20; ++i) work();
    view_.circuits[0].pc = PcState::stopping;
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 2; }));
    EXPECT_EQ(json::parse(watcher.on(topic)[1].payload).at("watts"), 81);
    view_.circuits[0].watts = 90;
    skip_ += 6s;
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 3; }));
    EXPECT_EQ(json::parse(watcher.on(topic)[2].payload).at("watts"), 90);
}

TEST_F(TopicsTest, DevicesAreToldWhenALinkChangesAndOnceAMinute) {
    const std::string topic = "hall/v1/demo/device/relay1";
    site_.buses.resize(1);
    site_.buses[0].id = "power";
    site_.devices = {{"relay1", 0, 7, "waveshare-io-8ch", {}}};
    view_.links = {{"power", Level::on}, {"relay1", Level::on}};
    buses_.resize(1);
    buses_[0].units = {{.unit = 7, .up = true, .requests = 10, .answers = 10}};
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/#"});
    ASSERT_TRUE(watcher.connected());
    start();
    ASSERT_TRUE(connected() && until([&] { return watcher.on(topic).size() == 1; }));
    EXPECT_EQ(json::parse(watcher.on(topic)[0].payload).at("answers"), 10);
    EXPECT_EQ(json::parse(watcher.on(topic)[0].payload).at("clock"), "trusted");
    buses_[0].units[0].requests = 11;
    for (int i = 0; i < 20; ++i) work();
    buses_[0].units[0].up = false;
    view_.links[1].up = Level::off;
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 2; }));
    EXPECT_EQ(json::parse(watcher.on(topic)[1].payload).at("requests"), 11);
    EXPECT_EQ(json::parse(watcher.on(topic)[1].payload).at("up"), false);
    buses_[0].units[0].requests = 20;
    skip_ += 59s;
    for (int i = 0; i < 20; ++i) work();
    skip_ += 1s;
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 3; }));
    EXPECT_EQ(json::parse(watcher.on(topic)[2].payload).at("requests"), 20);
    Peer late(broker_.url(), "late", {topic});
    ASSERT_TRUE(until([&] { return late.messages().size() == 1; })) << "it is retained";
}

TEST_F(TopicsTest, EverythingAgainAfterAReconnectAndAfterAClockStep) {
    start();
    ASSERT_TRUE(connected());
    broker_.stop();
    ASSERT_TRUE(until([&] { return !telemetry_->connected(); }));
    broker_.start();
    ASSERT_TRUE(connected());
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/#"});
    ASSERT_TRUE(until([&] { return retained_of(watcher).size() >= 8; }));
    EXPECT_EQ(retained_of(watcher).at("hall/v1/demo/status").at("state"), "online");
    watcher.clear();
    trusted_ = false;
    // The lightbox is the last of a picture; what was still on its way is of the one before.
    ASSERT_TRUE(until([&] {
        const auto shown = retained_of(watcher);
        const auto last = shown.find("hall/v1/demo/lightbox");
        return last != shown.end() && last->second.at("clock") == "untrusted";
    }));
    const auto shown = retained_of(watcher);
    EXPECT_GE(shown.size(), 8U);
    for (const auto& [topic, body] : shown) EXPECT_EQ(body.at("clock"), "untrusted") << topic;
    EXPECT_EQ(shown.at("hall/v1/demo/status").at("state"), "degraded");
}

TEST_F(TopicsTest, AnAlarmIsRemovedOnceItIsOver) {
    const std::string topic = "hall/v1/demo/alarm/meter_silent.pc1";
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/alarm/+"});
    ASSERT_TRUE(watcher.connected());
    view_.alarms.push_back(small_alarm());
    start();
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 1; }));
    const json body = json::parse(watcher.on(topic)[0].payload);
    EXPECT_EQ(body.at("code"), "meter_silent");
    EXPECT_TRUE(body.at("cleared").is_null());
    EXPECT_NE(body.at("text").get<std::string>().find("PC 1"), std::string::npos);
    view_.alarms[0].cleared = now().wall;
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 2; }));
    EXPECT_FALSE(json::parse(watcher.on(topic)[1].payload).at("cleared").is_null());
    view_.alarms.clear();
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 3; }));
    EXPECT_EQ(watcher.on(topic)[2].payload, "");
    Peer late(broker_.url(), "late", {"hall/v1/demo/#"});
    ASSERT_TRUE(until([&] { return retained_of(late).size() >= 8; }));
    EXPECT_EQ(late.on(topic).size(), 0U);
}

TEST_F(TopicsTest, AnAlarmThatEndedWhileTheDaemonWasDownIsRemovedToo) {
    const std::string topic = "hall/v1/demo/alarm/meter_silent.pc1";
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/alarm/+"});
    ASSERT_TRUE(watcher.connected());
    view_.alarms.push_back(small_alarm());
    start();
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 1; }));
    crash();
    view_.alarms.clear();
    start();
    ASSERT_TRUE(until([&] { return watcher.on(topic).size() == 2; }));
    EXPECT_EQ(watcher.on(topic)[1].payload, "");
}

}  // namespace
}  // namespace hall::test
