#include "daemon/telemetry/topics.hpp"

#include <algorithm>

namespace hall::telemetry {

namespace {

using nlohmann::json;

/// A meter never reads the same twice. A mere change of watts is published no more often than this.
constexpr Millis kWattsEvery{5'000};
/// Counters change all the time: they are published this often, and when a link is lost or comes
/// back.
constexpr Millis kStatisticsEvery{60'000};
/// The wall clock was set: all time stamps that were computed from instants are wrong now.
constexpr Millis kClockStep{2'000};

std::uint64_t essence_of(const json& value) {
    return std::hash<std::string>{}(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

/// The same view on a clock that is the monotonic one: stamps become functions of instants alone,
/// free of the jitter between two clocks that are never read at once.
HallView still(const HallView& view) {
    HallView out = view;
    out.now.wall = WallTime{view.now.mono.time_since_epoch()};
    return out;
}

}  // namespace

std::string topic_root(const SiteConfig& site) {
    return "hall/v1/" + topic_level(site.hall.id) + "/";
}

std::string topic_level(const std::string& id) {
    std::string level = id.empty() ? "_" : id;
    for (char& c : level) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '/' || c == '+' || c == '#' || byte < 0x20 || byte == 0x7f) c = '_';
    }
    return level;
}

std::string payload_text(const SiteConfig& site, const Now& now, json body) {
    body["ts"] = stamp(site, now.wall);
    body["clock"] = now.wall_trusted ? "trusted" : "untrusted";
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool Topics::offer(const std::string& name, const json& essence, const json& body,
                   const Send& send) {
    const std::string topic = root_ + name;
    const std::uint64_t hash = essence_of(essence);
    const auto before = sent_.find(topic);
    if (before != sent_.end() && before->second.essence == hash) return true;
    const Now& now = picture_->view.now;
    if (!send(topic, payload_text(site_, now, body))) return false;
    sent_[topic] = {hash, 0, now.mono};
    return true;
}

bool Topics::offer_circuit(const CircuitView& circuit, const Send& send) {
    const std::string topic = root_ + "circuit/" + topic_level(circuit.id);
    const json body = circuit_json(circuit);
    json rest = body;
    rest.erase("watts");
    const Sent next{essence_of(rest), essence_of(body["watts"]), picture_->view.now.mono};
    if (const auto found = sent_.find(topic); found != sent_.end()) {
        const Sent& before = found->second;
        const bool soon = next.at < before.at + kWattsEvery;
        if (before.essence == next.essence && (soon || before.watts == next.watts)) return true;
    }
    if (!send(topic, payload_text(site_, picture_->view.now, body))) return false;
    sent_[topic] = next;
    return true;
}

bool Topics::offer_closing_and_lightbox(const Send& send) {
    const HallView& view = picture_->view;
    const HallView essence = still(view);
    if (!offer("closing", closing_json(site_, essence), closing_json(site_, view), send))
        return false;
    return !view.lightbox.fitted ||
           offer("lightbox", lightbox_json(site_, essence), lightbox_json(site_, view), send);
}

bool Topics::offer_alarms(const Send& send) {
    std::set<std::string> standing;
    for (const AlarmView& alarm : picture_->view.alarms) {
        const std::string name = "alarm/" + topic_level(alarm.id);
        const json body = alarm_json(site_, alarm);
        if (!offer(name, body, body, send)) return false;
        standing.insert(root_ + name);
        alarms_.insert(root_ + name);
    }
    for (auto held = alarms_.begin(); held != alarms_.end();) {
        if (standing.count(*held) != 0) {
            ++held;
            continue;
        }
        if (!send(*held, {})) return false;
        sent_.erase(*held);
        held = alarms_.erase(held);
    }
    return true;
}

bool Topics::offer_devices(const Send& send) {
    const HallView& view = picture_->view;
    std::vector<Level> links;
    for (const LinkView& link : view.links) links.push_back(link.up);
    const bool due = !devices_at_ || view.now.mono >= *devices_at_ + kStatisticsEvery;
    if (!due && links == devices_links_) return true;
    for (const DeviceFacts& device : picture_->devices()) {
        const std::string topic = root_ + "device/" + topic_level(device.id);
        if (!send(topic, payload_text(site_, view.now, device_json(device)))) return false;
    }
    devices_at_ = view.now.mono;
    devices_links_ = std::move(links);
    return true;
}

void Topics::notice_clock(const Now& now) {
    const Millis difference = now.wall.time_since_epoch() - now.mono.time_since_epoch();
    const Millis step = difference - wall_minus_mono_;
    if (step > kClockStep || step < -kClockStep || trusted_ != now.wall_trusted) {
        forget();
        wall_minus_mono_ = difference;
        trusted_ = now.wall_trusted;
    }
}

bool Topics::refresh(const Picture& picture, const Send& send) {
    picture_ = &picture;
    const HallView& view = picture.view;
    notice_clock(view.now);
    const json status = status_json(site_, view, picture.program);
    if (!offer("status", status, status, send)) return false;
    if (!offer_closing_and_lightbox(send) || !offer_alarms(send)) return false;
    for (const CircuitView& circuit : view.circuits) {
        if (!offer_circuit(circuit, send)) return false;
    }
    for (const WindowView& window : view.windows) {
        const json body = window_json(window);
        if (!offer("window/" + topic_level(window.id), body, body, send)) return false;
    }
    for (const ContactView& contact : view.contacts) {
        const json body = contact_json(contact);
        if (!offer("contact/" + topic_level(contact.id), body, body, send)) return false;
    }
    if (!offer_devices(send)) return false;
    if (picture.head.seq == 0) return true;
    const json head{{"seq", picture.head.seq},
                    {"hash", picture.head.hash},
                    {"signature", picture.head.signature},
                    {"key_id", picture.head.key_id}};
    return offer("journal/head", head, head, send);
}

}  // namespace hall::telemetry
