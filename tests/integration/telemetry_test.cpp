// The hall at a real broker: what a newcomer sees, and that no record is lost on the way.
#include <set>

#include "daemon/shell/journal_format.hpp"
#include "tests/support/telemetry_rig.hpp"

namespace hall::test {
namespace {

std::vector<json> events_of(const Peer& peer) {
    std::vector<json> list;
    for (const auto& m : peer.on("hall/v1/demo/event")) list.push_back(json::parse(m.payload));
    return list;
}

std::uint64_t newest_of(const Peer& peer) {
    std::uint64_t newest = 0;
    for (const json& e : events_of(peer))
        newest = std::max(newest, e.at("seq").get<std::uint64_t>());
    return newest;
}

/// Every record came, in order but for repetitions, and each repetition is the same record.
void expect_gap_free(const Peer& peer, std::uint64_t last) {
    std::uint64_t next = 1;
    std::map<std::uint64_t, std::string> ids;
    for (const json& e : events_of(peer)) {
        const auto seq = e.at("seq").get<std::uint64_t>();
        EXPECT_LE(seq, next) << "a gap";
        const std::string id = e.at("id");
        const auto [known, first] = ids.emplace(seq, id);
        EXPECT_EQ(known->second, id);
        if (first) next = seq + 1;
    }
    EXPECT_EQ(next, last + 1);
}

class TelemetryTest : public TelemetryRig {};

TEST_F(TelemetryTest, ShowsTheWholeHallToANewcomer) {
    record("hall.started");
    view_.alarms.push_back(small_alarm());
    start();
    ASSERT_TRUE(connected());
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 1; }));
    Peer late(broker_.url(), "late", {"hall/v1/demo/#"});
    ASSERT_TRUE(until([&] { return late.messages().size() >= 10; }));
    const auto shown = retained_of(late);
    const std::string root = "hall/v1/demo/";
    for (const auto& [topic, body] : shown) {
        EXPECT_TRUE(journal_format::parse_stamp(body.at("ts").get<std::string>())) << topic;
        EXPECT_EQ(body.at("clock"), "trusted") << topic;
    }
    EXPECT_EQ(shown.at(root + "status").at("state"), "online");
    EXPECT_EQ(shown.at(root + "status").at("boot_id"), "boot");
    EXPECT_EQ(shown.at(root + "status").at("version"), "1.2.3");
    EXPECT_EQ(shown.at(root + "status").at("config_sha256"), "c0ffee");
    EXPECT_EQ(shown.at(root + "closing").at("phase"), "open");
    EXPECT_EQ(shown.at(root + "circuit/pc1").at("actual"), "on");
    EXPECT_EQ(shown.at(root + "circuit/pc2").at("pc"), "running");
    EXPECT_EQ(shown.at(root + "window/2").at("state"), "serving");
    EXPECT_EQ(shown.at(root + "window/2").at("responsible"), "none");
    EXPECT_EQ(shown.at(root + "lightbox").at("reason"), "schedule");
    EXPECT_EQ(shown.at(root + "contact/west_door").at("state"), "closed");
    EXPECT_EQ(shown.at(root + "alarm/meter_silent.pc1").at("severity"), "warning");
    EXPECT_EQ(shown.at(root + "journal/head").at("hash"), journal_->head().hash);
    EXPECT_EQ(shown.at(root + "journal/head").at("signature"), journal_->head().signature);
    EXPECT_EQ(shown.count(root + "event"), 0U);
}

TEST_F(TelemetryTest, AnOutageOfAnyLengthLosesNothing) {
    record("before", 5);
    start();
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 5; }));
    broker_.stop();
    ASSERT_TRUE(until([&] { return !telemetry_->connected(); }));
    for (int i = 0; i < 10; ++i) {
        record("meanwhile", 40);
        work();
    }
    broker_.start();
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/event"});
    ASSERT_TRUE(watcher.connected());
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 405; }));
    ASSERT_TRUE(until([&] { return newest_of(watcher) == 405; }));
    const auto seen = events_of(watcher);
    // The watcher may have come a little later than the first of them.
    for (std::size_t i = 1; i < seen.size(); ++i)
        EXPECT_EQ(seen[i].at("seq").get<int>(), seen[i - 1].at("seq").get<int>() + 1);
    EXPECT_EQ(seen.back().at("hash"), journal_->head().hash);
    EXPECT_EQ(seen.back().at("prev"), seen[seen.size() - 2].at("hash"));
}

