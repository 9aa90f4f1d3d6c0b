#include "drivers/sim/hall_json.hpp"

#include <nlohmann/json.hpp>

namespace hall::sim {

std::string hall_json(const SiteConfig& site) {
    using Json = nlohmann::ordered_json;
    Json hall{{"id", site.hall.id},
              {"name", site.hall.name},
              {"locale", site.locale},
              {"timezone", site.timezone},
              {"latitude", site.hall.where.latitude},
              {"longitude", site.hall.where.longitude},
              {"windows", Json::array()},
              {"circuits", Json::array()},
              {"contacts", Json::array()},
              {"buses", Json::array()},
              {"devices", Json::array()},
              {"lightbox", site.lightbox.output.has_value()},
              {"buzzer", site.buzzer.has_value()}};
    for (std::size_t i = 0; i < site.windows.size(); ++i) {
        const auto& window = site.hall.windows.at(i);
        hall["windows"].push_back({{"id", window.id},
                                   {"name", window.name},
                                   {"lamps", site.windows[i].lamp_names},
                                   {"button", site.windows[i].button.has_value()}});
    }
    for (std::size_t i = 0; i < site.circuits.size(); ++i) {
        const auto& circuit = site.hall.circuits.at(i);
        Json entry{{"id", circuit.id},
                   {"name", circuit.name},
                   {"feedback", site.circuits[i].feedback.has_value()},
                   {"meter", site.circuits[i].meter.has_value()},
                   {"window", nullptr}};
        if (circuit.window) entry["window"] = site.hall.windows.at(circuit.window->value).id;
        hall["circuits"].push_back(std::move(entry));
    }
    for (const auto& contact : site.hall.contacts) {
        hall["contacts"].push_back({{"id", contact.id}, {"name", contact.name}});
    }
    for (const auto& bus : site.buses) hall["buses"].push_back(bus.id);
    for (const auto& device : site.devices) {
        hall["devices"].push_back({{"id", device.id}, {"bus", site.buses.at(device.bus).id}});
    }
    return hall.dump();
}

}  // namespace hall::sim
