#include "daemon/commission/survey.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hall::commission {

namespace {

constexpr int kLastUnit = 247;
constexpr int kProgressEvery = 16;
/// Who answers at all answers sooner; each silent unit costs this several times.
constexpr std::chrono::milliseconds kScanPatience{200};

/// A point that the hall uses of this device; without one, whatever anybody answers to.
drivers::Point question_for(const DeviceUse& device, const std::vector<Channel>& channels) {
    for (const Channel& c : channels) {
        if (c.use && c.use->bus == device.bus && c.use->point.unit == device.unit &&
            !is_stop(c.kind))
            return c.use->point;
    }
    return drivers::generic_question(device.unit, 0);
}

std::string took_text(std::chrono::microseconds took) {
    return fmt::format("{:.1f} ms", static_cast<double>(took.count()) / 1000);
}

std::string where(const drivers::BusConfig& bus) {
    return bus.host.empty() ? bus.path + " " + std::to_string(bus.serial.baud) + " " +
                                  std::to_string(bus.serial.data_bits) + bus.serial.parity +
                                  std::to_string(bus.serial.stop_bits)
                            : bus.host + ":" + std::to_string(bus.port);
}

const DeviceUse* configured(const SiteConfig& site, std::size_t bus, int unit) {
    for (const DeviceUse& d : site.devices) {
        if (d.bus == bus && d.unit == unit) return &d;
    }
    return nullptr;
}

/// Whether anybody of that number answers to any of the questions.
bool somebody(drivers::Survey& survey, std::uint8_t unit, drivers::UnitAnswer& answer) {
    for (int kind = 0; kind < drivers::kGenericQuestions; ++kind) {
        answer = survey.ask(drivers::generic_question(unit, kind));
        if (answer.answers) return true;
    }
    return false;
}

}  // namespace

std::vector<DeviceAnswer> list_devices(const SiteConfig& site, const std::vector<Channel>& channels,
                                       const Talk& talk) {
    std::vector<DeviceAnswer> all;
    for (std::size_t i = 0; i < site.buses.size(); ++i) {
        // Lines of a chip are tried one by one, as inputs and outputs.
        if (site.buses[i].gpio) continue;
        talk.say("bus", {{"bus", site.buses[i].id}, {"where", where(site.buses[i])}});
        const auto survey = drivers::survey_modbus(site.buses[i]);
        for (const DeviceUse& device : site.devices) {
            if (device.bus != i) continue;
            talk.terminal().check();
            const drivers::UnitAnswer answer = survey->ask(question_for(device, channels));
            const char* key = !answer.answers  ? "device_silent"
                              : answer.refused ? "device_refuses"
                                               : "device_answers";
            talk.say(key, {{"device", device.id},
                           {"unit", std::to_string(device.unit)},
                           {"template", device.template_name},
                           {"took", took_text(answer.took)},
                           {"why", answer.why}});
            all.push_back({&device, answer});
        }
    }
    return all;
}

std::vector<std::uint8_t> scan_bus(const SiteConfig& site, std::size_t bus, const Talk& talk) {
    drivers::BusConfig config = site.buses.at(bus);
    config.timeout = std::min(config.timeout, kScanPatience);
    const auto survey = drivers::survey_modbus(config);
    std::vector<std::uint8_t> found;
    std::string why;
    if (!survey->open(why)) {
        talk.say("bus_closed", {{"bus", config.id}, {"why", why}});
        return found;
    }
    talk.say("scan_begins", {{"bus", config.id}});
    for (int unit = 1; unit <= kLastUnit; ++unit) {
        if (unit % kProgressEvery == 0) talk.say("scan_at", {{"unit", std::to_string(unit)}});
        // A line typed meanwhile ends it.
        if (talk.terminal().line(std::chrono::steady_clock::now() + std::chrono::milliseconds{1})) {
            talk.say("scan_ended_early", {{"unit", std::to_string(unit - 1)}});
            break;
        }
        drivers::UnitAnswer answer;
        if (!somebody(*survey, static_cast<std::uint8_t>(unit), answer)) continue;
        found.push_back(static_cast<std::uint8_t>(unit));
        const DeviceUse* device = configured(site, bus, unit);
        talk.say(device != nullptr ? "scan_known" : "scan_unknown",
                 {{"unit", std::to_string(unit)},
                  {"device", device != nullptr ? device->id : ""},
                  {"took", took_text(answer.took)},
                  {"why", answer.why}});
    }
    talk.say("scan_over", {{"bus", config.id}, {"count", std::to_string(found.size())}});
    return found;
}

}  // namespace hall::commission
