#include "daemon/telemetry/telemetry.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "daemon/shell/state_files.hpp"
#include "daemon/telemetry/agents.hpp"
#include "daemon/telemetry/attendance_json.hpp"
#include "daemon/telemetry/commands.hpp"
#include "daemon/telemetry/discovery.hpp"
#include "daemon/telemetry/outbox.hpp"
#include "daemon/telemetry/topics.hpp"

namespace hall::telemetry {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

constexpr std::chrono::milliseconds kFarewell{2'000};
/// Messages from outside that wait for the loop, of commands and of all others; more are dropped,
/// the commands among them counted.
constexpr int kMostWaiting = 64;

/// What may wait, and how much of it was dropped: for the library's threads and the loop.
struct Queue {
    std::atomic<int> waiting{0}, dropped{0};
    bool enter() {
        if (waiting.fetch_add(1) < kMostWaiting) return true;
        waiting.fetch_sub(1);
        dropped.fetch_add(1);
        return false;
    }
    void leave() { waiting.fetch_sub(1); }
};

bool has_agents(const SiteConfig& site) {
    return std::any_of(
        site.hall.circuits.begin(), site.hall.circuits.end(), [](const CircuitConfig& circuit) {
            return std::any_of(
                circuit.stop.begin(), circuit.stop.end(),
                [](const StopMethod& stop) { return stop.kind == StopMethodKind::mqtt; });
        });
}

/// Two lines, user name and password; or one, `user:password`.
void read_credentials(const std::string& file, drivers::MqttSettings& settings) {
    if (file.empty()) return;
    std::optional<std::string> text;
    try {
        text = read_file(file);
    } catch (const std::exception& e) {
        spdlog::error("broker credentials {}: {}", file, e.what());
        return;
    }
    if (!text) {
        spdlog::error("broker credentials {}: no such file", file);
        return;
    }
    std::istringstream lines(*text);
    std::getline(lines, settings.username);
    if (!std::getline(lines, settings.password)) {
        if (const auto colon = settings.username.find(':'); colon != std::string::npos) {
            settings.password = settings.username.substr(colon + 1);
            settings.username.resize(colon);
        }
    }
}

}  // namespace

namespace {

/// Every record is an event; what it says of people's attendance has a topic of its own.
std::vector<Outgoing> messages_of(const SiteConfig& site, const StoredRecord& record) {
    std::vector<Outgoing> messages;
    if (auto payload = attendance_payload(site, record.body))
        messages.push_back({"attendance", std::move(*payload)});
    messages.push_back({"event", event_payload(record)});
    return messages;
}

}  // namespace

/// What the broker took, collected while the loop is busy: a burst is one piece of work for it.
class Deliveries {
  public:
    /// True: nobody has been asked to take it yet.
    bool add(std::uint64_t ticket) {
        const std::lock_guard lock(mutex_);
        tickets_.push_back(ticket);
        return tickets_.size() == 1;
    }
    std::vector<std::uint64_t> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(tickets_, {});
    }

  private:
    std::mutex mutex_;
    std::vector<std::uint64_t> tickets_;
};

struct Telemetry::Impl {
    Impl(const SiteConfig& s, Journal& j, Host& h, const std::filesystem::path& state,
         std::function<void(std::function<void()>)> p)
        : site(s),
          journal(j),
          host(h),
          root(topic_root(s)),
          topics(s),
          outbox(
              j, state / "delivered",
              [&s](const StoredRecord& record) { return messages_of(s, record); },
              s.mqtt.records_per_second),
          commands(s, h, state / "commands.json",
                   {[this](std::uint64_t from) { return outbox.resend(from); },
                    [this] {
                        topics.forget();
                        stale = true;
                    }}),
          agents(s),
          post(std::move(p)) {}

    [[nodiscard]] drivers::MqttSettings settings() const;
    [[nodiscard]] std::string offline() const;
    void on_link(const drivers::MqttEvent& event);
    void on_delivered(const std::vector<std::uint64_t>& tickets);
    void on_message(const drivers::MqttMessage& message);
    void refresh();
    void flush_agents();
    bool send(const std::string& topic, const std::string& payload, bool retained,
              std::uint64_t ticket, const drivers::MqttProperties& properties = {}) {
        return link->publish(session, topic, payload, retained, ticket, properties);
    }

