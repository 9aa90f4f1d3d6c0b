// Commands over MQTT: what each does, repetition, floods, and answers (R31).
#include <set>

#include "tests/support/command_rig.hpp"

namespace hall::test {
namespace {

TEST_F(CommandTest, EachReachesTheRules) {
    listen();
    EXPECT_EQ(accepted<ClosingCancelled>(1, "closing.cancel", json::object()).source, "mqtt");
    EXPECT_EQ(accepted<ClosingInhibited>(2, "closing.inhibit", {{"seconds", 90}}).length, 90s);
    const auto lit = accepted<LightboxOverridden>(
        3, "lightbox.override", {{"lit", true}, {"until", "duration"}, {"seconds", 60}});
    EXPECT_TRUE(lit.lit);
    EXPECT_EQ(lit.until, OverrideUntil::duration);
    EXPECT_EQ(lit.length, 60s);
    const auto set = accepted<WindowSet>(4, "window.set", {{"window", "2"}, {"state", "paused"}});
    EXPECT_EQ(set.window.value, 1);
    EXPECT_EQ(set.state, WindowState::paused);
    EXPECT_EQ(accepted<AlarmAcknowledged>(5, "alarm.acknowledge", {{"alarm", "a.b"}}).alarm, "a.b");
    const auto fault =
        accepted<FaultRaised>(6, "fault.raise", {{"window", "1"}, {"text", "printer"}});
    EXPECT_EQ(fault.text, "printer");
    EXPECT_EQ(events_.size(), 6U);
    EXPECT_EQ(telemetry_->commands_rejected(), 0U);
}

TEST_F(CommandTest, AnInhibitionMayNameItsEndOnTheClock) {
    listen();
    const auto until_then =
        accepted<ClosingInhibited>(1, "closing.inhibit", {{"until", at(3600s)}});
    EXPECT_NEAR(static_cast<double>(until_then.length.count()), 3'600'000, 20'000);
}

TEST_F(CommandTest, TheSameCommandTwiceActsOnce) {
    listen();
    const json body = command(1);
    say("closing.cancel", body);
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    say("closing.cancel", body);
    EXPECT_EQ(reply_to(1, 1).value("code", ""), "duplicate");
    json shouted = body;  // the same UUID, spelled differently
    shouted["id"] = "00000000-0000-4000-8000-00000000000A";
    say("closing.cancel", shouted);
    shouted["id"] = "00000000-0000-4000-8000-00000000000a";
    say("closing.cancel", shouted);
    ASSERT_TRUE(until([&] { return refused().size() == 2; }));
    EXPECT_EQ(told<ClosingCancelled>().size(), 2U);
    crash();
    start();
    ASSERT_TRUE(connected());
    say("closing.cancel", body);
    EXPECT_EQ(reply_to(1, 2).value("code", ""), "duplicate");
    EXPECT_EQ(told<ClosingCancelled>().size(), 2U);
}

TEST_F(CommandTest, RememberedIdsAreForgottenWhenTheyCouldNotActAnyMore) {
    listen();
    say("closing.cancel", command(1));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    skip_ += std::chrono::minutes{10};
    say("closing.cancel", command(2));
    EXPECT_EQ(reply_to(2).value("result", ""), "done");
    std::ifstream file(state_.path() / "commands.json");
    const json kept = json::parse(file);
    EXPECT_EQ(kept.size(), 1U);
    EXPECT_TRUE(kept.contains(uuid(2)));
}

TEST_F(CommandTest, AFloodIsDroppedCountedAndLeavesFewRecords) {
    listen();
    const json args{{"window", "1"}, {"state", "paused"}};
    for (int i = 1; i <= 200; ++i) say("window.set", command(i, args));
    ASSERT_TRUE(
        until([&] { return told<WindowSet>().size() + telemetry_->commands_rejected() == 200; }));
    EXPECT_GE(told<WindowSet>().size(), 20U);
    EXPECT_LE(told<WindowSet>().size(), 100U);  // 20 and 10 a second, on a slow machine
    EXPECT_LE(refused().size(), 10U);
    EXPECT_EQ(std::set<std::string>({"rate_limited"}).count(refused().at(0)), 1U);
    skip_ += 10s;
    say("window.set", command(999, args));
    EXPECT_EQ(reply_to(999).value("result", ""), "done");
}

TEST_F(CommandTest, TheRulesOwnRefusalIsTheReply) {
    listen();
    answer_ = Answer::Kind::conflict;
    code_ = "nothing_to_cancel";
    say("closing.cancel", command(1));
    const json reply = reply_to(1);
    EXPECT_EQ(reply.value("result", ""), "rejected");
    EXPECT_EQ(reply.value("code", ""), "nothing_to_cancel");
    EXPECT_EQ(reply.value("message", ""), "There is no closing to cancel: nothing to do.");
    EXPECT_TRUE(reply.contains("ts"));
    EXPECT_TRUE(refused().empty());
}

TEST_F(CommandTest, WithoutAJournalNothingIsDoneAndTheAskerHearsIt) {
    listen();
    journal_fine_ = false;
    refused_with("journal_unavailable", 1, "closing.cancel", command(1));
    journal_fine_ = true;
    silent_ = true;  // the journal failed in the very step
    say("closing.cancel", command(2));
    ASSERT_TRUE(until([&] { return told<ClosingCancelled>().size() == 1; }));
    skip_ += 6s;
    EXPECT_EQ(reply_to(2).value("code", ""), "journal_unavailable");
}

TEST_F(CommandTest, AnIdThatCannotBeRememberedHasNoEffect) {
    listen();
    std::filesystem::create_directory(state_.path() / "commands.json");
    refused_with("journal_unavailable", 1, "closing.cancel", command(1));
    EXPECT_TRUE(told<ClosingCancelled>().empty());
}

TEST_F(CommandTest, Mqtt5RequestsAreAnsweredWhereTheyAsk) {
    listen();
    const auto ask = [&](int id, const std::string& topic) {
        const auto file = state_.path() / "request.json";
        std::ofstream(file) << command(id).dump();
        return std::system(("mosquitto_pub -V 5 -q 1 -p " + std::to_string(broker_.port()) +
                            " -t hall/v1/demo/command/closing.cancel -f " + file.string() +
                            " -D publish response-topic '" + topic +
                            "' -D publish correlation-data c-" + std::to_string(id))
                               .c_str());
    };
    ASSERT_EQ(ask(1, "back/here"), 0);
    ASSERT_TRUE(until([&] { return manager_->on("back/here").size() == 1; }));
    EXPECT_EQ(manager_->on("back/here")[0].correlation, "c-1");
    EXPECT_EQ(json::parse(manager_->on("back/here")[0].payload).at("id"), uuid(1));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    // Nobody makes the hall speak in its own name.
    ASSERT_EQ(ask(2, "hall/v1/demo/status"), 0);
    EXPECT_EQ(reply_to(2).value("result", ""), "done");
    Peer late(broker_.url(), "late", {"hall/v1/demo/status"});
    ASSERT_TRUE(until([&] { return late.messages().size() == 1; }));
    EXPECT_TRUE(json::parse(late.messages()[0].payload).contains("boot_id"));
}

TEST_F(CommandTest, RecordsAreSentAgainOnRequest) {
    record("many", 50);
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/event"});
    ASSERT_TRUE(watcher.connected());
    listen();
    ASSERT_TRUE(until([&] { return watcher.messages().size() == 50; }));
    watcher.clear();
    say("events.resend", command(1, {{"from_seq", 21}}));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    ASSERT_TRUE(until([&] { return watcher.messages().size() == 30; }));
    EXPECT_EQ(json::parse(watcher.messages().front().payload).at("seq"), 21);
    EXPECT_EQ(json::parse(watcher.messages().back().payload).at("seq"), 50);
    EXPECT_EQ(telemetry_->delivered(), 50U);
    EXPECT_TRUE(events_.empty());
}

TEST_F(CommandTest, TheStateIsShownAgainOnRequest) {
    Peer watcher(broker_.url(), "w", {"hall/v1/demo/window/+", "hall/v1/demo/status"});
    ASSERT_TRUE(watcher.connected());
    listen();
    ASSERT_TRUE(until([&] { return watcher.messages().size() == 3; }));
    watcher.clear();
    say("status.refresh", command(1));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    EXPECT_TRUE(until([&] { return watcher.messages().size() == 3; }));
}

TEST_F(CommandTest, MqttThreeWorksAsWell) {
    site_.mqtt.version = 3;
    listen();
    EXPECT_EQ(accepted<ClosingCancelled>(1, "closing.cancel", json::object()).source, "mqtt");
}

}  // namespace
}  // namespace hall::test
