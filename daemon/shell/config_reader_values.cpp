// The typed values of a table.
#include <algorithm>
#include <cmath>

#include "daemon/shell/config_reader.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

bool control_character(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::size_t characters(const std::string& utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string bounds_text(Bounds bounds, const char* unit) {
    std::string text = number_text(bounds.least) + " to " + number_text(bounds.most);
    if (*unit != '\0') text += std::string(" ") + unit;
    return text;
}

}  // namespace

std::optional<Text> Section::text(const char* key) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const auto* value = node->as_string();
    if (value == nullptr) {
        wrong_type(key, *node, "a text in quotes");
        return std::nullopt;
    }
    const Place at = place(node->source());
    if (value->get().empty()) {
        error(at, std::string(key) + " is empty; leave the key out or give it a value");
        return std::nullopt;
    }
    if (std::any_of(value->get().begin(), value->get().end(), control_character)) {
        error(at, std::string(key) + " holds a control character; remove it");
        return std::nullopt;
    }
    return Text{value->get(), at};
}

std::optional<Text> Section::required_text(const char* key) {
    if (!has(key)) {
        missing(key);
        return std::nullopt;
    }
    return text(key);
}

std::optional<Text> Section::id(const char* key) {
    auto found = required_text(key);
    if (found && !is_id(found->value)) {
        error(found->at, std::string(key) + " \"" + found->value +
                             "\" is no identifier; use 1 to 32 letters a-z, digits, - and _");
        return std::nullopt;
    }
    return found;
}

void Section::name(const char* key, std::string& target) {
    constexpr std::size_t kLongest = 64;
    const auto found = text(key);
    if (!found) return;
    if (characters(found->value) > kLongest) {
        error(found->at, std::string(key) + " is longer than 64 characters; shorten it");
        return;
    }
    target = found->value;
}

std::optional<double> Section::bounded(const char* key, const toml::node& node, Bounds bounds,
                                       const char* unit) {
    std::optional<double> value;
    if (const auto* whole = node.as_integer()) value = static_cast<double>(whole->get());
    if (const auto* real = node.as_floating_point()) value = real->get();
    if (!value) {
        wrong_type(key, node, "a number");
        return std::nullopt;
    }
    // Written so that NaN is out of bounds too.
    if (!(*value >= bounds.least && *value <= bounds.most)) {
        error(place(node.source()), std::string(key) + " = " + number_text(*value) +
                                        " is out of bounds; allowed: " + bounds_text(bounds, unit));
        return std::nullopt;
    }
    return value;
}

void Section::number(const char* key, double& target, Bounds bounds, const char* unit) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (const auto value = bounded(key, *node, bounds, unit)) target = *value;
}

bool Section::integer(const char* key, int& target, Bounds bounds, const char* unit) {
    const toml::node* node = find(key);
    if (node == nullptr) return true;
    if (!node->is_integer()) {
        wrong_type(key, *node, "a whole number");
        return false;
    }
    const auto value = bounded(key, *node, bounds, unit);
    if (value) target = static_cast<int>(*value);
    return value.has_value();
}

void Section::seconds(const char* key, Millis& target, Bounds bounds) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (const auto value = bounded(key, *node, bounds, "s"))
        target = Millis{std::llround(*value * 1000)};
}

void Section::flag(const char* key, bool& target) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* value = node->as_boolean();
    if (value == nullptr) {
        wrong_type(key, *node, "true or false");
        return;
    }
    target = value->get();
}

std::optional<std::size_t> Section::choice(const char* key, const std::vector<std::string>& words) {
    const auto found = text(key);
    if (!found) return std::nullopt;
    const auto at = std::find(words.begin(), words.end(), found->value);
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
    error(found->at, std::string(key) + " = \"" + found->value + "\" is not known; choose one of " +
                         joined(words));
    return std::nullopt;
}

std::optional<std::vector<Text>> Section::texts(const char* key) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        wrong_type(key, *node, "a list of texts");
        return std::nullopt;
    }
    std::vector<Text> result;
    for (const toml::node& element : *list) {
        const auto* value = element.as_string();
        if (value == nullptr) {
            wrong_type(key, element, "a list of texts");
            return std::nullopt;
        }
        if (value->get().find('\0') != std::string::npos) {
            error(place(element.source()), std::string(key) + " holds a NUL; remove it");
            return std::nullopt;
        }
        result.push_back({value->get(), place(element.source())});
    }
    return result;
}

std::optional<std::vector<Text>> Section::one_or_more(const char* key) {
    const toml::node* node = table_->get(key);
    if (node != nullptr && !node->is_string() && !node->is_array()) {
        static_cast<void>(find(key));
        wrong_type(key, *node, "a text or a list of texts");
        return std::nullopt;
    }
    if (node == nullptr || !node->is_string()) return texts(key);
    if (auto one = text(key)) return std::vector<Text>{std::move(*one)};
    return std::nullopt;
}

std::optional<std::vector<double>> Section::numbers(const char* key, Bounds bounds,
                                                    const char* unit) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        wrong_type(key, *node, "a list of numbers");
        return std::nullopt;
    }
    std::vector<double> result;
    bool fine = true;
    for (const toml::node& element : *list) {
        const auto value = bounded(key, element, bounds, unit);
        fine = fine && value;
        if (value) result.push_back(*value);
    }
    if (!fine) return std::nullopt;
    return result;
}

}  // namespace hall::config