TEST_F(TelemetryTest, EventsCarryTheRecordSoThatTheChainCanBeChecked) {
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/event"});
    ASSERT_TRUE(watcher.connected());
    record("closing.confirmed", 3);
    start();
    ASSERT_TRUE(until([&] { return newest_of(watcher) == 3; }));
    std::string prev = journal_format::kNoHash;
    for (json event : events_of(watcher)) {
        for (const char* field :
             {"ts", "clock", "id", "type", "rule", "actors", "outcome", "detail"})
            EXPECT_TRUE(event.contains(field)) << field;
        EXPECT_EQ(event.at("prev"), prev);
        const std::string hash = event.at("hash");
        event.erase("prev");
        event.erase("hash");
        EXPECT_EQ(journal_format::chain(prev, event.dump()), hash);
        prev = hash;
    }
}

TEST_F(TelemetryTest, ARestartInTheMiddleLeavesNoGap) {
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/event"});
    ASSERT_TRUE(watcher.connected());
    record("many", 300);
    start();
    ASSERT_TRUE(until([&] { return telemetry_->delivered() >= 40; }));
    ASSERT_LT(telemetry_->delivered(), 300U);
    crash();
    record("more", 20);
    start();
    ASSERT_TRUE(until([&] { return newest_of(watcher) == 320; }));
    expect_gap_free(watcher, 320);
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 320; }));
    end();
    start();
    EXPECT_EQ(telemetry_->delivered(), 320U);
}

TEST_F(TelemetryTest, CutsInTheMiddleLeaveNoGap) {
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/event"});
    Wire wire(broker_.port());
    site_.mqtt.urls = {wire.url()};
    ASSERT_TRUE(watcher.connected());
    record("many", 200);
    start();
    for (const std::uint64_t reached : {20U, 60U, 120U}) {
        ASSERT_TRUE(until([&] { return telemetry_->delivered() >= reached; }));
        wire.stall(true);  // what is on its way now never arrives
        record("lost on the wire", 5);
        for (int i = 0; i < 10; ++i) work();
        wire.cut();
        wire.stall(false);
        ASSERT_TRUE(until([&] { return !telemetry_->connected(); }));
        ASSERT_TRUE(connected());
    }
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 215; }));
    ASSERT_TRUE(until([&] { return newest_of(watcher) == 215; }));
    expect_gap_free(watcher, 215);
}

TEST_F(TelemetryTest, AConnectionThatWasReplacedUnnoticedDisturbsNoOrder) {
    const std::string window = "hall/v1/demo/window/1";
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/event", window});
    Wire wire(broker_.port());
    site_.mqtt.urls = {wire.url()};
    ASSERT_TRUE(watcher.connected());
    record("first", 5);
    start();
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 5; }));
    ASSERT_TRUE(until([&] { return watcher.on(window).size() == 1; }));
    wire.stall(true);
    record("lost on the wire");
    work();
    wire.cut();
    wire.stall(false);
    // The link has lost its connection and has another one, and the loop has not heard of either.
    ASSERT_TRUE(pile_up(2));
    record("after it");
    view_.windows[0].state = WindowState::paused;
    telemetry_->refresh();
    view_.windows[0].state = WindowState::closed;
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 7; }));
    ASSERT_TRUE(until([&] { return newest_of(watcher) == 7 && watcher.on(window).size() == 2; }));
    expect_gap_free(watcher, 7);
    EXPECT_EQ(json::parse(watcher.on(window)[1].payload).at("state"), "closed");
}

TEST_F(TelemetryTest, WhatHadToWaitIsNoReasonToWorkTheHallOutAgain) {
    site_.mqtt.records_per_second = 100;
    record("many", 230);
    start();
    ASSERT_TRUE(until([&] { return telemetry_->delivered() >= 200; }));
    const int views = views_;
    ASSERT_TRUE(bell().wait(
        [&] {
            wake_at_ = Bell::Time::max();
            work(false);
            return telemetry_->delivered() == 230;
        },
        kPatience, [this] { return wake_at_; }));
    EXPECT_EQ(views_, views);
}

