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
#include "daemon/telemetry/outbox.hpp"
#include "daemon/telemetry/telemetry.hpp"
#include "drivers/mqtt/link.hpp"

namespace hall::telemetry {

/// What a command may do to the telemetry itself.
struct SelfService {
    std::function<Outbox::Resend(std::uint64_t from)> resend;
    std::function<void()> refresh;
};

/// Whether an answer may go to a response topic: no wildcard, no control character, and nothing
/// that others would take for this hall's word, for another hall's, or for a device of Home
/// Assistant. Who asks may be allowed less than we are.
bool may_be_answered(const SiteConfig& site, const std::string& topic);

class Commands {
  public:
    /// Publishes a reply, not retained; false: try again later.
    using Send = std::function<bool(const std::string& topic, const std::string& payload,
                                    const std::string& correlation)>;

    Commands(const SiteConfig& site, Host& host, const std::filesystem::path& seen,
             SelfService service);

    /// @param topic what follows `command/`
    void take(const std::string& topic, const drivers::MqttMessage& message);
    /// So many commands were dropped before they came here.
    void overrun(std::uint64_t count = 1);
    /// False: not a request of ours.
    bool answered(const Answer& answer);
    /// Sends the replies that wait, and gives up on answers that will not come.
    void flush(const Send& send);
    [[nodiscard]] std::uint64_t rejected() const { return rejected_; }

  private:
    /// Whom to answer.
    struct Asker {
        std::string id, name, source, response_topic, correlation;
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
    void record_refusal(const Asker& asker, const std::string& code);
    void carry_out(const Asker& asker, CommandAction& action);
    void submit(const Asker& asker, Event event);
    void reply(const Asker& asker, const std::string& code, const Args& args);

    const SiteConfig& site_;
    Host& host_;
    SelfService service_;
    RateLimit limit_, refusals_;
    SeenCommands seen_;
    std::optional<Instant> refused_at_;  ///< the newest that had a record, or would have had
    std::string unrecorded_code_;        ///< of the newest of them
    std::uint64_t unrecorded_ = 0;       ///< refusals that had no record of their own
    std::map<RequestId, Waiting> waiting_;
    std::deque<Reply> replies_;
    std::uint64_t rejected_ = 0;
};

}  // namespace hall::telemetry
