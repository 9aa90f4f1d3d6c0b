#include "daemon/simulation/transcript.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "daemon/simulation/local_time.hpp"

namespace hall::simulation {

namespace {

constexpr std::size_t kKept = 400;
constexpr int kAfterwards = 12;

const char* word(Said said) {
    return said == Said::on ? "on" : said == Said::off ? "off" : "silent";
}

const char* word(PcTruth pc) {
    switch (pc) {
        case PcTruth::no_power:
            return "has no power";
        case PcTruth::standby:
            return "is off";
        case PcTruth::booting:
            return "starts";
        case PcTruth::running:
            return "runs";
        case PcTruth::shutting_down:
            return "shuts down";
        case PcTruth::hung:
            return "hangs";
    }
    return "";
}

std::string one_place(double watts) {
    if (std::isnan(watts)) return "nothing";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f W", watts);
    return text;
}

}  // namespace

std::string Transcript::time(Ms t) const {
    const Ms local = t + offset_at(facts_.zone, t);
    const std::chrono::sys_days date{std::chrono::days{local_day(facts_.zone, t)}};
    const std::chrono::year_month_day ymd{date};
    const Ms of_day = local - local_day(facts_.zone, t) * kDay;
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%03d",
                  static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                  static_cast<unsigned>(ymd.day()), static_cast<int>(of_day / kHour),
                  static_cast<int>(of_day % kHour / kMinute),
                  static_cast<int>(of_day % kMinute / kSecond), static_cast<int>(of_day % kSecond));
    return text;
}

std::string Transcript::name(Line line) const {
    const auto index = static_cast<std::size_t>(line.index);
    switch (line.role) {
        case Role::circuit:
            return "circuit " + facts_.circuits[index].id;
        case Role::lamp:
            return "window " + facts_.windows[index].id + " lamp " + std::to_string(line.lamp + 1);
        case Role::lightbox:
            return "lightbox";
        case Role::buzzer:
            return "buzzer";
    }
    return {};
}

void Transcript::say(Ms t, const std::string& what) {
    if (keep_ && after_ < kAfterwards) {
        if (blamed_ != 0) ++after_;  // the first break is the one to look at
        lines_.push_back(time(t) + "  " + what);
        if (lines_.size() > kKept) lines_.pop_front();
    }
    judged(t);
}

void Transcript::judged(Ms t) {
    if (!keep_ || after_ >= kAfterwards) return;
    for (; blamed_ < judge_.breaks().size(); ++blamed_)
        lines_.push_back(time(t) + "  *** " + judge_.breaks()[blamed_]);
}

