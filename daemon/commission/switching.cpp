#include "daemon/commission/switching.hpp"

#include <algorithm>

namespace hall::commission {

namespace {

using std::chrono::milliseconds;

/// A bus that is lost for a moment comes back within this.
constexpr int kTries = 6;
constexpr milliseconds kBetweenTries{1'000};

std::string wire(bool level) {
    return level ? "1" : "0";
}

Level meaning(const Channel& channel, bool level) {
    return level != channel.flipped ? Level::on : Level::off;
}

/// Nothing that fails here may keep the rest from being tried.
template <class Work>
bool tried(const Desk& desk, Work work) {
    try {
        work();
        return true;
    } catch (const std::exception& e) {
        desk.talk.line(e.what());
        return false;
    }
}

bool put_back(const Desk& desk, const Channel& channel, bool was) {
    std::string why;
    for (int i = 0; i < kTries; ++i) {
        if (desk.bench.read(channel) == was) return true;
        const Bench::End end = desk.bench.write(channel, was);
        if (end.outcome == Outcome::done) return true;
        why = end.why;
        desk.talk.say("put_back_again", {{"what", Desk::title(channel)}, {"why", why}});
        desk.bench.wait([] { return false; }, kBetweenTries);
    }
    return false;
}

/// Told to the journal, to the file of what is left, and to the engineer.
bool put_back_and_tell(const Desk& desk, const Channel& channel, bool was) {
    const bool back = put_back(desk, channel, was);
    tried(desk, [&] {
        desk.scribe.record("put_back", back ? "done" : "failed",
                           {{"channel", channel.key},
                            {"point", channel.use->name},
                            {"wire", wire(was)},
                            {"level", to_string(meaning(channel, was))}});
    });
    if (!back) {
        desk.talk.say("not_put_back", {{"what", Desk::title(channel)},
                                       {"level", desk.talk.word(channel, meaning(channel, was))}});
        return false;
    }
    tried(desk, [&] { desk.ledger.forget_left(channel.key); });
    desk.talk.say("put_back", {{"what", channel.key},
                               {"level", desk.talk.word(channel, meaning(channel, was))}});
    return true;
}

}  // namespace

void while_switched(const Desk& desk, const Channel& channel, const Scribe::Detail& detail,
                    const std::function<void()>& look) {
    const auto was = desk.bench.read(channel);
    if (!was) throw NotSwitched(desk.talk.text("note.silent"));
    Scribe::Detail words{{"channel", channel.key},
                         {"point", channel.use->name},
                         {"wire", wire(!*was)},
                         {"level", to_string(meaning(channel, !*was))},
                         {"then", "put back to " + wire(*was)}};
    words.insert(words.end(), detail.begin(), detail.end());
    // The record explains both changes, this one and its being put back: a disk that fills up in
    // between leaves no output behind that nobody may write.
    desk.scribe.record("output", "done", std::move(words));
    desk.ledger.note_left({channel.key, channel.use->name, channel.wiring, *was,
                           desk.scribe.engineer(), desk.scribe.stamp(), desk.scribe.seq()});
    std::string failed;
    try {
        const Bench::End end = desk.bench.write(channel, !*was);
        if (end.outcome == Outcome::done) {
            look();
        } else {
            failed = desk.talk.text("note.not_switched", {{"why", end.why}});
        }
    } catch (...) {
        if (!put_back_and_tell(desk, channel, *was))
            throw NotPutBack(desk.talk.text("ended_not_put_back"));
        throw;
    }
    if (!put_back_and_tell(desk, channel, *was))
        throw NotPutBack(desk.talk.text("ended_not_put_back"));
    if (!failed.empty()) throw NotSwitched(failed);
}

void offer_left(const Desk& desk) {
    const std::vector<Left> left = desk.ledger.left();
    for (const Left& l : left) {
        const auto found =
            std::find_if(desk.channels.begin(), desk.channels.end(),
                         [&](const Channel& c) { return c.key == l.key && c.wiring == l.wiring; });
        desk.talk.say("left", {{"what", l.key}, {"point", l.point}, {"by", l.by}, {"at", l.at}});
        if (found == desk.channels.end()) {
            desk.talk.say("left_unknown", {{"what", l.key}, {"wiring", l.wiring}});
            if (desk.talk.yes("left_forget") == Yes::yes) desk.ledger.forget_left(l.key);
            continue;
        }
        const auto now = desk.bench.read(*found);
        if (now == l.was) {
            desk.talk.say("left_is_back", {{"what", l.key}});
            desk.ledger.forget_left(l.key);
            continue;
        }
        if (desk.scribe.daemon_ran_since(l.seq)) desk.talk.say("left_daemon_ran");
        const std::string level = desk.talk.word(*found, meaning(*found, l.was));
        const Yes answer =
            desk.talk.yes("left_put_back", {{"what", Desk::title(*found)}, {"level", level}});
        if (answer == Yes::no && desk.talk.yes("left_forget") == Yes::yes)
            desk.ledger.forget_left(l.key);
        if (answer != Yes::yes) continue;
        desk.scribe.record("output", "done",
                           {{"channel", l.key},
                            {"point", l.point},
                            {"wire", wire(l.was)},
                            {"level", to_string(meaning(*found, l.was))},
                            {"then", "nothing: left by a commissioning that was killed"}});
        if (!put_back_and_tell(desk, *found, l.was))
            throw NotPutBack(desk.talk.text("ended_not_put_back"));
    }
}

void Follow::look(Level expected) {
    if (feedback_ == nullptr) return;
    const auto most =
        std::chrono::duration_cast<milliseconds>(desk_.site.hall.closing.prove_within);
    // A contactor takes its time: right after the switching an inverted feedback still says what is
    // expected, and changes away from it.
    desk_.bench.wait(
        [&] {
            const Level now = desk_.bench.level(*feedback_);
            return looks_.empty() ? now == expected : now != looks_.back().second;
        },
        most);
    const Level said = desk_.bench.level(*feedback_);
    looks_.emplace_back(expected, said);
    desk_.talk.say("feedback", {{"what", feedback_->key}, {"level", desk_.now(*feedback_)}});
}

bool Follow::followed() const {
    return std::all_of(looks_.begin(), looks_.end(),
                       [](const auto& l) { return l.first == l.second; });
}

bool Follow::opposite() const {
    return !looks_.empty() && std::all_of(looks_.begin(), looks_.end(), [](const auto& l) {
        return l.second != Level::unknown && l.first != l.second;
    });
}

std::string Follow::story() const {
    std::string text;
    for (const auto& [expected, said] : looks_)
        text += (text.empty() ? "" : " → ") + desk_.talk.word(*feedback_, said);
    return text;
}

void Follow::mark() const {
    if (feedback_ == nullptr || looks_.empty()) return;
    if (followed()) return desk_.mark(*feedback_, true, story());
    if (!opposite())
        return desk_.mark(*feedback_, false, story(), desk_.talk.text("note.no_follow"));
    const std::string line =
        feedback_->inversion_key + " = " + (feedback_->use->inverted ? "false" : "true");
    desk_.talk.say("inverted", {{"what", feedback_->key},
                                {"level", desk_.now(*feedback_)},
                                {"section", feedback_->section},
                                {"line", line}});
    desk_.mark(*feedback_, false, story(), desk_.talk.text("note.inverted", {{"line", line}}));
}

}  // namespace hall::commission
