#include "drivers/sim/plant.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hall::sim {

Plant::Plant(const SiteConfig& site, std::vector<Board> boards, Trace& trace,
             const PlantOptions& options)
    : trace_(trace), options_(options), boards_(std::move(boards)) {
    wire_circuits(site, options.seed);
    wire_windows(site);
    wire_rest(site);
    for (std::size_t i = 0; i < boards_.size(); ++i) {
        boards_[i].on_coil([this, i](std::uint16_t address, bool on, Instant at) {
            coil_changed(i, address, on, at);
        });
    }
    settle_inputs();
}

std::optional<std::size_t> Plant::board_at(std::size_t bus, std::uint8_t unit) const {
    for (std::size_t i = 0; i < boards_.size(); ++i) {
        if (boards_[i].bus() == bus && boards_[i].unit() == unit) return i;
    }
    return std::nullopt;
}

void Plant::connect(const PointUse& use, Load::Kind kind, std::size_t index) {
    const auto board = board_at(use.bus, use.point.unit);
    if (!board) throw std::logic_error("no device answers for " + use.name);
    loads_.emplace(std::tuple{*board, use.point.address}, Load{kind, index, use.inverted});
}

std::optional<Plant::Wire> Plant::wire_for(const std::optional<PointUse>& use) const {
    if (!use) return std::nullopt;
    const auto board = board_at(use->bus, use->point.unit);
    if (!board) throw std::logic_error("no device answers for " + use->name);
    return Wire{*board, use->point, use->inverted};
}

void Plant::wire_circuits(const SiteConfig& site, std::uint64_t seed) {
    for (std::size_t i = 0; i < site.circuits.size(); ++i) {
        const CircuitWiring& wiring = site.circuits[i];
        const std::string& id = site.hall.circuits.at(i).id;
        // Every coil begins at 0.
        const bool closed = wiring.output.inverted != wiring.energised_cuts;
        circuits_.push_back({id, Contactor("contactor." + id, closed, trace_),
                             Pc("pc." + id, nature_of(seed, i), closed, trace_)});
        circuit_wires_.push_back({wire_for(wiring.feedback), wire_for(wiring.meter),
                                  wire_for(wiring.power_good), wiring.energised_cuts});
        connect(wiring.output, Load::Kind::contactor, i);
        for (const StopWiring& stop : wiring.stop) {
            if (stop.pulse) connect(*stop.pulse, Load::Kind::power_button, i);
        }
    }
}

void Plant::wire_windows(const SiteConfig& site) {
    for (std::size_t i = 0; i < site.windows.size(); ++i) {
        const WindowWiring& wiring = site.windows[i];
        const std::string name = "window." + site.hall.windows.at(i).id;
        for (std::size_t lamp = 0; lamp < wiring.lamps.size(); ++lamp) {
            connect(wiring.lamps[lamp], Load::Kind::lamp, lamps_.size());
            lamps_.push_back(
                {"lamp." + name + "." + wiring.lamp_names.at(lamp), wiring.lamps[lamp].inverted});
        }
        if (const auto wire = wire_for(wiring.button)) {
            buttons_.push_back({name + ".button", *wire});
        }
        if (const auto wire = wire_for(wiring.fault_button))
            buttons_.push_back({name + ".fault_button", *wire});
    }
}

void Plant::wire_rest(const SiteConfig& site) {
    for (std::size_t i = 0; i < site.contacts.size(); ++i) {
        doors_.push_back({"contact." + site.hall.contacts.at(i).id, wire_for(site.contacts[i])});
    }
    if (site.lightbox.output) {
        connect(*site.lightbox.output, Load::Kind::lightbox, 0);
        lightbox_ = Lamp{"lightbox", site.lightbox.output->inverted};
        lightbox_feedback_ = wire_for(site.lightbox.feedback);
    }
    if (site.buzzer) {
        connect(*site.buzzer, Load::Kind::buzzer, 0);
        buzzer_ = Lamp{"buzzer", site.buzzer->inverted};
    }
}

