#include "daemon/simulation/machine.hpp"

#include <algorithm>

namespace hall::simulation {

namespace {

/// As daemon/shell/clock.cpp: going back by less than this is no lie.
constexpr Ms kTolerance = 2 * kSecond;
constexpr Ms kJournalRetry = kSecond;
/// What the broker already has may come again after a lost connection.
constexpr std::uint64_t kResent = 3;

}  // namespace

Machine::Machine(HallConfig config, Clockwork& clock, Dice& dice, Witness& witness,
                 const Weather& weather, FaultCounts& counts, Stored stored)
    : config_(std::move(config)),
      clock_(clock),
      dice_(dice),
      witness_(witness),
      weather_(weather),
      counts_(counts),
      stored_(std::move(stored)),
      boot_(clock.now() - 20 * kSecond) {}

Now Machine::now() const {
    const Ms wall = clock_.now() + error_;
    const bool trusted = !untrusted_ && (!floor_ || wall + kTolerance >= *floor_);
    return {Instant{Millis{clock_.now() - boot_}}, WallTime{Millis{wall}}, trusted};
}

void Machine::start(bool rebooted) {
    if (rebooted) {
        boot_ = clock_.now() - 20 * kSecond;
        ++boots_;
    }
    floor_ = last_record_;
    ++life_;
    under_way_ = false;
    witness_.started(clock_.now(), rebooted);
    tell_clock();
    std::optional<Restored> restored;
    // Older than this boot, if since its start nothing could be recorded.
    const bool same_boot = saved_boot_ == boots_;
    if (saved_) restored = Restored{stored_ ? stored_(*saved_) : *saved_, same_boot};
    hall_.emplace(config_, std::move(restored), now());
    commit(hall_->born(now()));
    if (up()) outside_.reborn();
}

void Machine::die(const char* why) {
    if (!up()) return;
    witness_.died(clock_.now(), why);
    hall_.reset();
    inbox_.clear();
    samples_.clear();
    pending_.reset();
    stalled_ = busy_ = false;
    under_way_ = false;
}

void Machine::die_for(const char* why, Ms down, bool rebooted) {
    if (!up()) return;
    die(why);
    clock_.in(down, [this, rebooted, life = life_] {
        if (!up() && life == life_) start(rebooted);
    });
}

void Machine::feed(Event event) {
    if (!up()) return;
    if (stalled_) {
        if (const auto* sample = std::get_if<MeterReported>(&event)) {
            samples_.insert_or_assign(sample->circuit.value, *sample);
            return;
        }
        if (std::holds_alternative<TimePassed>(event) || request_of(event) != 0) return;
    }
    inbox_.push_back(std::move(event));
    drain();
}

void Machine::scan(const std::vector<Event>& scan) {
    if (!up() || scan.empty()) return;
    if (stalled_) {
        for (const Event& event : scan) feed(event);
        return;
    }
    steps_ += scan.size();
    commit(hall_->step(now(), scan));
}

void Machine::drain() {
    if (busy_) return;
    busy_ = true;
    const int life = life_;
    while (up() && life == life_ && !inbox_.empty() && !stalled_) {
        const Event event = std::move(inbox_.front());
        inbox_.pop_front();
        take(event);
    }
    if (life == life_) busy_ = false;
}

void Machine::take(const Event& event) {
    ++steps_;
    // As the shell does: what somebody asks for and cannot be recorded is forgotten again.
    if (request_of(event) != 0 && full_) {
        const std::string before = hall_->image();
        Effects effects = hall_->step(now(), event);
        if (!effects.journal.empty()) {
            hall_ = Hall::from_image(config_, before);
            answer_ = "journal_unavailable";
            return;
        }
        return commit(std::move(effects));
    }
    commit(hall_->step(now(), event));
}

bool Machine::befalls(Fault fault) {
    if (!faulty_ || !dice_.chance(weather_.of(fault) / 100)) return false;
    counts_.add(fault);
    return true;
}

bool Machine::append(const Effects& effects, bool late) {
    if (effects.journal.empty()) return true;
    if (full_) return false;
    // Trust may come back by itself, once the clock has passed the newest record.
    if (now().wall_trusted != told_trusted_) tell_clock();
    saved_ = hall_->snapshot(now());
    saved_boot_ = boots_;
    last_record_ = clock_.now() + error_;
    for (const Record& r : effects.journal) {
        const JournalLine line{++seq_, r.type, r.rule, r.actors, r.outcome, r.detail, late};
        witness_.recorded(clock_.now(), line);
        note(r);
    }
    publish();
    outside_.busy();
    return true;
}

void Machine::note(const Record& r) {
    if (r.type == "closing.confirmed" || r.type == "closing.resumed" ||
        r.type == "opening.requested")
        under_way_ = true;
    if (r.type == "closing.ended" || r.type == "closing.void" || r.type == "closing.expired" ||
        r.type == "opening.ended" || r.type == "opening.void")
        under_way_ = false;
    if (r.type == "closing.cancelled" && under_way_) {
        for (const auto& [key, value] : r.detail) {
            if (key == "phase" && (value == "collecting" || value == "countdown"))
                under_way_ = false;
        }
    }
}

void Machine::commit(Effects effects) {
    const bool records = !effects.journal.empty();
    const auto restart_after = [&] { return dice_.between(kSecond, 40 * kSecond); };
    if (records && befalls(Fault::crash_before_commit))
        return die_for("power failed during a write", restart_after(), true);
    if (!append(effects)) {
        stalled_ = true;
        effects.answers.clear();
        pending_ = std::move(effects);
        return;
    }
    if (records && befalls(Fault::crash_after_commit))
        return die_for("crash between journal and commands", restart_after(), false);
    if (effects.commands.size() > 1 && befalls(Fault::crash_in_batch)) {
        effects.commands.resize(
            static_cast<std::size_t>(dice_.below(static_cast<int>(effects.commands.size()))));
        effects.answers.clear();
        act(effects);
        return die_for("crash in the middle of a batch", restart_after(), false);
    }
    act(effects);
}

void Machine::act(const Effects& effects) {
    for (const Command& command : effects.commands) outside_.execute(command);
    for (const Answer& answer : effects.answers) {
        if (answer.request == request_) answer_ = answer.code.empty() ? "done" : answer.code;
    }
}

Ms Machine::wake(const std::vector<Ms>& not_these) const {
    if (!up()) return Clockwork::kNever;
    if (stalled_) return clock_.now() + kJournalRetry;
    Now from = now();
    while (const auto next = hall_->next_deadline(from)) {
        const Ms at = boot_ + next->time_since_epoch().count();
        if (std::find(not_these.begin(), not_these.end(), at) == not_these.end()) return at;
        from.wall += *next - from.mono;
        from.mono = *next;
    }
    return Clockwork::kNever;
}

void Machine::journal_full(bool full) {
    full_ = full;
    if (full || !up() || !stalled_) return;
    // As the shell does: what was decided before the stall did not happen, the rules decide anew.
    const Effects late = std::move(*pending_);
    pending_.reset();
    append(late, true);
    stalled_ = false;
    std::vector<Event> told;
    for (auto& [circuit, sample] : samples_) told.push_back(std::move(sample));
    samples_.clear();
    for (const Command& command : late.commands)
        told.emplace_back(CommandFinished{command.id, Outcome::failed});
    std::deque<Event> rest;
    for (Event& event : inbox_)
        from_wires(event) ? told.push_back(std::move(event)) : rest.push_back(std::move(event));
    inbox_ = std::move(rest);
    inbox_.push_back(TimePassed{});
    commit(hall_->step(now(), told));
    drain();
}

void Machine::tell_clock() {
    told_trusted_ = now().wall_trusted;
    witness_.clock(clock_.now(), error_, told_trusted_);
}

void Machine::set_clock(Ms error, bool untrusted) {
    error_ = error;
    untrusted_ = untrusted;
    tell_clock();
    // The shell looks at the time at least once a second.
    clock_.in(dice_.between(0, kSecond), [this] { feed(TimePassed{}); });
}

void Machine::broker(bool connected) {
    if (connected && !connected_) published_ -= std::min(published_, kResent);
    connected_ = connected;
    publish();
}

void Machine::publish() {
    while (connected_ && published_ < seq_) witness_.published(clock_.now(), ++published_);
}

}  // namespace hall::simulation
