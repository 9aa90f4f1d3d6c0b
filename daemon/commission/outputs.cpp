// Outputs: switched for a look, and seen, by the engineer and by feedback and meter.
#include "daemon/commission/switching.hpp"

namespace hall::commission {

namespace {

using Kind = Channel::Kind;

Level other(Level level) {
    return level == Level::on ? Level::off : Level::on;
}

/// Shows the channel, and waits for a board that has not said anything yet. False: it is silent,
/// and marked.
bool answers(const Desk& desk, const Channel& channel) {
    desk.talk.line("");
    desk.settle([&] { return desk.bench.level(channel) != Level::unknown; });
    desk.talk.say("output", {{"what", Desk::title(channel)}, {"level", desk.now(channel)}});
    if (desk.bench.level(channel) != Level::unknown) return true;
    desk.mark(channel, false, desk.now(channel), desk.talk.text("note.silent"));
    return false;
}

/// One PC's circuit under test.
class CircuitWalk {
  public:
    CircuitWalk(const Desk& desk, const Channel& channel)
        : desk_(desk),
          channel_(channel),
          config_(desk.site.hall.circuits.at(channel.index)),
          meter_(find(desk.channels, Kind::meter, channel.index)),
          power_good_(find(desk.channels, Kind::power_good, channel.index)),
          follow_(desk, find(desk.channels, Kind::feedback, channel.index)) {}

    /// False: the engineer does not want it.
    bool confirmed();
    void switch_and_see();

  private:
    [[nodiscard]] bool runs_or_unknown() const;
    [[nodiscard]] std::string evidence() const;
    void see();
    void prove_cut();
    void judge();

