#include "daemon/telemetry/topics.hpp"

#include <algorithm>

namespace hall::telemetry {

namespace {

using nlohmann::json;

/// Counters change all the time: they are published this often, and when a link is lost or comes
/// back.
constexpr Millis kStatisticsEvery{60'000};
/// The wall clock was set: all time stamps that were computed from instants are wrong now.
constexpr Millis kClockStep{2'000};

std::uint64_t essence_of(const json& value) {
    return std::hash<std::string>{}(value.dump(-1, ' ', false, json::error_handler_t::replace));
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

std::string payload_text(const Stamped& stamped, json body) {
    body["ts"] = stamped.ts;
    body["clock"] = stamped.trusted ? "trusted" : "untrusted";
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string payload_text(const SiteConfig& site, const Now& now, json body) {
    return payload_text({stamp(site, now.wall), now.wall_trusted}, std::move(body));
}

void Topics::forget() {
    offers_.clear();
    sent_.clear();
    contacts_sent_.clear();
    windows_sent_.clear();
    closing_sent_.reset();
    lightbox_sent_.reset();
    devices_at_.reset();
}

void Topics::put(Offer offer) {
    offers_.push_back(std::move(offer));
    pump(*send_);
}

void Topics::offer(const std::string& name, const json& body) {
    const std::string topic = root_ + name;
    const std::uint64_t hash = essence_of(body);
    const auto before = sent_.find(topic);
    if (before != sent_.end() && before->second.essence == hash) return;
    put({topic, payload_text(stamped_, body), [this, topic, hash, at = now_.mono] {
             sent_[topic] = {hash, 0, at};
         }});
}

void Topics::offer_circuit(const CircuitView& circuit) {
    const std::string topic = root_ + "circuit/" + topic_level(circuit.id);
    const json body = circuit_json(circuit);
    json rest = body;
    rest.erase("watts");
    const Sent next{essence_of(rest), essence_of(body["watts"]), now_.mono};
    if (const auto found = sent_.find(topic); found != sent_.end()) {
        const Sent& before = found->second;
        // A meter never reads the same twice.
        const bool soon = next.at < before.at + site_.mqtt.watts_interval;
        if (before.essence == next.essence && (soon || before.watts == next.watts)) return;
    }
    put({topic, payload_text(stamped_, body), [this, topic, next] { sent_[topic] = next; }});
}

void Topics::offer_wires(const WiresView& wires) {
    const std::vector<ContactView>& contacts = wires.contacts;
    contacts_sent_.resize(contacts.size());
    for (std::size_t i = 0; i < contacts.size(); ++i) {
        // Of a contact nothing but its state ever changes.
        const ContactState state = contacts[i].state;
        if (contacts_sent_[i] == state) continue;
        put({root_ + "contact/" + topic_level(contacts[i].id),
             payload_text(stamped_, contact_json(contacts[i])),
             [this, i, state] { contacts_sent_.at(i) = state; }});
    }
    windows_sent_.resize(wires.windows.size());
    for (std::size_t i = 0; i < wires.windows.size(); ++i) {
        const WindowView& window = wires.windows[i];
        if (windows_sent_[i] == window) continue;
        put({root_ + "window/" + topic_level(window.id),
             payload_text(stamped_, window_json(window)),
             [this, i, window] { windows_sent_.at(i) = window; }});
    }
    for (const CircuitView& circuit : wires.circuits) offer_circuit(circuit);
}

void Topics::offer_closing_and_lightbox(const HallView& view) {
    if (closing_sent_ != view.closing) {
        put({root_ + "closing", payload_text(stamped_, closing_json(site_, view)),
             [this, sent = view.closing] { closing_sent_ = sent; }});
    }
    if (view.lightbox.fitted && lightbox_sent_ != view.lightbox) {
        put({root_ + "lightbox", payload_text(stamped_, lightbox_json(site_, view)),
             [this, sent = view.lightbox] { lightbox_sent_ = sent; }});
    }
}

void Topics::offer_alarms(const HallView& view) {
    std::set<std::string> standing;
    for (const AlarmView& alarm : view.alarms) {
        const std::string name = "alarm/" + topic_level(alarm.id);
        const json body = alarm_json(site_, alarm);
        offer(name, body);
        standing.insert(root_ + name);
        alarms_.insert(root_ + name);
    }
    for (const std::string& held : std::vector(alarms_.begin(), alarms_.end())) {
        if (standing.count(held) != 0) continue;
        put({held, {}, [this, held] {
                 sent_.erase(held);
                 alarms_.erase(held);
             }});
    }
}

void Topics::offer_devices(const Picture& picture) {
    std::vector<Level> links;
    for (const LinkView& link : picture.wires.links) links.push_back(link.up);
    const bool due = !devices_at_ || now_.mono >= *devices_at_ + kStatisticsEvery;
    if (!due && links == devices_links_) return;
    for (const DeviceFacts& device : picture.devices()) {
        offers_.push_back({root_ + "device/" + topic_level(device.id),
                           payload_text(stamped_, device_json(device)), [] {}});
    }
    if (offers_.empty()) return;
    // Told once the last message is taken: a refresh before that begins anew.
    offers_.back().taken = [this, before = offers_.back().taken, at = now_.mono,
                            links = std::move(links)] {
        before();
        devices_at_ = at;
        devices_links_ = links;
    };
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
    bool sent = false;
    const Send noting = [&](const std::string& topic, const std::string& payload) {
        const bool taken = send(topic, payload);
        sent = sent || taken;
        return taken;
    };
    send_ = &noting;
    now_ = picture.wires.now;
    notice_clock(now_);
    stamped_ = {stamp(site_, now_.wall), now_.wall_trusted};
    // What the link had not taken yet is out of date now; it is offered again as it is.
    offers_.clear();
    // What the wires told goes before what follows from it is even worked out.
    offer_wires(picture.wires);
    if (sent) picture.let_go();
    const HallView view = picture.view();
    const json status = status_json(site_, view, picture.program);
    offer("status", status);
    offer_alarms(view);
    offer_closing_and_lightbox(view);
    if (picture.head.seq != 0) {
        const json head{{"seq", picture.head.seq},
                        {"hash", picture.head.hash},
                        {"signature", picture.head.signature},
                        {"key_id", picture.head.key_id}};
        offer("journal/head", head);
    }
    offer_devices(picture);
    send_ = nullptr;
    return pump(send);
}

bool Topics::pump(const Send& send) {
    while (!offers_.empty()) {
        if (!send(offers_.front().topic, offers_.front().payload)) return false;
        offers_.front().taken();
        offers_.pop_front();
    }
    return true;
}

}  // namespace hall::telemetry
