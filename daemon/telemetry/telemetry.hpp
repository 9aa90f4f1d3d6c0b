#pragma once
// The core's state and records as MQTT topics, and commands from MQTT as requests. Runs on the
// loop's thread.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/shell/agent_port.hpp"
#include "daemon/shell/journal.hpp"
#include "daemon/telemetry/state_json.hpp"
#include "drivers/bus.hpp"
#include "drivers/mqtt/link.hpp"

namespace hall::telemetry {

/// What the telemetry needs of the loop that owns everything.
class Host {
  public:
    virtual ~Host() = default;
    /// Feeds an event to the rules; a non-zero RequestId inside is answered through
    /// Telemetry::answered().
    virtual void submit(const Event& event) = 0;
    virtual RequestId next_request() = 0;
    virtual HallView view() = 0;
    /// The part of it that the wires told, which is there sooner.
    virtual WiresView wires() = 0;
    virtual ProgramState program() = 0;
    virtual Now now() = 0;
    /// Telemetry::woken() is wanted in so long.
    virtual void wake_in(Millis delay) = 0;
    /// What became of the buses' requests, in the configuration's order.
    virtual std::vector<drivers::BusStatistics> buses() = 0;
};

class Telemetry {
  public:
    using OpenLink = std::function<std::unique_ptr<drivers::MqttLink>(
        drivers::MqttSettings, std::function<void(drivers::MqttEvent)>)>;
    /// @param state  folder for the delivery position (`delivered`) and the seen command ids
    /// (`commands.json`)
    /// @param post   hands a callback's event to the loop's thread
    Telemetry(const SiteConfig& site, Journal& journal, Host& host,
              const std::filesystem::path& state, const OpenLink& open,
              std::function<void(std::function<void()>)> post);
    ~Telemetry();

    /// After a step: publishes what changed, and new records. Never waits.
    void refresh();
    /// What had to wait goes on; nothing has changed since.
    void woken();
    /// The rules' answer to a request of ours. Returns false when the request is not ours.
    bool answered(const Answer& answer);
    /// Asks the agent on a circuit's PC to shut it down; `ended` is posted once.
    void ask_agent(const AgentRequest& request, AgentEnded ended);
    [[nodiscard]] bool connected() const;
    /// Newest record that the broker has.
    [[nodiscard]] std::uint64_t delivered() const;
    /// Counters for /metrics.
    [[nodiscard]] std::uint64_t commands_rejected() const;
    /// Messages from agents that answered nothing.
    [[nodiscard]] std::uint64_t agent_replies_ignored() const;
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hall::telemetry