void Transcript::started(Ms t, bool rebooted) {
    judge_.started(t, rebooted);
    if (keep_) say(t, rebooted ? "the machine and halld start" : "halld starts");
}
void Transcript::died(Ms t, const char* why) {
    judge_.died(t, why);
    if (keep_) say(t, std::string("halld ends: ") + why);
}
void Transcript::recorded(Ms t, const JournalLine& line) {
    judge_.recorded(t, line);
    if (!keep_) return;
    std::string text = "  ! " + line.type + " " + line.rule + " " + line.outcome;
    for (const auto& actor : line.actors) text.append(" ").append(actor);
    for (const auto& [key, value] : line.detail) {
        if (!value.empty()) text.append(" ").append(key).append("=").append(value);
    }
    say(t, text);
}
void Transcript::ordered(Ms t, Line line, bool on) {
    judge_.ordered(t, line, on);
    if (keep_) say(t, "  $ " + name(line) + (on ? " on" : " off"));
}
void Transcript::order_ended(Ms t, Line line, bool on, const char* outcome) {
    judge_.order_ended(t, line, on, outcome);
    if (keep_) say(t, "> order " + name(line) + (on ? " on: " : " off: ") + outcome);
}
void Transcript::told_output(Ms t, Line line, Said level) {
    judge_.told_output(t, line, level);
    if (keep_) say(t, "> output " + name(line) + " " + word(level));
}
void Transcript::told_feedback(Ms t, int i, Said level) {
    judge_.told_feedback(t, i, level);
    if (keep_) say(t, "> feedback " + circuit(i) + " " + word(level));
}
void Transcript::told_meter(Ms t, int i, double watts) {
    judge_.told_meter(t, i, watts);
    if (!keep_) return;
    const std::string text = one_place(watts);
    std::string& last = last_watts_[static_cast<std::size_t>(i)];
    if (last != text) say(t, "> meter " + circuit(i) + " " + text);
    last = text;
}
void Transcript::told_power_good(Ms t, int i, Said level) {
    judge_.told_power_good(t, i, level);
    if (keep_) say(t, "> power-good " + circuit(i) + " " + word(level));
}
void Transcript::told_reachable(Ms t, int i, Said level) {
    judge_.told_reachable(t, i, level);
}
void Transcript::told_contact(Ms t, int contact, Said level) {
    judge_.told_contact(t, contact, level);
    if (keep_)
        say(t, "> contact " + facts_.contacts[static_cast<std::size_t>(contact)].id + " " +
                   (level == Said::on    ? "closed"
                    : level == Said::off ? "open"
                                         : "silent"));
}
void Transcript::told_link(Ms t, int link, bool up) {
    judge_.told_link(t, link, up);
    if (keep_)
        say(t, "> link " + facts_.links[static_cast<std::size_t>(link)] + (up ? " up" : " lost"));
}
void Transcript::button(Ms t, int window) {
    judge_.button(t, window);
    if (keep_) say(t, "> button of window " + facts_.windows[static_cast<std::size_t>(window)].id);
}
void Transcript::stop_sent(Ms t, int i, bool pulse) {
    judge_.stop_sent(t, i, pulse);
    if (keep_) say(t, "  $ stop " + circuit(i) + (pulse ? " by its button" : " by command"));
}
void Transcript::relay_moved(Ms t, Line line, bool on, bool by_order) {
    judge_.relay_moved(t, line, on, by_order);
    if (keep_)
        say(t, "# relay of " + name(line) + (on ? " on" : " off") +
                   (by_order ? "" : ", by nobody's order"));
}
void Transcript::conducts(Ms t, int i, bool on) {
    judge_.conducts(t, i, on);
    if (keep_) say(t, "# contactor of " + circuit(i) + (on ? " closes" : " opens"));
}
void Transcript::pc(Ms t, int i, PcTruth state) {
    judge_.pc(t, i, state);
    if (keep_) say(t, "# PC of " + circuit(i) + " " + word(state));
}
void Transcript::door(Ms t, int contact, bool open) {
    judge_.door(t, contact, open);
    if (keep_)
        say(t, "# " + facts_.contacts[static_cast<std::size_t>(contact)].id +
                   (open ? " is opened" : " is closed"));
}
void Transcript::fault(Ms t, const char* kind, const std::string& subject, bool begins) {
    judge_.fault(t, kind, subject, begins);
    if (keep_)
        say(t, std::string("# fault: ") + kind + (subject.empty() ? "" : " of " + subject) +
                   (begins ? "" : " ends"));
}
void Transcript::clock(Ms t, Ms error, bool trusted) {
    judge_.clock(t, error, trusted);
    if (keep_)
        say(t, "# wall clock " + std::to_string(error) + " ms wrong, " +
                   (trusted ? "trusted" : "not trusted"));
}
void Transcript::did(Ms t, const Act& act) {
    judge_.did(t, act);
    if (!keep_) return;
    constexpr std::array<const char*, 7> kWords{
        "confirms", "cancels", "excepts", "forces", "extends the day", "opens the hall", "tries"};
    std::string text = "@ " + act.person + " " + kWords[static_cast<std::size_t>(act.kind)];
    if (!act.circuit.empty()) text += " " + act.circuit;
    if (!act.plan.empty()) text += " plan " + act.plan.substr(0, 8);
    for (const auto& [id, reason] : act.exceptions) text.append(" except ").append(id);
    if (!act.reason.empty()) text += ": " + act.reason;
    say(t, text);
}
void Transcript::answered(Ms t, const std::string& person, const std::string& answer) {
    judge_.answered(t, person, answer);
    if (keep_) say(t, "= " + person + ": " + answer);
}
void Transcript::healed(Ms t) {
    judge_.healed(t);
    if (keep_) say(t, "# all faults have ended");
}

}  // namespace hall::simulation
