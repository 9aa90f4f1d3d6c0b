// What the wires and the plant told, and the ends of it all. Records, orders and calm moments have
// files of their own.
#include "daemon/simulation/checker.hpp"

#include <algorithm>
#include <cmath>

namespace hall::simulation {

Checker::Checker(const HallFacts& facts)
    : facts_(facts),
      window_shown_(facts.windows.size(), 0),
      window_chosen_(facts.windows.size(), 0),
      circuits_(facts.circuits.size()),
      contacts_(facts.contacts.size(), Said::silent),
      doors_open_(facts.contacts.size(), false),
      links_up_(facts.links.size(), true) {
    for (std::size_t i = 0; i < facts.circuits.size(); ++i)
        relays_[{Role::circuit, static_cast<int>(i), 0}] = true;
}

void Checker::blame(Ms t, const std::string& what) {
    // One fault tells the same thing over and over; the first is the one to look at.
    if (breaks_.size() < 20) breaks_.push_back(std::to_string(t) + " " + what);
}

int Checker::circuit_of(const std::string& id) const {
    for (std::size_t i = 0; i < facts_.circuits.size(); ++i) {
        if (facts_.circuits[i].id == id) return static_cast<int>(i);
    }
    return -1;
}

bool Checker::alarm(const std::string& id) const {
    const auto found = alarms_.find(id);
    return found != alarms_.end() && found->second.standing;
}

void Checker::started(Ms t, bool rebooted) {
    ++tally_.restarts;
    if (rebooted) ++boots_;
    just_started_ = true;
    up_ = true;
    started_ = t;
    // A new life knows nothing of the wires, and what was not complete is void.
    known_.clear();
    told_.clear();
    confirmed_.clear();
    forcing_.clear();
    // Of a press whose end it did not hear it cannot know whether it ever was.
    if (authorised_) std::erase_if(authorised_->pressed, [](const auto& p) { return !p.second; });
    for (Seen& c : circuits_) {
        c.sample.reset();
        c.low_since.reset();
        c.power_good = c.reach = c.feedback = Said::silent;
    }
    std::fill(contacts_.begin(), contacts_.end(), Said::silent);
}

void Checker::died(Ms, const char*) {
    up_ = false;
}

void Checker::published(Ms t, std::uint64_t seq) {
    // In order and without a gap; what was sent before may come again (R30).
    if (!holds(seq <= published_ + 1)) blame(t, "R30 the broker missed a record");
    if (!holds(seq <= seq_)) blame(t, "R30 published before it was durable");
    published_ = seq;
    published_most_ = std::max(published_most_, seq);
}

void Checker::told_output(Ms, Line line, Said level) {
    known_[line] = level;
    if (level != Said::silent) told_.insert(line);
}

void Checker::order_ended(Ms, Line line, bool on, const char* outcome) {
    const std::string how = outcome;
    if (how == "done") known_[line] = on ? Said::on : Said::off;
    if (how == "unknown") known_[line] = Said::silent;
}

void Checker::told_feedback(Ms t, int circuit, Said level) {
    circuits_[static_cast<std::size_t>(circuit)].feedback = level;
    note_cut(t, circuit);
}

bool Checker::told_off(Ms t, const Seen& c, const CircuitFacts& f) const {
    const bool fresh = c.sample && t - *c.sample <= facts_.fresh_within;
    return (!f.has_feedback || c.feedback == Said::off) &&
           (!f.has_meter || (fresh && c.watts < f.cut_watts));
}

void Checker::note_cut(Ms t, int circuit) {
    Seen& c = circuits_[static_cast<std::size_t>(circuit)];
    if (told_off(t, c, facts_.circuits[static_cast<std::size_t>(circuit)])) c.told_cut = t;
}

void Checker::told_meter(Ms t, int circuit, double watts) {
    circuits_[static_cast<std::size_t>(circuit)].mute = !std::isfinite(watts);
    if (!std::isfinite(watts)) return;
    Seen& c = circuits_[static_cast<std::size_t>(circuit)];
    const bool gap = !c.sample || t - *c.sample > facts_.fresh_within;
    c.watts = std::abs(watts);
    c.sample = t;
    if (c.watts >= facts_.circuits[static_cast<std::size_t>(circuit)].off_watts) {
        c.low_since.reset();
    } else if (!c.low_since || gap) {
        c.low_since = t;
    }
    note_cut(t, circuit);
}

void Checker::told_power_good(Ms t, int circuit, Said level) {
    Seen& c = circuits_[static_cast<std::size_t>(circuit)];
    if (c.power_good != level) c.power_good_since = t;
    c.power_good = level;
}

void Checker::told_reachable(Ms t, int circuit, Said level) {
    Seen& c = circuits_[static_cast<std::size_t>(circuit)];
    c.reach = level;
    c.reach_at = t;
}

void Checker::told_contact(Ms, int contact, Said level) {
    contacts_[static_cast<std::size_t>(contact)] = level;
}

void Checker::told_link(Ms, int link, bool up) {
    links_up_[static_cast<std::size_t>(link)] = up;
}

void Checker::button(Ms, int) {}

void Checker::relay_moved(Ms t, Line line, bool on, bool by_order) {
    relays_[line] = on;
    if (line.role != Role::circuit || !by_order) return;
    Seen& c = circuits_[static_cast<std::size_t>(line.index)];
    c.operations.push_back(t);
    (on ? c.switched_on : c.switched_off) = t;
}

void Checker::conducts(Ms t, int circuit, bool on) {
    Seen& c = circuits_[static_cast<std::size_t>(circuit)];
    if (on && !c.conducts) c.conducts_since = t;
    c.conducts = on;
}

void Checker::pc(Ms t, int circuit, PcTruth state) {
    Seen& c = circuits_[static_cast<std::size_t>(circuit)];
    const auto off = [](PcTruth s) { return s == PcTruth::standby || s == PcTruth::no_power; };
    if (off(c.pc) != off(state)) c.pc_since = t;
    c.pc = state;
}

void Checker::door(Ms, int contact, bool open) {
    doors_open_[static_cast<std::size_t>(contact)] = open;
}

void Checker::lies(Ms t, int circuit, bool lying) {
    Seen& c = circuits_[static_cast<std::size_t>(circuit)];
    c.lying = lying;
    c.lied = t;
}

void Checker::fault(Ms, const char*, const std::string&, bool) {}

const Checker::Done* Checker::act_of(Ms t, const std::string& person, Act::Kind kind) const {
    const auto found = last_act_.find(person);
    if (found == last_act_.end() || found->second.act.kind != kind) return nullptr;
    const Done& done = found->second;
    return done.at == t || late(done.at) ? &done : nullptr;
}

void Checker::clock(Ms t, Ms error, bool trusted) {
    if (error != 0 || !trusted || clock_error_ != 0 || !trusted_) clock_trouble_ = t;
    clock_error_ = error;
    if (trusted_ && !trusted) trusted_until_ = t;
    trusted_ = trusted;
    if (just_started_) override_slip_ = slip(t);
    just_started_ = false;
}

Ms Checker::slip(Ms t) const {
    if (newest_.boot == boots_) return 0;
    // Only the wall clock tells how long the machine was off; one that may lie tells nothing.
    const Ms between = t - newest_.at;
    const Ms told = between + clock_error_ - newest_.error;
    return trusted_ && newest_.trusted && told >= 0 ? between - told : between;
}

void Checker::did(Ms t, const Act& act) {
    last_act_[act.person] = {t, act, contacts_};
}

void Checker::answered(Ms t, const std::string& person, const std::string& answer) {
    const auto found = last_act_.find(person);
    if (answer != "done" || found == last_act_.end()) return;
    // A cancel that the panel accepted holds (R3).
    if (found->second.act.kind == Act::Kind::cancel && authorised_ && !authorised_->over) {
        if (!holds(false)) blame(t, "R3 the panel said cancelled, the journal does not");
    }
}

void Checker::healed(Ms) {
    healed_ = true;
}

void Checker::finish(Ms t) {
    if (!holds(!authorised_ || authorised_->over))
        blame(t, "liveness: an authorised closing never ended");
    if (!holds(published_ == seq_)) blame(t, "liveness: not every record reached the broker");
    for (const auto& [id, seq] : raised_) {
        if (!holds(seq <= published_most_)) blame(t, "liveness: never published: " + id);
    }
    // The healed days: closed in the evening with everything off, open the next morning.
    if (!holds(tally_.closings > 0)) blame(t, "liveness: nobody could close the healed hall");
    if (!holds(up_)) blame(t, "liveness: the daemon is down");
}

}  // namespace hall::simulation
