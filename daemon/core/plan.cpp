#include "daemon/core/plan.hpp"

#include <algorithm>
#include <map>

#include "daemon/core/turn.hpp"

namespace hall {

namespace {

const PlanException* exception_for(const std::vector<PlanException>& exceptions,
                                   const std::string& id) {
    const auto found = std::find_if(exceptions.begin(), exceptions.end(),
                                    [&](const PlanException& e) { return e.id == id; });
    return found == exceptions.end() ? nullptr : &*found;
}

/// Reasons are free text: the length in front keeps one text from reading like another plan.
std::string with_reasons(const std::vector<PlanException>& exceptions) {
    std::string text;
    for (const PlanException& e : exceptions) {
        text += e.id + "(" + std::to_string(e.reason.size()) + ":" + e.reason + ")";
    }
    return text;
}

std::map<std::string, std::string> standing(const Plan& plan) {
    std::map<std::string, std::string> where;
    for (const auto& id : plan.cut) where[id] = "cut";
    for (const auto& id : plan.already_off) where[id] = "off";
    for (const auto& e : plan.excepted) where[e.id] = "excepted " + e.reason;
    for (const auto& id : plan.open_contacts) where[id] = "open";
    for (const auto& id : plan.unknown_contacts) where[id] = "unknown";
    for (const auto& e : plan.excepted_contacts) where[e.id] = "excepted " + e.reason;
    return where;
}

}  // namespace

std::string join(const std::vector<std::string>& words, char separator) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text;
}

Plan make_plan(const PlanInput& input) {
    Plan plan;
    plan.attempt = input.attempt;
    plan.early = input.early;
    for (const Circuit& circuit : input.circuits) {
        const std::string& id = circuit.config().id;
        if (const auto* e = exception_for(input.exceptions, id)) {
            plan.excepted.push_back(*e);
        } else if (circuit.actual(input.now) == Level::off) {
            plan.already_off.push_back(id);
        } else {
            plan.cut.push_back(id);
        }
    }
    for (std::size_t i = 0; i < input.config.contacts.size(); ++i) {
        const ContactConfig& contact = input.config.contacts[i];
        if (!contact.sensed) {
            plan.to_attest.push_back(contact.id);
        } else if (const auto* e = exception_for(input.exceptions, contact.id)) {
            plan.excepted_contacts.push_back(*e);
        } else if (input.contacts[i] == ContactState::open) {
            plan.open_contacts.push_back(contact.id);
        } else if (input.contacts[i] == ContactState::unknown) {
            plan.unknown_contacts.push_back(contact.id);
        }
    }
    plan.digest = input.config.digest(canonical_text(input.config, plan));
    return plan;
}

std::string canonical_text(const HallConfig& config, const Plan& plan) {
    return "hall=" + config.id + " attempt=" + std::to_string(plan.attempt) +
           " early=" + (plan.early ? "yes" : "no") + " cut=" + join(plan.cut) +
           " already_off=" + join(plan.already_off) + " excepted=" + with_reasons(plan.excepted) +
           " open=" + join(plan.open_contacts) + " unknown=" + join(plan.unknown_contacts) +
           " excepted_contacts=" + with_reasons(plan.excepted_contacts) +
           " attest=" + join(plan.to_attest);
}

std::vector<std::string> differences(const Plan& before, const Plan& after) {
    const auto was = standing(before);
    const auto is = standing(after);
    std::vector<std::string> ids;
    for (const auto& [id, how] : was) {
        const auto found = is.find(id);
        if (found == is.end() || found->second != how) ids.push_back(id);
    }
    for (const auto& [id, how] : is) {
        if (was.find(id) == was.end()) ids.push_back(id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

}  // namespace hall
