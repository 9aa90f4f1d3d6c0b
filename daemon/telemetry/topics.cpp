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

void Topics::forget() {
    offers_.clear();
    sent_.clear();
    contacts_sent_.clear();
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
    const Now& now = picture_->view.now;
    put({topic, payload_text(site_, now, body), [this, topic, hash, at = now.mono] {
             sent_[topic] = {hash, 0, at};
         }});
}

void Topics::offer_circuit(const CircuitView& circuit) {
    const std::string topic = root_ + "circuit/" + topic_level(circuit.id);
    const json body = circuit_json(circuit);
    json rest = body;
    rest.erase("watts");
    const Sent next{essence_of(rest), essence_of(body["watts"]), picture_->view.now.mono};
    if (const auto found = sent_.find(topic); found != sent_.end()) {
        const Sent& before = found->second;
        const bool soon = next.at < before.at + kWattsEvery;
        if (before.essence == next.essence && (soon || before.watts == next.watts)) return;
    }
    put({topic, payload_text(site_, picture_->view.now, body),
         [this, topic, next] { sent_[topic] = next; }});
}

void Topics::offer_contacts() {
    const std::vector<ContactView>& contacts = picture_->view.contacts;
    contacts_sent_.resize(contacts.size());
    for (std::size_t i = 0; i < contacts.size(); ++i) {
        // Of a contact nothing but its state ever changes.
        const ContactState state = contacts[i].state;
        if (contacts_sent_[i] == state) continue;
        put({root_ + "contact/" + topic_level(contacts[i].id),
             payload_text(site_, picture_->view.now, contact_json(contacts[i])),
             [this, i, state] { contacts_sent_.at(i) = state; }});
    }
}

void Topics::offer_closing_and_lightbox() {
    const HallView& view = picture_->view;
    if (closing_sent_ != view.closing) {
        put({root_ + "closing", payload_text(site_, view.now, closing_json(site_, view)),
             [this, sent = view.closing] { closing_sent_ = sent; }});
    }
    if (view.lightbox.fitted && lightbox_sent_ != view.lightbox) {
        put({root_ + "lightbox", payload_text(site_, view.now, lightbox_json(site_, view)),
             [this, sent = view.lightbox] { lightbox_sent_ = sent; }});
    }
}

void Topics::offer_alarms() {
    std::set<std::string> standing;
    for (const AlarmView& alarm : picture_->view.alarms) {
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

void Topics::offer_devices() {
    const HallView& view = picture_->view;
    std::vector<Level> links;
    for (const LinkView& link : view.links) links.push_back(link.up);
    const bool due = !devices_at_ || view.now.mono >= *devices_at_ + kStatisticsEvery;
    if (!due && links == devices_links_) return;
    for (const DeviceFacts& device : picture_->devices()) {
        offers_.push_back({root_ + "device/" + topic_level(device.id),
                           payload_text(site_, view.now, device_json(device)), [] {}});
    }
    if (offers_.empty()) return;
    // Told once the last message is taken: a refresh before that begins anew.
    offers_.back().taken = [this, before = offers_.back().taken, at = view.now.mono,
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
    picture_ = &picture;
    send_ = &send;
    const HallView& view = picture.view;
    notice_clock(view.now);
    // What the link had not taken yet is out of date now; it is offered again as it is.
    offers_.clear();
    const json status = status_json(site_, view, picture.program);
    offer("status", status);
    offer_alarms();
    // What the wires told goes before what follows from it is even worked out.
    for (const WindowView& window : view.windows) {
        const json body = window_json(window);
        offer("window/" + topic_level(window.id), body);
    }
    for (const CircuitView& circuit : view.circuits) offer_circuit(circuit);
    offer_contacts();
    offer_closing_and_lightbox();
    if (picture.head.seq != 0) {
        const json head{{"seq", picture.head.seq},
                        {"hash", picture.head.hash},
                        {"signature", picture.head.signature},
                        {"key_id", picture.head.key_id}};
        offer("journal/head", head);
    }
    offer_devices();
    picture_ = nullptr;
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
