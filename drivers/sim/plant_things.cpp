// What of the plant can be read and set by name.
#include <utility>

#include "drivers/sim/plant.hpp"

namespace hall::sim {

namespace {

Value on_off(bool on) {
    return std::string(on ? "on" : "off");
}

/// A number without a tail of zeros, as a trace shows it.
std::string text(double number) {
    std::string digits = std::to_string(number);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
    return digits;
}

}  // namespace

void Plant::describe(Things& things) {
    describe_windows(things);
    describe_circuits(things);
    for (Door& door : doors_) {
        things.add({.name = door.thing,
                    .read = [&door] { return std::string(door.closed ? "closed" : "open"); },
                    .words = {"closed", "open"},
                    .set =
                        [this, &door](const Value& value) {
                            const auto& word = std::get<std::string>(value);
                            if (door.closed == (word == "closed")) return;
                            door.closed = !door.closed;
                            trace_.add(now_, door.thing, word);
                            settle_inputs();
                        }});
    }
    if (lightbox_) things.add({"lightbox", [this] { return on_off(lightbox_->on); }});
    if (buzzer_) things.add({"buzzer", [this] { return on_off(buzzer_->on); }});
}

void Plant::describe_windows(Things& things) {
    for (const Lamp& lamp : lamps_) things.add({lamp.thing, [&lamp] { return on_off(lamp.on); }});
    for (Button& button : buttons_) {
        things.add(
            {.name = button.thing,
             .read = [&button] { return std::string(button.released_at ? "pressed" : "released"); },
             .words = {"press"},
             .set = [this, &button](const Value&) { press(button); }});
    }
}

void Plant::describe_circuits(Things& things) {
    for (std::size_t i = 0; i < circuits_.size(); ++i) describe_circuit(things, i);
}

void Plant::describe_circuit(Things& things, std::size_t index) {
    Circuit& circuit = circuits_[index];
    things.add({.name = "pc." + circuit.id,
                .read = [&circuit] { return std::string(circuit.pc.word()); },
                .words = {"running", "off", "shutdown", "hang", "crash"},
                .set = [this, &circuit](
                           const Value& value) { set_pc(circuit, std::get<std::string>(value)); }});
    const std::string contactor = "contactor." + circuit.id;
    things.add(
        {.name = contactor,
         .read = [&circuit] { return std::string(circuit.contactor.closed() ? "closed" : "open"); },
         .words = {"healthy", "welded", "stuck_open"},
         .set = [this, &circuit](
                    const Value& value) { set_contactor(circuit, std::get<std::string>(value)); }});
    things.add({contactor + ".fault",
                [&circuit] { return std::string(to_string(circuit.contactor.fault())); }});
    if (circuit_wires_[index].feedback) {
        const std::string name = "feedback." + circuit.id;
        things.add({.name = name,
                    .read = [&circuit] { return std::string(to_string(circuit.feedback)); },
                    .words = {"healthy", "silent", "inverted"},
                    .set =
                        [this, &circuit, name](const Value& value) {
                            const auto& word = std::get<std::string>(value);
                            circuit.feedback = word == "silent"     ? FeedbackFault::silent
                                               : word == "inverted" ? FeedbackFault::inverted
                                                                    : FeedbackFault::healthy;
                            trace_.add(now_, name, word);
                            settle_inputs();
                        }});
    }
    if (circuit_wires_[index].meter) {
        const std::string name = "meter." + circuit.id;
        things.add({.name = name,
                    .read = [this, &circuit]() -> Value {
                        if (circuit.meter.kind == MeterFault::Kind::silent)
                            return std::string("silent");
                        return circuit.watts(now_);
                    },
                    .words = {"healthy", "silent"},
                    .takes_number = true,
                    .least = 0,
                    .most = 100'000,
                    .set =
                        [this, &circuit, name](const Value& value) {
                            if (const auto* number = std::get_if<double>(&value)) {
                                circuit.meter = {MeterFault::Kind::fixed, *number};
                                return trace_.add(now_, name, text(*number));
                            }
                            const auto& word = std::get<std::string>(value);
                            circuit.meter.kind = word == "silent" ? MeterFault::Kind::silent
                                                                  : MeterFault::Kind::healthy;
                            trace_.add(now_, name, word);
                        }});
    }
}

void Plant::set_contactor(Circuit& circuit, const std::string& word) {
    circuit.contactor.set_fault(word == "welded"       ? Contactor::Fault::welded
                                : word == "stuck_open" ? Contactor::Fault::stuck_open
                                                       : Contactor::Fault::healthy,
                                now_);
    circuit.advance(now_);
    settle_inputs();
}

void Plant::set_pc(Circuit& circuit, const std::string& word) {
    if (word == "running") circuit.pc.set_running(now_);
    if (word == "off") circuit.pc.set_off(now_);
    if (word == "shutdown") circuit.pc.ask_to_stop(now_);
    if (word == "hang") circuit.pc.set_hang(now_);
    if (word == "crash") circuit.pc.crash(now_);
    settle_inputs();
}

void Plant::press(Button& button) {
    if (!button.released_at) trace_.add(now_, button.thing, "pressed");
    button.released_at = now_ + options_.button_press;
    settle_inputs();
}

}  // namespace hall::sim
