// What may be shown: values only, made from the rules' own answers.
#include "daemon/core/hall_state.hpp"

namespace hall {

namespace {

CircuitView show(const Circuit& circuit, Instant now) {
    CircuitView v;
    v.id = circuit.config().id;
    v.name = circuit.config().name;
    v.actual = circuit.actual(now);
    v.watts = circuit.evidence.watts(now);
    v.fresh = !circuit.config().has_meter || v.watts.has_value();
    v.switches = circuit.switches();
    return v;
}

}  // namespace

WiresView Hall::wires(const Now& now) const {
    const State& s = *state_;
    WiresView out;
    out.now = now;
    for (std::size_t i = 0; i < s.circuits.size(); ++i) {
        const auto ix = CircuitIx::of(i);
        CircuitView v = show(s.circuits[i], now.mono);
        v.pc = s.circuits[i].pc(now.mono, s.closing.asked_to_stop(ix));
        v.step = s.opening.under_way() ? s.opening.step(ix) : s.closing.step(ix);
        v.step_deadline = s.closing.step_deadline(s.config, ix);
        const auto wanted = s.outputs.wanted(OutputRef::circuit(ix));
        if (wanted) {
            v.target = *wanted ? Level::on : Level::off;
        } else if (s.closing.closed() && !s.closing.left_on(v.id)) {
            v.target = Level::off;
        } else {
            v.target = v.actual;  // nothing is wanted: whatever is, stays
        }
        out.circuits.push_back(std::move(v));
    }
    for (std::size_t i = 0; i < s.config.windows.size(); ++i) {
        const WindowConfig& c = s.config.windows[i];
        const auto window = WindowIx::of(i);
        WindowView v{c.id,   c.name,
                     c.post, s.windows.state(window),
                     {},     s.posts.responsible(s.config, c.post)};
        const auto& look = c.look[static_cast<std::size_t>(v.state)];
        for (std::uint8_t lamp = 0; lamp < c.lamps; ++lamp) {
            v.lamps.push_back({look[lamp], s.outputs.level(OutputRef::window_lamp(window, lamp))});
        }
        out.windows.push_back(std::move(v));
    }
    out.contacts.reserve(s.contacts.size());
    for (std::size_t i = 0; i < s.contacts.size(); ++i) {
        const ContactConfig& c = s.config.contacts[i];
        out.contacts.push_back({c.id, c.name, s.contacts[i], c.sensed});
    }
    for (std::size_t i = 0; i < s.links.size(); ++i)
        out.links.push_back({s.config.links[i].id, s.links[i]});
    return out;
}

HallView Hall::view(const Now& now) const {
    const State& s = *state_;
    const ClosingWorld world = s.world(now);
    HallView out{wires(now), {}, {}, {}, {}, false, {}};
    s.closing.view(out.closing, s.config, world, now);
    if (s.opening.under_way()) out.closing.phase = Phase::opening;
    out.closing.since = s.phase_since;
    out.closing.closes_at = s.day.closes(s.config, now);
    out.posts = s.posts.view(s.config);
    s.lightbox.view(out.lightbox, s.config, now, s.outputs);
    for (const SavedAlarm& alarm : s.alarms.all()) out.alarms.push_back(alarm.view);
    out.inhibited = world.inhibited;
    if (out.inhibited) out.inhibited_until = s.inhibited_until;
    return out;
}

}  // namespace hall
