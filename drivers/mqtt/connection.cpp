#include "drivers/mqtt/connection.hpp"

#include <algorithm>

namespace hall::drivers {

namespace {

constexpr int kQos = 1;
constexpr std::chrono::seconds kConnectTimeout{10};
/// Told to an MQTT 5 broker, so that it does not even send what we would refuse.
constexpr std::int32_t kLargestPacket = 64 * 1024;

bool starts_with(const std::string& text, const char* start) {
    return text.rfind(start, 0) == 0;
}

std::string after_scheme(const std::string& url) {
    const auto at = url.find("://");
    return at == std::string::npos ? url : url.substr(at + 3);
}

bool secure(const std::string& url) {
    return starts_with(url, "mqtts://") || starts_with(url, "ssl://");
}

/// `mqtt://host` has no port: 1883, or 8883 with TLS.
std::string with_port(const std::string& address, bool tls) {
    const auto bracket = address.rfind(']');
    const auto from = bracket == std::string::npos ? 0 : bracket;
    if (address.find(':', from) != std::string::npos) return address;
    return address + (tls ? ":8883" : ":1883");
}

mqtt::ssl_options tls_of(const MqttSettings& settings) {
    mqtt::ssl_options tls;
    if (!settings.ca_file.empty()) tls.set_trust_store(settings.ca_file);
    if (!settings.certificate_file.empty()) tls.set_key_store(settings.certificate_file);
    if (!settings.key_file.empty()) tls.set_private_key(settings.key_file);
    tls.set_enable_server_cert_auth(true);
    tls.set_verify(true);
    return tls;
}

std::string text_property(const mqtt::properties& properties, mqtt::property::code code) {
    return properties.contains(code) ? mqtt::get<std::string>(properties, code) : std::string();
}

}  // namespace

std::string paho_uri(const std::string& url) {
    const bool tls = secure(url);
    std::string address = after_scheme(url);
    while (!address.empty() && address.back() == '/') address.pop_back();
    return (tls ? "ssl://" : "tcp://") + with_port(address, tls);
}

mqtt::create_options create_options_of(const MqttSettings& settings) {
    mqtt::create_options options(settings.version == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
    options.set_send_while_disconnected(false);
    options.set_restore_messages(false);
    // A hundred otherwise, and a connection is lost with the hundred and first.
    options.set_max_buffered_messages(static_cast<int>(kMqttWindow));
    return options;
}

mqtt::connect_options connect_options_of(const MqttSettings& settings) {
    mqtt::connect_options options;
    if (settings.version == 5) {
        options.set_mqtt_version(MQTTVERSION_5);
        options.set_clean_start(true);
        options.set_properties(
            mqtt::properties{mqtt::property(mqtt::property::MAXIMUM_PACKET_SIZE, kLargestPacket),
                             mqtt::property(mqtt::property::SESSION_EXPIRY_INTERVAL, 0)});
    } else {
        options.set_mqtt_version(MQTTVERSION_3_1_1);
        options.set_clean_session(true);
    }
    options.set_automatic_reconnect(false);
    options.set_keep_alive_interval(settings.keep_alive);
    options.set_connect_timeout(kConnectTimeout);
    options.set_max_inflight(static_cast<int>(kMqttWindow));
    if (!settings.username.empty()) options.set_user_name(settings.username);
    if (!settings.password.empty()) options.set_password(settings.password);
    if (!settings.will_topic.empty()) {
        options.set_will(
            mqtt::will_options(settings.will_topic, settings.will_payload, kQos, true));
    }
    if (secure(settings.urls.front())) options.set_ssl(tls_of(settings));
    return options;
}

mqtt::subscribe_options subscribe_options_of(const MqttSettings& settings) {
    if (settings.version != 5) return {};
    mqtt::subscribe_options options;
    options.set_no_local(!settings.echo);
    options.set_retain_as_published(true);
    return options;
}

std::size_t receive_maximum_of(const mqtt::connect_response& response) {
    // MQTT 5, 3.2.2.3.3: what is not said is 65,535.
    constexpr std::size_t kUnsaid = 65'535;
    const auto& properties = response.get_properties();
    if (!properties.contains(mqtt::property::RECEIVE_MAXIMUM)) return kUnsaid;
    return mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM);
}

MqttMessage message_from(const mqtt::message& message, int version) {
    MqttMessage out;
    out.topic = message.get_topic();
    const std::string& payload = message.get_payload_str();
    out.payload = payload.substr(0, std::min(payload.size(), kMqttLongestPayload));
    out.retained = message.is_retained();
    out.duplicate = message.is_duplicate();
    if (version == 5) {
        const mqtt::properties& properties = message.get_properties();
        out.response_topic = text_property(properties, mqtt::property::RESPONSE_TOPIC);
        out.correlation = text_property(properties, mqtt::property::CORRELATION_DATA);
    }
    return out;
}

mqtt::message_ptr message_to(const std::string& topic, const std::string& payload, bool retained,
                             const MqttProperties& properties, int version) {
    auto message = mqtt::make_message(topic, payload, kQos, retained);
    if (version != 5) return message;
    using mqtt::property;
    mqtt::properties out;
    if (!properties.correlation.empty()) {
        out.add(property(property::CORRELATION_DATA, mqtt::string_ref(properties.correlation)));
    }
    if (!properties.response_topic.empty()) {
        out.add(property(property::RESPONSE_TOPIC, mqtt::string_ref(properties.response_topic)));
    }
    if (properties.expiry.count() > 0) {
        out.add(property(property::MESSAGE_EXPIRY_INTERVAL,
                         static_cast<std::int32_t>(properties.expiry.count())));
    }
    if (!out.empty()) message->set_properties(std::move(out));
    return message;
}

}  // namespace hall::drivers
