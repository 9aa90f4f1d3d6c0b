#pragma once
// How one connection of ours is described to Paho; and what arrives, as a value of ours.
#include <mqtt/async_client.h>

#include "drivers/mqtt/link.hpp"

namespace hall::drivers {

/// What the link takes at once; the rest waits outside. As much as a large hall has to say when
/// everything changes. The library gets all of it, or as much as the broker allows (mosquitto: 20,
/// unless `max_inflight_messages` says otherwise).
constexpr std::size_t kMqttWindow = 1024;
/// A command is a few hundred bytes. Longer payloads are cut here: the receiver sees that they are
/// too long and refuses them, without holding all of it.
constexpr std::size_t kMqttLongestPayload = std::size_t{16} * 1024;

/// `tcp://host:port` or `ssl://host:port`, as Paho wants it.
std::string paho_uri(const std::string& url);
/// Protocol version stated, no automatic fall-back; no persistence, no buffer while disconnected.
mqtt::create_options create_options_of(const MqttSettings& settings);
/// A clean session always: what was sent to us while we were away is stale (R31).
mqtt::connect_options connect_options_of(const MqttSettings& settings);
/// With MQTT 5 a message that is retained says so also while it passes (otherwise only what a new
/// subscriber is told does: MQTT 5, 3.3.1.3).
mqtt::subscribe_options subscribe_options_of(const MqttSettings& settings);
/// How many QoS 1 messages the broker lets us have under way.
std::size_t receive_maximum_of(const mqtt::connect_response& response);
MqttMessage message_from(const mqtt::message& message, int version);
mqtt::message_ptr message_to(const std::string& topic, const std::string& payload, bool retained,
                             const MqttProperties& properties, int version);

}  // namespace hall::drivers
