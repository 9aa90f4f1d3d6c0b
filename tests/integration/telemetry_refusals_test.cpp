// Every way in which a command over MQTT must have no effect (R31).
#include "tests/support/command_rig.hpp"

namespace hall::test {
namespace {

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
        skip_ += 10s;
    };
    no_effect("", "malformed");
    no_effect("{", "malformed");
    no_effect(std::string("\x00\xff\xfe{", 4), "malformed");
    no_effect("{\"id\": \"\xff\xfe\"}", "malformed");
    no_effect(std::string(5000, '['), "malformed");
    no_effect("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}", "malformed");
    no_effect(command(1).dump() + std::string("\0", 1) + "anything", "malformed");
    const std::string good = command(1).dump();
    no_effect(good.substr(0, good.size() - 1) + R"(,"args":{}})", "malformed");
    no_effect(R"({"args":{"window":"1","window":"2"},)" + good.substr(1), "malformed");
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

TEST_F(CommandTest, ACommandThatIsKeptWhileWeListenHasNoEffectEither) {
    listen();
    say_text("closing.cancel", command(1).dump(), true);
    EXPECT_EQ(reply_to(1).value("code", ""), "retained");
    EXPECT_TRUE(told<ClosingCancelled>().empty());
}

TEST_F(CommandTest, WhoeverRefusesForEverFillsNoDisk) {
    listen();
    constexpr std::uint64_t kSent = 300;
    for (std::uint64_t i = 1; i <= kSent; ++i) {
        say_text("closing.cancel", "nonsense");
        ASSERT_TRUE(until([&] { return telemetry_->commands_rejected() == i; }));
        skip_ += 1s;
    }
    const auto recorded = [&] {
        std::uint64_t sum = 0;
        for (const auto& r : told<CommandRefused>()) sum += 1 + r.unrecorded;
        return sum;
    };
    // 200 at once, and one a minute.
    EXPECT_GE(told<CommandRefused>().size(), 200U);
    EXPECT_LE(told<CommandRefused>().size(), 207U);
    skip_ += 60s;
    work();
    EXPECT_EQ(recorded(), kSent);
    work();
    EXPECT_EQ(recorded(), kSent);
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

}  // namespace
}  // namespace hall::test
