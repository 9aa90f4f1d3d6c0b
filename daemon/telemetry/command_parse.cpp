#include "daemon/telemetry/command_parse.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "daemon/shell/journal_format.hpp"

namespace hall::telemetry {

namespace {

using nlohmann::json;

constexpr std::size_t kLongestPayload = std::size_t{8} * 1024;
constexpr int kDeepest = 8;
constexpr std::ptrdiff_t kLongestText = 400;  // characters
/// Older than this it is stale, whatever it says of its own expiry.
constexpr Millis kOldest{300'000};
/// Two clocks that are both right differ by less.
constexpr Millis kClocksDiffer{30'000};
constexpr double kLongestInhibit = 24.0 * 3600;

/// Names that a sender made up.
constexpr std::size_t kLongestName = 64;

struct Fault {
    std::string code, field;
};

/// Brackets outside of strings; checked before a parser builds anything from them.
bool too_deep(const std::string& text) {
    int depth = 0;
    bool quoted = false, escaped = false;
    for (const char c : text) {
        if (quoted) {
            if (!escaped && c == '"') quoted = false;
            escaped = !escaped && c == '\\';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kDeepest) return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

/// None when it is no JSON, or says one thing twice: which of the two counts depends on the reader.
json read_json(const std::string& text) {
    // The library takes a NUL for the end, whatever comes behind it.
    if (text.find('\0') != std::string::npos) return json(json::value_t::discarded);
    std::vector<std::set<std::string>> open;
    bool twice = false;
    const auto notice = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::object_end) open.pop_back();
        if (event == json::parse_event_t::key)
            twice |= !open.back().insert(parsed.get<std::string>()).second;
        return true;
    };
    json read = json::parse(text, notice, false);
    return twice ? json(json::value_t::discarded) : read;
}

bool is_uuid(const std::string& text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex) return false;
    }
    return true;
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

std::string text_of(const json& args, const char* field, bool required) {
    const auto found = args.find(field);
    if (found == args.end() || found->is_null()) {
        if (required) throw Fault{"malformed", field};
        return {};
    }
    if (!found->is_string()) throw Fault{"malformed", field};
    auto value = found->get<std::string>();
    const auto characters = std::count_if(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    if (characters > kLongestText || (required && value.empty())) throw Fault{"malformed", field};
    return value;
}

WallTime time_of(const json& object, const char* field) {
    const auto t = journal_format::parse_stamp(text_of(object, field, true));
    if (!t) throw Fault{"malformed", field};
    return *t;
}

Millis seconds_of(const json& args, double most) {
    const auto found = args.find("seconds");
    if (found == args.end() || !found->is_number()) throw Fault{"malformed", "seconds"};
    const double value = found->get<double>();
    if (!(value >= 1 && value <= most)) throw Fault{"bad_value", "seconds"};
    return Millis{static_cast<Millis::rep>(value * 1000)};
}

WindowIx window_of(const SiteConfig& site, const json& args) {
    const std::string id = text_of(args, "window", true);
    const auto& list = site.hall.windows;
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const WindowConfig& w) { return w.id == id; });
    if (found == list.end()) throw Fault{"unknown_window", id};
    return {static_cast<std::uint16_t>(found - list.begin())};
}

template <class Value>
Value word_of(const json& args, const char* field, const std::map<std::string, Value>& words) {
    const auto found = words.find(text_of(args, field, true));
    if (found == words.end()) throw Fault{"bad_value", field};
    return found->second;
}

// --- one command each ---

/// What a command may need to know beside its arguments.
struct Circumstances {
    const SiteConfig& site;
    const Now& now;
    std::string source;
};

CommandAction cancel(const Circumstances& c, const json&) {
    return Event{ClosingCancelled{0, c.source}};
}

CommandAction inhibit(const Circumstances& c, const json& args) {
    if (args.contains("until")) {
        if (args.contains("seconds")) throw Fault{"malformed", "seconds"};
        const WallTime until = time_of(args, "until");
        const Millis length = until - c.now.wall;
        if (length < Millis{1} || length > Millis{static_cast<Millis::rep>(kLongestInhibit * 1000)})
            throw Fault{"bad_value", "until"};
        return Event{ClosingInhibited{0, c.source, length}};
    }
    return Event{ClosingInhibited{0, c.source, seconds_of(args, kLongestInhibit)}};
}

CommandAction override_lightbox(const Circumstances& c, const json& args) {
    static const std::map<std::string, OverrideUntil> kUntil{
        {"next_switch", OverrideUntil::next_switch},
        {"duration", OverrideUntil::duration},
        {"permanent", OverrideUntil::permanent},
        {"cleared", OverrideUntil::cleared}};
    LightboxOverridden event;
    event.source = c.source;
    event.until = word_of(args, "until", kUntil);
    if (event.until != OverrideUntil::cleared) {
        const auto lit = args.find("lit");
        if (lit == args.end() || !lit->is_boolean()) throw Fault{"malformed", "lit"};
        event.lit = lit->get<bool>();
    }
    // The rules know the longest override that this hall allows.
    if (event.until == OverrideUntil::duration) event.length = seconds_of(args, 366.0 * 86'400);
    return Event{event};
}

CommandAction set_window(const Circumstances& c, const json& args) {
    static const std::map<std::string, WindowState> kStates{{"closed", WindowState::closed},
                                                            {"serving", WindowState::serving},
                                                            {"paused", WindowState::paused},
                                                            {"fault", WindowState::fault}};
    const WindowIx window = window_of(c.site, args);
    return Event{WindowSet{0, c.source, window, word_of(args, "state", kStates)}};
}

CommandAction acknowledge(const Circumstances& c, const json& args) {
    return Event{AlarmAcknowledged{0, c.source, text_of(args, "alarm", true)}};
}

CommandAction raise_fault(const Circumstances& c, const json& args) {
    const WindowIx window = window_of(c.site, args);
    return Event{FaultRaised{0, c.source, window, text_of(args, "text", false)}};
}

CommandAction resend(const Circumstances&, const json& args) {
    const auto from = args.find("from_seq");
    if (from == args.end() || !from->is_number_integer()) throw Fault{"malformed", "from_seq"};
    if (!from->is_number_unsigned() || from->get<std::uint64_t>() == 0)
        throw Fault{"bad_value", "from_seq"};
    return ResendEvents{from->get<std::uint64_t>()};
}

CommandAction refresh(const Circumstances&, const json&) {
    return RefreshStatus{};
}

using Maker = CommandAction (*)(const Circumstances&, const json&);

/// All there is. None of them starts, confirms or forces a closing, opens the hall or changes staff
/// (R3).
Maker maker_of(const std::string& name) {
    static const std::map<std::string, Maker> kMakers{
        {"closing.cancel", cancel},         {"closing.inhibit", inhibit},
        {"window.set", set_window},         {"lightbox.override", override_lightbox},
        {"alarm.acknowledge", acknowledge}, {"fault.raise", raise_fault},
        {"events.resend", resend},          {"status.refresh", refresh}};
    const auto found = kMakers.find(name);
    return found == kMakers.end() ? nullptr : found->second;
}

void check_times(const json& command, const Now& now, ParsedCommand& out) {
    const WallTime issued = time_of(command, "issued");
    const WallTime expires = time_of(command, "expires");
    if (expires < issued) throw Fault{"malformed", "expires"};
    if (!now.wall_trusted) throw Fault{"clock_untrusted", ""};
    if (issued > now.wall + kClocksDiffer) throw Fault{"from_future", "issued"};
    if (now.wall > expires) throw Fault{"expired", "expires"};
    if (now.wall - issued > kOldest) throw Fault{"too_old", "issued"};
    out.forget_after = issued + kOldest + kClocksDiffer;
}

void parse(const Circumstances& c, const CommandTopic& topic, const std::string& payload,
           bool retained, ParsedCommand& out) {
    if (payload.size() > kLongestPayload) throw Fault{"too_large", ""};
    if (too_deep(payload)) throw Fault{"malformed", "payload"};
    const json command = read_json(payload);
    if (!command.is_object()) throw Fault{"malformed", "payload"};
    const std::string id = text_of(command, "id", true);
    if (!is_uuid(id)) throw Fault{"malformed", "id"};
    out.id = id;
    out.key = lower(id);
    if (!topic.sound) throw Fault{"malformed", "topic"};
    if (retained) throw Fault{"retained", ""};
    check_times(command, c.now, out);
    const Maker maker = maker_of(topic.name);
    if (maker == nullptr) throw Fault{"unknown_command", ""};
    static const json kNone = json::object();
    const auto args = command.find("args");
    if (args != command.end() && !args->is_object()) throw Fault{"malformed", "args"};
    out.action = maker(c, args == command.end() ? kNone : *args);
}

}  // namespace

CommandTopic command_topic(const std::string& rest) {
    const auto slash = rest.find('/');
    CommandTopic topic{rest.substr(0, std::min(slash, kLongestName)), {}};
    // It is logged, and a line of the log stays one.
    for (char& c : topic.name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    if (slash == std::string::npos) return topic;
    const std::string by = "/by/";
    if (rest.compare(slash, by.size(), by) != 0) {
        topic.sound = false;
        return topic;
    }
    const std::string user = rest.substr(slash + by.size());
    topic.sound = !user.empty() && user.size() <= kLongestName &&
                  std::all_of(user.begin(), user.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '@';
                  });
    if (topic.sound) topic.user = user;
    return topic;
}

ParsedCommand parse_command(const SiteConfig& site, const Now& now, const CommandTopic& topic,
                            const std::string& payload, bool retained) {
    ParsedCommand out;
    try {
        parse({site, now, topic.source()}, topic, payload, retained, out);
    } catch (const Fault& fault) {
        out.refusal = fault.code;
        out.field = fault.field;
        out.action.reset();
    }
    return out;
}

}  // namespace hall::telemetry
