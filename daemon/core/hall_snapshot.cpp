// What survives a restart, and what a restart makes of it (R5, R14).
#include <algorithm>

#include "daemon/core/hall_state.hpp"

namespace hall {

Snapshot Hall::snapshot(const Now& now) const {
    const State& s = *state_;
    Snapshot out;
    out.at = now;
    out.phase = s.phase(now);
    s.closing.save(out, s.config);
    out.extended_until = s.day.extended_until();
    out.first_start = s.day.first_start();
    out.inhibited_until = s.inhibited_until;
    for (const Circuit& circuit : s.circuits) out.circuits.push_back(circuit.save());
    out.alarms = s.alarms.all();
    out.windows = s.windows.save(s.config);
    s.posts.save(out, s.config);
    out.notices = s.faults.save();
    s.lightbox.save(out);
    s.opening.save(out, s.config);
    out.next_command = s.next_command;
    return out;
}

void Hall::State::restore(Turn& turn, const Restored& from) {
    const Snapshot& saved = from.snapshot;
    next_command = std::max(next_command, saved.next_command);
    // The same boot: instants mean what they meant. After a reboot the wall clock bridges the gap,
    // if it can be trusted at both ends and did not run backwards; otherwise the time in between
    // counts as none, and authorisations as void.
    Millis shift{0};
    bool spans = from.same_boot && turn.now.mono >= saved.at.mono;
    if (!from.same_boot) {
        Millis between{0};
        spans = saved.at.wall_trusted && turn.now.wall_trusted && turn.now.wall >= saved.at.wall;
        if (spans) between = turn.now.wall - saved.at.wall;
        shift = turn.now.mono - (saved.at.mono + between);
    }
    const auto moved = [&](std::optional<Instant> t) {
        if (t) *t += shift;
        return t;
    };
    alarms = Alarms(saved.alarms);
    for (SavedCircuit circuit : saved.circuits) {
        for (Instant& t : circuit.recent) t += shift;
        circuit.last_on = moved(circuit.last_on);
        circuit.last_off = moved(circuit.last_off);
        for (Circuit& mine : circuits) {
            if (mine.config().id == circuit.id) mine.restore(circuit, turn.now.mono);
        }
    }
    windows.restore(saved.windows, alarms, config);
    posts.restore(turn, saved, shift);
    faults.restore(saved.notices, shift);
    lightbox.restore(saved, shift);
    day.restore(saved.extended_until);
    inhibited_until = moved(saved.inhibited_until);
    was_closed = saved.resting == Phase::closed || saved.resting == Phase::partial;
    closing.restore(turn, alarms, from, shift, spans);
    const auto until = moved(saved.opening_until);
    if (!saved.opening.empty() && spans && until && turn.now.mono < *until) {
        std::vector<CircuitIx> off;
        for (std::size_t i = 0; i < config.circuits.size(); ++i) {
            const auto& ids = saved.opening;
            if (std::find(ids.begin(), ids.end(), config.circuits[i].id) != ids.end())
                off.push_back(CircuitIx::of(i));
        }
        // The life before may have ordered one on a moment ago (R11).
        opening.begin(turn, PersonId{saved.opened_by}, std::move(off),
                      turn.now.mono + config.opening.stagger, *until);
    } else if (!saved.opening.empty()) {
        turn.record("opening.void", "R5", {saved.opened_by}, "refused",
                    {{"circuits", join(saved.opening)}});
        // A person did open the hall; what has no power yet is switched on by opening again.
        opened(turn);
    }
    // A restart is no reason to keep alarms of links and meters that will report anew.
    for (const LinkConfig& link : config.links) alarms.clear(turn, "link_lost", link.id);
}

}  // namespace hall
