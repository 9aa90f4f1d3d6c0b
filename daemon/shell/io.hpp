#pragma once
// The hall's wires: turns what the buses report into the rules' events, and the rules' commands
// into orders on a bus.
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/core/command.hpp"
#include "daemon/core/event.hpp"
#include "daemon/shell/agent_port.hpp"
#include "daemon/shell/site.hpp"
#include "drivers/bus.hpp"
#include "drivers/pc/reach_probe.hpp"

namespace hall {

class Io {
  public:
    /// @param dispatch takes events that happened together, on the loop's thread
    /// @param ask_agent none: no agent can be asked
    Io(boost::asio::io_context& io, const SiteConfig& site,
       std::function<void(std::vector<Event>)> dispatch, AskAgent ask_agent);
    ~Io();

    /// Starts the bus workers.
    void start();
    /// Starts one command; its end comes back as CommandFinished.
    void execute(const Command& command);
    /// The oldest sign of life of any worker, on the monotonic clock; none when there is no worker.
    [[nodiscard]] std::optional<Millis> oldest_sign_of_life() const;
    [[nodiscard]] std::vector<drivers::BusStatistics> statistics() const;

  private:
    using Report = std::function<void(std::optional<double>)>;
    struct BusWiring {
        std::vector<drivers::Poll> polls;
        std::vector<Report> reports;  ///< parallel to polls
        std::unique_ptr<drivers::Bus> bus;
    };

    void wire_circuits();
    void wire_windows();
    void wire_rest();
    void probe_addresses();
    void poll(const PointUse& use, Millis every, bool every_sample, Report report);
    void poll_level(const PointUse& use, std::function<Event(Level)> make, bool inverted = false);
    void poll_button(const PointUse& use, Event pressed);
    void poll_output(const PointUse& use, OutputRef output, bool inverted);
    /// One event, or one more of the scan that is being read.
    void tell(Event event);
    void on_scan(std::size_t bus, const drivers::ScanReported& scan);
    void on_bus(std::size_t bus, const drivers::BusEvent& event);
    void set_up(std::size_t bus, const drivers::UnitSetUp& event);
    /// The device there, for the log: ` (relay1)`.
    [[nodiscard]] std::string named(std::size_t bus, std::uint8_t unit) const;
    void finished(CommandId id, Outcome outcome);
    void set_output(CommandId id, const SetOutput& command);
    void read_output(CommandId id, const ReadOutput& command);
    void stop_pc(CommandId id, const StopPc& command);
    void ask_agent(CommandId id, const AgentRequest& request);
    void asked_to_stop(CommandId id, const std::string& circuit, Outcome outcome,
                       const std::string& why);
    void order(CommandId id, const PointUse& use, const drivers::Order& order);

    struct OutputWire {
        OutputRef output;
        PointUse use;
        bool inverted = false;  ///< the coil's 1 means "off"
    };
    [[nodiscard]] const OutputWire& wire_of(OutputRef output) const;

    boost::asio::io_context& io_;
    const SiteConfig& site_;
    std::function<void(std::vector<Event>)> dispatch_;
    std::vector<Event>* scan_ = nullptr;  ///< while one is read: where its events go
    AskAgent ask_agent_;
    std::vector<BusWiring> buses_;
    std::vector<OutputWire> outputs_;
    std::vector<std::unique_ptr<drivers::ReachProbe>> probes_;
    std::map<CommandId, OutputRef> reading_back_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace hall
