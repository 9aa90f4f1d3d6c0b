#include "tests/support/core_text.hpp"

#include <cstdio>
#include <type_traits>

#include "daemon/core/turn.hpp"

namespace hall::test {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

std::string seconds(Millis length) {
    return number(static_cast<double>(length.count()) / 1000.0) + "s";
}

std::string exceptions_text(const std::vector<AskedException>& list) {
    std::string text;
    for (const auto& e : list) text += " except=" + e.id + "(" + e.reason + ")";
    return text;
}

const char* until_text(OverrideUntil until) {
    switch (until) {
        case OverrideUntil::next_switch:
            return "next_switch";
        case OverrideUntil::duration:
            return "duration";
        case OverrideUntil::permanent:
            return "permanent";
        case OverrideUntil::cleared:
            return "cleared";
    }
    return "?";
}

bool long_detail(const std::string& key) {
    return key == "plan" || key == "text" || key == "valid_s" || key == "watts" ||
           key == "severity" || key == "attested";
}

}  // namespace

std::string name_of(const HallConfig& config, const OutputRef& output) {
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
    return "?";
}

std::string text_of(const HallConfig& config, const Event& event) {
    const auto pc = [&](CircuitIx c) { return config.circuits.at(c.value).id; };
    const auto window = [&](WindowIx w) { return config.windows.at(w.value).id; };
    return std::visit(
        Overloaded{
            [&](const OutputReported& e) {
                return "output " + name_of(config, e.output) + " " + to_string(e.level);
            },
            [&](const FeedbackReported& e) {
                return "feedback " + pc(e.circuit) + " " + to_string(e.level);
            },
            [&](const LightboxFeedbackReported& e) {
                return std::string("lightbox feedback ") + to_string(e.level);
            },
            [&](const MeterReported& e) {
                return "meter " + pc(e.circuit) + " " + (e.watts ? number(*e.watts) : "silent");
            },
            [&](const PowerGoodReported& e) {
                return "power-good " + pc(e.circuit) + " " + to_string(e.level);
            },
            [&](const ReachabilityReported& e) {
                return "reachable " + pc(e.circuit) + " " + to_string(e.level);
            },
            [&](const ContactReported& e) {
                return "contact " + config.contacts.at(e.contact.value).id + " " +
                       to_string(e.state);
            },
            [&](const ButtonPressed& e) { return "button of window " + window(e.window); },
            [&](const LinkReported& e) {
                return "link " + config.links.at(e.link.value).id + (e.up ? " up" : " lost");
            },
            [&](const CommandFinished& e) {
                return "order " + std::to_string(e.command) + " " + to_string(e.outcome);
            },
            [&](const ClosingConfirmed& e) {
                return "confirm by " + e.person.value + " plan=" + e.plan +
                       " attested=" + join(e.attested) + exceptions_text(e.exceptions);
            },
            [&](const ClosingCancelled& e) { return "cancel by " + e.source; },
            [&](const ExceptionRequested& e) {
                return "except " + e.exception.id + " by " + e.person.value + " (" +
                       e.exception.reason + ")";
            },
            [&](const ForceConfirmed& e) {
                return "force " + pc(e.circuit) + " by " + e.person.value + " (" + e.reason + ")";
            },
            [&](const DayExtended& e) {
                return "extend by " + e.person.value + " " + std::to_string(e.by.count()) + "min";
            },
            [&](const ClosingInhibited& e) {
                return "inhibit by " + e.source + " " + seconds(e.length);
            },
            [&](const OpeningRequested& e) { return "open by " + e.person.value; },
            [&](const WindowSet& e) {
                return "window " + window(e.window) + " set " + to_string(e.state) + " by " +
                       e.source;
            },
            [&](const FaultRaised& e) {
                return "fault at window " + window(e.window) + " by " + e.source + " (" + e.text +
                       ")";
            },
            [&](const FaultButtonPressed& e) {
                return "fault button of window " + window(e.window);
            },
            [&](const PostSignedIn& e) { return e.person.value + " signs in at post " + e.post; },
            [&](const PostSignedOut& e) { return e.person.value + " signs out of post " + e.post; },
            [&](const PostHandedOver& e) {
                return e.from.value + " hands post " + e.post + " over to " + e.to.value;
            },
            [&](const LightboxOverridden& e) {
                return std::string("lightbox ") + (e.lit ? "on" : "off") + " by " + e.source + " " +
                       until_text(e.until) + " " + seconds(e.length);
            },
            [&](const AlarmAcknowledged& e) {
                return "acknowledge " + e.alarm + " by " + e.source;
            },
            [&](const CredentialRefused& e) { return "wrong credential at " + e.panel; },
            [](const TimePassed&) { return std::string("time"); },
            [&](const ConditionReported& e) {
                return "condition " + e.code + (e.present ? " present" : " over");
            },
            [&](const CommandAccepted& e) { return "command accepted " + e.name; },
            [&](const CommandRefused& e) { return "command refused " + e.name; },
        },
        event);
}

std::string text_of(const Record& record) {
    std::string text =
        record.type + " " + record.rule + " " + join(record.actors) + " " + record.outcome;
    for (const auto& [key, value] : record.detail) text += " " + key + "=" + value;
    return text;
}

std::string brief(const Record& record) {
    std::string text = record.type + " " + join(record.actors);
    for (const auto& [key, value] : record.detail) {
        if (!long_detail(key) && !value.empty()) text += " " + key + "=" + value;
    }
    return record.outcome == "done" ? text : text + " [" + record.outcome + "]";
}

std::string text_of(const HallConfig& config, const Command& command) {
    return std::visit(Overloaded{
                          [&](const SetOutput& c) {
                              return std::string(c.on ? "on " : "off ") + name_of(config, c.output);
                          },
                          [&](const ReadOutput& c) { return "read " + name_of(config, c.output); },
                          [&](const StopPc& c) {
                              return "stop " + config.circuits.at(c.circuit.value).id + " by " +
                                     std::to_string(c.method);
                          },
                      },
                      command.action);
}

std::string text_of(const Answer& answer) {
    std::string text = "answer ";
    switch (answer.kind) {
        case Answer::Kind::done:
            text += "done";
            break;
        case Answer::Kind::malformed:
            text += "malformed";
            break;
        case Answer::Kind::forbidden:
            text += "forbidden";
            break;
        case Answer::Kind::conflict:
            text += "conflict";
            break;
    }
    if (!answer.code.empty()) text += " " + answer.code;
    for (const auto& [key, value] : answer.args) text += " " + key + "=" + value;
    return text;
}

std::string clock_text(const HallConfig& config, WallTime t) {
    return rfc3339(t, config.zone.offset_at(t)).substr(11, 12);
}

std::string detail(const Record& record, const std::string& key) {
    for (const auto& [k, value] : record.detail) {
        if (k == key) return value;
    }
    return {};
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> list;
    std::string word;
    for (const char c : text) {
        if (c == separator) {
            if (!word.empty()) list.push_back(std::move(word));
            word.clear();
        } else {
            word += c;
        }
    }
    if (!word.empty()) list.push_back(std::move(word));
    return list;
}

}  // namespace hall::test
