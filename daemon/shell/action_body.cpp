#include "daemon/shell/action_body.hpp"

#include <sodium.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace hall {

namespace {

using nlohmann::json;

/// Texts that people type; longer ones are refused, not cut.
constexpr std::size_t kLongestText = 400;

struct Fault {
    std::string code, field;
};

std::string text(const json& body, const char* field, bool required) {
    const auto found = body.find(field);
    if (found == body.end() || found->is_null()) {
        if (required) throw Fault{"malformed", field};
        return {};
    }
    if (!found->is_string()) throw Fault{"malformed", field};
    auto value = found->get<std::string>();
    if (value.size() > kLongestText) throw Fault{"malformed", field};
    return value;
}

template <class List>
std::uint16_t index_of(const List& list, const std::string& id, const char* code) {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.id == id; });
    if (found == list.end()) throw Fault{code, id};
    return static_cast<std::uint16_t>(found - list.begin());
}

/// `"pc3"` or `{"id": "pc3", "reason": "..."}`.
AskedException exception_from(const json& entry, const std::string& common_reason) {
    if (entry.is_string()) return {entry.get<std::string>(), common_reason};
    if (!entry.is_object()) throw Fault{"malformed", "except"};
    AskedException e{text(entry, "id", true), text(entry, "reason", false)};
    if (e.reason.empty()) e.reason = common_reason;
    return e;
}

std::vector<std::string> strings(const json& body, const char* field) {
    std::vector<std::string> list;
    const auto found = body.find(field);
    if (found == body.end() || found->is_null()) return list;
    if (!found->is_array() || found->size() > 256) throw Fault{"malformed", field};
    for (const json& entry : *found) {
        if (!entry.is_string()) throw Fault{"malformed", field};
        list.push_back(entry.get<std::string>());
    }
    return list;
}

using Maker = ParsedAction (*)(const SiteConfig&, const json&);

ParsedAction confirm(const SiteConfig&, const json& body) {
    ClosingConfirmed event;
    if (const auto plan = body.find("plan"); plan != body.end()) {
        event.plan = plan->is_object() ? text(*plan, "digest", true) : text(body, "plan", false);
    }
    event.attested = strings(body, "attest");
    const std::string reason = text(body, "reason", false);
    if (const auto except = body.find("except"); except != body.end() && !except->is_null()) {
        if (!except->is_array() || except->size() > 256) throw Fault{"malformed", "except"};
        for (const json& entry : *except) event.exceptions.push_back(exception_from(entry, reason));
    }
    return {{}, true, "close", [event](RequestId id, const PersonId& person) mutable {
                event.request = id;
                event.person = person;
                return Event{event};
            }};
}

ParsedAction cancel(const SiteConfig&, const json&) {
    return {{}, false, "", [](RequestId id, const PersonId& person) {
                return Event{ClosingCancelled{id, person.value.empty() ? "panel" : person.value}};
            }};
}

ParsedAction force(const SiteConfig& site, const json& body) {
    const CircuitIx circuit{
        index_of(site.hall.circuits, text(body, "circuit", true), "unknown_circuit")};
    const std::string reason = text(body, "reason", false);
    return {{}, true, "close", [circuit, reason](RequestId id, const PersonId& person) {
                return Event{ForceConfirmed{id, person, circuit, reason}};
            }};
}

ParsedAction except(const SiteConfig&, const json& body) {
    std::string what = text(body, "circuit", false);
    if (what.empty()) what = text(body, "contact", false);
    if (what.empty()) throw Fault{"malformed", "circuit"};
    const AskedException exception{what, text(body, "reason", false)};
    return {{}, true, "close", [exception](RequestId id, const PersonId& person) {
                return Event{ExceptionRequested{id, person, exception}};
            }};
}

ParsedAction extend(const SiteConfig&, const json& body) {
    const auto minutes = body.find("minutes");
    if (minutes == body.end() || !minutes->is_number_integer()) throw Fault{"malformed", "minutes"};
    const std::int64_t value = minutes->get<std::int64_t>();
    if (value < 1 || value > std::int64_t{24} * 60) throw Fault{"bad_value", "minutes"};
    return {{}, true, "close", [value](RequestId id, const PersonId& person) {
                return Event{DayExtended{id, person, std::chrono::minutes{value}}};
            }};
}

ParsedAction open_hall(const SiteConfig&, const json&) {
    return {{}, true, "open", [](RequestId id, const PersonId& person) {
                return Event{OpeningRequested{id, person}};
            }};
}

ParsedAction window_set(const SiteConfig& site, const json& body) {
    static const std::map<std::string, WindowState> kStates{{"closed", WindowState::closed},
                                                            {"serving", WindowState::serving},
                                                            {"paused", WindowState::paused},
                                                            {"fault", WindowState::fault}};
    const WindowIx window{
        index_of(site.hall.windows, text(body, "window", true), "unknown_window")};
    const auto state = kStates.find(text(body, "state", true));
    if (state == kStates.end()) throw Fault{"bad_value", "state"};
    // The button at the window asks nobody either.
    return {
        {}, false, "window", [window, to = state->second](RequestId id, const PersonId& person) {
            return Event{WindowSet{id, person.value.empty() ? "panel" : person.value, window, to}};
        }};
}

