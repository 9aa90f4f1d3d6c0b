#include "daemon/ctl/status_text.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "daemon/ctl/ctl.hpp"

namespace hall::ctl {

namespace {

using nlohmann::json;

const json& at(const json& object, const char* name) {
    static const json kNothing;
    if (!object.is_object()) return kNothing;
    const auto found = object.find(name);
    return found == object.end() ? kNothing : *found;
}

/// A value as a word; control characters of texts from elsewhere do not reach the terminal.
std::string word(const json& value) {
    if (value.is_null()) return "-";
    std::string text = value.is_string() ? value.get<std::string>() : dump(value);
    for (char& c : text)
        if ((c >= 0 && c < 0x20) || c == 0x7F) c = '?';
    return text;
}

std::string word(const json& object, const char* name) {
    return word(at(object, name));
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

/// The minute of an RFC 3339 time stamp, in the hall's own zone.
std::string minute(const json& stamp) {
    const std::string text = word(stamp);
    return text.size() < 16 ? text : text.substr(0, 10) + " " + text.substr(11, 5);
}

void closing(std::ostream& out, const json& c) {
    out << "closing    " << word(c, "phase");
    if (at(c, "since").is_string()) out << " since " << minute(at(c, "since"));
    if (at(c, "deadline").is_string()) out << ", until " << minute(at(c, "deadline"));
    const json& confirmations = at(c, "confirmations");
    if (confirmations.is_object())
        out << ", confirmed by " << word(confirmations, "count") << " of "
            << word(confirmations, "needed");
    out << '\n';
    for (const json& blocker : at(c, "blockers"))
        out << "           hindered by " << word(blocker, "kind") << ' ' << word(blocker, "id")
            << '\n';
}

void lightbox(std::ostream& out, const json& l) {
    out << "lightbox   " << word(l, "actual") << " (wanted " << word(l, "target") << ": "
        << word(l, "reason") << ')';
    if (at(l, "next_switch").is_string()) out << ", next switch " << minute(at(l, "next_switch"));
    out << '\n';
}

/// `relay1  up  24.0/s  3.1 ms (slowest 12.0)  2 timeouts`
void device(std::ostream& out, const std::string& id, const json& d) {
    const bool up = at(d, "up").is_boolean() && at(d, "up").get<bool>();
    out << "device     " << padded(id, 12) << ' ' << padded(up ? "up" : "lost", 5)
        << word(d, "answers_per_second") << "/s, " << word(d, "latency_ms") << " ms (slowest "
        << word(d, "slowest_ms") << ')';
    for (const char* kind : {"timeouts", "refusals", "garbage", "broken"}) {
        const json& count = at(d, kind);
        if (count.is_number() && count != 0) out << ", " << word(count) << ' ' << kind;
    }
    out << '\n';
}

void lists(std::ostream& out, const json& state) {
    for (const auto& [id, c] : at(state, "circuits").items()) {
        out << "circuit    " << padded(id, 12) << ' ' << padded(word(c, "actual"), 8) << " wanted "
            << padded(word(c, "target"), 8) << " PC " << padded(word(c, "pc"), 9);
        if (at(c, "watts").is_number()) out << ' ' << word(c, "watts") << " W";
        out << '\n';
    }
    for (const auto& [id, w] : at(state, "windows").items())
        out << "window     " << padded(id, 12) << ' ' << padded(word(w, "state"), 8) << ' '
            << word(w, "responsible") << '\n';
    for (const auto& [id, c] : at(state, "contacts").items())
        out << "contact    " << padded(id, 12) << ' ' << word(c, "state") << '\n';
    for (const auto& [id, d] : at(state, "devices").items()) device(out, id, d);
    for (const json& a : at(state, "alarms"))
        out << "alarm      " << padded(word(a, "id"), 12) << ' ' << word(a, "severity") << " since "
            << minute(at(a, "raised"))
            << (at(a, "acknowledged_by").is_null() ? "" : ", acknowledged")
            << (at(a, "cleared").is_null() ? "" : ", cleared") << ": " << word(a, "text") << '\n';
    if (at(state, "alarms").empty()) out << "alarms     none\n";
}

}  // namespace

std::string status_text(const json& state) {
    std::ostringstream out;
    const json& hall = at(state, "hall");
    out << "hall       " << word(hall, "id") << ' ' << word(hall, "name") << ": "
        << word(hall, "state") << ", journal " << word(hall, "journal") << ", broker "
        << word(hall, "broker") << ", halld " << word(hall, "version") << '\n'
        << "clock      " << word(state, "ts") << ' ' << word(state, "clock") << '\n';
    closing(out, at(state, "closing"));
    lightbox(out, at(state, "lightbox"));
    lists(out, state);
    return out.str();
}

}  // namespace hall::ctl
