// [panel], [mqtt]: the daemon's two sides that others can reach.
#include <algorithm>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

void read_reader(Section& panel, Draft& draft) {
    const auto reader = panel.text("reader");
    if (!reader) return;
    if (reader->value.front() != '/') {
        return panel.error(reader->at, "reader = \"" + reader->value +
                                           "\" is no device; write its whole path, e.g. "
                                           "\"/dev/input/by-id/usb-Reader-event-kbd\"");
    }
    if (!draft.links.add(panel, {"reader", reader->at})) return;
    SiteConfig& site = draft.site;
    site.panel.reader = reader->value;
    site.panel.reader_link = LinkIx{static_cast<std::uint16_t>(site.hall.links.size())};
    site.hall.links.push_back({"reader"});
}

void read_panel(Section panel, Draft& draft) {
    PanelConfig& target = draft.site.panel;
    if (const auto listen = panel.text("listen")) {
        if (const auto address = host_port(listen->value)) {
            target.host = address->host;
            target.port = address->port;
            if (!is_loopback(target.host)) {
                panel.warning(listen->at,
                              "the panel listens on \"" + listen->value +
                                  "\" and can be reached from other machines, without encryption; "
                                  "use \"127.0.0.1:8080\" unless the network is the hall's own");
            }
        } else {
            panel.error(listen->at, "listen = \"" + listen->value +
                                        "\" is no address; write \"127.0.0.1:8080\" or "
                                        "\"[::1]:8080\"");
        }
    }
    if (const auto hosts = panel.texts("allowed_hosts")) {
        for (const Text& host : *hosts) {
            if (is_host(host.value) || host_port(host.value)) {
                target.allowed_hosts.push_back(host.value);
            } else {
                panel.error(host.at, "allowed_hosts: \"" + host.value +
                                         "\" is no host name; write \"panel.example\" or "
                                         "\"panel.example:8080\"");
            }
        }
    }
    read_reader(panel, draft);
    panel.finish();
}

/// Whether `rest` of an URL, behind `//`, is a host with an optional port.
std::optional<HostPort> broker(const std::string& rest) {
    if (auto address = host_port(rest)) {
        if (address->port == 0) return std::nullopt;
        return address;
    }
    const bool brackets = rest.size() > 2 && rest.front() == '[' && rest.back() == ']';
    const std::string host = brackets ? rest.substr(1, rest.size() - 2) : rest;
    if (brackets != (host.find(':') != std::string::npos) || !is_host(host)) return std::nullopt;
    return HostPort{host, 0};
}

struct Broker {
    bool secure = false;
    std::string host;
};

std::optional<Broker> read_one_url(Section& mqtt, const Text& url) {
    const std::string form = "; write \"mqtt://host:1883\" or \"mqtts://host:8883\"";
    const std::size_t scheme = url.value.find("://");
    if (scheme == std::string::npos) {
        mqtt.error(url.at, "url is no URL" + form);
        return std::nullopt;
    }
    const std::string rest = url.value.substr(scheme + 3);
    // The text itself is never repeated: it may hold a password, and messages go to logs.
    if (rest.find('@') != std::string::npos) {
        mqtt.error(url.at,
                   "url holds a user or a password; secrets never stand in this file: put them "
                   "into a file and name it with credentials_file");
        return std::nullopt;
    }
    const bool secure = url.value.compare(0, scheme, "mqtts") == 0;
    if (!secure && url.value.compare(0, scheme, "mqtt") != 0) {
        mqtt.error(url.at, "url has an unknown scheme" + form);
        return std::nullopt;
    }
    const auto address = broker(rest);
    if (!address) {
        mqtt.error(url.at, "url names no host and port" + form);
        return std::nullopt;
    }
    return Broker{secure, address->host};
}

