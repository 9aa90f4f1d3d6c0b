#include "daemon/simulation/troubles.hpp"

#include <cmath>

namespace hall::simulation {

Troubles::Troubles(const HallConfig& config, Clockwork& clock, Dice& dice, Witness& witness,
                   const Weather& weather, FaultCounts& counts, Plant& plant, Machine& machine,
                   Wires& wires, int buses, std::function<void()> busy)
    : config_(config),
      clock_(clock),
      dice_(dice),
      witness_(witness),
      weather_(weather),
      counts_(counts),
      plant_(plant),
      machine_(machine),
      wires_(wires),
      buses_(buses),
      busy_(std::move(busy)) {}

void Troubles::plan_day(Ms begin, Ms end, const std::vector<Ms>& peaks) {
    // Those before befall single orders, and are drawn with each.
    for (auto i = static_cast<std::size_t>(Fault::bus_down); i < kFaults; ++i) {
        const auto fault = static_cast<Fault>(i);
        if (fault == Fault::crash_before_commit || fault == Fault::crash_after_commit ||
            fault == Fault::crash_in_batch)
            continue;
        const double rate = weather_.rate[i];
        int times = static_cast<int>(rate);
        if (dice_.chance(rate - times)) ++times;
        for (; times > 0; --times) {
            Ms at = dice_.between(begin, end - 1);
            if (!peaks.empty() && !dice_.one_in(4))
                at = dice_.of(peaks) + dice_.between(-5 * kMinute, 15 * kMinute);
            clock_.at(std::max(at, clock_.now()), [this, fault, era = era_] {
                if (!ended_ && era == era_) strike(fault);
            });
        }
    }
}

Ms Troubles::some_time() {
    // Mostly short enough to matter to one closing, sometimes for hours.
    switch (dice_.below(6)) {
        case 0:
            return dice_.between(100, 5 * kSecond);
        case 1:
        case 2:
        case 3:
            return dice_.between(5 * kSecond, 4 * kMinute);
        case 4:
            return dice_.between(kMinute, 30 * kMinute);
        default:
            return dice_.between(kHour, 14 * kHour);
    }
}

void Troubles::during(Fault fault, const std::string& subject, Ms length,
                      const std::function<void()>& begin, const std::function<void()>& undo) {
    counts_.add(fault);
    busy_();
    ++standing_;
    const char* name = name_of(fault).data();
    witness_.fault(clock_.now(), name, subject, true);
    begin();
    clock_.in(length, [this, name, subject, undo, era = era_] {
        if (era != era_) return;
        busy_();
        --standing_;
        last_ = clock_.now();
        witness_.fault(clock_.now(), name, subject, false);
        undo();
    });
}

void Troubles::strike(Fault fault) {
    const int circuit = dice_.below(std::max(1, plant_.circuits()));
    const int bus = dice_.below(buses_);
    switch (fault) {
        case Fault::relay_by_hand:
        case Fault::contactor_welded:
        case Fault::contactor_stuck_open:
        case Fault::feedback_lies:
        case Fault::feedback_silent:
        case Fault::meter_silent:
        case Fault::meter_noisy:
        case Fault::meter_stuck:
        case Fault::power_good_stuck:
        case Fault::pc_hangs:
        case Fault::pc_slow:
        case Fault::pc_crashes:
        case Fault::pc_started:
        case Fault::hook_fails:
            return strike_circuit(fault, circuit);
        case Fault::contact_flaps:
        case Fault::contact_silent:
        case Fault::contact_stuck:
            if (plant_.contacts() > 0) strike_contact(fault, dice_.below(plant_.contacts()));
            return;
        case Fault::bus_down:
        case Fault::bus_slow:
        case Fault::board_reset:
            return strike_bus(fault, bus);
        case Fault::crash_idle:
        case Fault::reboot:
        case Fault::power_cut:
        case Fault::journal_full:
        case Fault::clock_forward:
        case Fault::clock_back:
        case Fault::clock_untrusted:
        case Fault::broker_away:
            return strike_machine(fault);
        case Fault::order_refused:
        case Fault::order_lost:
        case Fault::order_unknown:
        case Fault::order_late:
        case Fault::order_twice:
        case Fault::end_missing:
        case Fault::end_twice:
        case Fault::crash_before_commit:
        case Fault::crash_after_commit:
        case Fault::crash_in_batch:
        case Fault::count:
            return;
    }
}

void Troubles::strike_circuit(Fault fault, int i) {
    const std::string& id = config_.circuits[static_cast<std::size_t>(i)].id;
    PlantCircuit& c = plant_.circuit(i);
    const auto for_a_while = [&](const std::function<void()>& begin,
                                 const std::function<void()>& undo) {
        during(fault, id, some_time(), begin, undo);
    };
    const auto lying = [&](const std::function<void()>& begin, const std::function<void()>& undo) {
        for_a_while([&] { begin(), plant_.lie(i, true), plant_.update(i); },
                    [this, i, undo] { undo(), plant_.lie(i, false), plant_.update(i); });
    };
    if (fault == Fault::contactor_welded)
        return for_a_while([&] { c.welded = true, plant_.update(i); },
                           [this, &c, i] { c.welded = false, plant_.update(i); });
    if (fault == Fault::contactor_stuck_open)
        return for_a_while([&] { c.stuck_open = true, plant_.update(i); },
                           [this, &c, i] { c.stuck_open = false, plant_.update(i); });
    if (fault == Fault::feedback_lies)
        return lying([&] { c.feedback_stuck = dice_.one_in(2) ? Said::on : Said::off; },
                     [&c] { c.feedback_stuck.reset(); });
    if (fault == Fault::feedback_silent)
        return lying([&] { c.feedback_stuck = Said::silent; }, [&c] { c.feedback_stuck.reset(); });
    if (fault == Fault::meter_silent)
        return for_a_while([&] { c.meter_silent = true; }, [&c] { c.meter_silent = false; });
    if (fault == Fault::meter_noisy)
        return for_a_while([&] { c.meter_noisy = true; }, [&c] { c.meter_noisy = false; });
    if (fault == Fault::meter_stuck)
        return lying([&] { c.meter_stuck = plant_.watts(i); }, [&c] { c.meter_stuck.reset(); });
    if (fault == Fault::power_good_stuck)
        return lying([&] { c.power_good_stuck = plant_.power_good(i); },
                     [&c] { c.power_good_stuck.reset(); });
    if (fault == Fault::pc_hangs)
        return for_a_while([&] { c.refuses_to_stop = true; }, [&c] { c.refuses_to_stop = false; });
    if (fault == Fault::pc_slow)
        return for_a_while([&] { c.slow_to_stop = true; }, [&c] { c.slow_to_stop = false; });
    if (fault == Fault::hook_fails)
        return for_a_while([&] { c.hook_fails = true; }, [&c] { c.hook_fails = false; });
    counts_.add(fault);
    busy_();
    witness_.fault(clock_.now(), name_of(fault).data(), id, true);
    last_ = clock_.now();
    if (fault == Fault::pc_crashes) plant_.crash_pc(i, dice_.one_in(3));
    if (fault == Fault::pc_started) plant_.press_power_button(i);
    if (fault == Fault::relay_by_hand) plant_.drive({Role::circuit, i, 0}, !c.coil, false);
}

void Troubles::strike_contact(Fault fault, int i) {
    const std::string& id = config_.contacts[static_cast<std::size_t>(i)].id;
    PlantContact& c = plant_.contact(i);
    const auto seen = [this] { wires_.look_again(); };
    if (fault == Fault::contact_flaps) {
        counts_.add(fault);
        busy_();
        witness_.fault(clock_.now(), name_of(fault).data(), id, true);
        return flap(i, 2 + dice_.below(12));
    }
    if (fault == Fault::contact_silent) {
        return during(
            fault, id, some_time(), [&] { c.silent = true, seen(); },
            [&c, seen] { c.silent = false, seen(); });
    }
    during(
        fault, id, some_time(), [&] { c.stuck = true, seen(); },
        [&c, seen] { c.stuck = false, seen(); });
}

void Troubles::flap(int i, int times) {
    PlantContact& c = plant_.contact(i);
    c.flapping = times > 0 && !c.flapping;
    last_ = clock_.now();
    wires_.look_again();
    if (times <= 0) return;
    clock_.in(dice_.between(50, 3 * kSecond), [this, i, times, era = era_] {
        if (era == era_) flap(i, times - 1);
    });
}

void Troubles::strike_bus(Fault fault, int bus) {
    const std::string id = "bus " + std::to_string(bus + 1);
    if (fault == Fault::bus_slow) {
        return during(
            fault, id, some_time(), [&] { wires_.slow(bus, true); },
            [this, bus] { wires_.slow(bus, false); });
    }
    const bool reset = fault == Fault::board_reset;
    if (!wires_.bus_up(bus)) return;
    during(
        fault, id, reset ? dice_.between(kSecond, kMinute) : some_time(),
        [&] {
            if (reset) wires_.board_reset(bus);
            wires_.bus(bus, false);
        },
        [this, bus] { wires_.bus(bus, true); });
}

void Troubles::strike_machine(Fault fault) {
    const auto down = [&] {
        return dice_.one_in(8) ? dice_.between(kMinute, 15 * kHour)
                               : dice_.between(kSecond, 30 * kSecond);
    };
    const auto clock_for = [&](Ms error, bool untrusted) {
        during(
            fault, "", some_time(), [&] { machine_.set_clock(error, untrusted); },
            [this] { machine_.set_clock(0, false); });
    };
    if (fault == Fault::power_cut) return cut_power(down());
    if (fault == Fault::journal_full)
        return during(
            fault, "", dice_.between(kSecond, 10 * kMinute), [&] { machine_.journal_full(true); },
            [this] { machine_.journal_full(false); });
    if (fault == Fault::clock_forward)
        return clock_for(dice_.between(3 * kSecond, 20 * kHour), false);
    if (fault == Fault::clock_back) return clock_for(-dice_.between(kSecond, 20 * kHour), false);
    if (fault == Fault::clock_untrusted) return clock_for(0, true);
    if (fault == Fault::broker_away)
        return during(
            fault, "", some_time(), [&] { machine_.broker(false); },
            [this] { machine_.broker(true); });
    if (!machine_.up()) return;
    counts_.add(fault);
    busy_();
    last_ = clock_.now();
    witness_.fault(clock_.now(), name_of(fault).data(), "", true);
    machine_.die_for(name_of(fault).data(), down(), fault == Fault::reboot);
}

void Troubles::cut_power(Ms length) {
    if (!machine_.up()) return;
    for (int bus = 0; bus < buses_; ++bus) {
        if (!wires_.bus_up(bus)) return;
    }
    during(
        Fault::power_cut, "", length,
        [&] {
            machine_.die("the building is without power");
            plant_.building_power(false);
            for (int bus = 0; bus < buses_; ++bus) {
                wires_.board_reset(bus);
                wires_.bus(bus, false);
            }
        },
        [this] {
            for (int bus = 0; bus < buses_; ++bus) wires_.bus(bus, true);
            plant_.building_power(true);
            clock_.in(dice_.between(10 * kSecond, 90 * kSecond), [this] {
                if (!machine_.up()) machine_.start(true);
            });
        });
}

void Troubles::end() {
    ended_ = true;
    ++era_;
    standing_ = 0;
    last_ = clock_.now();
    for (int bus = 0; bus < buses_; ++bus) {
        wires_.slow(bus, false);
        wires_.bus(bus, true);
    }
    witness_.fault(clock_.now(), name_of(Fault::journal_full).data(), "", false);
    machine_.journal_full(false);
    machine_.set_clock(0, false);
    machine_.broker(true);
    plant_.heal();
    if (!machine_.up()) machine_.start(false);
}

}  // namespace hall::simulation
