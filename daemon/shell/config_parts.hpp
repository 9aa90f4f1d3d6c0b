#pragma once
// The parts of a configuration file, one reader each, in the order in which they are read.
#include <map>
#include <string>
#include <vector>

#include "daemon/shell/config_points.hpp"

namespace hall::config {

/// Ids of one kind: each may stand once.
class Ids {
  public:
    /// @param kind `circuit`, for messages
    explicit Ids(std::string kind) : kind_(std::move(kind)) {}
    /// False, and told: it stands already.
    bool add(Section& section, const Text& id);
    [[nodiscard]] std::optional<std::size_t> find(const std::string& id) const;
    [[nodiscard]] std::vector<std::string> all() const;

  private:
    std::string kind_;
    std::vector<Text> ids_;
};

/// What all circuits have unless they say otherwise ([closing]).
struct CircuitDefaults {
    double off_watts = 5.0, cut_watts = 0.5;
    Millis off_for{30'000};
};

/// A configuration in the making.
struct Draft {
    Draft(Faults& all, const std::filesystem::path& folder)
        : faults(all), templates(all, folder), points(all) {}

    Faults& faults;
    Templates templates;
    Points points;
    std::filesystem::path config_file;  ///< what it names is relative to its folder
    SiteConfig site;
    CircuitDefaults defaults;
    /// Buses, GPIO chips and devices share their names: an alarm about a lost link names one of
    /// them.
    Ids links{"bus or device"}, bus_ids{"bus"}, window_ids{"window"}, circuit_ids{"circuit"},
        contact_ids{"contact"}, post_ids{"post"}, protected_ids{"protected supply"};
    bool has_posts = false;
    bool has_mqtt = false;              ///< or tried to
    std::vector<Place> circuit_places;  ///< parallel to site.circuits
    std::vector<Place> window_places;   ///< parallel to site.windows
    Place closing;
};

void read_hall(Section& top, Draft& draft);         ///< [hall], [hours]
void read_calendar(Section& top, Draft& draft);     ///< [calendar]
void read_nights(Section& lightbox, Draft& draft);  ///< the schedule of [lightbox]
void read_closing(Section& top, Draft& draft);      ///< [closing], [opening]
void read_network(Section& top, Draft& draft);      ///< [panel], [mqtt]
void read_buses(Section& top, Draft& draft);        ///< [[bus]], [[device]]
void read_gpio(Section& top, Draft& draft);         ///< [[gpio]]; after the buses
/// `retry_first` and `retry_most`, which buses and chips have.
void read_retry(Section& section, drivers::BusConfig& bus);
void read_posts(Section& top, Draft& draft);     ///< [[post]], [attendance], [faults]
void read_windows(Section& top, Draft& draft);   ///< [[window]]; after the posts
void read_circuits(Section& top, Draft& draft);  ///< [[circuit]]
/// [[circuit.stop]]: how a circuit's PC is asked to shut down
void read_stops(Section& circuit, Draft& draft, CircuitConfig& config, CircuitWiring& wiring);
/// [[contact]], [lightbox], [buzzer], [[protected]]
void read_building(Section& top, Draft& draft);
void read_failure(Section& top, Draft& draft);   ///< [failure]; after all outputs
void read_recorder(Section& top, Draft& draft);  ///< [recorder]
/// What concerns more than one part.
void check_rules(Draft& draft);

}  // namespace hall::config
