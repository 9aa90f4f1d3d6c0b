#pragma once
// Reads a device template for the slave's side. The configuration loader has checked it before;
// what is read here is only the shape of the device's registers.
#include <filesystem>

#include "drivers/sim/board.hpp"

namespace hall::sim {

/// @throws std::runtime_error naming the file, when it cannot be read
BoardSpec read_template(const std::filesystem::path& file);

}  // namespace hall::sim
