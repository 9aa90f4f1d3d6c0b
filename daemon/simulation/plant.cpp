#include "daemon/simulation/plant.hpp"

#include <cmath>
#include <limits>

namespace hall::simulation {

Plant::Plant(const HallFacts& facts, Clockwork& clock, Dice& dice, Witness& witness,
             std::function<void()> changed)
    : clock_(clock),
      dice_(dice),
      witness_(witness),
      changed_(std::move(changed)),
      circuits_(facts.circuits.size()),
      conducting_(facts.circuits.size(), true),
      contacts_(facts.contacts.size()) {
    for (const WindowFacts& w : facts.windows)
        lamps_.emplace_back(static_cast<std::size_t>(w.lamps), false);
    for (PlantCircuit& c : circuits_) {
        c.load = 35.0 + dice_.below(50);
        // A few supplies are so good that an idle PC reads as a cut one.
        c.standby = dice_.one_in(8) ? 0.3 : 0.8 + 0.1 * dice_.below(30);
        c.starts_with_power = !dice_.one_in(4);
    }
}

bool Plant::relay(Line line) const {
    const auto index = static_cast<std::size_t>(line.index);
    switch (line.role) {
        case Role::circuit:
            return circuits_[index].coil;
        case Role::lamp:
            return lamps_[index][static_cast<std::size_t>(line.lamp)];
        case Role::lightbox:
            return lightbox_;
        case Role::buzzer:
            return buzzer_;
    }
    return false;
}

bool Plant::conducts(int circuit) const {
    return conducting_[static_cast<std::size_t>(circuit)];
}

void Plant::drive(Line line, bool on, bool by_order) {
    if (relay(line) == on) return;
    const auto index = static_cast<std::size_t>(line.index);
    switch (line.role) {
        case Role::circuit:
            circuits_[index].coil = on;
            break;
        case Role::lamp:
            lamps_[index][static_cast<std::size_t>(line.lamp)] = on;
            break;
        case Role::lightbox:
            lightbox_ = on;
            break;
        case Role::buzzer:
            buzzer_ = on;
            break;
    }
    witness_.relay_moved(clock_.now(), line, on, by_order);
    if (line.role == Role::circuit) update(line.index);
    changed_();
}

void Plant::update(int index) {
    PlantCircuit& c = circuit(index);
    const bool on = mains_ && (c.welded || (c.coil && !c.stuck_open));
    if (on != conducts(index)) {
        conducting_[static_cast<std::size_t>(index)] = on;
        witness_.conducts(clock_.now(), index, on);
        if (on) {
            set_pc(index, PcTruth::standby);
            if (c.starts_with_power) start_pc(index);
        } else {
            set_pc(index, PcTruth::no_power);
        }
    }
    changed_();
}

void Plant::lie(int circuit_index, bool begins) {
    PlantCircuit& c = circuit(circuit_index);
    c.lying += begins ? 1 : -1;
    if (c.lying == (begins ? 1 : 0)) witness_.lies(clock_.now(), circuit_index, begins);
}

void Plant::set_pc(int index, PcTruth state) {
    PlantCircuit& c = circuit(index);
    ++c.change;
    if (c.pc == state) return;
    c.pc = state;
    witness_.pc(clock_.now(), index, state);
    changed_();
}

void Plant::pc_later(int index, Ms length, PcTruth state) {
    clock_.in(length, [this, index, state, change = circuit(index).change] {
        if (circuit(index).change == change) set_pc(index, state);
    });
}

void Plant::start_pc(int index) {
    if (circuit(index).pc != PcTruth::standby) return;
    set_pc(index, PcTruth::booting);
    pc_later(index, dice_.between(15 * kSecond, 60 * kSecond), PcTruth::running);
}

void Plant::stop_pc(int index) {
    set_pc(index, PcTruth::shutting_down);
    const PlantCircuit& c = circuit(index);
    if (c.refuses_to_stop) {
        pc_later(index, dice_.between(2 * kSecond, 20 * kSecond), PcTruth::hung);
    } else if (c.slow_to_stop) {
        pc_later(index, dice_.between(2 * kMinute, 12 * kMinute), PcTruth::standby);
    } else {
        pc_later(index, dice_.between(3 * kSecond, 50 * kSecond), PcTruth::standby);
    }
}

bool Plant::ask_to_stop(int index) {
    const PcTruth pc = circuit(index).pc;
    if (pc == PcTruth::running) stop_pc(index);
    return pc == PcTruth::running || pc == PcTruth::shutting_down;
}

void Plant::press_power_button(int index) {
    switch (circuit(index).pc) {
        case PcTruth::standby:
            return start_pc(index);
        case PcTruth::running:
            return stop_pc(index);
        case PcTruth::booting:  // not yet listening to it
        case PcTruth::no_power:
        case PcTruth::shutting_down:
        case PcTruth::hung:
            return;
    }
}

void Plant::crash_pc(int index, bool hangs) {
    const PcTruth pc = circuit(index).pc;
    if (pc == PcTruth::no_power || pc == PcTruth::standby) return;
    set_pc(index, hangs ? PcTruth::hung : PcTruth::standby);
}

void Plant::move_door(int index, bool open) {
    if (contact(index).open == open) return;
    contact(index).open = open;
    witness_.door(clock_.now(), index, open);
    changed_();
}

void Plant::building_power(bool on) {
    mains_ = on;
    for (int i = 0; i < circuits(); ++i) update(i);
}

void Plant::heal() {
    mains_ = true;
    for (int i = 0; i < circuits(); ++i) {
        PlantCircuit& c = circuit(i);
        if (c.lying > 0) witness_.lies(clock_.now(), i, false);
        PlantCircuit whole;
        whole.coil = c.coil;
        whole.pc = c.pc;
        whole.change = c.change;
        whole.load = c.load;
        whole.standby = c.standby;
        whole.starts_with_power = true;
        c = whole;
        update(i);
        // Somebody resets what hangs and starts what is off.
        if (c.pc == PcTruth::hung) set_pc(i, PcTruth::standby);
        start_pc(i);
    }
    for (int i = 0; i < contacts(); ++i) {
        const bool open = contact(i).open;
        contact(i) = PlantContact{};
        contact(i).open = open;
        move_door(i, false);
    }
    changed_();
}

Said Plant::feedback(int index) const {
    return circuit(index).feedback_stuck.value_or(conducts(index) ? Said::on : Said::off);
}

double Plant::watts(int index) const {
    const PlantCircuit& c = circuit(index);
    switch (c.pc) {
        case PcTruth::no_power:
            return 0;
        case PcTruth::standby:
            return c.standby;
        case PcTruth::booting:
        case PcTruth::running:
        case PcTruth::shutting_down:
        case PcTruth::hung:
            return c.load;
    }
    return 0;
}

double Plant::meter(int index) {
    const PlantCircuit& c = circuit(index);
    if (c.meter_silent) return std::numeric_limits<double>::quiet_NaN();
    if (c.meter_stuck) return *c.meter_stuck;
    const double true_watts = watts(index);
    if (!c.meter_noisy) return true_watts;
    return true_watts * (0.5 + 0.01 * dice_.below(100));
}

Said Plant::power_good(int index) const {
    const PcTruth pc = circuit(index).pc;
    const bool up = pc != PcTruth::no_power && pc != PcTruth::standby;
    return circuit(index).power_good_stuck.value_or(up ? Said::on : Said::off);
}

Said Plant::reachable(int index) const {
    const PcTruth pc = circuit(index).pc;
    return pc == PcTruth::running || pc == PcTruth::shutting_down ? Said::on : Said::off;
}

Said Plant::contact_says(int index) const {
    const PlantContact& c = contacts_[static_cast<std::size_t>(index)];
    if (c.silent) return Said::silent;
    if (c.stuck) return Said::on;
    return c.open || c.flapping ? Said::off : Said::on;
}

}  // namespace hall::simulation
