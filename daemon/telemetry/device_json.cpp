#include "daemon/telemetry/device_json.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

namespace hall::telemetry {

namespace {

using drivers::BusStatistics;
using drivers::UnitStatistics;
using nlohmann::json;

double tenths(double value) {
    return std::round(value * 10) / 10;
}

double milliseconds_of(std::chrono::microseconds time) {
    return tenths(static_cast<double>(time.count()) / 1000);
}

double seconds_of(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1'000'000;
}

/// The lines of one metric.
class Metric {
  public:
    Metric(std::ostream& out, const char* name, const char* type, const char* help)
        : out_(out), name_(name) {
        out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
    }
    void line(const std::string& labels, double value) {
        out_ << name_ << '{' << labels << "} " << value << '\n';
    }
    void line(const std::string& labels, std::uint64_t value) {
        out_ << name_ << '{' << labels << "} " << value << '\n';
    }

  private:
    std::ostream& out_;
    const char* name_;
};

/// Ids hold nothing that a label would have to escape.
std::string labels_of(const DeviceFacts& device) {
    return "bus=\"" + device.bus + "\",device=\"" + device.id + "\",unit=\"" +
           std::to_string(device.unit.unit) + "\"";
}

void bus_metrics(std::ostream& out, const SiteConfig& site,
                 const std::vector<BusStatistics>& buses) {
    const auto each = [&](const char* name, const char* help, std::uint64_t BusStatistics::*value) {
        Metric metric(out, name, "counter", help);
        for (std::size_t i = 0; i < std::min(buses.size(), site.buses.size()); ++i)
            metric.line("bus=\"" + site.buses[i].id + "\"", buses[i].*value);
    };
    each("hall_bus_requests_total", "Requests sent on a bus.", &BusStatistics::requests);
    each("hall_bus_timeouts_total", "Requests without an answer.", &BusStatistics::timeouts);
    each("hall_bus_errors_total", "Damaged or foreign answers, refused reads, lost connections.",
         &BusStatistics::errors);
    each("hall_bus_reconnects_total", "Connections that were made again.",
         &BusStatistics::reconnects);
}

void error_metrics(std::ostream& out, const std::vector<DeviceFacts>& devices) {
    Metric errors(out, "hall_device_errors_total", "counter",
                  "Requests to a device that did not end with an answer, by kind.");
    for (const DeviceFacts& device : devices) {
        const auto kind = [&](const char* name, std::uint64_t value) {
            errors.line(labels_of(device) + ",kind=\"" + name + "\"", value);
        };
        kind("refusal", device.unit.refusals);
        kind("timeout", device.unit.timeouts);
        kind("garbage", device.unit.garbage);
        kind("broken", device.unit.broken);
    }
}

}  // namespace

std::vector<DeviceFacts> device_facts(const SiteConfig& site,
                                      const std::vector<BusStatistics>& buses) {
    std::vector<DeviceFacts> list;
    for (const DeviceUse& device : site.devices) {
        DeviceFacts facts{device.id, site.buses.at(device.bus).id, device.template_name, {}};
        facts.unit.unit = device.unit;
        if (device.bus < buses.size()) {
            for (const UnitStatistics& unit : buses[device.bus].units) {
                if (unit.unit == device.unit) facts.unit = unit;
            }
        }
        list.push_back(std::move(facts));
    }
    return list;
}

json device_json(const DeviceFacts& device) {
    const UnitStatistics& unit = device.unit;
    return {{"bus", device.bus},
            {"unit", unit.unit},
            {"template", device.template_name},
            {"up", unit.up},
            {"requests", unit.requests},
            {"answers", unit.answers},
            {"refusals", unit.refusals},
            {"timeouts", unit.timeouts},
            {"garbage", unit.garbage},
            {"broken", unit.broken},
            {"answers_per_second", tenths(unit.answers_per_second)},
            {"latency_ms", milliseconds_of(unit.latency)},
            {"slowest_ms", milliseconds_of(unit.slowest)}};
}

json devices_json(const std::vector<DeviceFacts>& devices) {
    json out = json::object();
    for (const DeviceFacts& device : devices) out[device.id] = device_json(device);
    return out;
}

std::string device_metrics(const SiteConfig& site, const std::vector<BusStatistics>& buses) {
    std::ostringstream out;
    bus_metrics(out, site, buses);
    const auto devices = device_facts(site, buses);
    const auto each = [&](const char* name, const char* type, const char* help, auto value) {
        Metric metric(out, name, type, help);
        for (const DeviceFacts& device : devices)
            metric.line(labels_of(device), value(device.unit));
    };
    each("hall_device_up", "gauge", "1 while a device answers.",
         [](const UnitStatistics& u) { return std::uint64_t{u.up ? 1U : 0U}; });
    each("hall_device_requests_total", "counter", "Requests sent to a device.",
         [](const UnitStatistics& u) { return u.requests; });
    each("hall_device_answers_total", "counter", "Answers of a device.",
         [](const UnitStatistics& u) { return u.answers; });
    error_metrics(out, devices);
    each("hall_device_latency_seconds", "gauge", "From request to answer, mean of the newest.",
         [](const UnitStatistics& u) { return seconds_of(u.latency); });
    each("hall_device_slowest_seconds", "gauge", "The slowest answer since the start.",
         [](const UnitStatistics& u) { return seconds_of(u.slowest); });
    return out.str();
}

}  // namespace hall::telemetry
