#include "tests/support/core_random.hpp"

namespace hall::test {

HallConfig hasty_hall() {
    HallConfig hall = small_hall();
    hall.closing.confirm_window = 15s;
    hall.closing.countdown = 2s;
    hall.closing.authorisation_ttl = 60s;
    hall.closing.stop_timeout = 20s;
    hall.closing.prove_within = 5s;
    hall.closing.fresh_within = 3s;
    hall.closing.grace = 60s;
    hall.closing.escalate = {60s};
    hall.lightbox.policy = LightboxPolicy::both;
    hall.lightbox.usual.on.offset = 17h + 36min;
    for (CircuitConfig& c : hall.circuits) {
        c.off_for = 5s;
        c.min_on = 10s;
        c.min_off = 7s;
        c.max_switches_a_day = 12;
        for (StopMethod& m : c.stop) m.wait = 6s;
    }
    return hall;
}

namespace {

const std::vector<std::string> kPeople{"1001", "1002", "1003"};

/// A force of a circuit that is not held is refused; most people look first.
CircuitIx held_or(const Evening& e, CircuitIx other) {
    const HallView view = e.view();
    for (std::uint16_t i = 0; i < view.circuits.size(); ++i) {
        if (view.circuits[i].step == Step::held) return {i};
    }
    return other;
}

void person(Evening& e, Dice& dice, const std::string& old_plan) {
    const std::string& who = dice.of(kPeople);
    const CircuitIx circuit{static_cast<std::uint16_t>(dice.below(3))};
    switch (dice.below(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
            e.confirm(who);
            break;
        case 4:
            e.confirm_plan(who, old_plan);
            break;
        case 5:
            e.confirm_plan(who, e.digest(), {});
            break;
        case 6:
            e.confirm(who, {{dice.one_in(2) ? "pc2" : "west_door", dice.one_in(3) ? "" : "so"}});
            break;
        case 7:
            if (dice.one_in(4)) e.cancel();
            break;
        case 8:
            e.except(who, e.config.circuits[circuit.value].id);
            break;
        case 9:
        case 10:
            e.force(who, held_or(e, circuit), dice.one_in(5) ? "" : "hangs");
            break;
        default:
            e.open(who);
            break;
    }
}

void plant(Evening& e, Dice& dice) {
    PlantCircuit& p = e.plant({static_cast<std::uint16_t>(dice.below(3))});
    switch (dice.below(10)) {
        case 0:
            p.running = !p.running && p.conducts();
            break;
        case 1:
            p.stops_in = dice.one_in(3) ? std::nullopt : std::optional<Millis>{dice.below(9) * 1s};
            break;
        case 2:
            p.welded = dice.one_in(3);
            break;
        case 3:
            p.stuck_open = dice.one_in(4);
            break;
        case 4:
            p.meter_silent = dice.one_in(3);
            break;
        case 5:
            p.hook_fails = dice.one_in(3);
            break;
        case 6:
            p.meter_says =
                dice.one_in(3) ? std::optional<double>{dice.below(8) * 1.0} : std::nullopt;
            break;
        case 7:
            p.feedback_says = dice.one_in(4)
                                  ? std::optional<Level>{static_cast<Level>(dice.below(3))}
                                  : std::nullopt;
            break;
        default:
            p = PlantCircuit{};
            p.stops_in = 2s;
            break;
    }
    e.report_changes();
}

void board(Evening& e, Dice& dice) {
    const OutputRef output = OutputRef::circuit({static_cast<std::uint16_t>(dice.below(3))});
    switch (dice.below(6)) {
        case 0:
            e.script[output].push_back(static_cast<Write>(dice.below(5)));
            break;
        case 1:
            e.dead.insert(output);
            e.feed(OutputReported{output, Level::unknown});
            break;
        case 2:
        case 3:
            e.dead.clear();
            e.feed(OutputReported{output, e.plant({output.index}).coil ? Level::on : Level::off});
            break;
        default:
            if (!e.held.empty()) e.finish(e.held.front().id, static_cast<Outcome>(dice.below(3)));
            break;
    }
}

void rest(Evening& e, Dice& dice) {
    switch (dice.below(6)) {
        case 0:
            e.door(
                ContactIx{static_cast<std::uint16_t>(dice.below(2))},
                dice.one_in(4) ? static_cast<ContactState>(dice.below(3)) : ContactState::closed);
            break;
        case 1:
            e.feed(LinkReported{kBus1, !dice.one_in(3)});
            break;
        case 2:
            e.feed(ButtonPressed{dice.one_in(2) ? kWindow1 : kWindow2});
            break;
        case 3:
            if (dice.one_in(6)) e.ask(ClosingInhibited{0, "mqtt", dice.below(4) * 1s});
            break;
        case 4:
            e.ask(LightboxOverridden{0, "mqtt", dice.one_in(2),
                                     static_cast<OverrideUntil>(dice.below(4)),
                                     dice.below(20) * 1s});
            break;
        default:
            e.ask(WindowSet{0, "mqtt", kWindow2, static_cast<WindowState>(dice.below(4))});
            break;
    }
}

}  // namespace

void happen(Evening& e, Dice& dice) {
    const std::string plan = e.digest();
    switch (dice.below(10)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return person(e, dice, plan);
        case 4:
        case 5:
            return plant(e, dice);
        case 6:
        case 7:
            return board(e, dice);
        default:
            return rest(e, dice);
    }
}

}  // namespace hall::test