    const Desk& desk_;
    const Channel& channel_;
    const CircuitConfig& config_;
    const Channel* meter_;
    const Channel* power_good_;
    Follow follow_;
    Level was_ = Level::unknown;
    std::string before_, during_;
    bool meter_agrees_ = true, meter_tells_ = true, forced_ = false;
    Yes saw_ = Yes::skip;
};

bool CircuitWalk::runs_or_unknown() const {
    bool off = false;
    if (meter_ != nullptr) {
        const auto watts = desk_.bench.value(*meter_);
        if (!watts || *watts >= config_.off_watts) return true;
        off = true;
    }
    if (power_good_ != nullptr) {
        if (desk_.bench.level(*power_good_) != Level::off) return true;
        off = true;
    }
    return !off;
}

std::string CircuitWalk::evidence() const {
    std::string text;
    for (const Channel* source : {meter_, power_good_}) {
        if (source != nullptr) text += (text.empty() ? "" : ", ") + desk_.now(*source);
    }
    return text;
}

bool CircuitWalk::confirmed() {
    was_ = desk_.bench.level(channel_);
    if (meter_ != nullptr) desk_.settle([&] { return desk_.bench.value(*meter_).has_value(); });
    if (was_ == Level::off) return desk_.talk.typed("type_power", {{"id", config_.id}}, config_.id);
    while (runs_or_unknown()) {
        const std::string force = config_.id + " force";
        desk_.talk.terminal().forget_typed();
        const std::string answer =
            desk_.talk.ask("pc_runs", {{"id", config_.id}, {"seen", evidence()}, {"word", force}});
        if (answer == "q" || answer == "返回") throw Back();
        if (answer == "s" || answer == "跳过") return false;
        forced_ = answer == force;
        if (forced_) return true;
        desk_.bench.take();
    }
    return desk_.talk.typed("type_cut", {{"id", config_.id}, {"seen", evidence()}}, config_.id);
}

void CircuitWalk::prove_cut() {
    if (meter_ == nullptr) return;
    const auto most =
        std::chrono::duration_cast<std::chrono::milliseconds>(desk_.site.hall.closing.prove_within);
    meter_agrees_ = desk_.bench.wait(
        [&] {
            const auto watts = desk_.bench.value(*meter_);
            return watts && *watts < config_.cut_watts;
        },
        most);
    desk_.talk.say("meter", {{"what", meter_->key}, {"level", desk_.now(*meter_)}});
}

void CircuitWalk::see() {
    const Level now = other(was_);
    follow_.look(now);
    if (now == Level::off) prove_cut();
    during_ = evidence();
    saw_ = desk_.talk.yes(now == Level::off ? "see_cut" : "see_power",
                          {{"id", config_.id}, {"name", config_.name}});
}

void CircuitWalk::switch_and_see() {
    before_ = evidence();
    // What read nothing before cannot tell a cut by reading nothing.
    if (meter_ != nullptr && was_ == Level::on)
        meter_tells_ = desk_.bench.value(*meter_).value_or(0) >= config_.cut_watts;
    follow_.look(was_);
    try {
        while_switched(
            desk_, channel_,
            {{"pc", forced_ ? "running or unknown, forced" : "off"}, {"evidence", before_}},
            [&] { see(); });
    } catch (const NotSwitched& e) {
        return desk_.mark(channel_, false, before_, e.what());
    }
    follow_.look(was_);
    judge();
}

void CircuitWalk::judge() {
    follow_.mark();
    if (saw_ == Yes::skip) return;
    const std::string seen =
        desk_.talk.text("circuit_seen", {{"first", desk_.talk.word(channel_, was_)},
                                         {"second", desk_.talk.word(channel_, other(was_))},
                                         {"before", before_},
                                         {"during", during_},
                                         {"feedback", follow_.story()}});
    std::string note;
    if (follow_.opposite() && !meter_agrees_) {
        // All evidence agrees against the configuration.
        const char* wiring = channel_.flipped ? "normally_open" : "normally_closed";
        note = desk_.talk.text("note.inverted",
                               {{"line", std::string("wiring = \"") + wiring + "\""}});
    } else if (!meter_agrees_) {
        note = desk_.talk.text("note.not_cut", {{"limit", watts_text(config_.cut_watts)}});
    } else if (!follow_.followed()) {
        note = desk_.talk.text("note.no_follow");
    } else if (!meter_tells_ && follow_.story().empty()) {
        note = desk_.talk.text("note.meter_told_nothing");
    } else if (saw_ == Yes::no) {
        note = desk_.talk.text("note.not_seen");
    }
    desk_.mark(channel_, note.empty(), seen, note);
}

}  // namespace

void walk_circuit(const Desk& desk, const Channel& channel) {
    if (!answers(desk, channel)) return;
    CircuitWalk walk(desk, channel);
    if (!walk.confirmed()) return desk.talk.say("not_switched", {{"what", channel.key}});
    walk.switch_and_see();
}

void walk_lamp(const Desk& desk, const Channel& channel) {
    if (!answers(desk, channel)) return;
    if (desk.talk.yes("switch_it", {{"what", channel.key}}) != Yes::yes) return;
    const Level was = desk.bench.level(channel), now = other(was);
    const bool box = channel.kind == Kind::lightbox;
    Follow follow(desk, box ? find(desk.channels, Kind::lightbox_feedback, 0) : nullptr);
    Yes saw = Yes::skip;
    follow.look(was);
    try {
        while_switched(desk, channel, {}, [&] {
            follow.look(now);
            saw = desk.talk.yes("see_output", {{"what", Desk::title(channel)},
                                               {"level", desk.talk.word(channel, now)}});
        });
    } catch (const NotSwitched& e) {
        return desk.mark(channel, false, desk.now(channel), e.what());
    }
    follow.look(was);
    follow.mark();
    if (saw == Yes::skip) return;
    const std::string seen = desk.talk.word(channel, was) + " → " + desk.talk.word(channel, now) +
                             " → " + desk.talk.word(channel, was);
    std::string note;
    if (saw == Yes::no) {
        note = desk.talk.text("note.not_seen");
    } else if (!follow.followed()) {
        note = desk.talk.text("note.no_follow");
    }
    desk.mark(channel, note.empty(), seen, note);
}

}  // namespace hall::commission
