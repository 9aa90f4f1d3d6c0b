#include "daemon/telemetry/state_json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/telemetry/names.hpp"

namespace hall::telemetry {

namespace {

using nlohmann::json;

const char* to_word(LampMode mode) {
    switch (mode) {
        case LampMode::off:
            return "off";
        case LampMode::on:
            return "on";
        case LampMode::blink:
            return "blink";
    }
    return "off";
}

/// Meters are read to a tenth of a watt; more digits would be noise. Nothing that JSON cannot say.
json watts_json(const std::optional<double>& watts) {
    if (!watts || !std::isfinite(*watts)) return {};
    return std::round(*watts * 10) / 10;
}

json seconds_left(const Now& now, const std::optional<Instant>& deadline) {
    if (!deadline) return {};
    const auto left = std::max(*deadline - now.mono, Millis{0});
    const auto tenths = left.count() / 100;
    return static_cast<double>(tenths) / 10;
}

/// What the panel needs beside the topic's fields: durations that do not depend on its own clock.
json panel_closing(const SiteConfig& site, const HallView& view) {
    json closing = closing_json(site, view);
    closing["seconds_left"] = seconds_left(view.now, view.closing.deadline);
    if (!closing["force"].is_null()) {
        closing["force"]["seconds_left"] = seconds_left(view.now, view.closing.force_deadline);
    }
    json steps = json::object();
    for (const CircuitView& circuit : view.circuits) {
        if (circuit.step == Step::none) continue;
        steps[circuit.id] = {{"step", to_string(circuit.step)},
                             {"seconds_left", seconds_left(view.now, circuit.step_deadline)}};
    }
    closing["steps"] = std::move(steps);
    return closing;
}

json circuits_json(const SiteConfig& site, const HallView& view) {
    json out = json::object();
    for (std::size_t i = 0; i < view.circuits.size(); ++i) {
        json circuit = circuit_json(view.circuits[i]);
        circuit["window"] = nullptr;
        if (i < site.hall.circuits.size() && site.hall.circuits[i].window) {
            circuit["window"] = site.hall.windows.at(site.hall.circuits[i].window->value).id;
        }
        out[view.circuits[i].id] = std::move(circuit);
    }
    return out;
}

json hall_json(const SiteConfig& site, const HallView& view, const ProgramState& program) {
    json hall = status_json(site, view, program);
    hall["id"] = site.hall.id;
    hall["name"] = site.hall.name;
    hall["locale"] = site.locale;
    hall["timezone"] = site.timezone;
    hall["journal"] = program.journal_available ? "ok" : "unavailable";
    hall["broker"] = site.mqtt.urls.empty()     ? "none"
                     : program.broker_connected ? "connected"
                                                : "away";
    return hall;
}

json links_json(const HallView& view) {
    json out = json::object();
    for (const LinkView& link : view.links) {
        json up;
        if (link.up != Level::unknown) up = link.up == Level::on;
        out[link.id] = {{"up", std::move(up)}};
    }
    return out;
}

}  // namespace

json posts_json(const HallView& view) {
    json out = json::object();
    for (const PostView& post : view.posts) {
        json present = json::array(), windows = json::array();
        if (post.primary) present.push_back("primary");
        if (post.backup) present.push_back("backup");
        for (const WindowView& window : view.windows) {
            if (window.post == post.id) windows.push_back(window.id);
        }
        out[post.id] = {{"name", post.name},
                        {"windows", std::move(windows)},
                        {"staffed", post.staffed},
                        {"responsible", to_string(post.responsible)},
                        {"present", std::move(present)}};
    }
    return out;
}

std::string stamp(const SiteConfig& site, WallTime t) {
    return rfc3339(t, site.hall.zone.offset_at(t));
}

std::string stamp(const SiteConfig& site, const Now& now, Instant t) {
    return stamp(site, now.wall + (t - now.mono));
}

json circuit_json(const CircuitView& circuit) {
    return {{"name", circuit.name},
            {"target", to_string(circuit.target)},
            {"actual", to_string(circuit.actual)},
            {"pc", to_string(circuit.pc)},
            {"watts", watts_json(circuit.watts)},
            {"quality", circuit.fresh ? "good" : "stale"},
            {"step", to_string(circuit.step)},
            {"switches", circuit.switches}};
}

json window_json(const WindowView& window) {
    json lamps = json::array();
    for (const LampView& lamp : window.lamps) {
        lamps.push_back({{"wanted", to_word(lamp.wanted)}, {"level", to_string(lamp.level)}});
    }
    return {{"name", window.name},
            {"state", to_string(window.state)},
            {"post", window.post},
            {"responsible", to_string(window.responsible)},
            {"lamps", std::move(lamps)}};
}

json lightbox_json(const SiteConfig& site, const HallView& view) {
    const LightboxView& l = view.lightbox;
    if (!l.fitted) return {};
    json next, until;
    if (l.next_switch) next = stamp(site, *l.next_switch);
    if (l.override_until) until = stamp(site, view.now, *l.override_until);
    return {{"target", to_string(l.target)},
            {"actual", to_string(l.actual)},
            {"reason", l.reason},
            {"next_switch", std::move(next)},
            {"override_until", std::move(until)},
            {"overridden", l.overridden},
            {"permanent", l.override_permanent}};
}

json contact_json(const ContactView& contact) {
    return {
        {"name", contact.name}, {"state", to_string(contact.state)}, {"sensed", contact.sensed}};
}

json alarm_json(const SiteConfig& site, const AlarmView& alarm) {
    json cleared, acknowledged;
    if (alarm.cleared) cleared = stamp(site, *alarm.cleared);
    if (!alarm.acknowledged_by.empty()) acknowledged = alarm.acknowledged_by;
    return {{"id", alarm.id},
            {"code", alarm.code},
            {"subject", alarm.subject},
            {"severity", alarm.severity},
            {"rule", alarm.rule},
            {"clause", alarm.clause},
            {"raised", stamp(site, alarm.raised)},
            {"raised_clock", alarm.raised_trusted ? "trusted" : "untrusted"},
            {"cleared", std::move(cleared)},
            {"acknowledged_by", std::move(acknowledged)},
            {"text",
             sentence(site, alarm.code, {{"subject", alarm.subject}, {"detail", alarm.detail}})},
            {"count", alarm.count}};
}

json status_json(const SiteConfig& site, const HallView& view, const ProgramState& program) {
    const bool links_up = std::none_of(view.links.begin(), view.links.end(),
                                       [](const LinkView& l) { return l.up == Level::off; });
    const bool well = program.journal_available && view.now.wall_trusted && links_up;
    return {{"state", well ? "online" : "degraded"},
            {"boot_id", program.boot_id},
            {"version", program.version},
            {"config_sha256", site.sha256}};
}

json state_json(const SiteConfig& site, const HallView& view, const ProgramState& program) {
    json windows = json::object(), contacts = json::object();
    for (const WindowView& window : view.windows) windows[window.id] = window_json(window);
    for (const ContactView& contact : view.contacts) contacts[contact.id] = contact_json(contact);
    json alarms = json::array();
    for (const AlarmView& alarm : view.alarms) alarms.push_back(alarm_json(site, alarm));
    return {{"ts", stamp(site, view.now.wall)},
            {"clock", view.now.wall_trusted ? "trusted" : "untrusted"},
            {"hall", hall_json(site, view, program)},
            {"closing", panel_closing(site, view)},
            {"circuits", circuits_json(site, view)},
            {"windows", std::move(windows)},
            {"posts", posts_json(view)},
            {"lightbox", lightbox_json(site, view)},
            {"contacts", std::move(contacts)},
            {"alarms", std::move(alarms)},
            {"links", links_json(view)}};
}

}  // namespace hall::telemetry