    const SiteConfig& site;
    Journal& journal;
    Host& host;
    std::string root;
    Topics topics;
    Outbox outbox;
    Commands commands;
    Agents agents;
    std::function<void(std::function<void()>)> post;
    std::unique_ptr<drivers::MqttLink> link;
    bool connected = false;
    std::uint64_t session = 0;  ///< of the link, the newest that was told
    bool discovery_due = false;
    /// The hall, or what the broker holds of it, may have changed since it was last looked at: what
    /// the link merely takes is no reason to look again.
    bool stale = true;
    bool refreshing = false;
    std::string last_why;
    /// Held by what the link's threads have posted; empty once this is gone.
    std::shared_ptr<Impl*> self = std::make_shared<Impl*>(this);
    std::shared_ptr<Queue> command_queue = std::make_shared<Queue>();
    std::shared_ptr<Queue> other_queue = std::make_shared<Queue>();
};

std::string Telemetry::Impl::offline() const {
    const ProgramState program = host.program();
    return payload_text(site, host.now(),
                        {{"state", "offline"},
                         {"boot_id", program.boot_id},
                         {"version", program.version},
                         {"config_sha256", site.sha256}});
}

drivers::MqttSettings Telemetry::Impl::settings() const {
    drivers::MqttSettings out;
    const MqttConfig& mqtt = site.mqtt;
    out.urls = mqtt.urls;
    out.subscribe_qos = mqtt.subscribe_qos;
    out.client_id = "halld-" + topic_level(site.hall.id);
    out.version = mqtt.version;
    read_credentials(mqtt.credentials_file, out);
    out.ca_file = mqtt.ca_file;
    out.certificate_file = mqtt.certificate_file;
    out.key_file = mqtt.key_file;
    out.keep_alive = mqtt.keep_alive;
    out.will_topic = root + "status";
    out.will_payload = offline();
    // Our own alarms too: what the broker still holds of alarms that ended while we were away.
    out.subscriptions = {root + "command/+", root + "command/+/by/+", root + "alarm/+"};
    out.echo = false;  // of our own alarms
    if (has_agents(site)) out.subscriptions.push_back(root + "agent/+/reply");
    return out;
}

void Telemetry::Impl::on_link(const drivers::MqttEvent& event) {
    std::visit(Overloaded{
                   [&](const drivers::MqttConnected& e) {
                       spdlog::info("broker {} connected", e.url);
                       connected = true;
                       session = e.session;
                       discovery_due = site.mqtt.home_assistant;
                       last_why.clear();
                       outbox.disconnected();
                       topics.forget();
                       stale = true;
                   },
                   [&](const drivers::MqttDisconnected& e) {
                       // A broker that is away for a week is worth one line, not one a minute.
                       if (connected || e.why != last_why)
                           spdlog::warn("broker {} away, trying again: {}", e.url, e.why);
                       last_why = e.why;
                       connected = false;
                       outbox.disconnected();
                   },
                   [&](const drivers::MqttDelivered& e) { outbox.acknowledged(e.ticket); },
                   [&](const drivers::MqttMessage& e) { on_message(e); },
                   [&](const drivers::MqttSubscription& e) {
                       if (e.taken) {
                           spdlog::info("subscribed to {} at last", e.topic);
                       } else {
                           spdlog::warn(
                               "the broker refuses a subscription to {}: the hall hears nothing "
                               "there; trying again",
                               e.topic);
                       }
                   },
               },
               event);
    refresh();
}

void Telemetry::Impl::on_delivered(const std::vector<std::uint64_t>& tickets) {
    for (const std::uint64_t ticket : tickets) {
        if (ticket != 0) outbox.acknowledged(ticket);
    }
    refresh();
}

void Telemetry::Impl::on_message(const drivers::MqttMessage& message) {
    const std::string command = root + "command/", alarm = root + "alarm/", agent = root + "agent/";
    if (message.topic.rfind(command, 0) == 0) {
        commands.take(message.topic.substr(command.size()), message);
    } else if (message.topic.rfind(alarm, 0) == 0 && message.retained && !message.payload.empty()) {
        topics.held_by_broker(message.topic);
        stale = true;
    } else if (message.topic.rfind(agent, 0) == 0) {
        const std::string rest = message.topic.substr(agent.size());
        agents.replied(rest.substr(0, rest.find('/')), message);
    }
}

void Telemetry::Impl::flush_agents() {
    agents.flush(host.now(), connected,
                 [this](const auto& topic, const auto& payload, const auto& properties) {
                     auto absolute = properties;
                     absolute.response_topic = root + properties.response_topic;
                     return send(root + topic, payload, false, 0, absolute);
                 });
}

