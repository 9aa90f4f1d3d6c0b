// [[contact]], [lightbox], [buzzer], [[protected]]: the building around the windows.
#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

void read_contact(Section contact, Draft& draft) {
    ContactConfig config;
    std::optional<PointUse> input;
    const auto id = contact.id();
    if (id) contact.rename("contact \"" + id->value + "\"");
    config.id = config.name = id ? id->value : "";
    contact.name("name", config.name);
    bool inverted = false;
    contact.flag("inverted", inverted);
    config.sensed = contact.has("input");
    if (const auto point = contact.text("input")) {
        input = draft.points.resolve(*point, Wanted::input,
                                     {"input of " + contact.title(), Role::Kind::other}, inverted);
    } else if (contact.has("inverted") && !config.sensed) {
        contact.error(contact.place("inverted"), "inverted without input has no effect; remove it");
    }
    contact.finish();
    if (!id || !draft.contact_ids.add(contact, *id)) return;
    draft.site.hall.contacts.push_back(std::move(config));
    draft.site.contacts.push_back(std::move(input));
}

void read_lightbox(Section lightbox, Draft& draft) {
    LightboxConfig& config = draft.site.hall.lightbox;
    LightboxWiring& wiring = draft.site.lightbox;
    config.fitted = true;
    if (const auto output = lightbox.required_text("output")) {
        wiring.output = draft.points.resolve(*output, Wanted::output,
                                             {"supply of the lightbox", Role::Kind::kept_supply});
    }
    bool inverted = false;
    lightbox.flag("feedback_inverted", inverted);
    if (const auto feedback = lightbox.text("feedback")) {
        wiring.feedback = draft.points.resolve(
            *feedback, Wanted::input, {"feedback of the lightbox", Role::Kind::other}, inverted);
    }
    config.has_feedback = wiring.feedback.has_value();
    if (const auto policy = lightbox.choice("policy", {"schedule", "after_closing", "both"})) {
        constexpr LightboxPolicy kPolicies[] = {
            LightboxPolicy::schedule, LightboxPolicy::after_closing, LightboxPolicy::both};
        config.policy = kPolicies[*policy];
    }
    read_nights(lightbox, draft);
    lightbox.seconds("max_override", config.max_override, {60, 7 * 86'400});
    lightbox.finish();
}

void read_buzzer(Section buzzer, Draft& draft) {
    if (const auto output = buzzer.required_text("output")) {
        draft.site.buzzer =
            draft.points.resolve(*output, Wanted::output, {"buzzer", Role::Kind::other});
    }
    draft.site.hall.has_buzzer = draft.site.buzzer.has_value();
    buzzer.finish();
}

void read_protected(Section supply, Draft& draft) {
    ProtectedSupply config;
    const auto id = supply.id();
    if (id) config.id = id->value;
    std::string name;
    supply.name("name", name);
    if (const auto output = supply.text("output")) {
        config.output = draft.points.resolve(
            *output, Wanted::output,
            {"protected supply \"" + config.id + "\"", Role::Kind::kept_supply});
    }
    supply.finish();
    if (id && draft.protected_ids.add(supply, *id))
        draft.site.protected_supplies.push_back(std::move(config));
}

}  // namespace

void read_building(Section& top, Draft& draft) {
    for (Section& contact : top.tables("contact")) read_contact(std::move(contact), draft);
    draft.site.hall.lightbox.fitted = false;
    if (auto lightbox = top.table("lightbox")) read_lightbox(std::move(*lightbox), draft);
    if (auto buzzer = top.table("buzzer")) read_buzzer(std::move(*buzzer), draft);
    for (Section& supply : top.tables("protected")) read_protected(std::move(supply), draft);
}

}  // namespace hall::config
