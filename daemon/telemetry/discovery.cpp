#include "daemon/telemetry/discovery.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/core/ids.hpp"
#include "daemon/telemetry/topics.hpp"

namespace hall::telemetry {

namespace {

using nlohmann::json;

template <class... Values>
json words(Values... values) {
    return json::array({to_string(values)...});
}

/// Home Assistant ignores what is neither `on` nor `off`, and would go on showing the last value of
/// something that is not known any more. Its word for unknown is None.
std::string known(const std::string& field, const char* on, const char* off) {
    const std::string value = "value_json." + field;
    return "{{ " + value + " if " + value + " in ('" + on + "', '" + off + "') else 'None' }}";
}

class Device {
  public:
    explicit Device(const SiteConfig& site)
        : root_(topic_root(site)), prefix_("hall_" + topic_level(site.hall.id) + "_") {}

    json& add(const std::string& id, const char* platform, const std::string& name,
              const std::string& topic, const std::string& field) {
        json& part = parts_[prefix_ + id];
        part = {{"platform", platform},
                {"unique_id", prefix_ + id},
                // Otherwise made from the name, which need not be in Latin letters.
                {"default_entity_id", std::string(platform) + "." + prefix_ + id},
                {"name", name},
                {"state_topic", root_ + topic},
                {"value_template", "{{ value_json." + field + " }}"}};
        return part;
    }
    void choice(const std::string& id, const std::string& name, const std::string& topic,
                const std::string& field, json options) {
        json& part = add(id, "sensor", name, topic, field);
        part["device_class"] = "enum";
        part["options"] = std::move(options);
    }
    void binary(const std::string& id, const char* device_class, const std::string& name,
                const std::string& topic, const std::string& field, const char* on,
                const char* off) {
        json& part = add(id, "binary_sensor", name, topic, field);
        part["value_template"] = known(field, on, off);
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

std::string discovery_payload(const SiteConfig& site, const std::string& version) {
    const bool zh = site.locale != "en";
    Device device(site);
    device.choice(
        "closing", zh ? "关厅" : "Closing", "closing", "phase",
        words(Phase::open, Phase::collecting, Phase::countdown, Phase::stopping, Phase::cutting,
              Phase::hold, Phase::closed, Phase::partial, Phase::opening));
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
        watts["state_class"] = "measurement";
    }
    for (const WindowConfig& w : site.hall.windows) {
        device.choice("window_" + w.id, w.name, "window/" + topic_level(w.id), "state",
                      words(WindowState::closed, WindowState::serving, WindowState::paused,
                            WindowState::fault));
    }
    for (const ContactConfig& c : site.hall.contacts) {
        device.binary("contact_" + c.id, "opening", c.name, "contact/" + topic_level(c.id), "state",
                      "open", "closed");
    }
    const json payload{
        {"device",
         {{"identifiers", json::array({"hall_" + topic_level(site.hall.id)})},
          {"name", site.hall.name},
          {"manufacturer", "Hallkeeper"},
          {"sw_version", version}}},
        {"origin", {{"name", "hallkeeper"}, {"sw_version", version}}},
        {"availability_topic", device.root() + "status"},
        // A hall with a degraded part is still there.
        {"availability_template", "{{ 'offline' if value_json.state == 'offline' else 'online' }}"},
        {"components", device.parts()},
        {"qos", 1}};
    return payload.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hall::telemetry