void Telemetry::Impl::refresh() {
    // A command's event makes the loop call back; the outer call does the work.
    if (refreshing || link == nullptr) return;
    refreshing = true;
    commands.overrun(static_cast<std::uint64_t>(command_queue->dropped.exchange(0)));
    outbox.remember(host.now().mono, false);
    // Before what may fill the link's window: a PC waits.
    flush_agents();
    commands.flush([this](const auto& topic, const auto& payload, const auto& correlation) {
        return connected && send(topic, payload, false, 0, {.correlation = correlation});
    });
    if (connected) {
        const auto retained = [this](const std::string& topic, const std::string& payload) {
            return send(topic, payload, true, 0);
        };
        bool room = std::exchange(stale, false)
                        ? topics.refresh(
                              {host.wires(), [this] { return host.view(); }, host.program(),
                               journal.head(), [this] { return device_facts(site, host.buses()); },
                               [this] { link->let_go(); }},
                              retained)
                        : topics.pump(retained);
        if (room && discovery_due) {
            discovery_due =
                !retained(discovery_topic(site), discovery_payload(site, host.program().version));
            room = !discovery_due;
        }
        if (room) {
            const auto wait =
                outbox.pump(host.now().mono, [this](const Outgoing& message, std::uint64_t ticket) {
                    return send(root + message.name, message.payload, false, ticket);
                });
            if (wait) host.wake_in(*wait);
        }
    }
    refreshing = false;
}

Telemetry::Telemetry(const SiteConfig& site, Journal& journal, Host& host,
                     const std::filesystem::path& state, const OpenLink& open,
                     std::function<void(std::function<void()>)> post)
    : impl_(std::make_unique<Impl>(site, journal, host, state, post)) {
    // Runs on the library's threads: counts, hands on, nothing else.
    auto sink = [self = std::weak_ptr<Impl*>(impl_->self), commands = impl_->command_queue,
                 others = impl_->other_queue, command = impl_->root + "command/",
                 delivered = std::make_shared<Deliveries>(),
                 post = std::move(post)](drivers::MqttEvent event) {
        if (const auto* one = std::get_if<drivers::MqttDelivered>(&event)) {
            if (!delivered->add(one->ticket)) return;
            post([self, delivered] {
                const auto tickets = delivered->take();
                if (const auto impl = self.lock()) (*impl)->on_delivered(tickets);
            });
            return;
        }
        std::shared_ptr<Queue> queue;
        if (const auto* message = std::get_if<drivers::MqttMessage>(&event))
            queue = message->topic.rfind(command, 0) == 0 ? commands : others;
        if (queue && !queue->enter()) return;
        post([self, queue, event = std::move(event)] {
            if (queue) queue->leave();
            if (const auto impl = self.lock()) (*impl)->on_link(event);
        });
    };
    impl_->link = open(impl_->settings(), std::move(sink));
}

Telemetry::~Telemetry() {
    if (impl_->link != nullptr) impl_->outbox.remember(impl_->host.now().mono, true);
    impl_->self.reset();
}

void Telemetry::refresh() {
    impl_->stale = true;
    impl_->refresh();
}

void Telemetry::woken() {
    impl_->refresh();
}

bool Telemetry::answered(const Answer& answer) {
    return impl_->commands.answered(answer);
}

void Telemetry::ask_agent(const AgentRequest& request, AgentEnded ended) {
    // Whoever asks is in the middle of a step of the rules.
    AgentEnded later = [post = impl_->post, ended = std::move(ended)](Outcome outcome,
                                                                      const std::string& why) {
        post([ended, outcome, why] { ended(outcome, why); });
    };
    const bool connected = impl_->connected && impl_->link != nullptr;
    impl_->agents.ask(request, impl_->host.now(), connected, std::move(later));
    if (connected) impl_->flush_agents();
}

bool Telemetry::connected() const {
    return impl_->connected;
}

std::uint64_t Telemetry::delivered() const {
    return impl_->outbox.delivered();
}

std::uint64_t Telemetry::commands_rejected() const {
    return impl_->commands.rejected();
}

std::uint64_t Telemetry::agent_replies_ignored() const {
    return impl_->agents.ignored();
}

void Telemetry::stop() {
    if (impl_->link == nullptr) return;
    impl_->link->close(impl_->offline(), kFarewell);
    impl_->link.reset();
    impl_->connected = false;
    impl_->outbox.remember(impl_->host.now().mono, true);
}

}  // namespace hall::telemetry
