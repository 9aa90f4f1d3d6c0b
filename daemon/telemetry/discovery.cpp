#include "daemon/telemetry/discovery.hpp"

#include <nlohmann/json.hpp>

#include "daemon/telemetry/topics.hpp"

namespace hall::telemetry {

namespace {

using nlohmann::json;

class Device {
  public:
    explicit Device(const SiteConfig& site)
        : root_(topic_root(site)), prefix_("hall_" + topic_level(site.hall.id) + "_") {}

    json& add(const std::string& id, const char* platform, const std::string& name,
              const std::string& topic, const std::string& field) {
        json& part = parts_[prefix_ + id];
        part = {{"platform", platform},
                {"unique_id", prefix_ + id},
                {"name", name},
                {"state_topic", root_ + topic},
                {"value_template", "{{ value_json." + field + " }}"}};
        return part;
    }
    void binary(const std::string& id, const char* device_class, const std::string& name,
                const std::string& topic, const std::string& field, const char* on,
                const char* off) {
        json& part = add(id, "binary_sensor", name, topic, field);
        part["device_class"] = device_class;
        part["payload_on"] = on;
        part["payload_off"] = off;
    }
    [[nodiscard]] json parts() const { return parts_; }
    [[nodiscard]] const std::string& root() const { return root_; }

  private:
    std::string root_, prefix_;
    json parts_ = json::object();
};

}  // namespace

std::string discovery_topic(const SiteConfig& site) {
    return site.mqtt.discovery_prefix + "/device/hall_" + topic_level(site.hall.id) + "/config";
}

std::string discovery_payload(const SiteConfig& site) {
    const bool zh = site.locale != "en";
    Device device(site);
    device.add("closing", "sensor", zh ? "关厅" : "Closing", "closing", "phase");
    if (site.hall.lightbox.fitted) {
        device.binary("lightbox", "light", zh ? "夜间灯箱" : "Night lightbox", "lightbox", "actual",
                      "on", "off");
    }
    for (const CircuitConfig& c : site.hall.circuits) {
        const std::string topic = "circuit/" + topic_level(c.id);
        device.binary("circuit_" + c.id, "power", c.name, topic, "actual", "on", "off");
        if (!c.has_meter) continue;
        json& watts = device.add("watts_" + c.id, "sensor", c.name + " W", topic, "watts");
        watts["device_class"] = "power";
        watts["unit_of_measurement"] = "W";
    }
    for (const WindowConfig& w : site.hall.windows) {
        device.add("window_" + w.id, "sensor", w.name, "window/" + topic_level(w.id), "state");
    }
    for (const ContactConfig& c : site.hall.contacts) {
        device.binary("contact_" + c.id, "opening", c.name, "contact/" + topic_level(c.id), "state",
                      "open", "closed");
    }
    const json payload{
        {"device",
         {{"identifiers", json::array({"hall_" + topic_level(site.hall.id)})},
          {"name", site.hall.name},
          {"manufacturer", "Hallkeeper"}}},
        {"origin", {{"name", "hallkeeper"}}},
        {"availability_topic", device.root() + "status"},
        // A hall with a degraded part is still there.
        {"availability_template", "{{ 'offline' if value_json.state == 'offline' else 'online' }}"},
        {"components", device.parts()},
        {"qos", 1}};
    return payload.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hall::telemetry
