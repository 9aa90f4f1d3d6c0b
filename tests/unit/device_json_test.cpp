// What those who look after the wires are told of each device.
#include "daemon/telemetry/device_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hall::telemetry {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

SiteConfig two_buses() {
    SiteConfig site;
    site.buses.resize(2);
    site.buses[0].id = "power";
    site.buses[1].id = "field";
    site.devices = {{"relay1", 0, 1, "waveshare-io-8ch", {}},
                    {"io2", 0, 2, "waveshare-io-8ch", {}},
                    {"meter1", 1, 1, "eastron-sdm120", {}}};
    return site;
}

std::vector<drivers::BusStatistics> statistics() {
    std::vector<drivers::BusStatistics> buses(2);
    buses[0].requests = 70;
    buses[0].timeouts = 3;
    buses[0].errors = 8;
    buses[0].reconnects = 1;
    buses[0].units.push_back({.unit = 1,
                              .up = true,
                              .requests = 60,
                              .answers = 45,
                              .refusals = 2,
                              .timeouts = 3,
                              .garbage = 4,
                              .broken = 5,
                              .answers_per_second = 19.96,
                              .latency = 3'140us,
                              .slowest = 12'000us});
    buses[1].requests = 9;
    buses[1].units.push_back({.unit = 1, .requests = 9, .timeouts = 9});
    return buses;
}

TEST(DeviceJson, EachDeviceHasTheNumbersOfItsUnitOnItsBus) {
    const json devices = devices_json(device_facts(two_buses(), statistics()));
    ASSERT_EQ(devices.size(), 3U);
    EXPECT_EQ(devices.at("relay1"), json::parse(R"({"bus": "power", "unit": 1,
        "template": "waveshare-io-8ch", "up": true, "requests": 60, "answers": 45, "refusals": 2,
        "timeouts": 3, "garbage": 4, "broken": 5, "answers_per_second": 20.0, "latency_ms": 3.1,
        "slowest_ms": 12.0})"));
    EXPECT_EQ(devices.at("meter1").at("timeouts"), 9) << "unit 1 of the other bus";
    EXPECT_EQ(devices.at("meter1").at("up"), false);
    EXPECT_EQ(devices.at("io2").at("unit"), 2);
    EXPECT_EQ(devices.at("io2").at("requests"), 0) << "never asked";
}

TEST(DeviceJson, ABusThatHasNotStartedLeavesZeros) {
    const auto devices = device_facts(two_buses(), {});
    ASSERT_EQ(devices.size(), 3U);
    EXPECT_EQ(devices[2].id, "meter1");
    EXPECT_EQ(devices[2].unit.unit, 1);
    EXPECT_EQ(devices[2].unit.requests, 0U);
}

TEST(DeviceJson, MetricsArePrometheusText) {
    const std::string text = device_metrics(two_buses(), statistics());
    const auto has = [&](const std::string& line) {
        EXPECT_NE(("\n" + text).find("\n" + line + "\n"), std::string::npos) << line << "\n"
                                                                             << text;
    };
    has("hall_bus_requests_total{bus=\"power\"} 70");
    has("hall_bus_timeouts_total{bus=\"power\"} 3");
    has("hall_bus_errors_total{bus=\"power\"} 8");
    has("hall_bus_reconnects_total{bus=\"power\"} 1");
    has("hall_bus_requests_total{bus=\"field\"} 9");
    const std::string relay = "{bus=\"power\",device=\"relay1\",unit=\"1\"";
    has("hall_device_up" + relay + "} 1");
    has("hall_device_up{bus=\"field\",device=\"meter1\",unit=\"1\"} 0");
    has("hall_device_requests_total" + relay + "} 60");
    has("hall_device_answers_total" + relay + "} 45");
    has("hall_device_errors_total" + relay + ",kind=\"refusal\"} 2");
    has("hall_device_errors_total" + relay + ",kind=\"timeout\"} 3");
    has("hall_device_errors_total" + relay + ",kind=\"garbage\"} 4");
    has("hall_device_errors_total" + relay + ",kind=\"broken\"} 5");
    has("hall_device_latency_seconds" + relay + "} 0.00314");
    has("hall_device_slowest_seconds" + relay + "} 0.012");
    has("# TYPE hall_device_errors_total counter");
    has("# TYPE hall_device_latency_seconds gauge");
}

}  // namespace
}  // namespace hall::telemetry
