#pragma once
// One connection to an MQTT broker (Eclipse Paho, asynchronous), with a reconnect of our own.
// Callbacks only hand on.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hall::drivers {

struct MqttSettings {
    /// mqtt://host:port or mqtts://host:port, of one broker or of the nodes of one. The first is
    /// drawn, so that many clients spread over them; each new try goes to the next.
    std::vector<std::string> urls;
    std::string client_id;
    int version = 5;  ///< 5, or 3 for 3.1.1
    std::string username, password;
    std::string ca_file, certificate_file, key_file;
    std::chrono::seconds keep_alive{30};
    std::string will_topic, will_payload;  ///< retained, QoS 1
    std::vector<std::string> subscriptions;
    int subscribe_qos = 1;
    bool echo = true;  ///< MQTT 5 only, false: what we publish ourselves is not told back
    std::chrono::milliseconds retry_first{500}, retry_most{30'000};  ///< exponential with jitter
};

struct MqttConnected {
    std::uint64_t session = 0;  ///< this connection, and no other of this link
    std::string url;
};
struct MqttDisconnected {
    std::string why, url;
};
/// A broker that refuses a subscription is asked again, with growing pauses, while the connection
/// stands: a cluster may only be choosing a new leader. Told once, and when it was taken after all.
struct MqttSubscription {
    std::string topic;
    bool taken = false;
};
/// The broker has taken a QoS 1 message.
struct MqttDelivered {
    std::uint64_t ticket = 0;
};
struct MqttMessage {
    std::string topic, payload;
    /// The broker keeps it. With 3.1.1 this is told only of what it had before we subscribed: a
    /// message that is kept from now on comes as any other.
    bool retained = false;
    bool duplicate = false;
    std::string response_topic, correlation;  ///< MQTT 5 only
};
using MqttEvent =
    std::variant<MqttConnected, MqttDisconnected, MqttDelivered, MqttMessage, MqttSubscription>;

/// What an MQTT 5 broker is told beside a message; with 3.1.1 nothing of it is sent.
struct MqttProperties {
    std::string correlation{}, response_topic{};
    std::chrono::seconds expiry{0};  ///< then the broker throws it away; 0: never
};

class MqttLink {
  public:
    virtual ~MqttLink() = default;
    /// QoS 1. False: not connected or the client's window is full; nothing was sent, try after
    /// MqttConnected/Delivered.
    /// @param session the connection that the caller knows of. Another one may stand already, of
    /// which it has not heard: what was sent before may be lost, so what follows it must wait.
    /// @param ticket returned in MqttDelivered; 0: not wanted
    virtual bool publish(std::uint64_t session, const std::string& topic,
                         const std::string& payload, bool retained, std::uint64_t ticket,
                         const MqttProperties& properties = {}) = 0;
    /// For a caller with more work at hand: what it published leaves first. The library sends from
    /// a thread of its own, which may wait for the very processor that the caller keeps busy.
    virtual void let_go() = 0;
    /// Publishes `last` (retained) to the will's topic, then disconnects in order; waits at most
    /// `patience`.
    virtual void close(const std::string& last, std::chrono::milliseconds patience) = 0;
};

/// Starts connecting; returns at once, also when no broker is there. `sink` runs on the library's
/// threads.
std::unique_ptr<MqttLink> open_mqtt(MqttSettings settings, std::function<void(MqttEvent)> sink);

}  // namespace hall::drivers
