#include "daemon/simulation/wires.hpp"

#include <cmath>

namespace hall::simulation {

namespace {

constexpr int kNothingYet = -1;

Level level_of(Said said) {
    switch (said) {
        case Said::off:
            return Level::off;
        case Said::on:
            return Level::on;
        case Said::silent:
            return Level::unknown;
    }
    return Level::unknown;
}

}  // namespace

Wires::Wires(const HallConfig& config, const Wiring& wiring, Clockwork& clock, Dice& dice,
             Witness& witness, const Weather& weather, FaultCounts& counts, Plant& plant,
             Machine& machine)
    : config_(config),
      wiring_(wiring),
      clock_(clock),
      dice_(dice),
      witness_(witness),
      weather_(weather),
      counts_(counts),
      plant_(plant),
      machine_(machine),
      up_(static_cast<std::size_t>(wiring.buses), true),
      slow_(static_cast<std::size_t>(wiring.buses), false) {
    for (int i = 0; i < plant.circuits(); ++i) lines_.push_back({Role::circuit, i, 0});
    for (std::size_t w = 0; w < config.windows.size(); ++w) {
        for (int lamp = 0; lamp < config.windows[w].lamps; ++lamp)
            lines_.push_back({Role::lamp, static_cast<int>(w), lamp});
    }
    if (config.lightbox.fitted) lines_.push_back({Role::lightbox, 0, 0});
    if (config.has_buzzer) lines_.push_back({Role::buzzer, 0, 0});
}

Line Wires::line_of(OutputRef output) {
    switch (output.role) {
        case OutputRef::Role::circuit:
            return {Role::circuit, output.index, 0};
        case OutputRef::Role::lamp:
            return {Role::lamp, output.index, output.lamp};
        case OutputRef::Role::lightbox:
            return {Role::lightbox, 0, 0};
        case OutputRef::Role::buzzer:
            return {Role::buzzer, 0, 0};
    }
    return {};
}

OutputRef Wires::output_of(Line line) {
    const auto index = static_cast<std::uint16_t>(line.index);
    switch (line.role) {
        case Role::circuit:
            return OutputRef::circuit({index});
        case Role::lamp:
            return OutputRef::window_lamp({index}, static_cast<std::uint8_t>(line.lamp));
        case Role::lightbox:
            return OutputRef::lightbox();
        case Role::buzzer:
            return OutputRef::buzzer();
    }
    return {};
}

int Wires::bus_of(Line line) const {
    switch (line.role) {
        case Role::circuit:
            return wiring_.circuit[static_cast<std::size_t>(line.index)];
        case Role::lamp:
            return wiring_.window[static_cast<std::size_t>(line.index)];
        case Role::lightbox:
            return wiring_.lightbox;
        case Role::buzzer:
            return wiring_.buzzer;
    }
    return 0;
}

Said Wires::read(Line line) const {
    if (!bus_up(bus_of(line))) return Said::silent;
    return plant_.relay(line) ? Said::on : Said::off;
}

Ms Wires::latency(int bus) {
    return slow_[static_cast<std::size_t>(bus)] ? dice_.between(kSecond, 6 * kSecond)
                                                : dice_.between(5, 60);
}

void Wires::reborn() {
    told_outputs_.assign(lines_.size(), kNothingYet);
    told_feedback_.assign(config_.circuits.size(), kNothingYet);
    told_power_good_ = told_feedback_;
    told_contacts_.assign(config_.contacts.size(), kNothingYet);
    told_links_.assign(static_cast<std::size_t>(wiring_.buses), kNothingYet);
    look_again();
    sample();
}

void Wires::look_again() {
    if (looking_ || !machine_.up()) return;
    looking_ = true;
    clock_.in(dice_.between(10, 120), [this] {
        looking_ = false;
        tell();
    });
}

void Wires::tell() {
    if (!machine_.up()) return;
    const int life = machine_.life();
    tell_outputs();
    // What is told may end the daemon's life: the next one is told everything anew.
    if (machine_.up() && life == machine_.life()) tell_inputs();
    if (machine_.up() && life == machine_.life()) tell_links();
}

void Wires::tell_outputs() {
    const int life = machine_.life();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const Said said = read(lines_[i]);
        if (told_outputs_[i] == static_cast<int>(said)) continue;
        told_outputs_[i] = static_cast<int>(said);
        witness_.told_output(clock_.now(), lines_[i], said);
        machine_.feed(OutputReported{output_of(lines_[i]), level_of(said)});
        if (life != machine_.life() || !machine_.up()) return;
    }
}

