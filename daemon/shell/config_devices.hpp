#pragma once
// Device templates: which channels a kind of board or meter has.
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/shell/config_reader.hpp"

namespace hall::config {

/// A channel of a template; its unit is set where a device uses it.
struct Channel {
    drivers::Point point;
    std::optional<drivers::FlashOn> flash;
    std::string measure;  ///< "W", "V" ...; empty for a bit
};

/// A board's own watchdog: what its outputs do when nothing is said to it for too long.
struct Watchdog {
    std::uint16_t timeout = 0;  ///< holding register, wire address
    Millis step{1'000};         ///< its unit
    int most = 65'535;          ///< and its greatest value
    /// Coils of the template's first range: what follows has one register or coil for each.
    std::uint16_t first_coil = 0;
    int count = 0;
    struct Behaviour {
        std::uint16_t address = 0;  ///< holding
        std::uint16_t hold = 0, safe = 1;
    };
    std::optional<Behaviour> behaviour;  ///< none: the board cannot hold single outputs
    struct Level {
        drivers::Table table = drivers::Table::holding;
        std::uint16_t address = 0;
    };
    std::optional<Level> level;           ///< to which an output goes; 0 is off
    std::optional<std::uint16_t> enable;  ///< coil
    struct Tripped {
        std::uint16_t address = 0;  ///< coil
        std::uint16_t clear = 1;    ///< what is written to clear it
    };
    std::optional<Tripped> tripped;
};

struct Template {
    std::string name;
    std::map<std::string, Channel> channels;
    /// `coil1..coil8`, in the template's order, for messages.
    std::vector<std::string> outputs, inputs, values;
    std::vector<std::string> watts;  ///< those of `values` that are in W
    bool eight_coils = false;
    std::uint16_t first_coil = 0;  ///< of the first range of coils
    int coils = 0;                 ///< and how many that has
    /// Set when the board may switch its outputs by itself when it is not spoken to.
    bool switches_when_alone = false;
    std::optional<Watchdog> watchdog;

    /// Channels that an output, an input or a meter may be, for messages.
    [[nodiscard]] std::string all() const;
};

class Templates {
  public:
    Templates(Faults& faults, std::filesystem::path folder);

    /// Null when there is none or it is broken; that is told once.
    const Template* get(const Text& name);

  private:
    std::unique_ptr<Template> load(const Text& name);
    [[nodiscard]] std::vector<std::string> names() const;

    Faults& faults_;
    std::filesystem::path folder_;
    std::map<std::string, std::unique_ptr<Template>> loaded_;
};

}  // namespace hall::config
