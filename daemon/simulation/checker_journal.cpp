// What the journal says, held against what people did and what the plant shows.
#include <algorithm>

#include "daemon/simulation/checker.hpp"
#include "daemon/simulation/local_time.hpp"

namespace hall::simulation {

namespace {

std::set<std::string> list_of(const std::string& text) {
    std::set<std::string> list;
    std::string word;
    for (const char c : text + ",") {
        if (c != ',') {
            word += c;
            continue;
        }
        if (!word.empty()) list.insert(word);
        word.clear();
    }
    return list;
}

/// The value of ` key=` within a plan's text, up to the next blank. Reasons may hold blanks, and
/// come only after the lists that are asked for here.
std::string part_of(const std::string& text, const std::string& key) {
    const auto at = text.find(" " + key + "=");
    if (at == std::string::npos) return {};
    const auto from = at + key.size() + 2;
    return text.substr(from, text.find(' ', from) - from);
}

bool starts(const std::string& text, const char* with) {
    return text.rfind(with, 0) == 0;
}

/// Within this a relay that somebody switched by hand has been asked for its state.
constexpr Ms kAskedWithin = 2 * kSecond;
constexpr std::array<const char*, 4> kWindowStates{"closed", "serving", "paused", "fault"};
int window_state(const std::string& word) {
    for (std::size_t i = 0; i < kWindowStates.size(); ++i) {
        if (word == kWindowStates[i]) return static_cast<int>(i);
    }
    return 0;
}

}  // namespace

void Checker::recorded(Ms t, const JournalLine& line) {
    if (!holds(line.seq == seq_ + 1)) blame(t, "R29 a gap in the journal");
    seq_ = line.seq;
    if (!line.late) late_since_.reset();
    if (line.late && (!late_since_ || newest_.at != t)) late_since_ = newest_.at;
    newest_ = {t, clock_error_, trusted_, boots_};
    if (override_ends_) *override_ends_ += override_slip_;
    override_slip_ = 0;
    no_pin(t, line);
    if (line.type == "closing.confirmed") person_confirmed(t, line);
    if (starts(line.type, "closing.")) record_of_closing(t, line);
    if (starts(line.type, "opening.") || line.type == "power.switched") record_of_opening(t, line);
    record_of_rest(t, line);
}

void Checker::no_pin(Ms t, const JournalLine& line) {
    for (const auto& [key, value] : line.detail) {
        if (value.size() < 6) continue;
        for (const std::string& pin : facts_.pins) {
            if (!holds(value.find(pin) == std::string::npos)) blame(t, "a PIN is in the journal");
        }
    }
}

void Checker::person_confirmed(Ms t, const JournalLine& line) {
    const std::string person = line.actors.empty() ? "" : line.actors.front();
    const Done* found = act_of(t, person, Act::Kind::confirm);
    if (!holds(found != nullptr))
        return blame(t, "R1 a confirmation of " + person + ", who said nothing");
    const Act& act = found->act;
    std::set<std::string> seen(act.shown_cut.begin(), act.shown_cut.end());
    for (const auto& [id, reason] : act.exceptions) seen.erase(id);
    if (!holds(seen == list_of(part_of(line.word("text"), "cut"))))
        blame(t, "R2 " + person + " saw another plan than the journal says");
    if (!holds(!act.exceptions.empty() || act.plan == line.word("plan")))
        blame(t, "R2 " + person + " confirmed another plan");
    for (const ContactFacts& c : facts_.contacts) {
        if (c.sensed) continue;
        const bool attested =
            std::find(act.attested.begin(), act.attested.end(), c.id) != act.attested.end();
        if (!holds(attested)) blame(t, "R4 " + person + " did not attest " + c.id);
    }
    confirmed_[person] = {*found, line.word("plan")};
}

void Checker::who_authorised(Ms t, const JournalLine& line) {
    const std::set<std::string> actors(line.actors.begin(), line.actors.end());
    if (!holds(static_cast<int>(actors.size()) >= std::max(2, facts_.min_persons)))
        blame(t, "R1 authorised by too few");
    Ms newest = 0;
    const auto* contacts = &contacts_;
    for (const auto& [person, given] : confirmed_) {
        if (given.done.at < newest) continue;
        newest = given.done.at;
        // Recorded late, it was decided on what the contacts had told when the last one confirmed.
        if (late(newest)) contacts = &given.done.contacts;
    }
    for (const std::string& person : actors) {
        const auto found = confirmed_.find(person);
        if (!holds(found != confirmed_.end())) {
            blame(t, "R1 authorised by " + person + ", who confirmed nothing");
            continue;
        }
        if (!holds(found->second.plan == line.word("plan")))
            blame(t, "R2 authorised with another plan than " + person + "'s");
        if (!holds(newest - found->second.done.at < facts_.confirm_window))
            blame(t, "R3 authorised with an old confirmation of " + person);
    }
    const std::string& text = line.word("text");
    const auto excepted = text.find(" excepted_contacts=");
    for (std::size_t i = 0; i < contacts_.size(); ++i) {
        const ContactFacts& c = facts_.contacts[i];
        if (!c.sensed) continue;
        const bool out =
            excepted != std::string::npos && text.find(c.id + "(", excepted) != std::string::npos;
        if (!holds(out || (*contacts)[i] == Said::on))
            blame(t, "R4 authorised with " + c.id + " not closed");
    }
}

void Checker::authorised(Ms t, const JournalLine& line) {
    ++tally_.closings;
    if (!holds(!authorised_ || authorised_->over)) blame(t, "two authorisations at once");
    who_authorised(t, line);
    Authorised a;
    a.plan = line.word("plan");
    a.cut = list_of(part_of(line.word("text"), "cut"));
    a.already_off = list_of(part_of(line.word("text"), "already_off"));
    for (const CircuitFacts& c : facts_.circuits) {
        if (a.cut.count(c.id) == 0 && a.already_off.count(c.id) == 0) a.excepted.insert(c.id);
    }
    a.at = t;
    a.expires = t + facts_.valid;
    a.may_act = t + facts_.countdown;
    if (!holds(!inhibited_until_ || t >= *inhibited_until_))
        blame(t, "R3 authorised while closing is inhibited");
    authorised_ = std::move(a);
    confirmed_.clear();
    forcing_.clear();
}

void Checker::forced(Ms t, const JournalLine& line) {
    const std::string& circuit = line.word("circuit");
    const std::set<std::string> actors(line.actors.begin(), line.actors.end());
    if (!holds(static_cast<int>(actors.size()) >= std::max(2, facts_.min_persons)))
        blame(t, "R9 forced by too few: " + circuit);
    const auto& by = forcing_[circuit];
    Ms newest = 0;
    for (const auto& [person, at] : by) newest = std::max(newest, at);
    for (const std::string& person : actors) {
        const auto found = by.find(person);
        if (!holds(found != by.end() && newest - found->second < facts_.confirm_window))
            blame(t, std::string("R9 forced without ").append(person).append(": ").append(circuit));
    }
    ++tally_.forces;
    if (authorised_) authorised_->forced.insert(circuit);
}

void Checker::record_of_closing(Ms t, const JournalLine& line) {
    const std::string& type = line.type;
    const std::string& circuit = line.word("circuit");
    if (type == "closing.authorised") return authorised(t, line);
    if (type == "closing.forced") return forced(t, line);
    if (type == "closing.ended") return ended(t, line);
    if (type == "closing.force_confirmed") {
        const std::string person = line.actors.empty() ? "" : line.actors.front();
        const Done* did = act_of(t, person, Act::Kind::force);
        if (!holds(did != nullptr && did->act.circuit == circuit && !did->act.reason.empty()))
            return blame(t, "R9 a force of " + person + ", who said nothing");
        forcing_[circuit][person] = did->at;
    }
    if (type == "closing.force_expired") forcing_.erase(circuit);
    if (type == "closing.void" || type == "closing.expired" || type == "closing.cancelled") {
        confirmed_.clear();
        const bool mine = authorised_ && !authorised_->over &&
                          (line.word("plan").empty() || line.word("plan") == authorised_->plan);
        if (mine && type != "closing.expired") {
            authorised_->over = t;
            ++tally_.cancelled;
        }
    }
    if (type == "closing.inhibited") {
        inhibited_until_ = t + std::stoll(line.word("seconds")) * kSecond;
    }
    if (type == "closing.inhibit_ended") inhibited_until_.reset();
    if (type == "closing.overdue") buzzer_recorded_ = true;
    if (type == "closing.extended") {
        const Done* did = act_of(t, line.actors.front(), Act::Kind::extend);
        if (!holds(did != nullptr)) return blame(t, "R6 extended by one who said nothing");
        extended_by_ = did->act.length;
        const auto day = hours_of(facts_, local_day(facts_.zone, t));
        if (day)
            extended_until_ =
                std::max({day->second, t, extended_until_.value_or(0)}) + extended_by_;
    }
    if (!authorised_) return;
    if (type == "closing.started") {
        authorised_->started = t;
        if (!holds(t >= authorised_->may_act)) blame(t, "R3 began before the countdown was over");
    }
    if (type == "closing.stop_asked") authorised_->asked[circuit] = line.word("method") == "pulse";
    const auto pressed = authorised_->pressed.find(circuit);
    if (pressed != authorised_->pressed.end() && authorised_->asked[circuit]) {
        if (type == "closing.stop_given") pressed->second = true;
        if (type == "closing.stop_failed" || type == "closing.stop_unanswered")
            authorised_->pressed.erase(pressed);
    }
    if (type == "closing.cut_ordered") authorised_->ordered.insert(circuit);
    if (type == "closing.cut_proven") {
        authorised_->proven.insert(circuit);
        const int i = circuit_of(circuit);
        if (i < 0) return;
        const Seen& c = circuits_[static_cast<std::size_t>(i)];
        const CircuitFacts& f = facts_.circuits[static_cast<std::size_t>(i)];
        // What could not be recorded for a while was proven by what its sensors said then.
        const bool then = c.told_cut && late(*c.told_cut);
        if (!holds(then || told_off(t, c, f)))
            blame(t, "R10 proven against its sensors: " + circuit);
    }
}

void Checker::ended(Ms t, const JournalLine& line) {
    const std::string& phase = line.word("phase");
    if (!holds(authorised_.has_value())) return blame(t, "a closing ended that never began");
    Authorised& a = *authorised_;
    const std::set<std::string> left = list_of(line.word("left_on"));
    const std::set<std::string> unproven = list_of(line.word("unproven"));
    const std::set<std::string> back = list_of(line.word("back_on"));
    a.over = t;
    if (phase == "cancelled") {
        ++tally_.cancelled;
        return;
    }
    ++(phase == "closed" ? tally_.closed : tally_.partial);
    if (!holds(phase != "closed" || (left.empty() && unproven.empty() && back.empty())))
        blame(t, "R10 closed, and circuits are named that are not");
    for (std::size_t i = 0; i < facts_.circuits.size(); ++i) {
        const CircuitFacts& f = facts_.circuits[i];
        const Seen& c = circuits_[i];
        const bool named =
            left.count(f.id) + unproven.count(f.id) + back.count(f.id) + a.excepted.count(f.id) > 0;
        // What no sensor of the circuit can show, nobody can name.
        const bool draws = f.has_meter && c.sample && !c.mute && c.watts >= f.cut_watts;
        const bool told = f.has_feedback && c.feedback == Said::on;
        // A relay without a feedback is seen when it is asked next.
        const bool asked = !c.conducts_since || t - *c.conducts_since >= kAskedWithin;
        const bool relay =
            !f.has_feedback && relays_[{Role::circuit, static_cast<int>(i), 0}] && asked;
        // Nor was it in what was decided before the journal took it.
        const bool after = c.conducts_since && late(*c.conducts_since);
        const bool visible = (draws || told || relay) && !after;
        // At birth nothing has been read yet; what comes to light is an alarm (see calm_closed).
        if (named || !c.conducts || c.lying || !visible || line.rule == "R5") continue;
        if (!holds(false))
            blame(t, "R10 " + phase + " without naming " + f.id + ", which has power");
    }
    for (const auto& ids : {left, unproven, a.excepted}) {
        for (const std::string& id : ids) {
            const bool heard = std::any_of(alarms_.begin(), alarms_.end(), [&](const auto& one) {
                return one.second.standing && one.first.size() > id.size() &&
                       one.first.compare(one.first.size() - id.size() - 1, std::string::npos,
                                         "." + id) == 0;
            });
            if (!holds(heard)) blame(t, "R9 no alarm tells of " + id);
        }
    }
    closed_ = true;
    resting_ = phase;
    left_on_ = left;
    left_on_.insert(unproven.begin(), unproven.end());
    left_on_.insert(a.excepted.begin(), a.excepted.end());
    extended_until_.reset();
}

void Checker::record_of_opening(Ms t, const JournalLine& line) {
    if (line.type == "opening.requested") {
        const std::string person = line.actors.empty() ? "" : line.actors.front();
        const bool asked = act_of(t, person, Act::Kind::open) != nullptr;
        // A restart takes up what the same person had asked for.
        const bool resumed = opener_ == person && (t == started_ || late(started_));
        if (!holds(asked || resumed)) blame(t, "R15 opened by one who said nothing: " + person);
        opening_ = true;
        opener_ = person;
        switched_.clear();
        ++tally_.openings;
    } else if (line.type == "power.switched") {
        switched_.insert(line.word("circuit"));
        if (!holds(opening_)) blame(t, "R15 power without an opening");
    } else if (line.type == "opening.ended" || line.type == "opening.void") {
        opening_ = false;
        opening_over_ = t;
        closed_ = false;
        resting_ = "open";
        left_on_.clear();
        opened_at_ = t;
        if (trusted_ && clock_error_ == 0) clock_trouble_.reset();
    }
}

void Checker::record_of_rest(Ms t, const JournalLine& line) {
    const std::string& type = line.type;
    if (type == "alarm.raised" || type == "alarm.returned") {
        Alarm& alarm = alarms_[line.word("alarm")];
        if (!holds(!alarm.standing)) blame(t, "raised twice: " + line.word("alarm"));
        alarm = {true, t};
        raised_[line.word("alarm")] = line.seq;
    } else if (type == "alarm.cleared") {
        alarms_[line.word("alarm")] = {false, t};
    } else if (type == "lightbox.switched") {
        const bool to = line.word("to") == "on";
        lightbox_recorded_ = to;
        // A clock that may lie switches nothing by schedule (R21).
        const bool trusted = trusted_ || late(trusted_until_);
        if (!holds(trusted || line.word("reason") != "schedule"))
            blame(t, "R21 the lightbox switched by an untrusted clock");
        const bool policy = facts_.lightbox.policy != LightPolicy::after_closing;
        if (!holds(trusted || !policy || line.word("reason") == "override"))
            blame(t, "R21 the lightbox switched by an untrusted clock");
    } else if (type == "lightbox.overridden") {
        override_lit_.reset();
        override_ends_.reset();
        override_point_.reset();
        if (line.word("until") == "cleared") return;
        override_lit_ = line.word("lit") == "on";
        if (line.word("until") == "duration")
            override_ends_ = t + std::stoll(line.word("seconds")) * kSecond;
        if (line.word("until") == "next_switch" && trusted_ && facts_.lightbox.judged &&
            facts_.lightbox.policy != LightPolicy::after_closing)
            override_point_ = next_switch(facts_, t + clock_error_);
    } else if (type == "lightbox.override_ended") {
        override_lit_.reset();
        override_ends_.reset();
        override_point_.reset();
    } else if (type == "window.changed" || type == "window.unattended" || type == "window.shown") {
        for (std::size_t i = 0; i < facts_.windows.size(); ++i) {
            if (facts_.windows[i].id != line.word("window")) continue;
            auto& where = type == "window.shown" ? window_shown_ : window_chosen_;
            where[i] = window_state(line.word("to"));
        }
    }
}

}  // namespace hall::simulation
