// [[window]]: what visitors see.
#include <algorithm>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

constexpr std::array<const char*, 4> kStates{"closed", "serving", "paused", "fault"};

void read_lamps(Section& window, Draft& draft, const std::string& owner, WindowWiring& wiring) {
    auto lamps = window.table("lamps");
    if (!lamps) return;
    for (const auto& [name, point] : lamps->pairs()) {
        if (!is_id(name.value)) {
            window.error(name.at, "lamp \"" + name.value +
                                      "\" is no identifier; use letters a-z, digits, - and _");
        }
        const Role role{"lamp \"" + name.value + "\" of window \"" + owner + "\"",
                        Role::Kind::other};
        const auto use = draft.points.resolve(point, Wanted::output, role);
        wiring.lamp_names.push_back(name.value);
        wiring.lamps.push_back(use.value_or(PointUse{}));
    }
    constexpr std::size_t kMostLamps = 16;
    if (wiring.lamps.size() > kMostLamps)
        window.error(lamps->place(), "a window has at most 16 lamps");
}

void read_look(Section& window, const char* state, const std::vector<std::string>& lamps,
               std::vector<LampMode>& look) {
    look.assign(lamps.size(), LampMode::off);
    auto table = window.table(state);
    if (!table) return;
    for (const auto& [lamp, word] : table->pairs()) {
        const auto at = std::find(lamps.begin(), lamps.end(), lamp.value);
        if (at == lamps.end()) {
            window.error(lamp.at, "this window has no lamp \"" + lamp.value + "\"" +
                                      suggestion(lamp.value, lamps));
            continue;
        }
        LampMode& mode = look[static_cast<std::size_t>(at - lamps.begin())];
        if (word.value == "on") {
            mode = LampMode::on;
        } else if (word.value == "blink") {
            mode = LampMode::blink;
        } else if (word.value != "off") {
            window.error(word.at, lamp.value + " = \"" + word.value +
                                      "\" is not known; choose one of on, off, blink");
        }
    }
}

/// Visitors must be able to tell the states apart (R22, R24).
void warn_of_equal_looks(Section& window, const WindowConfig& config) {
    if (config.lamps == 0) return;
    for (std::size_t a = 0; a < kStates.size(); ++a) {
        for (std::size_t b = a + 1; b < kStates.size(); ++b) {
            if (config.look[a] != config.look[b]) continue;
            window.warning(window.place(kStates[b]), window.title() + " looks the same " +
                                                         kStates[a] + " and " + kStates[b] +
                                                         "; visitors cannot tell them apart (R22)");
        }
    }
}

void read_post_of(Section& window, Draft& draft, std::string& target) {
    const auto post = window.text("post");
    if (!post) return;
    target = post->value;
    if (!draft.has_posts || draft.post_ids.find(target)) return;
    window.error(post->at, "no post \"" + target + "\"" + suggestion(target, draft.post_ids.all()));
}

void read_window(Section window, Draft& draft) {
    WindowConfig config;
    WindowWiring wiring;
    const auto id = window.id();
    const std::string owner = id ? id->value : "";
    if (id) window.rename("window \"" + owner + "\"");
    config.id = config.name = owner;
    window.name("name", config.name);
    read_post_of(window, draft, config.post);
    bool inverted = false;
    window.flag("button_inverted", inverted);
    if (const auto button = window.text("button")) {
        wiring.button = draft.points.resolve(
            *button, Wanted::input, {"button of window \"" + owner + "\"", Role::Kind::other},
            inverted);
    }
    bool fault_inverted = false;
    window.flag("fault_button_inverted", fault_inverted);
    if (const auto button = window.text("fault_button")) {
        wiring.fault_button = draft.points.resolve(
            *button, Wanted::input, {"fault button of window \"" + owner + "\"", Role::Kind::other},
            fault_inverted);
    }
    read_lamps(window, draft, owner, wiring);
    config.lamps = static_cast<std::uint8_t>(wiring.lamps.size());
    for (std::size_t i = 0; i < kStates.size(); ++i)
        read_look(window, kStates[i], wiring.lamp_names, config.look[i]);
    window.finish();
    if (!draft.faults.any_error()) warn_of_equal_looks(window, config);
    if (!id || !draft.window_ids.add(window, *id)) return;
    draft.window_places.push_back(window.place());
    draft.site.hall.windows.push_back(std::move(config));
    draft.site.windows.push_back(std::move(wiring));
}

}  // namespace

void read_windows(Section& top, Draft& draft) {
    for (Section& window : top.tables("window")) read_window(std::move(window), draft);
}

}  // namespace hall::config
