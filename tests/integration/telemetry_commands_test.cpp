// Commands over MQTT: what each does, repetition, floods, and answers (R31).
#include "daemon/telemetry/commands.hpp"
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
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 1; i <= 200; ++i) say("window.set", command(i, args));
    ASSERT_TRUE(
        until([&] { return told<WindowSet>().size() + telemetry_->commands_rejected() == 200; }));
    EXPECT_GE(told<WindowSet>().size(), 20U);
    EXPECT_LE(told<WindowSet>().size(), 100U);  // 20 and 10 a second, on a slow machine
    const auto lasted = std::chrono::steady_clock::now() - begun;
    EXPECT_LE(refused().size(), 2U + static_cast<std::size_t>(lasted / 1s));
    EXPECT_EQ(refused().at(0), "rate_limited");
    skip_ += 10s;
    work();
    std::uint64_t counted = 0;
    for (const auto& r : told<CommandRefused>()) counted += 1 + r.unrecorded;
    EXPECT_EQ(counted, telemetry_->commands_rejected());
    EXPECT_EQ(told<WindowSet>().size() + counted, 200U);
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
    EXPECT_EQ(refused(), std::vector<std::string>{"nothing_to_cancel"});
    EXPECT_EQ(told<CommandRefused>()[0].id, uuid(1));
    EXPECT_EQ(telemetry_->commands_rejected(), 1U);
}

TEST_F(CommandTest, EachIsRecordedBeforeWhatItDoes) {
    listen();
    say("window.set", command(1, {{"window", "1"}, {"state", "paused"}}));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    ASSERT_EQ(submitted_.size(), 2U);
    const auto& accepted = std::get<CommandAccepted>(submitted_[0]);
    EXPECT_EQ(accepted.id, uuid(1));
    EXPECT_EQ(accepted.name, "window.set");
    EXPECT_EQ(accepted.source, "mqtt");
    EXPECT_TRUE(std::holds_alternative<WindowSet>(submitted_[1]));
    say("status.refresh", command(2));
    EXPECT_EQ(reply_to(2).value("result", ""), "done");
    ASSERT_EQ(submitted_.size(), 3U);
    EXPECT_EQ(std::get<CommandAccepted>(submitted_[2]).name, "status.refresh");
}

TEST_F(CommandTest, TheTopicSaysWhoWhereTheBrokerVouchesForIt) {
    listen();
    const json args{{"window", "1"}, {"state", "paused"}};
    say("window.set/by/li.qiang@desk", command(1, args));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    EXPECT_EQ(std::get<CommandAccepted>(submitted_.at(0)).source, "mqtt:li.qiang@desk");
    EXPECT_EQ(told<WindowSet>().at(0).source, "mqtt:li.qiang@desk");
    // The same command, by whatever topic.
    say("window.set", command(1, args));
    EXPECT_EQ(reply_to(1, 1).value("code", ""), "duplicate");
    for (const char* user : {"", "li qiang", "mqtt:x"}) {
        say(std::string("window.set/by/") + user, command(2, args));
        ASSERT_TRUE(until([&] { return refused().back() == "malformed"; })) << user;
        EXPECT_EQ(told<CommandRefused>().back().source, "mqtt");
        events_.clear();
        events_.emplace_back(CommandRefused{});
    }
    say("window.set/by/" + std::string(65, 'a'), command(3, args));
    EXPECT_EQ(reply_to(3).value("code", ""), "malformed");
    say("window.set/by/" + std::string(64, 'a'), command(4, args));
    EXPECT_EQ(reply_to(4).value("result", ""), "done");
}

TEST_F(CommandTest, WithoutAJournalNothingIsDoneAndTheAskerHearsIt) {
    listen();
    journal_fine_ = false;
    for (int id : {11, 12}) {
        say("closing.cancel", command(id));
        EXPECT_EQ(reply_to(id).value("code", ""), "journal_unavailable");
    }
    EXPECT_EQ(telemetry_->commands_rejected(), 2U);
    EXPECT_TRUE(submitted_.empty()) << "there can be no record of it";
    journal_fine_ = true;
    skip_ += 1s;
    work();
    ASSERT_EQ(refused(), std::vector<std::string>{"journal_unavailable"}) << "but later";
    EXPECT_EQ(told<CommandRefused>()[0].unrecorded, 1U);
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
    // Nor in another hall's, nor where Home Assistant looks for devices.
    Peer others(broker_.url(), "others", {"hall/v1/other/#", "homeassistant/#", "elsewhere"});
    ASSERT_TRUE(others.connected());
    int id = 2;
    for (const char* topic :
         {"hall/v1/other/command/closing.cancel", "hall/v1/other/agent/pc1/reply", "hall/v2",
          "homeassistant/device/hall_demo/config", "elsewhere"}) {
        ASSERT_EQ(ask(++id, topic), 0);
        EXPECT_EQ(reply_to(id).value("result", ""), "done");
    }
    ASSERT_TRUE(until([&] { return !others.messages().empty(); }));
    EXPECT_EQ(others.messages().at(0).topic, "elsewhere");
    EXPECT_EQ(others.messages().size(), 1U);
}

TEST_F(CommandTest, AnAnswerIsOnlySentToWhatIsATopic) {
    // A broker that looks at less than mosquitto passes these on; the library would end the
    // connection.
    for (const char* topic :
         {"back/\xff", "back/\x01", "back/\x7f", "back/\xc2\x80", "back/+", "$x"}) {
        EXPECT_FALSE(telemetry::may_be_answered(site_, topic)) << topic;
    }
    EXPECT_FALSE(telemetry::may_be_answered(site_, std::string("back/\0x", 7)));
    EXPECT_FALSE(telemetry::may_be_answered(site_, std::string(257, 'x')));
    for (const char* topic : {"back/here", "回/这里", "hall/v1/demo/reply/x"})
        EXPECT_TRUE(telemetry::may_be_answered(site_, topic)) << topic;
}

TEST_F(CommandTest, WhatIsSentBackIsShort) {
    listen();
    const auto ask = [&](int id, std::size_t size) {
        return manager_->publish(
            "hall/v1/demo/command/closing.cancel", command(id).dump(), false, 0,
            {.correlation = std::string(size, 'c'), .response_topic = "back/x"});
    };
    ASSERT_TRUE(ask(1, 1024));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    EXPECT_EQ(manager_->on("hall/v1/demo/reply/" + uuid(1))[0].correlation.size(), 1024U);
    ASSERT_TRUE(ask(2, 1025));
    EXPECT_EQ(reply_to(2).value("code", ""), "too_large");
    EXPECT_EQ(manager_->on("hall/v1/demo/reply/" + uuid(2))[0].correlation, "");
    EXPECT_EQ(told<ClosingCancelled>().size(), 1U);
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

TEST_F(CommandTest, OneAtATimeMayHaveRecordsAgain) {
    site_.mqtt.records_per_second = 1;  // so that it takes its time
    record("many", 250);
    listen();
    ASSERT_TRUE(until([&] { return telemetry_->delivered() >= 200; }));
    say("events.resend", command(1, {{"from_seq", 1}}));
    EXPECT_EQ(reply_to(1).value("result", ""), "done");
    say("events.resend", command(2, {{"from_seq", 1}}));
    EXPECT_EQ(reply_to(2).value("code", ""), "busy");
    say("events.resend", command(3, {{"from_seq", 100'000}}));
    EXPECT_EQ(reply_to(3).value("code", ""), "bad_value");
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
