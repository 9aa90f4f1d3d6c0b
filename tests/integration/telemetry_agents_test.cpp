// Requests to agents on PCs, through a real broker: how each ends, and what never ends one (R7).
#include <set>

#include "daemon/shell/journal_format.hpp"
#include "daemon/telemetry/agents.hpp"
#include "tests/support/process.hpp"
#include "tests/support/telemetry_rig.hpp"

namespace hall::test {
namespace {

constexpr const char* kRequests = "hall/v1/demo/agent/pc1";
constexpr const char* kReplies = "hall/v1/demo/agent/pc1/reply";

class AgentTest : public TelemetryRig {
  protected:
    /// A hall whose first PC has an agent, and that agent.
    void listen() {
        site_.hall.circuits[0].stop = {{StopMethodKind::mqtt, 60s}};
        agent_ = std::make_unique<Peer>(broker_.url(), "agent",
                                        std::vector<std::string>{"hall/v1/demo/agent/+"});
        start();
        ASSERT_TRUE(agent_->connected() && connected());
    }
    void ask(Millis timeout = 30s) {
        const std::size_t before = outcomes_.size();
        telemetry_->ask_agent({"pc1", timeout}, [this](Outcome outcome, const std::string& why) {
            outcomes_.push_back(outcome);
            why_ = why;
        });
        EXPECT_EQ(outcomes_.size(), before) << "told before it returned";
    }
    /// The request, once the agent has it.
    json request(std::size_t which = 0) {
        EXPECT_TRUE(until([&] { return agent_->on(kRequests).size() > which; }));
        return json::parse(agent_->on(kRequests).at(which).payload);
    }
    void reply(const json& body, const char* topic = kReplies, bool retained = false) {
        ASSERT_TRUE(agent_->say(topic, body.dump(), retained));
    }
    bool ended(std::size_t times = 1) {
        return until([&] { return outcomes_.size() == times; });
    }
    bool ignored(std::uint64_t times) {
        return until([&] { return telemetry_->agent_replies_ignored() == times; });
    }

