#pragma once
// What the configuration says of a GPIO chip and its lines.
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace hall::drivers {

enum class GpioBias : std::uint8_t {
    as_is,  ///< what the board or its firmware has set up
    none,
    pull_up,
    pull_down
};

struct GpioLine {
    std::string name;  ///< the second half of the point `gpio.<name>`
    /// Its offset on the chip, or the name that the kernel has for it.
    std::variant<unsigned, std::string> where = 0U;
    bool output = false;
    bool active_low = false;  ///< the wire's low is the point's 1
    // Of inputs:
    GpioBias bias = GpioBias::as_is;
    /// A level counts when it has stood for so long; 0: at once.
    std::chrono::microseconds debounce{10'000};
};

struct GpioSettings {
    std::string chip;             ///< path, name or label
    std::vector<GpioLine> lines;  ///< at most 247
};

}  // namespace hall::drivers
