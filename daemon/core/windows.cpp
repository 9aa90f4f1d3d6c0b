#include "daemon/core/windows.hpp"

#include <algorithm>

namespace hall {

namespace {
/// 1 Hz: half a second lit, half a second dark. All lamps blink together, by the monotonic clock's
/// own seconds.
constexpr Millis kBlinkHalf{500};

bool blink_lit(Instant now) {
    return (now.time_since_epoch() / kBlinkHalf) % 2 == 0;
}
}  // namespace

Windows::Windows(const HallConfig& config)
    : chosen_(config.windows.size(), WindowState::closed),
      shown_(config.windows.size(), WindowState::closed),
      faulty_(config.windows.size(), false),
      link_down_(config.links.size(), false),
      broken_(config.windows.size(), false) {}

void Windows::change(Turn& turn, WindowIx window, WindowState to, const std::string& source) {
    if (chosen_[window.value] == to) return;
    turn.record("window.changed", "R22", {source}, "done",
                {{"window", turn.config.windows[window.value].id},
                 {"from", to_string(chosen_[window.value])},
                 {"to", to_string(to)}});
    chosen_[window.value] = to;
}

void Windows::pressed(Turn& turn, WindowIx window, bool hall_open) {
    if (!hall_open || faulty_.at(window.value)) return;
    const bool serving = chosen_[window.value] == WindowState::serving;
    change(turn, window, serving ? WindowState::paused : WindowState::serving, "button");
}

void Windows::set(Turn& turn, const WindowSet& event, bool hall_open, Alarms& alarms) {
    if (event.state == WindowState::fault) {
        raise_fault(turn, {event.request, event.source, event.window, {}}, alarms);
        return;
    }
    if (!hall_open && event.state != WindowState::closed)
        return turn.conflict(event.request, "not_now");
    if (faulty_[event.window.value]) end_fault(turn, event.window, event.source, alarms);
    change(turn, event.window, event.state, event.source);
    turn.done(event.request);
}

void Windows::raise_fault(Turn& turn, const FaultRaised& event, Alarms& alarms) {
    const std::string& id = turn.config.windows.at(event.window.value).id;
    if (!faulty_[event.window.value]) {
        faulty_[event.window.value] = true;
        turn.record("window.fault", "R24", {event.source}, "done",
                    {{"window", id}, {"text", event.text}});
        alarms.raise(turn, "window_fault", id, event.text);
    }
    turn.done(event.request);
}

void Windows::end_fault(Turn& turn, WindowIx window, const std::string& source, Alarms& alarms) {
    const std::string& id = turn.config.windows[window.value].id;
    faulty_[window.value] = false;
    turn.record("window.fault_ended", "R24", {source}, "done", {{"window", id}});
    alarms.clear(turn, "window_fault", id);
}

void Windows::fault_pressed(Turn& turn, WindowIx window, Alarms& alarms) {
    // Who has freed the paper jam presses once more; the panel is at the other end of the hall.
    if (faulty_.at(window.value)) {
        end_fault(turn, window, "button", alarms);
    } else {
        raise_fault(turn, {0, "button", window, {}}, alarms);
    }
}

void Windows::broken(Turn& turn, WindowIx window, bool dead) {
    if (broken_.at(window.value) == dead) return;
    broken_[window.value] = dead;
    turn.changed = true;
}

void Windows::unattended(Turn& turn, WindowIx window) {
    const WindowConfig& config = turn.config.windows.at(window.value);
    if (chosen_[window.value] != WindowState::serving) return;
    turn.record("window.unattended", "R23", {"halld"}, "done",
                {{"window", config.id}, {"post", config.post}, {"to", "paused"}});
    chosen_[window.value] = WindowState::paused;
}

void Windows::link(Turn& turn, LinkIx link, bool up) {
    if (link_down_.at(link.value) == !up) return;
    link_down_[link.value] = !up;
    turn.changed = true;
}

void Windows::close_all(Turn& turn) {
    for (std::size_t i = 0; i < chosen_.size(); ++i)
        change(turn, WindowIx::of(i), WindowState::closed, "halld");
}

bool Windows::links_up(const WindowConfig& window) const {
    return std::none_of(window.links.begin(), window.links.end(),
                        [&](LinkIx l) { return link_down_[l.value]; });
}

void Windows::advance(Turn& turn, Outputs& outputs) {
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
        const WindowConfig& window = turn.config.windows[i];
        const WindowState shown =
            faulty_[i] || broken_[i] || !links_up(window) ? WindowState::fault : chosen_[i];
        if (shown != shown_[i]) {
            turn.record("window.shown", "R24", {"halld"}, "done",
                        {{"window", window.id}, {"to", to_string(shown)}});
            shown_[i] = shown;
        }
        const auto& look = window.look[static_cast<std::size_t>(shown)];
        for (std::uint8_t lamp = 0; lamp < window.lamps; ++lamp) {
            bool lit = false;
            switch (look[lamp]) {
                case LampMode::off:
                    lit = false;
                    break;
                case LampMode::on:
                    lit = true;
                    break;
                case LampMode::blink:
                    lit = blink_lit(turn.now.mono);
                    break;
            }
            outputs.want(OutputRef::window_lamp(WindowIx::of(i), lamp), lit);
        }
    }
}

void Windows::deadlines(Deadlines& out, const HallConfig& config) const {
    for (std::size_t i = 0; i < shown_.size(); ++i) {
        const auto& look = config.windows[i].look[static_cast<std::size_t>(shown_[i])];
        if (std::find(look.begin(), look.end(), LampMode::blink) == look.end()) continue;
        out.consider(Instant{(out.now.mono.time_since_epoch() / kBlinkHalf + 1) * kBlinkHalf});
        return;
    }
}

void Windows::restore(const std::vector<SavedWindow>& saved, const Alarms& alarms,
                      const HallConfig& config) {
    for (const SavedWindow& s : saved) {
        for (std::size_t i = 0; i < config.windows.size(); ++i) {
            if (config.windows[i].id == s.id) chosen_[i] = s.state;
        }
    }
    for (std::size_t i = 0; i < config.windows.size(); ++i) {
        faulty_[i] = alarms.stands("window_fault", config.windows[i].id);
        // What the light showed last, so that a change of it has a record (R29).
        const auto& links = config.windows[i].links;
        const bool lost = std::any_of(links.begin(), links.end(), [&](LinkIx l) {
            return alarms.stands("link_lost", config.links[l.value].id);
        });
        shown_[i] = faulty_[i] || lost ? WindowState::fault : chosen_[i];
    }
}

std::vector<SavedWindow> Windows::save(const HallConfig& config) const {
    std::vector<SavedWindow> saved;
    for (std::size_t i = 0; i < chosen_.size(); ++i)
        saved.push_back({config.windows[i].id, chosen_[i]});
    return saved;
}

}  // namespace hall
