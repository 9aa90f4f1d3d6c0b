// Tables, lists of tables, and what nobody asked for.
#include "daemon/shell/config_reader.hpp"

#include <algorithm>

#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

const char* type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "a text";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::boolean:
            return "true or false";
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time:
            return "a date or time without quotes";
        case toml::node_type::none:
            break;
    }
    return "nothing";
}

/// What people call the keys that hold a secret.
bool secret_key(std::string_view key) {
    for (const char* word : {"password", "passwd", "secret", "token", "username", "user"}) {
        if (key == word) return true;
    }
    return key == "pin" || key == "pepper";
}

}  // namespace

Section::Section(Faults& faults, const toml::table& table, std::size_t file, std::string title)
    : faults_(&faults), table_(&table), file_(file), title_(std::move(title)) {}

Place Section::place(const toml::source_region& region) const {
    return {file_, region.begin.line, region.begin.column};
}

Place Section::place() const {
    // The whole file's table has no position of its own.
    const Place at = place(table_->source());
    return at.line == 0 ? Place{file_, 1, 1} : at;
}

Place Section::place(const char* key) const {
    const toml::node* node = table_->get(key);
    return node == nullptr ? place() : place(node->source());
}

bool Section::has(const char* key) const {
    return table_->contains(key);
}

bool Section::is_text(const char* key) const {
    const toml::node* node = table_->get(key);
    return node != nullptr && node->is_string();
}

const toml::node* Section::find(const char* key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    return table_->get(key);
}

void Section::wrong_type(const char* key, const toml::node& node, const std::string& wanted) {
    error(place(node.source()),
          std::string(key) + " must be " + wanted + ", not " + type_name(node));
}

void Section::missing(const char* key) {
    find(key);
    error(place(), title_ + " needs \"" + key + "\"");
}

std::optional<Section> Section::table(const char* key) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const toml::table* found = node->as_table();
    if (found == nullptr) {
        wrong_type(key, *node, "a table");
        return std::nullopt;
    }
    return Section{*faults_, *found, file_, std::string("[") + key + "]"};
}

std::vector<Section> Section::tables(const char* key) {
    const toml::node* node = find(key);
    std::vector<Section> list;
    if (node == nullptr) return list;
    const toml::array* found = node->as_array();
    const std::string wanted = std::string("a list of tables ([[") + key + "]])";
    if (found == nullptr) {
        wrong_type(key, *node, wanted);
        return list;
    }
    // The rules' indices are small, and no hall is larger.
    constexpr std::size_t kMost = 1024;
    if (found->size() > kMost) {
        error(place(node->source()), std::string("more than 1024 [[") + key + "]]; split the hall");
        return list;
    }
    for (const toml::node& element : *found) {
        if (const toml::table* one = element.as_table()) {
            list.emplace_back(*faults_, *one, file_, std::string("[[") + key + "]]");
        } else {
            wrong_type(key, element, wanted);
        }
    }
    return list;
}

std::vector<std::pair<Text, Text>> Section::pairs() {
    std::vector<std::pair<Text, Text>> list;
    for (const auto& [key, node] : *table_) {
        const std::string word(key.str());
        known_.push_back(word);
        if (const auto value = text(word.c_str()))
            list.push_back({{word, place(key.source())}, *value});
    }
    // TOML tables are unordered; the file's order is what its author meant.
    std::sort(list.begin(), list.end(),
              [](const auto& a, const auto& b) { return a.first.at < b.first.at; });
    return list;
}

void Section::refuse(const char* key, const std::string& message) {
    const toml::node* node = table_->get(key);
    if (node == nullptr) return;
    error(place(node->source()), message);
    refused_.emplace_back(key);
}

void Section::finish() {
    for (const auto& [key, node] : *table_) {
        const std::string word(key.str());
        if (std::find(known_.begin(), known_.end(), word) != known_.end()) continue;
        if (std::find(refused_.begin(), refused_.end(), word) != refused_.end()) continue;
        const Place at = place(key.source());
        if (secret_key(word)) {
            error(at, "\"" + word + "\": secrets never stand in this file; name a file that only " +
                          "the daemon may read (mqtt.credentials_file)");
            continue;
        }
        error(at, "unknown key \"" + word + "\" in " + title_ + suggestion(word, known_));
    }
}

}  // namespace hall::config
