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

struct Template {
    std::string name;
    std::map<std::string, Channel> channels;
    /// `coil1..coil8`, in the template's order, for messages.
    std::vector<std::string> outputs, inputs, values;
    std::vector<std::string> watts;  ///< those of `values` that are in W
    bool eight_coils = false;
    /// Set when the board may switch its outputs by itself when it is not spoken to.
    bool switches_when_alone = false;

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