/// One address, or those of a cluster's nodes: what is said of one must hold for all.
std::vector<Broker> read_urls(Section& mqtt, std::vector<std::string>& target) {
    if (!mqtt.has("url")) {
        mqtt.missing("url");
        return {};
    }
    const auto urls = mqtt.one_or_more("url");
    if (!urls) return {};
    if (urls->empty()) mqtt.error(mqtt.place("url"), "url names no broker; write one at least");
    std::vector<Broker> brokers;
    for (const Text& url : *urls) {
        const auto one = read_one_url(mqtt, url);
        if (!one) return {};
        if (std::find(target.begin(), target.end(), url.value) != target.end()) {
            mqtt.error(url.at, "url names the same broker twice; leave one out");
            return {};
        }
        if (!brokers.empty() && brokers.front().secure != one->secure) {
            mqtt.error(url.at, "url mixes mqtt:// and mqtts://; use one for all");
            return {};
        }
        target.push_back(url.value);
        brokers.push_back(*one);
    }
    return brokers;
}

void read_file(Section& mqtt, const char* key, std::string& target) {
    const auto path = mqtt.text(key);
    if (!path) return;
    target = path->value;
    // Only a warning: a file may be checked on another machine than the hall's.
    std::error_code none;
    if (!std::filesystem::exists(target, none))
        mqtt.warning(path->at, std::string(key) + ": there is no file \"" + target + "\" here");
}

void check_tls(Section& mqtt, const MqttConfig& config, const std::vector<Broker>& brokers) {
    const bool secure = brokers.front().secure;
    for (const char* key : {"ca_file", "certificate_file", "key_file"}) {
        if (!secure && mqtt.has(key)) {
            mqtt.error(mqtt.place(key),
                       std::string(key) + " has no effect with mqtt://; write mqtts:// in url");
        }
    }
    if (config.certificate_file.empty() != config.key_file.empty()) {
        mqtt.error(mqtt.place(config.key_file.empty() ? "certificate_file" : "key_file"),
                   "certificate_file and key_file belong together; give both or none");
    }
    const bool local = std::all_of(brokers.begin(), brokers.end(),
                                   [](const Broker& b) { return is_loopback(b.host); });
    if (!secure && !local) {
        mqtt.warning(mqtt.place("url"),
                     "reports and the broker's password go over the network unencrypted; use "
                     "mqtts:// with ca_file");
    }
}

void read_prefix(Section& mqtt, std::string& target) {
    const auto prefix = mqtt.text("discovery_prefix");
    if (!prefix) return;
    const std::string& text = prefix->value;
    if (text.find_first_of("#+ ") != std::string::npos || text.front() == '/' ||
        text.back() == '/') {
        mqtt.error(prefix->at, "discovery_prefix \"" + text +
                                   "\" is no topic; no #, +, blank, nor / at its ends");
        return;
    }
    target = text;
}

void read_mqtt(Section mqtt, MqttConfig& target) {
    const auto brokers = read_urls(mqtt, target.urls);
    if (const auto version = mqtt.choice("version", {"5", "3.1.1"}))
        target.version = *version == 0 ? 5 : 3;
    read_file(mqtt, "credentials_file", target.credentials_file);
    read_file(mqtt, "ca_file", target.ca_file);
    read_file(mqtt, "certificate_file", target.certificate_file);
    read_file(mqtt, "key_file", target.key_file);
    int keep_alive = static_cast<int>(target.keep_alive.count());
    mqtt.integer("keep_alive", keep_alive, {5, 3600}, "s");
    target.keep_alive = std::chrono::seconds{keep_alive};
    mqtt.integer("records_per_second", target.records_per_second, {1, 1000}, "");
    mqtt.integer("subscribe_qos", target.subscribe_qos, {0, 1});
    int watts = static_cast<int>(target.watts_interval.count());
    mqtt.integer("watts_interval", watts, {1, 3600}, "s");
    target.watts_interval = std::chrono::seconds{watts};
    int warning = static_cast<int>(target.certificate_warning.count());
    mqtt.integer("certificate_warning", warning, {1, 365}, "days");
    target.certificate_warning = std::chrono::days{warning};
    mqtt.flag("home_assistant", target.home_assistant);
    read_prefix(mqtt, target.discovery_prefix);
    mqtt.finish();
    if (!brokers.empty()) check_tls(mqtt, target, brokers);
}

}  // namespace

void read_network(Section& top, Draft& draft) {
    if (auto panel = top.table("panel")) read_panel(std::move(*panel), draft);
    draft.has_mqtt = top.has("mqtt");
    if (auto mqtt = top.table("mqtt")) read_mqtt(std::move(*mqtt), draft.site.mqtt);
}

}  // namespace hall::config
