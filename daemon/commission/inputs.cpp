// An input: shown, operated, seen to change and to change back.
#include <map>

#include "daemon/commission/desk.hpp"

namespace hall::commission {

namespace {

using Kind = Channel::Kind;

const char* instruction(Kind kind) {
    switch (kind) {
        case Kind::contact:
            return "operate.contact";
        case Kind::button:
        case Kind::fault_button:
            return "operate.button";
        case Kind::power_good:
            return "operate.power_good";
        case Kind::feedback:
        case Kind::lightbox_feedback:
        case Kind::meter:
        case Kind::circuit:
        case Kind::lamp:
        case Kind::lightbox:
        case Kind::buzzer:
        case Kind::stop_pulse:
        case Kind::stop_command:
            break;
    }
    return "operate.other";
}

/// What the inputs do while one of them is operated.
class Watch {
  public:
    Watch(const Desk& desk, const Channel& channel)
        : desk_(desk), channel_(channel), seen_{desk.bench.level(channel)} {
        for (const Channel& other : desk.channels) {
            if (is_input(other.kind)) levels_[other.key] = desk.bench.level(other);
        }
    }
    /// Tells what is new. True when all that is wanted was seen.
    bool look() {
        for (const Channel& other : desk_.channels) {
            const auto known = levels_.find(other.key);
            if (known == levels_.end()) continue;
            const Level level = desk_.bench.level(other);
            if (level == known->second) continue;
            known->second = level;
            desk_.talk.say("changed",
                           {{"what", other.key}, {"level", desk_.talk.word(other, level)}});
            if (other.key == channel_.key) {
                if (level != Level::unknown) seen_.push_back(level);
            } else if (level != Level::unknown && seen_.size() == 1) {
                instead_ = other.key;
            }
        }
        // A PC's power is not switched back for a test.
        const std::size_t wanted = channel_.kind == Kind::power_good ? 2 : 3;
        return seen_.size() >= wanted;
    }
    [[nodiscard]] std::string story() const {
        std::string text;
        for (const Level level : seen_)
            text += (text.empty() ? "" : " → ") + desk_.talk.word(channel_, level);
        return text;
    }
    /// Another input that changed while this one did not.
    [[nodiscard]] const std::string& instead() const { return instead_; }

  private:
    const Desk& desk_;
    const Channel& channel_;
    std::vector<Level> seen_;
    std::map<std::string, Level> levels_;
    std::string instead_;
};

void inverted(const Desk& desk, const Channel& channel) {
    const std::string value = channel.use->inverted ? "false" : "true";
    const std::string seen = desk.now(channel);
    desk.talk.say("inverted", {{"what", channel.key},
                               {"level", seen},
                               {"section", channel.section},
                               {"line", channel.inversion_key + " = " + value}});
    desk.mark(channel, false, seen,
              desk.talk.text("note.inverted", {{"line", channel.inversion_key + " = " + value}}));
}

}  // namespace

void walk_input(const Desk& desk, const Channel& channel) {
    desk.talk.line("");
    if (channel.kind == Kind::feedback || channel.kind == Kind::lightbox_feedback) {
        desk.talk.say("feedback_with_output", {{"what", Desk::title(channel)}});
        return;
    }
    desk.settle([&] { return desk.bench.level(channel) != Level::unknown; });
    desk.talk.say("input", {{"what", Desk::title(channel)}, {"level", desk.now(channel)}});
    if (desk.bench.level(channel) == Level::unknown) {
        desk.mark(channel, false, desk.now(channel), desk.talk.text("note.silent"));
        return;
    }
    switch (desk.talk.yes("is_it_so", {{"what", channel.key}, {"level", desk.now(channel)}})) {
        case Yes::skip:
            return;
        case Yes::no:
            return inverted(desk, channel);
        case Yes::yes:
            break;
    }
    Watch watch(desk, channel);
    desk.talk.say(instruction(channel.kind), {{"what", channel.key}});
    const Desk::Watched end = desk.watch([&] { return watch.look(); });
    if (end.so) {
        desk.mark(channel, true, watch.story());
    } else if (end.typed == "q" || end.typed == "返回") {
        throw Back();
    } else if (end.typed != "s" && end.typed != "跳过") {
        // Anything else typed says: I have operated it, and you saw nothing.
        desk.mark(channel, false, watch.story(),
                  watch.instead().empty()
                      ? desk.talk.text("note.no_change")
                      : desk.talk.text("note.instead", {{"other", watch.instead()}}));
    }
}

}  // namespace hall::commission