TEST_F(TelemetryTest, ThePositionIsWrittenNowAndThenNotForEveryRecord) {
    start();
    record("one");
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 1; }));
    const auto file = state_.path() / "delivered";
    ASSERT_TRUE(until([&] { return std::filesystem::exists(file); }));
    const auto inode_time = std::filesystem::last_write_time(file);
    for (std::uint64_t n = 2; n <= 10; ++n) {
        record("more");
        ASSERT_TRUE(until([&] { return telemetry_->delivered() == n; }));
    }
    EXPECT_EQ(std::filesystem::last_write_time(file), inode_time);
    skip_ += 6s;
    ASSERT_TRUE(until([&] { return std::filesystem::last_write_time(file) != inode_time; }));
    std::string text;
    std::ifstream(file) >> text;
    EXPECT_EQ(text, "10");
    // A crash sends again what came since, and no more.
    record("last");
    ASSERT_TRUE(until([&] { return telemetry_->delivered() == 11; }));
    crash();
    start();
    EXPECT_EQ(telemetry_->delivered(), 10U);
}

TEST_F(TelemetryTest, ADamagedOrTooHighPositionIsNoReasonToStaySilent) {
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/event"});
    ASSERT_TRUE(watcher.connected());
    std::ofstream(state_.path() / "delivered") << "999999\n";
    record("old", 3);
    start();
    ASSERT_TRUE(connected());
    record("new");
    ASSERT_TRUE(until([&] { return newest_of(watcher) == 4; }));
    crash();
    std::ofstream(state_.path() / "delivered") << "rubbish";
    watcher.clear();
    start();
    ASSERT_TRUE(until([&] { return newest_of(watcher) == 4; }));
    expect_gap_free(watcher, 4);
}

TEST_F(TelemetryTest, AStopSaysOfflineAndAnAbsenceIsSeen) {
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/status"});
    ASSERT_TRUE(watcher.connected());
    Wire wire(broker_.port());
    site_.mqtt.urls = {wire.url()};
    start();
    ASSERT_TRUE(connected() && until([&] { return watcher.messages().size() == 1; }));
    wire.cut();
    ASSERT_TRUE(until([&] { return watcher.messages().size() >= 3; }));
    EXPECT_EQ(json::parse(watcher.messages()[1].payload).at("state"), "offline");
    EXPECT_EQ(json::parse(watcher.messages()[2].payload).at("state"), "online");
    telemetry_->stop();
    EXPECT_FALSE(telemetry_->connected());
    ASSERT_TRUE(until([&] { return watcher.messages().size() == 4; }));
    const json last = json::parse(watcher.messages()[3].payload);
    EXPECT_EQ(last.at("state"), "offline");
    EXPECT_EQ(last.at("boot_id"), "boot");
    EXPECT_TRUE(last.contains("ts"));
    telemetry_->stop();  // harmless
    telemetry_->refresh();
}

TEST_F(TelemetryTest, HomeAssistantFindsADeviceThatCannotSwitchAnything) {
    site_.mqtt.home_assistant = true;
    Peer watcher(broker_.url(), "w", {"homeassistant/#"});
    ASSERT_TRUE(watcher.connected());
    start();
    ASSERT_TRUE(connected() && until([&] { return !watcher.messages().empty(); }));
    EXPECT_EQ(watcher.messages()[0].topic, "homeassistant/device/hall_demo/config");
    const std::string text = watcher.messages()[0].payload;
    EXPECT_EQ(text.find("command_topic"), std::string::npos);
    const json body = json::parse(text);
    EXPECT_EQ(body.at("availability_topic"), "hall/v1/demo/status");
    for (const auto& [id, part] : body.at("components").items()) {
        EXPECT_TRUE(part.at("platform") == "sensor" || part.at("platform") == "binary_sensor")
            << id;
    }
    Peer late(broker_.url(), "late", {"homeassistant/#"});
    EXPECT_TRUE(until([&] { return late.messages().size() == 1; }));
}

}  // namespace
}  // namespace hall::test