    std::unique_ptr<Peer> agent_;
    std::vector<Outcome> outcomes_;
    std::string why_;
};

TEST_F(AgentTest, TheRequestSaysWhatAndUntilWhenAndIsNotKept) {
    listen();
    ask(30s);
    const json body = request();
    EXPECT_EQ(body.value("action", ""), "shutdown");
    EXPECT_EQ(body.value("id", "").size(), 36U);
    const auto stamp_of = [&](const char* key) {
        return journal_format::parse_stamp(body.value(key, "")).value();
    };
    EXPECT_EQ(stamp_of("expires") - stamp_of("issued"), 30s);
    EXPECT_NEAR(static_cast<double>((now().wall - stamp_of("issued")).count()), 0, 20'000);
    EXPECT_FALSE(agent_->on(kRequests)[0].retained);
    Peer late(broker_.url(), "late", {"hall/v1/demo/#"});
    ASSERT_TRUE(late.connected());
    ASSERT_TRUE(eventually([&] { return !late.on("hall/v1/demo/status").empty(); }));
    EXPECT_TRUE(late.on(kRequests).empty()) << "who comes later does not find it";
}

TEST_F(AgentTest, TheBrokerKnowsWhenItExpiresAndWhereToAnswer) {
    listen();
    // Into a pipe it would say nothing until its end.
    Process agent({"/usr/bin/stdbuf", "-oL", "/usr/bin/mosquitto_sub", "-V", "5", "-q", "1", "-d",
                   "-p", std::to_string(broker_.port()), "-t", "hall/v1/demo/agent/pc1", "-F",
                   "expires=%E answer=%R with=%D"});
    ASSERT_TRUE(agent.says("Subscribed"));
    ask(30s);
    const std::string id = request().value("id", "");
    ASSERT_TRUE(agent.says("with=" + id)) << agent.output();
    EXPECT_TRUE(agent.says("answer=hall/v1/demo/agent/pc1/reply")) << agent.output();
    const auto at = agent.output().find("expires=");
    ASSERT_NE(at, std::string::npos);
    const int expires = std::atoi(agent.output().c_str() + at + 8);
    EXPECT_TRUE(expires > 0 && expires <= 30) << expires;
}

TEST_F(AgentTest, DoneWhenItSaysSo) {
    listen();
    ask();
    reply({{"id", request()["id"]}, {"result", "done"}});
    ASSERT_TRUE(ended());
    EXPECT_EQ(outcomes_[0], Outcome::done);
    EXPECT_EQ(why_, "");
    // Said once more, it answers nothing.
    reply({{"id", request()["id"]}, {"result", "done"}});
    EXPECT_TRUE(ignored(1));
    EXPECT_EQ(outcomes_.size(), 1U);
}

TEST_F(AgentTest, FailedWhenItRefuses) {
    listen();
    ask();
    reply({{"id", request()["id"]}, {"result", "rejected"}, {"message", "an\nupdate runs"}});
    ASSERT_TRUE(ended());
    EXPECT_EQ(outcomes_[0], Outcome::failed);
    EXPECT_EQ(why_, "the agent refused: an update runs");
}

TEST_F(AgentTest, UnknownWhenItIsSilent) {
    listen();
    ask(30s);
    request();
    skip_ += 29s;
    telemetry_->refresh();
    work();
    EXPECT_TRUE(outcomes_.empty());
    skip_ += 1s;
    telemetry_->refresh();
    ASSERT_TRUE(ended());
    EXPECT_EQ(outcomes_[0], Outcome::unknown);
    reply({{"id", request()["id"]}, {"result", "done"}});
    EXPECT_TRUE(ignored(1)) << "too late";
    EXPECT_EQ(outcomes_.size(), 1U);
}

TEST_F(AgentTest, FailedWithoutABroker) {
    listen();
    broker_.stop();
    ASSERT_TRUE(until([&] { return !telemetry_->connected(); }));
    ask();
    ASSERT_TRUE(ended());
    EXPECT_EQ(outcomes_[0], Outcome::failed);
    EXPECT_EQ(why_, "the broker is not connected");
}

TEST_F(AgentTest, AfterAReconnectNothingOldIsSentAgain) {
    listen();
    ask();
    request();
    broker_.stop();
    ASSERT_TRUE(until([&] { return !telemetry_->connected(); }));
    EXPECT_TRUE(outcomes_.empty()) << "it was sent, and may have been heard";
    agent_->clear();
    broker_.start();
    ASSERT_TRUE(until([&] { return telemetry_->connected() && agent_->connects() == 2; }));
    // What comes next comes behind whatever would have been sent again.
    ask();
    request();
    EXPECT_EQ(agent_->on(kRequests).size(), 1U);
}

TEST_F(AgentTest, AnUntrustedClockCannotSayWhenARequestExpires) {
    listen();
    trusted_ = false;
    ask();
    ASSERT_TRUE(ended());
    EXPECT_EQ(outcomes_[0], Outcome::failed);
    EXPECT_EQ(why_, "the clock is not trusted");
    trusted_ = true;
    ask();
    request();
    EXPECT_EQ(agent_->on(kRequests).size(), 1U);
}

TEST_F(AgentTest, WhatAnswersNoRequestIsCountedAndNothingElse) {
    listen();
    ask();
    const json id = request()["id"];
    std::uint64_t count = 0;
    const auto nothing = [&](const json& body, const char* topic = kReplies, bool kept = false) {
        SCOPED_TRACE(body.dump());
        reply(body, topic, kept);
        EXPECT_TRUE(ignored(++count));
    };
    nothing({{"id", uuid(7)}, {"result", "done"}});
    nothing({{"id", id}, {"result", "done"}}, "hall/v1/demo/agent/pc2/reply");
    nothing({{"id", id}, {"result", "perhaps"}});
    nothing({{"id", id}});
    nothing({{"result", "done"}});
    nothing({{"id", 7}, {"result", "done"}});
    nothing(json::array({1, 2}));
    nothing({{"id", id}, {"result", "done"}, {"message", std::string(2'000, 'x')}});
    ASSERT_TRUE(agent_->say(kReplies, "no JSON"));
    EXPECT_TRUE(ignored(++count));
    EXPECT_TRUE(outcomes_.empty());
    EXPECT_TRUE(events_.empty()) << "the rules hear of none of it";
    reply({{"id", id}, {"result", "done"}});
    EXPECT_TRUE(ended());
    EXPECT_TRUE(events_.empty()) << "an answer ends a request, and is no fact of its own";
}

TEST_F(AgentTest, AnAnswerThatTheBrokerKeptIsNone) {
    telemetry::Agents agents(site_);
    std::optional<Outcome> end;
    agents.ask({"pc1", 30s}, now(), true, [&](Outcome o, const std::string&) { end = o; });
    std::string id;
    agents.flush(now(), true, [&](const auto&, const auto&, const auto& properties) {
        id = properties.correlation;
        return true;
    });
    drivers::MqttMessage answer;
    answer.payload = json{{"id", id}, {"result", "done"}}.dump();
    answer.retained = true;
    agents.replied("pc1", answer);
    EXPECT_FALSE(end);
    EXPECT_EQ(agents.ignored(), 1U);
    answer.retained = false;
    agents.replied("pc1", answer);
    EXPECT_EQ(end, Outcome::done);
}

TEST_F(AgentTest, WhatTheLinkDidNotTakeIsSentLaterOrHasFailed) {
    telemetry::Agents agents(site_);
    std::vector<Outcome> ends;
    const auto ended = [&](Outcome o, const std::string&) { ends.push_back(o); };
    int sent = 0;
    bool room = false;
    const auto send = [&](const auto&, const auto&, const auto&) {
        sent += room ? 1 : 0;
        return room;
    };
    agents.ask({"pc1", 30s}, now(), true, ended);
    agents.flush(now(), true, send);
    EXPECT_EQ(sent, 0);
    room = true;
    agents.flush(now(), true, send);
    agents.flush(now(), true, send);
    EXPECT_EQ(sent, 1) << "once";
    room = false;
    agents.ask({"pc2", 30s}, now(), true, ended);
    agents.flush(now(), true, send);
    EXPECT_TRUE(ends.empty());
    agents.flush(now(), false, send);  // the first one may have been heard
    EXPECT_EQ(ends, std::vector<Outcome>{Outcome::failed});
    agents.ask({"pc2", 30s}, now(), true, ended);
    skip_ += 30s;
    agents.flush(now(), true, send);
    std::sort(ends.begin(), ends.end());
    EXPECT_EQ(ends, (std::vector<Outcome>{Outcome::failed, Outcome::failed, Outcome::unknown}));
}

TEST_F(AgentTest, EachRequestHasAnIdOfItsOwn) {
    listen();
    std::set<std::string> ids;
    for (std::size_t i = 0; i < 20; ++i) {
        ask();
        ids.insert(request(i).value("id", ""));
    }
    EXPECT_EQ(ids.size(), 20U);
}

TEST_F(AgentTest, AHallWithoutAgentsListensToNone) {
    agent_ = std::make_unique<Peer>(broker_.url(), "agent", std::vector<std::string>{});
    start();
    ASSERT_TRUE(agent_->connected() && connected());
    reply({{"id", uuid(1)}, {"result", "done"}});
    // Heard after it, if it is heard at all.
    ASSERT_TRUE(agent_->say("hall/v1/demo/command/closing.cancel", command(1).dump()));
    ASSERT_TRUE(until([&] { return !told<ClosingCancelled>().empty(); }));
    EXPECT_EQ(telemetry_->agent_replies_ignored(), 0U);
}

}  // namespace
}  // namespace hall::test
