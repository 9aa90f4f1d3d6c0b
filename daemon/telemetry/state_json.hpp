#pragma once
// The hall's state as JSON: the bodies of the MQTT topics and of GET /api/state, from one place.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "daemon/core/view.hpp"
#include "daemon/shell/site.hpp"

namespace hall::telemetry {

/// What the program knows of itself, beside the rules.
struct ProgramState {
    std::string boot_id;
    std::string version;
    bool broker_connected = false;
    bool journal_available = true;
};

/// `closing`, `circuit/<id>` ... each without `ts` and `clock`.
nlohmann::json closing_json(const SiteConfig& site, const HallView& view);
nlohmann::json circuit_json(const CircuitView& circuit);
nlohmann::json window_json(const WindowView& window);
/// Roles, never persons (R28).
nlohmann::json posts_json(const HallView& view);
nlohmann::json lightbox_json(const SiteConfig& site, const HallView& view);
nlohmann::json contact_json(const ContactView& contact);
nlohmann::json alarm_json(const SiteConfig& site, const AlarmView& alarm);
nlohmann::json status_json(const SiteConfig& site, const HallView& view,
                           const ProgramState& program);

/// Everything, as GET /api/state gives it (contract in README, "Panel API").
nlohmann::json state_json(const SiteConfig& site, const HallView& view,
                          const ProgramState& program);

/// `2026-11-24T17:35:02.123+08:00` of a wall time, in the hall's zone.
std::string stamp(const SiteConfig& site, WallTime t);
/// The wall time that a monotonic instant falls on, as a time stamp.
std::string stamp(const SiteConfig& site, const Now& now, Instant t);

/// The sentence for an answer's or an alarm's code, in `zh` or `en`: says what is wrong and what to
/// do.
std::string sentence(const std::string& locale, const std::string& code,
                     const std::vector<std::pair<std::string, std::string>>& args);

}  // namespace hall::telemetry
