#pragma once
// Requests to the agents on PCs to shut down, and what they answer (R7). An answer ends a request
// of ours and does nothing else.
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "daemon/core/ids.hpp"
#include "daemon/core/now.hpp"
#include "daemon/shell/agent_port.hpp"
#include "daemon/shell/site.hpp"
#include "drivers/mqtt/link.hpp"

namespace hall::telemetry {

class Agents {
  public:
    /// Publishes, not retained; false: try again later. `topic` is below the hall's root.
    using Send = std::function<bool(const std::string& topic, const std::string& payload,
                                    const drivers::MqttProperties& properties)>;

    explicit Agents(const SiteConfig& site) : site_(site) {}

    /// @param ended called once, perhaps before this returns: `done` when the agent says so in
    /// time; `failed` when the request certainly had no effect: no broker, a clock that makes its
    /// expiry worthless, or the agent refused; `unknown` on silence
    void ask(const AgentRequest& request, const Now& now, bool connected, AgentEnded ended);
    /// Something was said at `agent/<circuit>/reply`. What answers no request that waits is
    /// ignored and counted.
    void replied(const std::string& circuit, const drivers::MqttMessage& message);
    /// Sends what waits to be sent, and gives up on who stayed silent.
    void flush(const Now& now, bool connected, const Send& send);
    [[nodiscard]] std::uint64_t ignored() const { return ignored_; }

  private:
    struct Waiting {
        std::string circuit, payload;
        Instant until{};
        bool sent = false;
        AgentEnded ended;
    };
    using Entry = std::map<std::string, Waiting>::iterator;
    void end(Entry entry, Outcome outcome, const std::string& why);

    const SiteConfig& site_;
    std::map<std::string, Waiting> waiting_;  ///< by the request's id
    std::uint64_t ignored_ = 0;
};

/// The level of a circuit's topics: `agent/<circuit>`, and its answers below it.
std::string agent_topic(const std::string& circuit);

}  // namespace hall::telemetry
