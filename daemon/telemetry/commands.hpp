#pragma once
// Commands from MQTT: checked, remembered, handed to the rules, answered (R31).
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "daemon/telemetry/command_gate.hpp"
#include "daemon/telemetry/command_parse.hpp"
#include "daemon/telemetry/telemetry.hpp"
#include "drivers/mqtt/link.hpp"

namespace hall::telemetry {

/// What a command may do to the telemetry itself.
struct SelfService {
    std::function<bool(std::uint64_t from)> resend;
    std::function<void()> refresh;
};

class Commands {
  public:
    /// Publishes a reply, not retained; false: try again later.
    using Send = std::function<bool(const std::string& topic, const std::string& payload,
                                    const std::string& correlation)>;

    Commands(const SiteConfig& site, Host& host, const std::filesystem::path& seen,
             SelfService service);

    /// @param name last level of the topic
    void take(const std::string& name, const drivers::MqttMessage& message);
    /// A message was dropped before it came here.
    void overrun();
    /// False: not a request of ours.
    bool answered(const Answer& answer);
    /// Sends the replies that wait, and gives up on answers that will not come.
    void flush(const Send& send);
    [[nodiscard]] std::uint64_t rejected() const { return rejected_; }

  private:
    /// Whom to answer.
    struct Asker {
        std::string id, name, response_topic, correlation;
    };
    struct Waiting {
        Asker asker;
        Instant since{};
    };
    struct Reply {
        std::string topic, payload, correlation;
    };
    using Args = std::vector<std::pair<std::string, std::string>>;

    void reject(const Asker& asker, const std::string& code, const Args& args);
    void carry_out(const Asker& asker, CommandAction& action);
    void submit(const Asker& asker, Event event);
    void reply(const Asker& asker, const std::string& code, const Args& args);

    const SiteConfig& site_;
    Host& host_;
    SelfService service_;
    RateLimit limit_;
    SeenCommands seen_;
    std::optional<Instant> limit_recorded_;
    std::map<RequestId, Waiting> waiting_;
    std::deque<Reply> replies_;
    std::uint64_t rejected_ = 0;
};

}  // namespace hall::telemetry