void Plant::coil_changed(std::size_t board, std::uint16_t address, bool on, Instant at) {
    trace_.add(at,
               "coil." + boards_[board].id() + "." + boards_[board].channel(Table::coil, address),
               on ? "on" : "off");
    const auto [first, end] = loads_.equal_range(std::tuple{board, address});
    for (auto load = first; load != end; ++load) {
        switch_load(load->second, on != load->second.inverted, at);
    }
}

void Plant::switch_load(const Load& load, bool on, Instant at) {
    switch (load.kind) {
        case Load::Kind::contactor:
            return circuits_[load.index].contactor.command(
                on != circuit_wires_[load.index].energised_cuts, at);
        case Load::Kind::power_button:
            return circuits_[load.index].pc.button(on, at);
        case Load::Kind::lamp:
            return switch_lamp(lamps_[load.index], on, at);
        case Load::Kind::lightbox:
            return switch_lamp(*lightbox_, on, at);
        case Load::Kind::buzzer:
            return switch_lamp(*buzzer_, on, at);
    }
}

void Plant::switch_lamp(Lamp& lamp, bool on, Instant at) {
    if (lamp.on == on) return;
    lamp.on = on;
    trace_.add(at, lamp.thing, on ? "on" : "off");
}

std::optional<Instant> Plant::next_deadline() const {
    std::optional<Instant> first;
    const auto consider = [&first](std::optional<Instant> deadline) {
        if (deadline && (!first || *deadline < *first)) first = deadline;
    };
    for (const Board& board : boards_) consider(board.deadline());
    for (const Circuit& circuit : circuits_) consider(circuit.deadline());
    for (const Button& button : buttons_) consider(button.released_at);
    return first;
}

void Plant::advance(Instant now) {
    while (true) {
        const auto next = next_deadline();
        if (!next || *next > now) break;
        now_ = std::max(now_, *next);
        for (Board& board : boards_) board.advance(now_);
        for (Circuit& circuit : circuits_) circuit.advance(now_);
        for (Button& button : buttons_) {
            if (!button.released_at || *button.released_at > now_) continue;
            button.released_at.reset();
            trace_.add(now_, button.thing, "released");
        }
    }
    now_ = std::max(now_, now);
    settle_inputs();
}

void Plant::drive(const std::optional<Wire>& wire, bool level) {
    if (wire) boards_[wire->board].put(wire->point, level != wire->inverted ? 1.0 : 0.0);
}

void Plant::settle_inputs() {
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
        Circuit& circuit = circuits_[i];
        const CircuitWires& wires = circuit_wires_[i];
        // A broken wire reads 0, whatever the input means.
        if (circuit.feedback == FeedbackFault::silent && wires.feedback) {
            boards_[wires.feedback->board].put(wires.feedback->point, 0.0);
        } else {
            drive(wires.feedback, circuit.feedback_level());
        }
        drive(wires.power_good, circuit.pc.is_on());
    }
    for (const Door& door : doors_) drive(door.wire, door.closed);
    for (const Button& button : buttons_) drive(button.wire, button.released_at.has_value());
    if (lightbox_) drive(lightbox_feedback_, lightbox_->on);
}

void Plant::show_meters(std::size_t board) {
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
        const auto& meter = circuit_wires_[i].meter;
        if (!meter || meter->board != board) continue;
        const double watts = circuits_[i].watts(now_);
        constexpr double kVolts = 230.0;
        for (const ValueSpec& value : boards_[board].spec().values) {
            if (value.unit == "V") boards_[board].put(value, kVolts);
            if (value.unit == "A") boards_[board].put(value, watts / kVolts);
            if (value.unit == "Hz") boards_[board].put(value, 50.0);
        }
        boards_[board].put(meter->point, watts);
    }
}

bool Plant::is_silent(std::size_t board) const {
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
        const auto& meter = circuit_wires_[i].meter;
        if (meter && meter->board == board && circuits_[i].meter.kind == MeterFault::Kind::silent)
            return true;
    }
    return false;
}

Bytes Plant::serve(std::size_t board, std::span<const std::uint8_t> request) {
    show_meters(board);
    Bytes reply = answer(boards_.at(board), request, now_);
    // A welded or an inverted wire must be seen by the very next request.
    settle_inputs();
    return reply;
}

}  // namespace hall::sim
