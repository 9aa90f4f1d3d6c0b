#pragma once
// What the configuration says of the flight recorder.
#include <cstdint>

namespace hall {

struct RecorderConfig {
    bool enabled = false;
    std::uint64_t bytes = std::uint64_t{64} << 20U;  ///< of all its files together
};

}  // namespace hall
