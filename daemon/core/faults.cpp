#include "daemon/core/faults.hpp"

#include <algorithm>

namespace hall {

namespace {

/// How long after the beginning the notice of that number is due, the first being 0.
Millis due_after(const FaultConfig& config, std::uint32_t attempts) {
    if (attempts == 0) return Millis{0};
    const auto& steps = config.notify_after;
    const std::size_t count = steps.size();
    if (attempts <= count) return steps[attempts - 1];
    const Millis last = steps.back();
    const Millis distance = count > 1 ? last - steps[count - 2] : last;
    return last + distance * (attempts - count);
}

/// The moment before which nothing is due. After a pause (restart, cleared meanwhile) one notice
/// makes up for all that were missed.
Instant next_notice(const FaultConfig& config, const SavedNotice& notice) {
    return notice.since + due_after(config, notice.attempts);
}

}  // namespace

void Faults::advance(Turn& turn, bool at_work, const std::vector<Circuit>& circuits,
                     Windows& windows, Alarms& alarms) {
    const HallConfig& config = turn.config;
    std::vector<bool> broken(config.windows.size(), false);
    std::vector<Cause> causes;
    for (const Circuit& circuit : circuits) {
        const CircuitConfig& c = circuit.config();
        if (!c.window) continue;
        const bool needed = at_work && windows.chosen(*c.window) != WindowState::closed;
        // A contactor that did not close has an alarm of its own already.
        const bool stuck = alarms.stands("stuck_open", c.id);
        const bool dark = needed && circuit.actual(turn.now.mono) == Level::off;
        alarms.set(turn, dark && !stuck, "power_lost", c.id);
        alarms.set(turn, needed && circuit.evidence.link_dead(turn.now.mono), "pc_unreachable",
                   c.id);
        for (const char* code : {"power_lost", "pc_unreachable", "stuck_open", "meter_silent"}) {
            if (!needed || !alarms.stands(code, c.id)) continue;
            broken[c.window->value] = true;
            causes.push_back({code, c.id, {config.windows[c.window->value].id}});
        }
    }
    for (std::size_t i = 0; i < config.windows.size(); ++i) {
        windows.broken(turn, WindowIx::of(i), broken[i]);
        if (alarms.stands("window_fault", config.windows[i].id))
            causes.push_back({"window_fault", config.windows[i].id, {config.windows[i].id}});
    }
    for (std::size_t l = 0; l < config.links.size(); ++l) {
        const auto link = LinkIx::of(l);
        if (!windows.link_down(link)) continue;
        Cause cause{"link_lost", config.links[l].id, {}};
        for (const WindowConfig& w : config.windows) {
            if (std::find(w.links.begin(), w.links.end(), link) != w.links.end())
                cause.windows.push_back(w.id);
        }
        if (!cause.windows.empty()) causes.push_back(std::move(cause));
    }
    notify(turn, causes, alarms);
}

void Faults::notify(Turn& turn, const std::vector<Cause>& causes, const Alarms& alarms) {
    // Forgotten once nobody has to hear of it any more.
    notices_.erase(
        std::remove_if(notices_.begin(), notices_.end(),
                       [&](const SavedNotice& n) { return !alarms.unacknowledged(n.alarm); }),
        notices_.end());
    for (const Cause& cause : causes) {
        const std::string id = cause.alarm();
        if (!alarms.unacknowledged(id)) continue;
        auto notice = std::find_if(notices_.begin(), notices_.end(),
                                   [&](const SavedNotice& n) { return n.alarm == id; });
        if (notice == notices_.end())
            notice = notices_.insert(notices_.end(), {id, turn.now.mono, 0});
        const FaultConfig& config = turn.config.faults;
        if (turn.now.mono < next_notice(config, *notice)) continue;
        const Millis length = turn.now.mono - notice->since;
        while (turn.now.mono >= next_notice(config, *notice)) ++notice->attempts;
        turn.record("fault.notified", "R24", {"halld"}, "done",
                    {{"alarm", id},
                     {"windows", join(cause.windows)},
                     {"department", config.department},
                     {"attempt", std::to_string(notice->attempts)},
                     {"after_s", std::to_string(length.count() / 1000)}});
    }
}

void Faults::restore(const std::vector<SavedNotice>& saved, Millis shift) {
    notices_ = saved;
    for (SavedNotice& n : notices_) n.since += shift;
}

void Faults::deadlines(Deadlines& out, const HallConfig& config, const Alarms& alarms) const {
    for (const SavedNotice& n : notices_) {
        if (alarms.unacknowledged(n.alarm)) out.consider(next_notice(config.faults, n));
    }
}

}  // namespace hall
