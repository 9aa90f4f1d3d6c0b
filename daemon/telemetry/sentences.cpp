#include <algorithm>
#include <array>

#include "daemon/telemetry/names.hpp"
#include "daemon/telemetry/sentence_table.hpp"
#include "daemon/telemetry/state_json.hpp"

namespace hall::telemetry {

namespace {

using Args = std::vector<std::pair<std::string, std::string>>;

/// Where the thing stands that a sentence is about, the best first.
constexpr std::array kWhat{"post", "name", "ids", "circuit", "subject", "id"};

std::string arg(const Args& args, std::string_view key) {
    for (const auto& [k, value] : args) {
        if (k == key) return value;
    }
    return {};
}

std::string with_separator(const std::string& list, bool zh) {
    std::string text;
    for (const char c : list) {
        if (c == ',') {
            text += zh ? "、" : ", ";
        } else {
            text += c;
        }
    }
    return text;
}

std::string what_of(const Args& args, bool zh) {
    for (const char* key : kWhat) {
        if (const std::string value = arg(args, key); !value.empty()) {
            return std::string_view(key) == "ids" ? with_separator(value, zh) : value;
        }
    }
    return zh ? "该项" : "this";
}

std::string detail_of(const Args& args, bool zh) {
    std::string detail = arg(args, "detail");
    if (detail.empty()) return {};
    if (const auto* form = find_sentence("detail." + detail))
        detail = std::string(zh ? form->zh : form->en);
    return zh ? "（" + detail + "）" : " (" + detail + ")";
}

std::string value_of(std::string_view key, const std::string& code, const Args& args, bool zh) {
    if (key == "what") return what_of(args, zh);
    if (key == "detail") return detail_of(args, zh);
    if (key == "code") return code;
    return arg(args, key);
}

template <class List>
const std::string* name_in(const List& list, std::string_view id) {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.id == id; });
    return found == list.end() || found->name.empty() ? nullptr : &found->name;
}

/// One id; empty when nothing has it.
std::string single_name(const HallConfig& hall, std::string_view id) {
    if (const auto* name = name_in(hall.circuits, id)) return *name;
    if (const auto* name = name_in(hall.contacts, id)) return *name;
    if (const auto* name = name_in(hall.windows, id)) return *name;
    return {};
}

bool take(std::string_view& text, std::string_view start) {
    if (text.substr(0, start.size()) != start) return false;
    text.remove_prefix(start.size());
    return true;
}

/// The words of describe(): `circuit pc3`, `lamp 2 of window 5`, `lightbox`, `buzzer`.
std::string output_name(const SiteConfig& site, std::string_view text) {
    const bool zh = site.locale != "en";
    if (text == "lightbox") return zh ? "夜间灯箱" : "the night lightbox";
    if (text == "buzzer") return zh ? "蜂鸣器" : "the buzzer";
    if (text == "panel") return zh ? "操作面板" : "the panel";
    if (take(text, "circuit ")) return single_name(site.hall, text);
    if (!take(text, "lamp ")) return {};
    const auto of = text.find(" of window ");
    if (of == std::string_view::npos) return {};
    const std::string lamp(text.substr(0, of));
    const std::string window = single_name(site.hall, text.substr(of + 11));
    if (window.empty()) return {};
    return zh ? window + "的" + lamp + "号灯" : "lamp " + lamp + " of " + window;
}

}  // namespace

std::string name_of(const SiteConfig& site, const std::string& id) {
    std::string names;
    std::size_t at = 0;
    while (at <= id.size()) {
        const auto end = std::min(id.find(',', at), id.size());
        const std::string one = id.substr(at, end - at);
        std::string name = single_name(site.hall, one);
        if (name.empty()) name = output_name(site, one);
        names += (at == 0 ? "" : ",") + (name.empty() ? one : name);
        at = end + 1;
    }
    return names;
}

std::string sentence(const std::string& locale, const std::string& code, const Args& args) {
    const bool zh = locale != "en";
    const SentenceForm* form = find_sentence(code);
    if (form == nullptr) form = find_sentence("other");
    const std::string_view text = zh ? form->zh : form->en;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto open = text.find('{', at);
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) return out.append(text.substr(at));
        out.append(text.substr(at, open - at));
        out += value_of(text.substr(open + 1, close - open - 1), code, args, zh);
        at = close + 1;
    }
    return out;
}

std::string sentence(const SiteConfig& site, const std::string& code, const Args& args) {
    Args named = args;
    for (auto& [key, value] : named) {
        // Posts and windows often share their ids.
        if (key == "post") {
            if (const auto* name = name_in(site.hall.posts, value)) value = *name;
            continue;
        }
        if (std::find(kWhat.begin(), kWhat.end(), key) != kWhat.end()) value = name_of(site, value);
    }
    return sentence(site.locale, code, named);
}

}  // namespace hall::telemetry
