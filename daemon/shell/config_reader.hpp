#pragma once
// Typed access to one table of a TOML file. Whatever is wrong becomes a fault at its position, and
// reading goes on with the default, so that one pass finds everything. A key that nobody asked for
// is unknown.
#include <toml++/toml.h>

#include <optional>
#include <string>
#include <vector>

#include "daemon/shell/config_faults.hpp"

namespace hall::config {

/// Bounds of a number; both ends are allowed.
struct Bounds {
    double least = 0, most = 0;
};

struct Text {
    std::string value;
    Place at;
};

class Section {
  public:
    /// @param title as the file writes it: `[closing]`, `[[circuit]]`
    Section(Faults& faults, const toml::table& table, std::size_t file, std::string title);

    [[nodiscard]] Place place() const;
    /// Of the key's value, or of the table when the key is missing.
    [[nodiscard]] Place place(const char* key) const;
    [[nodiscard]] const std::string& title() const { return title_; }
    /// Names the table in messages: `circuit "pc1"`.
    void rename(std::string title) { title_ = std::move(title); }

    [[nodiscard]] bool has(const char* key) const;
    [[nodiscard]] bool is_text(const char* key) const;
    std::optional<Text> text(const char* key);
    /// A missing one is a fault.
    std::optional<Text> required_text(const char* key);
    /// Unique name within its kind; see is_id().
    std::optional<Text> id(const char* key = "id");
    /// A name that people read: no control characters, at most 64 characters.
    void name(const char* key, std::string& target);
    void number(const char* key, double& target, Bounds bounds, const char* unit);
    /// False: it stands there and is wrong.
    bool integer(const char* key, int& target, Bounds bounds, const char* unit = "");
    /// In seconds, fractions allowed.
    void seconds(const char* key, Millis& target, Bounds bounds);
    void flag(const char* key, bool& target);
    /// Index of the chosen word.
    std::optional<std::size_t> choice(const char* key, const std::vector<std::string>& words);
    std::optional<std::vector<Text>> texts(const char* key);
    /// A text, or a list of them.
    std::optional<std::vector<Text>> one_or_more(const char* key);
    std::optional<std::vector<double>> numbers(const char* key, Bounds bounds, const char* unit);
    std::optional<Section> table(const char* key);
    std::vector<Section> tables(const char* key);
    /// All keys, with text as value: `{ green = "on" }`.
    std::vector<std::pair<Text, Text>> pairs();

    /// A key that this version does not honour, and what to do instead.
    void refuse(const char* key, const std::string& message);
    /// A key whose fitness cannot be judged, because what it belongs to is wrong already.
    void pass_over(const char* key) { refused_.emplace_back(key); }
    void missing(const char* key);
    /// Tells unknown keys. Last call.
    void finish();

    void error(Place at, std::string message) { faults_->error(at, std::move(message)); }
    void warning(Place at, std::string message) { faults_->warning(at, std::move(message)); }

  private:
    const toml::node* find(const char* key);
    [[nodiscard]] Place place(const toml::source_region& region) const;
    void wrong_type(const char* key, const toml::node& node, const std::string& wanted);
    std::optional<double> bounded(const char* key, const toml::node& node, Bounds bounds,
                                  const char* unit);

    Faults* faults_;
    const toml::table* table_;
    std::size_t file_;
    std::string title_;
    std::vector<std::string> known_;
    std::vector<std::string> refused_;  ///< told already, and never suggested
};

}  // namespace hall::config
