// The closing, for the MQTT topic and for the panel.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/telemetry/names.hpp"
#include "daemon/telemetry/state_json.hpp"

namespace hall::telemetry {

namespace {

using nlohmann::json;

json stamp_or_null(const SiteConfig& site, const Now& now, const std::optional<Instant>& t) {
    return t ? json(stamp(site, now, *t)) : json();
}
json stamp_or_null(const SiteConfig& site, const std::optional<WallTime>& t) {
    return t ? json(stamp(site, *t)) : json();
}

json exceptions_json(const std::vector<PlanException>& list) {
    json out = json::array();
    for (const PlanException& e : list) out.push_back({{"id", e.id}, {"reason", e.reason}});
    return out;
}

json plan_json(const Plan& plan) {
    return {{"digest", plan.digest},
            {"attempt", plan.attempt},
            {"early", plan.early},
            {"cut", plan.cut},
            {"already_off", plan.already_off},
            {"excepted", exceptions_json(plan.excepted)},
            {"open_contacts", plan.open_contacts},
            {"unknown_contacts", plan.unknown_contacts},
            {"excepted_contacts", exceptions_json(plan.excepted_contacts)},
            {"to_attest", plan.to_attest}};
}

/// The parts that two persons have in a closing; their names only where the hall publishes them.
json confirmations_json(const SiteConfig& site, const ClosingView& closing) {
    static constexpr const char* kRoles[] = {"first", "second", "third", "fourth"};
    json roles = json::array();
    for (std::size_t i = 0; i < static_cast<std::size_t>(closing.confirmations); ++i) {
        roles.push_back(i < std::size(kRoles) ? kRoles[i] : "further");
    }
    json out{{"count", closing.confirmations}, {"needed", closing.needed}, {"roles", roles}};
    if (site.hall.closing.publish_names && !closing.persons.empty()) {
        json names = json::array();
        for (const PersonId& person : closing.persons) names.push_back(person.value);
        out["names"] = std::move(names);
    }
    return out;
}

json blockers_json(const SiteConfig& site, const std::vector<Blocker>& blockers) {
    json out = json::array();
    for (const Blocker& b : blockers) {
        out.push_back({{"kind", b.kind},
                       {"id", b.id},
                       {"text", sentence(site, b.kind, {{"id", b.id}, {"detail", b.text}})}});
    }
    return out;
}

std::string joined(const std::vector<std::string>& ids) {
    std::string text;
    for (const std::string& id : ids) text += (text.empty() ? "" : ",") + id;
    return text;
}

json void_json(const SiteConfig& site, const ClosingView& closing) {
    if (closing.void_reason.empty()) return {};
    return {{"reason", closing.void_reason},
            {"detail", closing.void_detail},
            {"text", sentence(site, closing.void_reason, {{"ids", joined(closing.void_detail)}})}};
}

json attest_json(const SiteConfig& site, const std::vector<std::string>& ids) {
    json out = json::array();
    for (const std::string& id : ids) out.push_back({{"id", id}, {"name", name_of(site, id)}});
    return out;
}

}  // namespace

json closing_json(const SiteConfig& site, const HallView& view) {
    const ClosingView& c = view.closing;
    json force;
    if (c.force_deadline) {
        force = {{"circuit", c.force_circuit},
                 {"deadline", stamp_or_null(site, view.now, c.force_deadline)}};
    }
    return {{"phase", to_string(c.phase)},
            {"since", stamp(site, view.now, c.since)},
            {"deadline", stamp_or_null(site, view.now, c.deadline)},
            {"plan", plan_json(c.plan)},
            {"confirmations", confirmations_json(site, c)},
            {"blockers", blockers_json(site, c.blockers)},
            {"to_attest", attest_json(site, c.to_attest)},
            {"early", c.early},
            {"closes_at", stamp_or_null(site, c.closes_at)},
            {"void", void_json(site, c)},
            {"force", std::move(force)},
            {"ended", stamp_or_null(site, c.ended)},
            {"left_on", c.left_on},
            {"expires", stamp_or_null(site, view.now, c.expires)}};
}

}  // namespace hall::telemetry
