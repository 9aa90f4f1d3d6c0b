#pragma once
// The page itself, carried inside the program: generated at build time from web/ by embed.cmake.
#include <string_view>

namespace hall::panel {

struct Asset {
    std::string_view path;  ///< as in the URL, with its leading slash
    std::string_view type;  ///< Content-Type
    std::string_view body;
};

/// The asset at that path, or null. `/` is the page.
const Asset* find_asset(std::string_view path);

}  // namespace hall::panel
