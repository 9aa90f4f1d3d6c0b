#include "daemon/commission/talk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace hall::commission {

namespace {

using Kind = Channel::Kind;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

const char* level_key(Kind kind, Level level) {
    const bool on = level == Level::on;
    switch (kind) {
        case Kind::contact:
            return on ? "closed" : "open";
        case Kind::button:
        case Kind::fault_button:
            return on ? "pressed" : "released";
        case Kind::feedback:
            return on ? "conducts" : "interrupted";
        case Kind::power_good:
            return on ? "pc_on" : "pc_off";
        case Kind::circuit:
            return on ? "powered" : "cut";
        case Kind::lightbox_feedback:
        case Kind::lamp:
        case Kind::lightbox:
            return on ? "lit" : "dark";
        case Kind::buzzer:
            return on ? "sounding" : "quiet";
        case Kind::meter:
        case Kind::stop_pulse:
        case Kind::stop_command:
            break;
    }
    return on ? "on" : "off";
}

}  // namespace

std::string phrase(bool zh, std::string_view key, const Args& args) {
    const auto& all = phrases();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Phrase& p) { return p.key == key; });
    if (found == all.end()) throw std::logic_error("no phrase " + std::string(key));
    const std::string_view text = zh ? found->zh : found->en;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto open = text.find('{', at);
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) return out.append(text.substr(at));
        out.append(text.substr(at, open - at));
        const std::string_view name = text.substr(open + 1, close - open - 1);
        for (const auto& [arg, value] : args) {
            if (arg == name) out += value;
        }
        at = close + 1;
    }
    return out;
}

std::string Talk::text(std::string_view key, const Args& args) const {
    return phrase(zh_, key, args);
}

void Talk::line(std::string_view text) const {
    terminal_.write(std::string(text) + "\n");
}

void Talk::say(std::string_view key, const Args& args) const {
    line(text(key, args));
}

std::string Talk::ask(std::string_view key, const Args& args) const {
    terminal_.write(text(key, args) + " ");
    return trimmed(terminal_.line().value_or(""));
}

Yes Talk::yes(std::string_view key, const Args& args) const {
    for (;;) {
        const std::string answer = ask(key, args);
        if (answer == "y" || answer == "yes" || answer == "是") return Yes::yes;
        if (answer == "n" || answer == "no" || answer == "否") return Yes::no;
        if (answer == "s" || answer == "跳过") return Yes::skip;
        if (answer == "q" || answer == "返回") throw Back();
        say("y_n_s_q");
    }
}

bool Talk::typed(std::string_view key, const Args& args, const std::string& word) const {
    // What lies in the terminal's buffer was typed before anybody could read the question.
    terminal_.forget_typed();
    const std::string answer = ask(key, args);
    if (answer == "q" || answer == "返回") throw Back();
    return answer == word;
}

std::string Talk::word(const Channel& channel, Level level) const {
    if (level == Level::unknown) return text("level.unknown");
    return text(std::string("level.") + level_key(channel.kind, level));
}

std::string watts_text(double watts) {
    return watts >= 100  ? fmt::format("{:.0f} W", watts)
           : watts >= 10 ? fmt::format("{:.1f} W", watts)
                         : fmt::format("{:.2f} W", watts);
}

}  // namespace hall::commission
