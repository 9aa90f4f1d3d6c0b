// [[circuit]]: the switched supplies, and what proves their PCs off.
#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

void read_wiring(Section& circuit, CircuitWiring& wiring) {
    const std::vector<std::string> kinds{"normally_closed", "normally_open"};
    const Place at = circuit.place("wiring");
    const auto word = circuit.text("wiring");
    if (!word) return;
    if (word->value == "latching") {
        return circuit.error(at,
                             "wiring = \"latching\": this version cannot drive latching "
                             "contactors; use \"normally_closed\"");
    }
    if (word->value == kinds[1]) {
        wiring.energised_cuts = false;
        return circuit.warning(at,
                               "wiring = \"normally_open\": a failure of the board, its supply or "
                               "the controller cuts this PC's power without anybody's consent "
                               "(R14); use \"normally_closed\"");
    }
    if (word->value != kinds[0]) {
        circuit.error(
            at, "wiring = \"" + word->value + "\" is not known; choose one of " + joined(kinds));
    }
}

void read_output(Section& circuit, Draft& draft, CircuitWiring& wiring) {
    const auto output = circuit.required_text("output");
    if (!output) return;
    const Role role{"output of " + circuit.title(), Role::Kind::circuit};
    if (const auto use = draft.points.resolve(*output, Wanted::output, role)) wiring.output = *use;
    // What a line does when the process ends is its chip's affair; de-energised must mean powered.
    if (Points::is_gpio(*output) && !wiring.energised_cuts) {
        circuit.warning(output->at,
                        "a GPIO line may fall back when the daemon ends, which with wiring = "
                        "\"normally_open\" cuts this PC's power (R14); use \"normally_closed\"");
    }
    const Template* kind = draft.points.kind_of(*output);
    if (kind != nullptr && kind->switches_when_alone) {
        circuit.warning(output->at, "the board (" + kind->name +
                                        ") may switch its outputs when it is not spoken to; set "
                                        "it to hold them, or use another board (R14)");
    }
}

std::optional<PointUse> read_input(Section& circuit, Draft& draft, const char* key,
                                   const char* inverted_key) {
    bool inverted = false;
    circuit.flag(inverted_key, inverted);
    const auto name = circuit.text(key);
    if (!name) return std::nullopt;
    return draft.points.resolve(*name, Wanted::input,
                                {std::string(key) + " of " + circuit.title(), Role::Kind::other},
                                inverted);
}

/// R8: an additional condition, never evidence by itself.
void read_reach(Section& circuit, CircuitConfig& config, CircuitWiring& wiring) {
    const auto reach = circuit.text("reach");
    if (!reach) return;
    const auto address = host_port(reach->value);
    if (!address || address->port == 0) {
        circuit.error(reach->at, "reach = \"" + reach->value +
                                     "\" is no address with a port; write it as "
                                     "\"192.0.2.7:445\"");
        return;
    }
    wiring.reach_host = address->host;
    wiring.reach_port = address->port;
    config.has_reachability = true;
}

void check_proof(Section& circuit, const CircuitConfig& config) {
    if (!circuit.has("meter") && !circuit.has("power_good")) {
        circuit.error(circuit.place(),
                      circuit.title() +
                          " has neither \"meter\" nor \"power_good\": nothing could prove its PC "
                          "off (R8); wire one of them");
    }
    if (!circuit.has("meter") && !circuit.has("feedback")) {
        circuit.error(circuit.place(),
                      circuit.title() +
                          " has neither \"feedback\" nor \"meter\": nothing could prove a cut "
                          "(R10); wire one of them");
    } else if (!circuit.has("meter") || !circuit.has("feedback")) {
        circuit.warning(circuit.place(),
                        circuit.title() +
                            " has only one proof of a cut (R10); wire \"feedback\" "
                            "and \"meter\" both");
    }
    if (config.cut_watts >= config.off_watts) {
        circuit.error(circuit.place("cut_watts"),
                      "cut_watts must be below off_watts: a PC in soft-off draws more than a "
                      "circuit that is cut");
    }
}

void read_window_of(Section& circuit, Draft& draft, CircuitConfig& config) {
    const auto window = circuit.text("window");
    if (!window) return;
    if (const auto at = draft.window_ids.find(window->value)) {
        config.window = WindowIx{static_cast<std::uint16_t>(*at)};
        return;
    }
    circuit.error(window->at, "no window \"" + window->value + "\"" +
                                  suggestion(window->value, draft.window_ids.all()));
}

void read_circuit(Section circuit, Draft& draft) {
    CircuitConfig config;
    CircuitWiring wiring;
    const auto id = circuit.id();
    if (id) circuit.rename("circuit \"" + id->value + "\"");
    config.id = config.name = id ? id->value : "";
    circuit.name("name", config.name);
    read_window_of(circuit, draft, config);
    read_wiring(circuit, wiring);
    read_output(circuit, draft, wiring);
    wiring.feedback = read_input(circuit, draft, "feedback", "feedback_inverted");
    wiring.power_good = read_input(circuit, draft, "power_good", "power_good_inverted");
    if (const auto meter = circuit.text("meter")) {
        wiring.meter = draft.points.resolve(*meter, Wanted::watts,
                                            {"meter of " + circuit.title(), Role::Kind::other});
    }
    config.has_feedback = wiring.feedback.has_value();
    config.has_power_good = wiring.power_good.has_value();
    config.has_meter = wiring.meter.has_value();
    config.off_watts = draft.defaults.off_watts;
    config.off_for = draft.defaults.off_for;
    config.cut_watts = draft.defaults.cut_watts;
    circuit.number("off_watts", config.off_watts, {0.1, 100}, "W");
    circuit.seconds("off_for", config.off_for, {1, 600});
    circuit.number("cut_watts", config.cut_watts, {0.01, 20}, "W");
    circuit.seconds("min_on", config.min_on, {0, 86'400});
    circuit.seconds("min_off", config.min_off, {0, 86'400});
    circuit.integer("max_switches_a_day", config.max_switches_a_day, {2, 1000}, "operations");
    read_stops(circuit, draft, config, wiring);
    read_reach(circuit, config, wiring);
    circuit.finish();
    check_proof(circuit, config);
    if (!id || !draft.circuit_ids.add(circuit, *id)) return;
    draft.circuit_places.push_back(circuit.place());
    draft.site.hall.circuits.push_back(std::move(config));
    draft.site.circuits.push_back(std::move(wiring));
}

}  // namespace

void read_circuits(Section& top, Draft& draft) {
    for (Section& circuit : top.tables("circuit")) read_circuit(std::move(circuit), draft);
}

}  // namespace hall::config
