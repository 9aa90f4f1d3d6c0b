#include "daemon/core/outputs.hpp"

#include <algorithm>

namespace hall {

namespace {
/// At start nothing is written before all outputs were read (R14); boards that are dead must not
/// hold up the others longer.
constexpr Millis kReadAllPatience{3'000};
/// An order whose end is never reported counts as unknown after this.
constexpr Millis kOrderPatience{10'000};
constexpr Millis kPauseFirst{500};
constexpr Millis kPauseMost{10'000};
constexpr int kFailuresToAlarm = 3;
}  // namespace

Outputs::Outputs(const HallConfig& config, Instant born)
    : may_write_from_(born + kReadAllPatience) {
    const auto add = [&](OutputRef ref) {
        lines_.push_back(Line{ref, Level::unknown, std::nullopt, Idle{}, 0, false, false, 0});
    };
    for (std::size_t i = 0; i < config.circuits.size(); ++i)
        add(OutputRef::circuit(CircuitIx::of(i)));
    for (std::size_t i = 0; i < config.windows.size(); ++i) {
        for (std::uint8_t lamp = 0; lamp < config.windows[i].lamps; ++lamp) {
            add(OutputRef::window_lamp(WindowIx::of(i), lamp));
        }
    }
    if (config.lightbox.fitted) add(OutputRef::lightbox());
    if (config.has_buzzer) add(OutputRef::buzzer());
    unreported_ = lines_.size();
}

template <class Lines>
auto* Outputs::find_in(Lines& lines, const OutputRef& output) {
    // This is asked for every lamp at every step: one number is compared faster than three fields.
    const auto key = [](const OutputRef& r) {
        return static_cast<std::uint32_t>(r.role) << 24U | std::uint32_t{r.index} << 8U | r.lamp;
    };
    const auto found =
        std::ranges::lower_bound(lines, key(output), {}, [&](const Line& l) { return key(l.ref); });
    return found == lines.end() || found->ref != output ? nullptr : &*found;
}

const Outputs::Line* Outputs::find(const OutputRef& output) const {
    return find_in(lines_, output);
}

Outputs::Line* Outputs::find(const OutputRef& output) {
    return find_in(lines_, output);
}

void Outputs::want(const OutputRef& output, std::optional<bool> on) {
    Line* const found = find(output);
    if (found == nullptr) return;
    Line& l = *found;
    if (l.wanted == on) return;
    l.wanted = on;
    // A new wish is tried at once, whatever pause the old one had earned; what is not known must be
    // read first, and that comes when the pause ends.
    if (std::holds_alternative<Pausing>(l.state) && l.level != Level::unknown) l.state = Idle{};
}

void Outputs::ask(Turn& turn, const OutputRef& output) {
    if (Line* const l = find(output); l != nullptr && !busy(output)) read_back(turn, *l);
}

Level Outputs::level(const OutputRef& output) const {
    const Line* l = find(output);
    return l == nullptr ? Level::unknown : l->level;
}

std::optional<bool> Outputs::wanted(const OutputRef& output) const {
    const Line* l = find(output);
    return l == nullptr ? std::nullopt : l->wanted;
}

bool Outputs::busy(const OutputRef& output) const {
    const Line* l = find(output);
    return l != nullptr && (std::holds_alternative<Writing>(l->state) ||
                            std::holds_alternative<ReadingBack>(l->state));
}

bool Outputs::failing(const OutputRef& output) const {
    const Line* l = find(output);
    return l != nullptr && l->failures >= kFailuresToAlarm;
}

void Outputs::reported(Turn& turn, const OutputRef& output, Level level) {
    Line* const found = find(output);
    if (found == nullptr) return;
    Line& l = *found;
    if (!l.ever_reported && level != Level::unknown) {
        l.ever_reported = true;
        --unreported_;
        turn.record("output.adopted", "R14", {"halld"}, "done",
                    {{"output", describe(turn.config, output)}, {"level", to_string(level)}});
    }
    // While a write is under way an older reading may still arrive; the write's own end settles the
    // level.
    if (auto* writing = std::get_if<Writing>(&l.state)) {
        writing->heard = level;
        return;
    }
    if (l.level != level) {
        l.level = level;
        turn.changed = true;
    }
}

bool Outputs::finished(Turn& turn, CommandId command, Outcome outcome) {
    for (Line& l : lines_) {
        if (l.given_up != 0 && l.given_up == command) {
            ended_late(turn, l, outcome);
            return true;
        }
        if (auto* writing = std::get_if<Writing>(&l.state);
            writing != nullptr && writing->command == command) {
            turn.changed = true;
            switch (outcome) {
                case Outcome::done:
                    l.level = writing->on ? Level::on : Level::off;
                    l.failures = 0;
                    l.state = Idle{};
                    break;
                case Outcome::failed:
                    ++l.failures;
                    l.level = writing->heard.value_or(l.level);
                    pause(turn, l);
                    break;
                case Outcome::unknown:
                    ++l.failures;
                    l.level = Level::unknown;
                    read_back(turn, l);
                    break;
            }
            return true;
        }
        if (auto* reading = std::get_if<ReadingBack>(&l.state);
            reading != nullptr && reading->command == command) {
            turn.changed = true;
            if (outcome == Outcome::done && l.level != Level::unknown) {
                l.state = Idle{};
            } else {
                l.level = Level::unknown;
                ++l.failures;
                pause(turn, l);
            }
            return true;
        }
    }
    return false;
}

void Outputs::read_back(Turn& turn, Line& l) {
    const CommandId id = turn.command(ReadOutput{l.ref});
    l.state = ReadingBack{id, turn.now.mono + kOrderPatience};
}

/// It may have been carried out after its output was read back: what was read is worth nothing.
void Outputs::ended_late(Turn& turn, Line& l, Outcome outcome) {
    l.given_up = 0;
    if (outcome == Outcome::failed) return;
    if (auto* writing = std::get_if<Writing>(&l.state)) {
        writing->heard = Level::unknown;
        return;
    }
    l.level = Level::unknown;
    if (!std::holds_alternative<ReadingBack>(l.state)) read_back(turn, l);
    turn.changed = true;
}

void Outputs::pause(Turn& turn, Line& l) {
    const int doublings = std::min(l.failures, 6);
    const Millis length = std::min(kPauseFirst * (1 << doublings), kPauseMost);
    l.state = Pausing{turn.now.mono + length};
}

void Outputs::settle(Turn& turn, Line& l, Alarms& alarms) {
    // A circuit's failure has its own ending in the closing (held) and the opening (stuck open).
    if (l.ref.role == OutputRef::Role::circuit) return;
    if (l.failures >= kFailuresToAlarm && !l.alarmed && l.wanted) {
        l.alarmed = true;
        alarms.raise(turn, "output_failed", describe(turn.config, l.ref));
    } else if (l.alarmed && l.failures == 0) {
        l.alarmed = false;
        alarms.clear(turn, "output_failed", describe(turn.config, l.ref));
    }
}

void Outputs::advance(Turn& turn, Alarms& alarms) {
    const Instant now = turn.now.mono;
    for (Line& l : lines_) {
        if (auto* writing = std::get_if<Writing>(&l.state);
            writing != nullptr && now >= writing->deadline) {
            ++l.failures;
            l.level = Level::unknown;
            l.given_up = writing->command;
            read_back(turn, l);
        } else if (auto* reading = std::get_if<ReadingBack>(&l.state);
                   reading != nullptr && now >= reading->deadline) {
            ++l.failures;
            pause(turn, l);
        } else if (auto* pausing = std::get_if<Pausing>(&l.state);
                   pausing != nullptr && now >= pausing->until) {
            l.state = Idle{};
            // Settled by reading only where a wish is at stake; idle outputs are polled by the bus
            // anyway.
            if (l.level == Level::unknown && l.wanted) read_back(turn, l);
        }
        if (due(l, now) && l.level == (*l.wanted ? Level::on : Level::off)) l.failures = 0;
        settle(turn, l, alarms);
    }
}

void Outputs::order(Turn& turn) {
    const Instant now = turn.now.mono;
    for (Line& l : lines_) {
        if (!due(l, now) || l.level == (*l.wanted ? Level::on : Level::off)) continue;
        if (l.ref.role == OutputRef::Role::circuit && *l.wanted) {
            // An order that is repeated makes an inrush of its own.
            const bool another = powered_ && powered_->value != l.ref.index;
            if (another && now < may_power_from(turn.config)) continue;
            powered_ = CircuitIx{l.ref.index};
            powered_at_ = now;
        }
        const CommandId id = turn.command(SetOutput{l.ref, *l.wanted});
        l.state = Writing{id, *l.wanted, now + kOrderPatience, std::nullopt};
    }
}

Instant Outputs::may_power_from(const HallConfig& config) const {
    return powered_ ? powered_at_ + config.opening.stagger : Instant{};
}

bool Outputs::power_waits(Instant now) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& l) {
        const auto* pausing = std::get_if<Pausing>(&l.state);
        const bool free =
            std::holds_alternative<Idle>(l.state) || (pausing && now >= pausing->until);
        return l.ref.role == OutputRef::Role::circuit && l.wanted == true &&
               l.level == Level::off && free;
    });
}

bool Outputs::due(const Line& l, Instant now) const {
    return std::holds_alternative<Idle>(l.state) && l.wanted && l.level != Level::unknown &&
           (unreported_ == 0 || now >= may_write_from_);
}

void Outputs::deadlines(Deadlines& out, const HallConfig& config) const {
    for (const Line& l : lines_) {
        if (const auto* writing = std::get_if<Writing>(&l.state)) out.consider(writing->deadline);
        if (const auto* reading = std::get_if<ReadingBack>(&l.state))
            out.consider(reading->deadline);
        if (const auto* pausing = std::get_if<Pausing>(&l.state)) out.consider(pausing->until);
    }
    if (unreported_ != 0) out.consider(may_write_from_);
    if (power_waits(out.now.mono)) out.consider(may_power_from(config));
}

std::string describe(const HallConfig& config, const OutputRef& output) {
    switch (output.role) {
        case OutputRef::Role::circuit:
            return "circuit." + config.circuits.at(output.index).id;
        case OutputRef::Role::lamp:
            return "window." + config.windows.at(output.index).id + ".lamp" +
                   std::to_string(output.lamp + 1);
        case OutputRef::Role::lightbox:
            return "lightbox";
        case OutputRef::Role::buzzer:
            return "buzzer";
    }
    return "output";
}

}  // namespace hall
