#include "tests/support/core_checker.hpp"

#include <algorithm>
#include <cmath>

#include "tests/support/core_text.hpp"

namespace hall::test {

namespace {

/// The value of `key=` within a plan's text; words are separated by blanks.
std::string word_of(const std::string& text, const std::string& key) {
    for (const auto& word : split(text, ' ')) {
        if (word.rfind(key + "=", 0) == 0) return word.substr(key.size() + 1);
    }
    return {};
}

std::set<std::string> set_of(const std::vector<std::string>& list) {
    return {list.begin(), list.end()};
}

}  // namespace

Checker::Checker(const HallConfig& config)
    : config_(config),
      sources_(config.circuits.size()),
      contacts_(config.contacts.size(), ContactState::unknown) {
    outputs_ =
        config.circuits.size() + (config.lightbox.fitted ? 1U : 0U) + (config.has_buzzer ? 1U : 0U);
    for (const auto& w : config.windows) outputs_ += w.lamps;
}

void Checker::blame(WallTime t, const std::string& what) {
    violations_.push_back(clock_text(config_, t) + " " + what);
}

void Checker::born(WallTime t) {
    born_ = t;
    known_.clear();
    writing_.clear();
    read_.clear();
    // A restart voids what was being collected; the authorisation itself may live on.
    confirmed_.clear();
    forcing_.clear();
}

void Checker::fact(WallTime t, const Event& event) {
    facts_of_evidence(t, event);
    facts_of_people(t, event);
    facts_of_outputs(event);
}

void Checker::facts_of_evidence(WallTime t, const Event& event) {
    if (const auto* e = std::get_if<MeterReported>(&event)) {
        Source& s = sources_.at(e->circuit.value);
        if (!e->watts || !std::isfinite(*e->watts)) return;
        const bool gap = !s.sample_at || t - *s.sample_at > config_.closing.fresh_within;
        const bool low = std::abs(*e->watts) < config_.circuits[e->circuit.value].off_watts;
        if (!low) s.low_since.reset();
        if (low && (!s.low_since || gap)) s.low_since = t;
        s.sample_at = t;
        s.watts = std::abs(*e->watts);
    } else if (const auto* p = std::get_if<PowerGoodReported>(&event)) {
        Source& s = sources_.at(p->circuit.value);
        if (s.power_good != p->level) s.power_good_since = t;
        s.power_good = p->level;
    } else if (const auto* r = std::get_if<ReachabilityReported>(&event)) {
        sources_.at(r->circuit.value).reach = r->level;
        sources_.at(r->circuit.value).reach_at = t;
    } else if (const auto* c = std::get_if<ContactReported>(&event)) {
        contacts_.at(c->contact.value) = c->state;
    }
}

bool Checker::proven_off(WallTime t, std::size_t index) const {
    const CircuitConfig& c = config_.circuits[index];
    const Source& s = sources_[index];
    const bool fresh = s.sample_at && t - *s.sample_at <= config_.closing.fresh_within;
    if (fresh && s.watts >= c.off_watts) return false;
    if (s.power_good == Level::on) return false;
    const bool meter = fresh && s.low_since && t - *s.low_since >= c.off_for;
    const bool input = s.power_good == Level::off && t - s.power_good_since >= c.off_for;
    if (!meter && !input) return false;
    return !c.has_reachability ||
           (s.reach == Level::off && t - s.reach_at <= 4 * config_.closing.fresh_within);
}

void Checker::facts_of_people(WallTime t, const Event& event) {
    if (const auto* e = std::get_if<ClosingConfirmed>(&event)) {
        asked_[e->person.value] = {*e, t};
    } else if (const auto* f = std::get_if<ForceConfirmed>(&event)) {
        if (!f->reason.empty())
            asked_force_[config_.circuits.at(f->circuit.value).id][f->person.value] = t;
    }
}

void Checker::facts_of_outputs(const Event& event) {
    if (const auto* e = std::get_if<OutputReported>(&event)) {
        known_[e->output] = e->level;
        if (e->level != Level::unknown) read_.insert(e->output);
    } else if (const auto* f = std::get_if<CommandFinished>(&event)) {
        const auto found = writing_.find(f->command);
        if (found == writing_.end()) return;
        if (f->outcome == Outcome::done)
            known_[found->second.output] = found->second.on ? Level::on : Level::off;
        if (f->outcome == Outcome::unknown) known_[found->second.output] = Level::unknown;
        writing_.erase(found);
    }
}

void Checker::effects(WallTime t, const Effects& effects) {
    stop_recorded_.clear();
    for (const Record& r : effects.journal) record(t, r);
    for (const Command& c : effects.commands) order(t, c);
    // Within one step the order of records and commands is not told: an ending counts afterwards.
    if (authorisation_ends_) authorised_.reset();
    if (opening_ends_) opening_ = false;
    authorisation_ends_ = opening_ends_ = false;
}

void Checker::record(WallTime t, const Record& r) {
    explained_.insert(r.type);
    // Accepted: what this person asked for, just now, counts; a refused attempt does not.
    if (r.type == "closing.confirmed") {
        for (const auto& person : r.actors) {
            const auto found = asked_.find(person);
            if (found != asked_.end() && found->second.at == t) confirmed_[person] = found->second;
        }
    }
    if (r.type == "closing.force_confirmed") {
        const std::string circuit = detail(r, "circuit");
        for (const auto& person : r.actors) {
            const auto found = asked_force_[circuit].find(person);
            if (found != asked_force_[circuit].end() && found->second == t)
                forcing_[circuit][person] = t;
        }
    }
    if (r.type == "closing.authorised") authorised(t, r);
    if (r.type == "closing.forced") forced(t, r);
    if (r.type == "closing.ended" || r.type == "closing.void" || r.type == "closing.cancelled")
        authorisation_ends_ = true;
    if (r.type == "closing.force_expired") forcing_.erase(detail(r, "circuit"));
    if (r.type == "closing.cut_ordered" && authorised_)
        authorised_->ordered.insert(detail(r, "circuit"));
    if (r.type == "closing.stop_asked") stop_recorded_.insert(detail(r, "circuit"));
    if (r.type == "closing.stop_given" && authorised_ &&
        authorised_->pulsed.count(detail(r, "circuit")) != 0)
        authorised_->given.insert(detail(r, "circuit"));
    if (r.type == "opening.requested") {
        opening_ = true;
        switched_on_.clear();
    }
    if (r.type == "opening.ended" || r.type == "opening.void") opening_ends_ = true;
    if (r.type == "power.switched") {
        switched_on_.insert(detail(r, "circuit"));
    }
}

void Checker::authorised(WallTime t, const Record& r) {
    const auto actors = set_of(r.actors);
    if (actors.size() < 2 || static_cast<int>(actors.size()) < config_.closing.min_persons)
        blame(t, "R1 authorised by too few: " + text_of(r));
    const std::string text = detail(r, "text");
    for (const auto& person : actors) {
        const auto found = confirmed_.find(person);
        if (found == confirmed_.end()) {
            blame(t, "R1 authorised by one who said nothing: " + person);
            continue;
        }
        const ClosingConfirmed& e = found->second.event;
        if (t - found->second.at >= config_.closing.confirm_window)
            blame(t, "R3 authorised with an old confirmation of " + person);
        if (e.exceptions.empty() && e.plan != detail(r, "plan"))
            blame(t, "R2 " + person + " confirmed another plan");
        for (const auto& contact : config_.contacts) {
            const auto& seen = e.attested;
            if (!contact.sensed && std::find(seen.begin(), seen.end(), contact.id) == seen.end())
                blame(t, "R4 " + person + " did not attest " + contact.id);
        }
    }
    for (std::size_t i = 0; i < contacts_.size(); ++i) {
        const auto& c = config_.contacts[i];
        const bool excepted = text.find(" excepted_contacts=") != std::string::npos &&
                              text.find(c.id + "(") != std::string::npos;
        if (c.sensed && contacts_[i] != ContactState::closed && !excepted)
            blame(t, "R4 authorised with " + c.id + " not closed");
    }
    authorised_ = Authorised{
        set_of(split(word_of(text, "cut"))), t + config_.closing.authorisation_ttl, {}, {}, {}, {}};
    confirmed_.clear();
    forcing_.clear();
}

void Checker::forced(WallTime t, const Record& r) {
    const std::string circuit = detail(r, "circuit");
    const auto actors = set_of(r.actors);
    if (actors.size() < 2) blame(t, "R9 forced by too few: " + text_of(r));
    for (const auto& person : actors) {
        const auto& by = forcing_[circuit];
        const auto found = by.find(person);
        if (found == by.end() || t - found->second >= config_.closing.confirm_window)
            blame(t, "R9 forced without " + person);
    }
    if (authorised_) authorised_->forced.insert(circuit);
    forcing_.erase(circuit);
}

void Checker::order(WallTime t, const Command& command) {
    if (explained_.empty()) blame(t, "an order before any record");
    if (const auto* stop = std::get_if<StopPc>(&command.action)) order_to_stop(t, *stop);
    const auto* set = std::get_if<SetOutput>(&command.action);
    if (set == nullptr) return;
    const OutputRef& output = set->output;
    const std::string name = name_of(config_, output);
    if (read_.size() < outputs_ && t - born_ < Millis{3000})
        blame(t, "R14 written before all was read");
    const auto level = known_.find(output);
    if (level == known_.end() || level->second == Level::unknown)
        blame(t, "R13 written while unknown: " + name);
    writing_[command.id] = *set;
    switch (output.role) {
        case OutputRef::Role::circuit:
            order_of_circuit(t, config_.circuits.at(output.index).id, output.index, set->on);
            break;
        case OutputRef::Role::lightbox:
            if (explained_.count("lightbox.switched") == 0) blame(t, "lightbox without a record");
            break;
        case OutputRef::Role::buzzer:
            if (set->on && explained_.count("closing.overdue") == 0)
                blame(t, "buzzer without a record");
            break;
        case OutputRef::Role::lamp:
            break;
    }
}

void Checker::order_of_circuit(WallTime t, const std::string& id, std::size_t index, bool on) {
    if (on) {
        if (!opening_) blame(t, "R15 switched on without an opening: " + id);
        if (switched_on_.count(id) == 0) blame(t, "R29 switched on without a record: " + id);
        const bool another = last_on_ && last_on_->first != id;
        if (another && t - last_on_->second < config_.opening.stagger)
            blame(t, "R11 not staggered: " + id);
        last_on_ = {id, t};
        return;
    }
    if (!authorised_) return blame(t, "R1 cut without an authorisation: " + id);
    if (authorised_->cut.count(id) == 0) blame(t, "R2 cut outside the plan: " + id);
    if (t >= authorised_->expires) blame(t, "R5 cut under an expired authorisation: " + id);
    if (authorised_->ordered.count(id) == 0) blame(t, "R29 cut without a record: " + id);
    if (authorised_->forced.count(id) == 0 && !proven_off(t, index))
        blame(t, "R8 cut without evidence: " + id);
}

void Checker::order_to_stop(WallTime t, const StopPc& stop) {
    const std::string& id = config_.circuits.at(stop.circuit.value).id;
    if (!authorised_) return blame(t, "R1 asked to stop without an authorisation: " + id);
    if (t >= authorised_->expires) blame(t, "R5 asked to stop under an expired one: " + id);
    if (authorised_->cut.count(id) == 0) blame(t, "R2 asked to stop outside the plan: " + id);
    if (stop_recorded_.count(id) == 0) blame(t, "R29 asked to stop without a record: " + id);
    const auto& method = config_.circuits[stop.circuit.value].stop.at(stop.method);
    if (method.kind != StopMethodKind::pulse) return;
    // Again only when nobody knows of the first, and never so soon that the two could join.
    if (const auto first = authorised_->pulsed.find(id); first != authorised_->pulsed.end()) {
        if (authorised_->given.count(id) != 0) blame(t, "R7 pulsed twice: " + id);
        if (t - first->second < std::chrono::seconds{10})
            blame(t, "R7 pulsed again at once: " + id);
    }
    authorised_->pulsed[id] = t;
}

}  // namespace hall::test
