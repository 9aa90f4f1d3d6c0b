#pragma once
// A JSON file with the position of every value, so that a fault in it is told like any other.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/shell/config_faults.hpp"

namespace hall::config {

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, text, list, object };
    Kind kind = Kind::null;
    bool flag = false;
    double number = 0;
    std::string text;
    std::vector<JsonValue> items;   ///< of a list or an object
    std::vector<std::string> keys;  ///< of an object, parallel to its items
    Place at;

    /// None: no object, or no such member.
    [[nodiscard]] const JsonValue* member(const std::string& name) const;
};

/// None: the fault is told (no such file, too large, not JSON).
std::optional<JsonValue> read_json(Faults& faults, const std::filesystem::path& path);

}  // namespace hall::config