void Wires::tell_inputs() {
    const int life = machine_.life();
    const auto gone = [&] { return life != machine_.life() || !machine_.up(); };
    for (int i = 0; i < plant_.circuits(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const auto circuit = CircuitIx::of(at);
        const bool bus = bus_up(wiring_.circuit[at]);
        const Said feedback = bus ? plant_.feedback(i) : Said::silent;
        if (config_.circuits[at].has_feedback && told_feedback_[at] != static_cast<int>(feedback)) {
            told_feedback_[at] = static_cast<int>(feedback);
            witness_.told_feedback(clock_.now(), i, feedback);
            machine_.feed(FeedbackReported{circuit, level_of(feedback)});
            if (gone()) return;
        }
        const Said good = bus ? plant_.power_good(i) : Said::silent;
        if (config_.circuits[at].has_power_good && told_power_good_[at] != static_cast<int>(good)) {
            told_power_good_[at] = static_cast<int>(good);
            witness_.told_power_good(clock_.now(), i, good);
            machine_.feed(PowerGoodReported{circuit, level_of(good)});
            if (gone()) return;
        }
    }
    for (int i = 0; i < plant_.contacts(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (!config_.contacts[at].sensed) continue;
        const Said said = bus_up(wiring_.contact[at]) ? plant_.contact_says(i) : Said::silent;
        if (told_contacts_[at] == static_cast<int>(said)) continue;
        told_contacts_[at] = static_cast<int>(said);
        witness_.told_contact(clock_.now(), i, said);
        const ContactState state = said == Said::on    ? ContactState::closed
                                   : said == Said::off ? ContactState::open
                                                       : ContactState::unknown;
        machine_.feed(ContactReported{ContactIx::of(at), state});
        if (gone()) return;
    }
}

void Wires::tell_links() {
    const int life = machine_.life();
    for (int bus = 0; bus < wiring_.buses; ++bus) {
        const auto at = static_cast<std::size_t>(bus);
        if (told_links_[at] == static_cast<int>(up_[at])) continue;
        told_links_[at] = static_cast<int>(up_[at]);
        for (const int link : wiring_.links[at]) {
            witness_.told_link(clock_.now(), link, up_[at]);
            machine_.feed(LinkReported{LinkIx::of(static_cast<std::size_t>(link)), up_[at]});
            if (life != machine_.life() || !machine_.up()) return;
        }
    }
}

void Wires::meter(int i, std::vector<Event>* into) {
    const auto at = static_cast<std::size_t>(i);
    const auto circuit = CircuitIx::of(at);
    const auto give = [&](Event event) {
        if (into != nullptr) {
            into->push_back(std::move(event));
        } else {
            machine_.feed(std::move(event));
        }
    };
    if (config_.circuits[at].has_meter) {
        const double watts = bus_up(wiring_.meter[at]) ? plant_.meter(i) : std::nan("");
        witness_.told_meter(clock_.now(), i, watts);
        give(MeterReported{circuit,
                           std::isnan(watts) ? std::nullopt : std::optional<double>{watts}});
    }
    if (config_.circuits[at].has_reachability) {
        const Said said = plant_.reachable(i);
        witness_.told_reachable(clock_.now(), i, said);
        give(ReachabilityReported{circuit, level_of(said)});
    }
}

void Wires::sample() {
    sampled_ = clock_.now();
    for (int i = 0; i < plant_.circuits() && machine_.up(); ++i) meter(i, nullptr);
}

void Wires::scan() {
    if (!machine_.up()) return;
    sampled_ = clock_.now();
    std::vector<Event> all;
    for (int i = 0; i < plant_.circuits(); ++i) meter(i, &all);
    machine_.scan(all);
}

void Wires::bus(int index, bool up) {
    up_[static_cast<std::size_t>(index)] = up;
    look_again();
}

void Wires::board_reset(int bus) {
    // Coils drop: normally-closed wiring lets every PC have power, all else goes dark.
    for (const Line& line : lines_) {
        if (bus_of(line) == bus) plant_.drive(line, line.role == Role::circuit, false);
    }
}

void Wires::trouble() {
    last_trouble_ = clock_.now();
    trouble_();
}

bool Wires::befalls(Fault fault) {
    if (!faulty_ || !dice_.chance(weather_.of(fault) / 100)) return false;
    counts_.add(fault);
    trouble();
    return true;
}

void Wires::finished(CommandId id, Outcome outcome) {
    machine_.feed(CommandFinished{id, outcome});
}

void Wires::end_later(Ms length, CommandId id, Outcome outcome, Line line, bool on) {
    const bool twice = befalls(Fault::end_twice);
    clock_.in(length, [this, id, outcome, line, on, twice, life = machine_.life()] {
        if (life != machine_.life() || !machine_.up()) return;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (lines_[i] == line && outcome == Outcome::done)
                told_outputs_[i] = static_cast<int>(on ? Said::on : Said::off);
        }
        witness_.order_ended(clock_.now(), line, on, to_string(outcome));
        finished(id, outcome);
        if (twice && life == machine_.life() && machine_.up()) finished(id, outcome);
        look_again();
    });
}

void Wires::set_output(CommandId id, Line line, bool on) {
    witness_.ordered(clock_.now(), line, on);
    const int bus = bus_of(line);
    const Ms takes = latency(bus);
    const auto move = [this, line, on] { plant_.drive(line, on, true); };
    if (!bus_up(bus)) {
        trouble();
        const bool queued = dice_.one_in(2);
        return end_later(takes + (queued ? 700 : 0), id,
                         queued ? Outcome::unknown : Outcome::failed, line, on);
    }
    if (befalls(Fault::order_refused)) return end_later(takes, id, Outcome::failed, line, on);
    if (befalls(Fault::order_lost)) return end_later(takes + 700, id, Outcome::unknown, line, on);
    if (befalls(Fault::order_late)) {
        clock_.in(dice_.between(kSecond, 9 * kSecond), move);
        return end_later(takes + 700, id, Outcome::unknown, line, on);
    }
    clock_.in(takes, move);
    if (befalls(Fault::order_unknown))
        return end_later(takes + 700, id, Outcome::unknown, line, on);
    if (befalls(Fault::end_missing)) return;
    if (befalls(Fault::order_twice)) clock_.in(takes + dice_.between(10, 900), move);
    end_later(takes, id, Outcome::done, line, on);
}

void Wires::read_output(CommandId id, Line line) {
    const Ms takes = latency(bus_of(line));
    const bool lost = befalls(Fault::order_lost);
    clock_.in(takes, [this, id, line, lost, life = machine_.life()] {
        if (life != machine_.life() || !machine_.up()) return;
        const Said said = lost ? Said::silent : read(line);
        if (said != Said::silent) {
            for (std::size_t i = 0; i < lines_.size(); ++i) {
                if (lines_[i] == line) told_outputs_[i] = static_cast<int>(said);
            }
            witness_.told_output(clock_.now(), line, said);
            machine_.feed(OutputReported{output_of(line), level_of(said)});
            if (life != machine_.life() || !machine_.up()) return;
        }
        finished(id, said == Said::silent ? Outcome::unknown : Outcome::done);
    });
}

void Wires::stop_pc(CommandId id, const StopPc& stop) {
    const int circuit = stop.circuit.value;
    const auto& method = config_.circuits[stop.circuit.value].stop.at(stop.method);
    const bool pulse = method.kind == StopMethodKind::pulse;
    witness_.stop_sent(clock_.now(), circuit, pulse);
    const bool lost = befalls(Fault::order_lost);
    clock_.in(dice_.between(20, 1500),
              [this, id, circuit, pulse, lost, kind = method.kind, life = machine_.life()] {
                  bool reached = false;
                  if (pulse) {
                      if (!lost) plant_.press_power_button(circuit);
                      reached = !lost;
                  } else if (!lost && !plant_.circuit(circuit).hook_fails) {
                      reached = plant_.ask_to_stop(circuit);
                  }
                  if (life != machine_.life() || !machine_.up()) return;
                  // Nobody can say of a pulse or of a message that it did not arrive.
                  const bool told = !pulse && kind != StopMethodKind::mqtt;
                  finished(id, reached ? Outcome::done : told ? Outcome::failed : Outcome::unknown);
              });
}

void Wires::execute(const Command& command) {
    if (const auto* set = std::get_if<SetOutput>(&command.action)) {
        set_output(command.id, line_of(set->output), set->on);
    } else if (const auto* get = std::get_if<ReadOutput>(&command.action)) {
        read_output(command.id, line_of(get->output));
    } else if (const auto* stop = std::get_if<StopPc>(&command.action)) {
        stop_pc(command.id, *stop);
    }
}

}  // namespace hall::simulation
