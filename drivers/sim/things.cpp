#include "drivers/sim/things.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace hall::sim {

namespace {

using Json = nlohmann::ordered_json;

/// A request has a few words; anything that nests deeper is no request.
constexpr int kDeepest = 2;

std::string allowed(const Thing& thing) {
    std::string list;
    for (const std::string& word : thing.words) {
        list += (list.empty() ? "" : ", ") + word;
    }
    if (thing.takes_number) {
        list += ", or a number from " + Json(thing.least).dump() + " to " + Json(thing.most).dump();
    }
    return list;
}

std::optional<Value> value_for(const Thing& thing, const Json& json) {
    if (json.is_string()) {
        auto word = json.get<std::string>();
        if (std::find(thing.words.begin(), thing.words.end(), word) == thing.words.end())
            return std::nullopt;
        return Value{std::move(word)};
    }
    if (!json.is_number() || !thing.takes_number) return std::nullopt;
    const auto number = json.get<double>();
    if (!(number >= thing.least && number <= thing.most)) return std::nullopt;
    return Value{number};
}

/// Parses one flat object and notices a key that is written twice, which would hide the first.
std::optional<Json> parse(std::string_view text, std::string& why) {
    std::map<std::string, int> seen;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth > kDeepest) throw std::invalid_argument("nested too deeply");
        if (event == Json::parse_event_t::key && ++seen[parsed.get<std::string>()] > 1)
            throw std::invalid_argument("\"" + parsed.get<std::string>() + "\" is given twice");
        return true;
    };
    try {
        Json json = Json::parse(text, watch);
        if (json.is_object()) return json;
        why = "the body must be one JSON object {\"<thing>\": value}";
    } catch (const std::invalid_argument& fault) {
        why = fault.what();
    } catch (const Json::exception& fault) {
        why = std::string("the body is no JSON: ") + fault.what();
    }
    return std::nullopt;
}

}  // namespace

void Things::add(Thing thing) {
    things_.push_back(std::move(thing));
    by_name_[things_.back().name] = &things_.back();
}

const Thing* Things::find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

std::string Things::state_json() const {
    Json state = Json::object();
    for (const Thing& thing : things_) {
        if (!thing.read) continue;
        const Value value = thing.read();
        if (const auto* word = std::get_if<std::string>(&value)) {
            state[thing.name] = *word;
        } else {
            state[thing.name] = std::round(std::get<double>(value) * 100.0) / 100.0;
        }
    }
    return state.dump();
}

std::string Things::unknown(const std::string& name) const {
    std::string list;
    for (const Thing& thing : things_) {
        if (thing.set) list += (list.empty() ? "" : ", ") + thing.name;
    }
    return "unknown thing \"" + name + "\"; known: " + list;
}

SetResult Things::set_json(std::string_view text) const {
    SetResult result;
    const auto json = parse(text, result.why);
    if (!json) return result;
    std::vector<std::pair<const Thing*, Value>> orders;
    for (const auto& [name, wanted] : json->items()) {
        const Thing* thing = find(name);
        if (thing == nullptr) return {false, unknown(name)};
        if (!thing->set) return {false, "\"" + name + "\" can only be read"};
        auto value = value_for(*thing, wanted);
        if (!value) {
            return {false,
                    "\"" + name + "\" cannot be " + wanted.dump() + "; known: " + allowed(*thing)};
        }
        orders.emplace_back(thing, std::move(*value));
    }
    for (const auto& [thing, value] : orders) thing->set(value);
    return {true, {}};
}

}  // namespace hall::sim