ParsedAction lightbox_override(const SiteConfig&, const json& body) {
    static const std::map<std::string, OverrideUntil> kUntil{
        {"next_switch", OverrideUntil::next_switch},
        {"duration", OverrideUntil::duration},
        {"permanent", OverrideUntil::permanent},
        {"cleared", OverrideUntil::cleared}};
    LightboxOverridden event;
    const auto until = kUntil.find(text(body, "until", true));
    if (until == kUntil.end()) throw Fault{"bad_value", "until"};
    event.until = until->second;
    if (event.until != OverrideUntil::cleared) {
        const auto lit = body.find("lit");
        if (lit == body.end() || !lit->is_boolean()) throw Fault{"malformed", "lit"};
        event.lit = lit->get<bool>();
    }
    if (event.until == OverrideUntil::duration) {
        const auto seconds = body.find("seconds");
        if (seconds == body.end() || !seconds->is_number()) throw Fault{"malformed", "seconds"};
        const double value = seconds->get<double>();
        if (!(value >= 1 && value <= 366.0 * 86400)) throw Fault{"bad_value", "seconds"};
        event.length = Millis{static_cast<Millis::rep>(value * 1000)};
    }
    return {{}, true, "lightbox", [event](RequestId id, const PersonId& person) mutable {
                event.request = id;
                event.source = person.value;
                return Event{event};
            }};
}

ParsedAction acknowledge(const SiteConfig&, const json& body) {
    const std::string alarm = text(body, "alarm", true);
    return {{}, true, "alarm", [alarm](RequestId id, const PersonId& person) {
                return Event{AlarmAcknowledged{id, person.value, alarm}};
            }};
}

ParsedAction sign_in(const SiteConfig&, const json& body) {
    const std::string post = text(body, "post", true);
    // Who belongs to a post stands in the configuration; no further right is needed.
    return {{}, true, "", [post](RequestId id, const PersonId& person) {
                return Event{PostSignedIn{id, person, post}};
            }};
}

ParsedAction sign_out(const SiteConfig&, const json& body) {
    const std::string post = text(body, "post", false);
    return {{}, true, "", [post](RequestId id, const PersonId& person) {
                return Event{PostSignedOut{id, person, post}};
            }};
}

Credential credential_from(const json& body) {
    return {text(body, "staff", false), text(body, "card", false), text(body, "pin", false)};
}

/// Whoever leaves at the top, whoever comes in `to`.
ParsedAction hand_over(const SiteConfig&, const json& body) {
    const std::string post = text(body, "post", true);
    const auto to = body.find("to");
    if (to == body.end() || !to->is_object()) throw Fault{"malformed", "to"};
    ParsedAction::Second second{credential_from(*to), {}};
    if (second.credential.staff.empty() && second.credential.card.empty())
        throw Fault{"malformed", "to.staff"};
    if (second.credential.pin.empty()) throw Fault{"malformed", "to.pin"};
    second.make = [post](RequestId id, const PersonId& leaves, const PersonId& comes) {
        return Event{PostHandedOver{id, leaves, comes, post}};
    };
    return {{}, true, "", {}, std::move(second)};
}

const std::map<std::string, Maker>& makers() {
    static const std::map<std::string, Maker> kMakers{
        {"closing/confirm", confirm},       {"closing/cancel", cancel},
        {"closing/force", force},           {"closing/except", except},
        {"closing/extend", extend},         {"opening/open", open_hall},
        {"window/set", window_set},         {"lightbox/override", lightbox_override},
        {"alarm/acknowledge", acknowledge}, {"post/sign-in", sign_in},
        {"post/sign-out", sign_out},        {"post/handover", hand_over},
    };
    return kMakers;
}

/// Whatever becomes of a body, its PIN does not stay in memory (R26).
struct PinWiper {
    json& body;
    explicit PinWiper(json& parsed) : body(parsed) {}
    PinWiper(const PinWiper&) = delete;
    PinWiper& operator=(const PinWiper&) = delete;
    ~PinWiper() {
        wipe(body);
        if (body.is_object() && body.contains("to")) wipe(body["to"]);
    }
    static void wipe(json& holder) {
        if (!holder.is_object()) return;
        const auto pin = holder.find("pin");
        if (pin == holder.end() || !pin->is_string()) return;
        auto& secret = pin->get_ref<std::string&>();
        sodium_memzero(secret.data(), secret.size());
    }
};

}  // namespace

ParsedBody parse_action(const SiteConfig& site, const std::string& action,
                        const std::string& body) {
    const auto maker = makers().find(action);
    if (maker == makers().end()) return {std::nullopt, {"malformed", "action"}, false};
    json parsed = json::parse(body.empty() ? std::string("{}") : body, nullptr, false);
    const PinWiper wiper{parsed};
    if (!parsed.is_object()) return {std::nullopt, {"malformed", "body"}, true};
    try {
        ParsedAction result = maker->second(site, parsed);
        result.credential = credential_from(parsed);
        const Credential& given = result.credential;
        const bool nobody = given.staff.empty() && given.card.empty();
        if (result.needs_person && nobody) throw Fault{"malformed", "staff"};
        if (!nobody && given.pin.empty()) throw Fault{"malformed", "pin"};
        return {std::move(result), {}, true};
    } catch (const Fault& fault) {
        return {std::nullopt, {fault.code, fault.field}, true};
    }
}

}  // namespace hall
