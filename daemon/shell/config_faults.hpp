#pragma once
// Faults of a configuration, collected so that all of them are told at once, in the file's order.
#include <string>
#include <vector>

#include "daemon/shell/site.hpp"

namespace hall::config {

/// Where something stands: a file, counted from 0 in the order of reading, and a position in it.
struct Place {
    std::size_t file = 0;
    std::size_t line = 0, column = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
};

class Faults {
  public:
    /// A further file that is being read; its number goes into its places.
    std::size_t add_file(std::string path);

    void error(Place at, std::string message) { add(at, std::move(message), false); }
    void warning(Place at, std::string message) { add(at, std::move(message), true); }

    [[nodiscard]] bool any_error() const;
    /// All files that were read or should have been, in the order of reading.
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
    /// Sorted by file, line and column.
    [[nodiscard]] std::vector<ConfigFault> take();

  private:
    struct Entry {
        Place at;
        std::string message;
        bool warning = false;
    };
    void add(Place at, std::string message, bool warning);

    std::vector<std::string> files_;
    std::vector<Entry> entries_;
};

}  // namespace hall::config
