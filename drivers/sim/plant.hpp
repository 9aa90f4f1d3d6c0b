#pragma once
// The hall on the other side of the wires: boards, contactors, meters, PCs, lamps, doors, buttons.
// It knows no rule of the daemon; it only does what relays and people do. Time is handed in.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/shell/site.hpp"
#include "drivers/sim/board.hpp"
#include "drivers/sim/circuit.hpp"
#include "drivers/sim/slave.hpp"
#include "drivers/sim/things.hpp"
#include "drivers/sim/trace.hpp"

namespace hall::sim {

struct PlantOptions {
    std::uint64_t seed = 1;
    /// How long a visitor's finger is on a button, by the plant's clock.
    Instant button_press{300};
};

class Plant {
  public:
    /// @param boards one for each of `site.devices`, in its order
    Plant(const SiteConfig& site, std::vector<Board> boards, Trace& trace,
          const PlantOptions& options = {});
    Plant(const Plant&) = delete;
    Plant& operator=(const Plant&) = delete;

    /// Lets everything happen that is due up to `now`, in its order. Time never goes back.
    void advance(Instant now);
    /// The next instant at which something happens by itself.
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    [[nodiscard]] Instant now() const { return now_; }

    [[nodiscard]] std::optional<std::size_t> board_at(std::size_t bus, std::uint8_t unit) const;
    [[nodiscard]] const std::vector<Board>& boards() const { return boards_; }
    /// A meter on that board is set `silent`: the whole unit does not answer.
    [[nodiscard]] bool is_silent(std::size_t board) const;
    /// Answers a request at the instant `now()`.
    Bytes serve(std::size_t board, std::span<const std::uint8_t> request);

    /// Everything of the plant that can be read and set.
    void describe(Things& things);

  private:
    /// What hangs on a coil.
    struct Load {
        enum class Kind : std::uint8_t { contactor, power_button, lamp, lightbox, buzzer };
        Kind kind = Kind::buzzer;
        std::size_t index = 0;
        bool inverted = false;
    };
    struct Lamp {
        std::string thing;
        bool on = false;
    };
    /// A wire that the plant drives: an input of a board.
    struct Wire {
        std::size_t board = 0;
        drivers::Point point;
        bool inverted = false;
    };
    struct Door {
        std::string thing;
        std::optional<Wire> wire;
        bool closed = true;
    };
    struct Button {
        std::string thing;
        Wire wire;
        std::optional<Instant> released_at = std::nullopt;
    };
    struct CircuitWires {
        std::optional<Wire> feedback, meter, power_good;
        bool energised_cuts = true;
    };

    void wire_circuits(const SiteConfig& site, std::uint64_t seed);
    void wire_windows(const SiteConfig& site);
    void wire_rest(const SiteConfig& site);
    void connect(const PointUse& use, Load::Kind kind, std::size_t index);
    [[nodiscard]] std::optional<Wire> wire_for(const std::optional<PointUse>& use) const;
    void drive(const std::optional<Wire>& wire, bool level);
    void coil_changed(std::size_t board, std::uint16_t address, bool on, Instant at);
    void switch_load(const Load& load, bool on, Instant at);
    void switch_lamp(Lamp& lamp, bool on, Instant at);
    void settle_inputs();
    void show_meters(std::size_t board);

    void describe_circuits(Things& things);
    void describe_circuit(Things& things, std::size_t index);
    void describe_windows(Things& things);
    void set_contactor(Circuit& circuit, const std::string& word);
    void set_pc(Circuit& circuit, const std::string& word);
    void press(Button& button);

    Trace& trace_;
    PlantOptions options_;
    Instant now_{0};
    std::vector<Board> boards_;
    std::multimap<std::tuple<std::size_t, std::uint16_t>, Load> loads_;  ///< by board and coil
    std::vector<Circuit> circuits_;
    std::vector<CircuitWires> circuit_wires_;  ///< parallel to circuits_
    std::vector<Lamp> lamps_;
    std::vector<Button> buttons_;
    std::vector<Door> doors_;
    std::optional<Lamp> lightbox_, buzzer_;
    std::optional<Wire> lightbox_feedback_;
};

}  // namespace hall::sim
