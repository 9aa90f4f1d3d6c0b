#pragma once
// Points of the configuration, `device.channel`: found, checked for what they are wanted for, and
// never used twice.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/shell/config_devices.hpp"

namespace hall::config {

/// What a point is wanted for.
enum class Wanted : std::uint8_t {
    output,  ///< a coil
    pulse,   ///< a coil whose board ends a pulse by itself (R7)
    input,   ///< a discrete input
    watts    ///< a meter's value in W
};

/// Who uses a point. R12 tells supplies that a closing cuts from those that it must not reach.
struct Role {
    enum class Kind : std::uint8_t { circuit, kept_supply, other };
    std::string text;  ///< `output of circuit "pc1"`
    Kind kind = Kind::other;
};

class Points {
  public:
    explicit Points(Faults& faults) : faults_(faults) {}

    /// @param kind null when the template was not found: its points are passed over silently
    void add_device(const std::string& id, std::size_t bus, std::uint8_t unit,
                    const Template* kind);

    /// A point `gpio.<name>`, whichever chip it is on.
    /// @param output none: its direction is wrong, and it is passed over silently
    void add_gpio_line(const std::string& name, std::size_t bus, std::uint8_t unit,
                       std::optional<bool> output);

    std::optional<PointUse> resolve(const Text& name, Wanted wanted, const Role& role,
                                    bool inverted = false);
    /// Tells each point that has more than one use, where the file uses it again.
    void tell_double_use();
    [[nodiscard]] const Template* kind_of(const Text& name) const;
    /// Its device stands there, but its template is missing or broken: that is told already.
    [[nodiscard]] bool unjudged(const Text& name) const;
    struct Use {
        PointUse use;
        Role role;
    };
    /// The first use of a point, by its name.
    [[nodiscard]] std::optional<Use> used(const std::string& name) const;
    /// All coils of one unit that are used.
    [[nodiscard]] std::vector<Use> outputs_of(std::size_t bus, std::uint8_t unit) const;
    [[nodiscard]] static bool is_gpio(const Text& name) {
        return name.value.rfind("gpio.", 0) == 0;
    }

  private:
    struct Device {
        std::size_t bus = 0;
        std::uint8_t unit = 1;
        const Template* kind = nullptr;
    };
    struct Claim {
        Text name;
        PointUse use;
        Role role;
    };
    std::optional<PointUse> resolve_gpio(const Text& name, const std::string& line, Wanted wanted);
    bool fits(const Text& name, const Template& kind, const Channel& channel, Wanted wanted);
    void tell(const Claim& first, const Claim& again);

    Faults& faults_;
    std::map<std::string, Device> devices_;
    Template gpio_;  ///< all lines as if they were one board's channels
    std::map<std::string, Device> gpio_places_;
    std::vector<Claim> claims_;
};

}  // namespace hall::config
