#pragma once
// One TOML file, read and parsed whole.
#include <toml++/toml.h>

#include <filesystem>
#include <optional>
#include <string>

#include "daemon/shell/config_faults.hpp"

namespace hall::config {

struct Document {
    std::size_t file = 0;  ///< number within the faults
    std::string bytes;
    toml::table table;
};

/// None: the fault is told (no such file, too large, not UTF-8, a syntax error).
std::optional<Document> read_document(Faults& faults, const std::filesystem::path& path);

}  // namespace hall::config
