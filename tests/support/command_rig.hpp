#pragma once
// A telemetry that listens to commands, and a manager who gives them.
#include <memory>
#include <string>
#include <vector>

#include "tests/support/telemetry_rig.hpp"

namespace hall::test {

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
        skip_ += 10s;  // keeps clear of the limits
    }
    std::unique_ptr<Peer> manager_;
};

}  // namespace hall::test
