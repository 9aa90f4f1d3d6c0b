#pragma once
// Whether a command from MQTT may be taken, by the README's words and a reader of its own: nothing
// of the daemon's parser is asked.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <regex>

#include "daemon/telemetry/command_parse.hpp"
#include "tests/support/strict_json.hpp"

namespace hall::test {

using Kind = StrictJson::Kind;
constexpr std::size_t kLongest = 8192;

inline const std::string* text_in(const StrictJson& object, const char* key) {
    const StrictJson* found = object.find(key);
    return found != nullptr && found->is(Kind::text) ? &found->text : nullptr;
}
inline std::optional<double> number_in(const StrictJson& object, const char* key) {
    const StrictJson* found = object.find(key);
    if (found == nullptr || !found->is(Kind::number)) return std::nullopt;
    return std::strtod(found->text.c_str(), nullptr);
}
inline bool one_of(const std::string* text, std::initializer_list<const char*> words) {
    return text != nullptr && std::find(words.begin(), words.end(), *text) != words.end();
}

inline std::ptrdiff_t characters(const std::string& text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

/// RFC 3339, in ms since 1970.
inline std::optional<std::int64_t> time_in(const StrictJson& object, const char* key) {
    static const std::regex kForm(
        R"((\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?(Z|([+-])([01]\d|2[0-3]):([0-5]\d)))");
    const std::string* text = text_in(object, key);
    std::smatch m;
    if (text == nullptr || !std::regex_match(*text, m, kForm)) return std::nullopt;
    const auto n = [&](std::size_t i) { return std::atoi(m[i].str().c_str()); };
    std::tm tm{};
    tm.tm_year = n(1) - 1900, tm.tm_mon = n(2) - 1, tm.tm_mday = n(3);
    tm.tm_hour = n(4), tm.tm_min = n(5), tm.tm_sec = n(6);
    const std::tm said = tm;
    std::int64_t seconds = timegm(&tm);
    if (said.tm_sec < 60 && (tm.tm_mday != said.tm_mday || tm.tm_mon != said.tm_mon))
        return std::nullopt;
    if (m[9].matched) seconds -= (m[9].str() == "-" ? -1 : 1) * (n(10) * 3600 + n(11) * 60);
    return seconds * 1000 +
           (m[7].matched ? std::atoi((m[7].str() + "000").substr(1, 3).c_str()) : 0);
}

inline bool args_fit(const SiteConfig& s, std::int64_t now, const std::string& name,
                     const StrictJson& args) {
    const std::string* window = text_in(args, "window");
    const bool known =
        window != nullptr && std::any_of(s.hall.windows.begin(), s.hall.windows.end(),
                                         [&](const auto& w) { return w.id == *window; });
    const auto seconds = number_in(args, "seconds");
    const auto within = [&](double most) { return seconds && *seconds >= 1 && *seconds <= most; };
    if (name == "closing.cancel" || name == "status.refresh") return true;
    if (name == "closing.inhibit") {
        if (args.find("until") == nullptr) return within(86'400);
        const auto until = time_in(args, "until");
        return args.find("seconds") == nullptr && until && *until > now &&
               *until <= now + 86'400'000;
    }
    if (name == "window.set")
        return known && one_of(text_in(args, "state"), {"closed", "serving", "paused", "fault"});
    if (name == "fault.raise") {
        const StrictJson* text = args.find("text");
        return known && (text == nullptr || text->is(Kind::null) ||
                         (text->is(Kind::text) && characters(text->text) <= 400));
    }
    if (name == "alarm.acknowledge")
        return text_in(args, "alarm") != nullptr && !text_in(args, "alarm")->empty();
    if (name == "events.resend")
        return number_in(args, "from_seq") && *number_in(args, "from_seq") >= 1;
    const std::string* until = text_in(args, "until");
    if (name != "lightbox.override") return false;
    if (one_of(until, {"cleared"})) return true;
    const StrictJson* lit = args.find("lit");
    return lit != nullptr && lit->is(Kind::boolean) &&
           (one_of(until, {"next_switch", "permanent"}) ||
            (one_of(until, {"duration"}) && within(366 * 86'400.0)));
}

/// Why it must not be taken; empty: it may be.
inline std::string objection(const SiteConfig& s, const Now& at, const std::string& name,
                             const std::string& payload, const telemetry::ParsedCommand& taken) {
    static const std::regex kUuid("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    if (payload.size() > kLongest) return "too long";
    const auto command = StrictReader::read(payload);
    if (!command || !command->is(Kind::object)) return "no JSON object, or an ambiguous one";
    const std::string* id = text_in(*command, "id");
    if (id == nullptr || !std::regex_match(*id, kUuid) || *id != taken.id) return "another id";
    std::string key = *id;
    for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (key != taken.key) return "its id would not be known again";
    const auto issued = time_in(*command, "issued"), expires = time_in(*command, "expires");
    const std::int64_t now = at.wall.time_since_epoch().count();
    if (!issued || !expires) return "no times";
    if (*expires < *issued || *expires < now || *issued > now + 30'000 || *issued < now - 300'000)
        return "out of time";
    if (taken.forget_after.time_since_epoch().count() < *issued + 300'000)
        return "it would be forgotten too soon";
    static const StrictJson kNone{.kind = Kind::object, .text = {}, .members = {}, .items = {}};
    const StrictJson* args = command->find("args");
    if (args != nullptr && !args->is(Kind::object)) return "args are no object";
    return args_fit(s, now, name, args == nullptr ? kNone : *args) ? ""
                                                                   : "its arguments do not fit";
}

}  // namespace hall::test
