#pragma once
// One TOML file, read and parsed whole.
#include <toml++/toml.h>

#include <filesystem>
#include <optional>
#include <string>

#include "daemon/shell/config_faults.hpp"

namespace hall::config {

/// The bytes of a file that is to be read as UTF-8 text; none: the fault is told.
/// @param file its number within the faults
std::optional<std::string> read_text(Faults& faults, std::size_t file,
                                     const std::filesystem::path& path);

struct Document {
    std::size_t file = 0;  ///< number within the faults
    std::string bytes;
    toml::table table;
};

/// None: the fault is told (no such file, too large, not UTF-8, a syntax error).
std::optional<Document> read_document(Faults& faults, const std::filesystem::path& path);

}  // namespace hall::config
