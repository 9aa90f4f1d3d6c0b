// Commands over MQTT: what each does, and every way in which one must have no effect (R31).
#include <set>

#include "tests/support/telemetry_rig.hpp"

namespace hall::test {
namespace {

class CommandTest : public TelemetryRig {
  protected:
    void listen() {
        manager_ = std::make_unique<Peer>(
            broker_.url(), "manager", std::vector<std::string>{"hall/v1/demo/reply/+", "back/#"});
        start();
        ASSERT_TRUE(manager_->connected() && connected());
    }
    void say(const std::string& name, const json& body) { say_text(name, body.dump()); }
    void say_text(const std::string& name, const std::string& payload, bool retained = false) {
        ASSERT_TRUE(manager_->say("hall/v1/demo/command/" + name, payload, retained));
    }
    /// The reply to a command, once it came.
    json reply_to(int id, std::size_t which = 0) {
        const std::string topic = "hall/v1/demo/reply/" + uuid(id);
        if (!until([&] { return manager_->on(topic).size() > which; })) return {};
        return json::parse(manager_->on(topic)[which].payload);
    }
    /// One command that must reach the rules as one event.
    template <class Wanted>
    Wanted accepted(int id, const std::string& name, const json& args) {
        say(name, command(id, args));
        const json reply = reply_to(id);
        EXPECT_EQ(reply.value("result", ""), "done") << name << " " << reply.dump();
        const auto list = told<Wanted>();
        EXPECT_EQ(list.size(), 1U) << name;
        return list.empty() ? Wanted{} : list.back();
    }
    /// One command that must have no effect but a refusal.
    void refused_with(const std::string& code, int id, const std::string& name, const json& body) {
        SCOPED_TRACE(name + " " + body.dump());
        const auto rejected = telemetry_->commands_rejected();
        const auto events = events_.size();
        say(name, body);
        ASSERT_TRUE(until([&] { return telemetry_->commands_rejected() == rejected + 1; }));
        ASSERT_EQ(events_.size(), events + 1);
        EXPECT_EQ(refused().back(), code);
        if (id == 0) return;
        const json reply = reply_to(id);
        EXPECT_EQ(reply.value("result", ""), "rejected");
        EXPECT_EQ(reply.value("code", ""), code);
        EXPECT_FALSE(reply.value("message", "").empty());
        skip_ += 1s;  // keeps clear of the rate limit
    }
    std::unique_ptr<Peer> manager_;
};

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

TEST_F(CommandTest, NothingOverMqttClosesOpensOrForces) {
    listen();
    int id = 0;
    for (const char* name : {"closing.confirm", "closing.start", "closing.force", "closing.except",
                             "closing.extend", "opening.open", "post.sign-in", "staff.add", "x"}) {
        ++id;
        refused_with("unknown_command", id, name, command(id, {{"circuit", "pc1"}}));
    }
}

TEST_F(CommandTest, HostilePayloadsHaveNoEffect) {
    listen();
    int n = 0;
    const auto without = [&](const char* field) {
        json body = command(++n);
        body.erase(field);
        return body;
    };
    const auto with = [&](const char* field, const json& value) {
        json body = command(++n);
        body[field] = value;
        return body;
    };
    const std::string name = "closing.cancel";
    refused_with("malformed", 0, name, without("id"));
    refused_with("malformed", 0, name, with("id", 7));
    refused_with("malformed", 0, name, with("id", "../../x"));
    refused_with("malformed", 0, name, with("id", "00000000-0000-4000-8000-00000000000+"));
    for (const char* field : {"issued", "expires"}) {
        json body = without(field);
        refused_with("malformed", n, name, body);
        for (const json& value : {json(12), json("soon"), json(""), json(nullptr),
                                  json("2026-02-30T00:00:00Z"), json::array()}) {
            body = with(field, value);
            refused_with("malformed", n, name, body);
        }
    }
    json body = with("args", json::array());
    refused_with("malformed", n, name, body);
    body = with("expires", at(-1s));
    refused_with("malformed", n, name, body);  // expires before it was issued
    refused_with("malformed", 0, name, json::array({1, 2}));
    refused_with("malformed", 0, name, "text");
    refused_with("malformed", 0, name, nullptr);
    EXPECT_TRUE(told<ClosingCancelled>().empty());
}

TEST_F(CommandTest, BytesThatAreNoCommandHaveNoEffect) {
    listen();
    std::uint64_t expected = 0;
    const auto no_effect = [&](const std::string& payload, const std::string& code) {
        say_text("closing.cancel", payload);
        ++expected;
        ASSERT_TRUE(until([&] { return telemetry_->commands_rejected() == expected; }));
        EXPECT_EQ(refused().back(), code);
        skip_ += 1s;
    };
    no_effect("", "malformed");
    no_effect("{", "malformed");
    no_effect(std::string("\x00\xff\xfe{", 4), "malformed");
    no_effect("{\"id\": \"\xff\xfe\"}", "malformed");
    no_effect(std::string(5000, '['), "malformed");
    no_effect("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}", "malformed");
    no_effect(std::string(9000, ' '), "too_large");
    no_effect(std::string(60'000, '{'), "too_large");
    json padded = command(1);
    padded["args"]["text"] = std::string(9000, 'x');
    no_effect(padded.dump(), "too_large");
    EXPECT_EQ(refused().size(), expected);
    EXPECT_EQ(events_.size(), expected);
}

TEST_F(CommandTest, WrongArgumentsHaveNoEffect) {
    listen();
    int n = 0;
    const auto wrong = [&](const std::string& code, const std::string& name, const json& args) {
        ++n;
        refused_with(code, n, name, command(n, args));
    };
    wrong("malformed", "closing.inhibit", json::object());
    wrong("malformed", "closing.inhibit", {{"seconds", "90"}});
    wrong("bad_value", "closing.inhibit", {{"seconds", 0}});
    wrong("bad_value", "closing.inhibit", {{"seconds", -5}});
    wrong("bad_value", "closing.inhibit", {{"seconds", 1e300}});
    wrong("bad_value", "closing.inhibit", {{"seconds", 86'401}});
    wrong("bad_value", "closing.inhibit", {{"until", at(-60s)}});
    wrong("bad_value", "closing.inhibit", {{"until", at(std::chrono::hours{25})}});
    wrong("malformed", "lightbox.override", {{"until", "permanent"}});
    wrong("malformed", "lightbox.override", {{"until", "permanent"}, {"lit", 1}});
    wrong("bad_value", "lightbox.override", {{"until", "never"}, {"lit", true}});
    wrong("malformed", "lightbox.override", {{"until", "duration"}, {"lit", true}});
    wrong("unknown_window", "window.set", {{"window", "9"}, {"state", "serving"}});
    wrong("malformed", "window.set", {{"window", 1}, {"state", "serving"}});
    wrong("bad_value", "window.set", {{"window", "1"}, {"state", "open"}});
    wrong("malformed", "fault.raise", {{"window", "1"}, {"text", std::string(401, 'x')}});
    wrong("malformed", "alarm.acknowledge", json::object());
    wrong("malformed", "events.resend", {{"from_seq", "1"}});
    wrong("malformed", "events.resend", {{"from_seq", 1.5}});
    wrong("bad_value", "events.resend", {{"from_seq", 0}});
    wrong("bad_value", "events.resend", {{"from_seq", -1}});
    wrong("bad_value", "events.resend", {{"from_seq", 7}});  // no such record
}

TEST_F(CommandTest, StaleCommandsHaveNoEffect) {
    listen();
    const auto timed = [&](int id, std::chrono::seconds issued, std::chrono::seconds expires) {
        json body = command(id);
        body["issued"] = at(issued);
        body["expires"] = at(expires);
        return body;
    };
    refused_with("expired", 1, "closing.cancel", timed(1, -60s, -1s));
    refused_with("too_old", 2, "closing.cancel", timed(2, -301s, 3600s));
    refused_with("from_future", 3, "closing.cancel", timed(3, 40s, 90s));
    say("closing.cancel", timed(4, -290s, 10s));
    EXPECT_EQ(reply_to(4).value("result", ""), "done");
    say("closing.cancel", timed(5, 20s, 60s));  // within what clocks may differ
    EXPECT_EQ(reply_to(5).value("result", ""), "done");
}

TEST_F(CommandTest, AnUntrustedClockCannotJudgeAndSoRefuses) {
    listen();
    trusted_ = false;
    refused_with("clock_untrusted", 1, "closing.cancel", command(1));
    trusted_ = true;
    say("closing.cancel", command(2));
    EXPECT_EQ(reply_to(2).value("result", ""), "done");
}

TEST_F(CommandTest, ARetainedCommandHasNoEffect) {
    manager_ = std::make_unique<Peer>(broker_.url(), "m",
                                      std::vector<std::string>{"hall/v1/demo/reply/+"});
    ASSERT_TRUE(manager_->connected());
    say_text("closing.cancel", command(1).dump(), true);
    ASSERT_TRUE(eventually([&] { return manager_->delivered().size() == 1; }));
    start();
    EXPECT_EQ(reply_to(1).value("code", ""), "retained");
    EXPECT_EQ(refused(), std::vector<std::string>{"retained"});
    EXPECT_TRUE(told<ClosingCancelled>().empty());
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
