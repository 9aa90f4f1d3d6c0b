#include "daemon/shell/io.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "daemon/shell/outcome.hpp"
#include "drivers/pc/command_hook.hpp"
#include "drivers/pc/ssh_stop.hpp"

namespace hall {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// Our own outputs are read too: somebody may have switched a relay by hand, or a board may have
/// forgotten.
constexpr Millis kOutputsEvery{500};

/// A verdict holds for four times the freshness of a sample (daemon/core/evidence.cpp): asked twice
/// within that, one lost answer is no gap.
constexpr Millis kReachMost{2'000};

Level level_of(std::optional<double> value, bool inverted) {
    if (!value) return Level::unknown;
    return (*value != 0.0) != inverted ? Level::on : Level::off;
}

}  // namespace

Io::Io(boost::asio::io_context& io, const SiteConfig& site,
       std::function<void(std::vector<Event>)> dispatch, AskAgent ask_agent)
    : io_(io),
      site_(site),
      dispatch_(std::move(dispatch)),
      ask_agent_(std::move(ask_agent)),
      buses_(site.buses.size()) {
    wire_circuits();
    wire_windows();
    wire_rest();
}

Io::~Io() {
    *alive_ = false;
}

void Io::poll(const PointUse& use, Millis every, bool every_sample, Report report) {
    BusWiring& bus = buses_.at(use.bus);
    bus.polls.push_back({use.point, every, every_sample});
    bus.reports.push_back(std::move(report));
}

void Io::poll_level(const PointUse& use, std::function<Event(Level)> make, bool inverted) {
    const bool flip = use.inverted != inverted;
    poll(use, site_.scan_intervals.at(use.bus), false,
         [this, make = std::move(make), flip](std::optional<double> value) {
             tell(make(level_of(value, flip)));
         });
}

void Io::poll_output(const PointUse& use, OutputRef output, bool inverted) {
    const bool flip = use.inverted != inverted;
    outputs_.push_back({output, use, flip});
    poll(use, std::max(kOutputsEvery, site_.scan_intervals.at(use.bus)), false,
         [this, output, flip](std::optional<double> value) {
             tell(OutputReported{output, level_of(value, flip)});
         });
}

void Io::wire_circuits() {
    for (std::size_t i = 0; i < site_.circuits.size(); ++i) {
        const CircuitWiring& wiring = site_.circuits[i];
        const auto circuit = CircuitIx::of(i);
        poll_output(wiring.output, OutputRef::circuit(circuit), wiring.energised_cuts);
        if (wiring.feedback) {
            poll_level(*wiring.feedback, [circuit](Level l) {
                return Event{FeedbackReported{circuit, l}};
            });
        }
        if (wiring.power_good) {
            poll_level(*wiring.power_good, [circuit](Level l) {
                return Event{PowerGoodReported{circuit, l}};
            });
        }
        if (wiring.meter) {
            poll(*wiring.meter, site_.meter_intervals.at(wiring.meter->bus), true,
                 [this, circuit](std::optional<double> value) {
                     tell(MeterReported{circuit, value});
                 });
        }
    }
}

void Io::wire_windows() {
    for (std::size_t i = 0; i < site_.windows.size(); ++i) {
        const WindowWiring& wiring = site_.windows[i];
        const auto window = WindowIx::of(i);
        for (std::size_t lamp = 0; lamp < wiring.lamps.size(); ++lamp) {
            poll_output(wiring.lamps[lamp],
                        OutputRef::window_lamp(window, static_cast<std::uint8_t>(lamp)), false);
        }
        if (wiring.button) poll_button(*wiring.button, ButtonPressed{window});
        if (wiring.fault_button) poll_button(*wiring.fault_button, FaultButtonPressed{window});
    }
}

void Io::poll_button(const PointUse& use, Event pressed) {
    const bool flip = use.inverted;
    // A press is a change from up to down that we saw: a button that is down when the daemon
    // starts is none.
    poll(use, site_.scan_intervals.at(use.bus), false,
         [this, flip, pressed = std::move(pressed),
          before = Level::unknown](std::optional<double> value) mutable {
             const Level now = level_of(value, flip);
             if (before == Level::off && now == Level::on) tell(pressed);
             before = now;
         });
}

void Io::wire_rest() {
    for (std::size_t i = 0; i < site_.contacts.size(); ++i) {
        if (!site_.contacts[i]) continue;
        const auto contact = ContactIx::of(i);
        poll_level(*site_.contacts[i], [contact](Level l) {
            // A closed contact closes its loop: input 1 means closed.
            const ContactState state = l == Level::on    ? ContactState::closed
                                       : l == Level::off ? ContactState::open
                                                         : ContactState::unknown;
            return Event{ContactReported{contact, state}};
        });
    }
    if (site_.lightbox.output) poll_output(*site_.lightbox.output, OutputRef::lightbox(), false);
    if (site_.lightbox.feedback) {
        poll_level(*site_.lightbox.feedback,
                   [](Level l) { return Event{LightboxFeedbackReported{l}}; });
    }
    if (site_.buzzer) poll_output(*site_.buzzer, OutputRef::buzzer(), false);
}

void Io::probe_addresses() {
    const Millis fresh = site_.hall.closing.fresh_within;
    for (std::size_t i = 0; i < site_.circuits.size(); ++i) {
        const CircuitWiring& wiring = site_.circuits[i];
        if (wiring.reach_host.empty()) continue;
        const auto circuit = CircuitIx::of(i);
        drivers::ReachSettings settings{wiring.reach_host, wiring.reach_port,
                                        std::min(fresh, kReachMost), std::min(fresh, kReachMost)};
        probes_.push_back(std::make_unique<drivers::ReachProbe>(
            io_, std::move(settings), [this, circuit](std::optional<bool> reached) {
                const Level level = !reached ? Level::unknown : *reached ? Level::on : Level::off;
                tell(ReachabilityReported{circuit, level});
            }));
    }
}

void Io::start() {
    probe_addresses();
    for (std::size_t i = 0; i < buses_.size(); ++i) {
        // The worker's thread only hands on; what it says is read on the loop's thread.
        const auto sink = [this, i, alive = alive_](drivers::BusEvent event) {
            boost::asio::post(io_, [this, i, alive, event = std::move(event)] {
                if (*alive) on_bus(i, event);
            });
        };
        const auto open = site_.buses[i].gpio ? drivers::open_gpio : drivers::open_modbus;
        buses_[i].bus = open(site_.buses[i], buses_[i].polls, sink);
    }
}

std::string Io::named(std::size_t bus, std::uint8_t unit) const {
    for (const DeviceUse& device : site_.devices) {
        if (device.bus == bus && device.unit == unit) return " (" + device.id + ")";
    }
    return {};
}

void Io::tell(Event event) {
    if (scan_ != nullptr) {
        scan_->push_back(std::move(event));
        return;
    }
    std::vector<Event> one;
    one.push_back(std::move(event));
    dispatch_(std::move(one));
}

void Io::on_scan(std::size_t bus, const drivers::ScanReported& scan) {
    std::vector<Event> events;
    scan_ = &events;
    for (const drivers::PointReported& point : scan.points)
        buses_[bus].reports.at(point.poll)(point.value);
    scan_ = nullptr;
    if (!events.empty()) dispatch_(std::move(events));
}

void Io::on_bus(std::size_t bus, const drivers::BusEvent& event) {
    std::visit(
        Overloaded{
            [&](const drivers::PointReported& e) { buses_[bus].reports.at(e.poll)(e.value); },
            [&](const drivers::ScanReported& e) { on_scan(bus, e); },
            [&](const drivers::OrderFinished& e) {
                if (e.result != drivers::Result::done) {
                    spdlog::warn("bus {}: order {} {}: {}", site_.buses[bus].id, e.ticket,
                                 to_string(outcome_of(e.result)), e.why);
                }
                if (const auto read = reading_back_.find(e.ticket); read != reading_back_.end()) {
                    // A read-back tells its level before its end, so that the end finds it known.
                    const OutputWire& wire = wire_of(read->second);
                    reading_back_.erase(read);
                    if (e.level)
                        tell(OutputReported{wire.output,
                                            level_of(*e.level ? 1.0 : 0.0, wire.inverted)});
                }
                finished(e.ticket, outcome_of(e.result));
            },
            [&](const drivers::UnitSetUp& e) { set_up(bus, e); },
            [&](const drivers::UnitReported& e) {
                const std::string_view state = e.up ? "up" : "lost";
                const auto grade = e.up ? spdlog::level::info : spdlog::level::warn;
                spdlog::log(grade, "bus {} unit {}{}: {} {}", site_.buses[bus].id, e.unit,
                            named(bus, e.unit), state, e.why);
                if (e.unit == 0) {
                    tell(LinkReported{site_.bus_links.at(bus), e.up});
                    return;
                }
                for (const DeviceUse& device : site_.devices) {
                    if (device.bus == bus && device.unit == e.unit)
                        tell(LinkReported{device.link, e.up});
                }
            },
        },
        event);
}

void Io::set_up(std::size_t bus, const drivers::UnitSetUp& event) {
    for (const DeviceUse& device : site_.devices) {
        if (device.bus != bus || device.unit != event.unit) continue;
        spdlog::log(event.holds ? spdlog::level::info : spdlog::level::warn,
                    "device {}: its watchdog is {}{}{}", device.id,
                    event.holds ? "armed" : "not armed", event.why.empty() ? "" : ": ", event.why);
        tell(ConditionReported{"watchdog_not_armed", device.id, !event.holds, event.why});
    }
}

const Io::OutputWire& Io::wire_of(OutputRef output) const {
    for (const OutputWire& wire : outputs_) {
        if (wire.output == output) return wire;
    }
    throw std::logic_error("a command for an output that has no wire");
}

void Io::finished(CommandId id, Outcome outcome) {
    tell(CommandFinished{id, outcome});
}

void Io::order(CommandId id, const PointUse& use, const drivers::Order& order) {
    const auto& bus = buses_.at(use.bus).bus;
    if (bus != nullptr && bus->submit(id, order)) return;
    // Not queued, so it did not and will not happen. Told later, as every end is: the rules are in
    // the middle of a step.
    boost::asio::post(io_, [this, id, alive = alive_] {
        if (*alive) finished(id, Outcome::failed);
    });
}

void Io::execute(const Command& command) {
    std::visit(Overloaded{
                   [&](const SetOutput& c) { set_output(command.id, c); },
                   [&](const ReadOutput& c) { read_output(command.id, c); },
                   [&](const StopPc& c) { stop_pc(command.id, c); },
               },
               command.action);
}

void Io::set_output(CommandId id, const SetOutput& command) {
    const OutputWire& wire = wire_of(command.output);
    order(id, wire.use, drivers::WriteCoil{wire.use.point, command.on != wire.inverted});
}

void Io::read_output(CommandId id, const ReadOutput& command) {
    const OutputWire& wire = wire_of(command.output);
    reading_back_[id] = command.output;
    order(id, wire.use, drivers::ReadCoil{wire.use.point});
}

void Io::stop_pc(CommandId id, const StopPc& command) {
    const StopWiring& stop = site_.circuits.at(command.circuit.value).stop.at(command.method);
    const std::string& circuit = site_.hall.circuits[command.circuit.value].id;
    const auto ended = [this, id, circuit, alive = alive_](const drivers::CommandEnded& e) {
        if (*alive) asked_to_stop(id, circuit, outcome_of(e.result), e.why);
    };
    switch (stop.kind) {
        case StopMethodKind::pulse:
            return order(id, *stop.pulse, drivers::Pulse{*stop.pulse->flash, stop.pulse_length});
        case StopMethodKind::command:
            return drivers::run_command_hook(io_, stop.command, stop.timeout, ended);
        case StopMethodKind::ssh:
            return drivers::ask_by_ssh(io_, *stop.ssh, ended);
        case StopMethodKind::mqtt:
            return ask_agent(id, {circuit, stop.timeout});
    }
}

void Io::ask_agent(CommandId id, const AgentRequest& request) {
    const auto ended = [this, id, circuit = request.circuit, alive = alive_](
                           Outcome outcome, const std::string& why) {
        if (*alive) asked_to_stop(id, circuit, outcome, why);
    };
    if (ask_agent_) return ask_agent_(request, ended);
    boost::asio::post(io_, [ended] { ended(Outcome::failed, "there is no broker"); });
}

void Io::asked_to_stop(CommandId id, const std::string& circuit, Outcome outcome,
                       const std::string& why) {
    if (outcome != Outcome::done)
        spdlog::warn("stop request to {}: {}: {}", circuit, to_string(outcome), why);
    finished(id, outcome);
}

std::optional<Millis> Io::oldest_sign_of_life() const {
    std::optional<Millis> oldest;
    for (const BusWiring& wiring : buses_) {
        if (wiring.bus == nullptr) continue;
        const Millis sign = wiring.bus->last_sign_of_life();
        if (!oldest || sign < *oldest) oldest = sign;
    }
    return oldest;
}

std::vector<drivers::BusStatistics> Io::statistics() const {
    std::vector<drivers::BusStatistics> list;
    for (const BusWiring& wiring : buses_) {
        if (wiring.bus != nullptr) list.push_back(wiring.bus->statistics());
    }
    return list;
}

}  // namespace hall
