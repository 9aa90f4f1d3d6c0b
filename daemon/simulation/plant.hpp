#pragma once
// The hall as it is: relays, contactors, PCs, doors. It knows nothing of rules and tells its
// witness what happens.
#include <optional>
#include <string>
#include <vector>

#include "daemon/simulation/clockwork.hpp"
#include "daemon/simulation/dice.hpp"
#include "daemon/simulation/witness.hpp"

namespace hall::simulation {

struct PlantCircuit {
    bool coil = true;  ///< what the output says: true, the circuit shall have power
    bool welded = false, stuck_open = false;
    PcTruth pc = PcTruth::running;
    int change = 0;  ///< counts the PC's states, so that what is over does not happen
    double load = 60, standby = 2;
    bool starts_with_power = true;
    bool refuses_to_stop = false, slow_to_stop = false, hook_fails = false;
    // sensors
    std::optional<Said> feedback_stuck;
    std::optional<double> meter_stuck;
    bool meter_silent = false, meter_noisy = false;
    std::optional<Said> power_good_stuck;
    int lying = 0;
};

struct PlantContact {
    bool open = false;
    bool flapping = false;  ///< in a draught: what the contact says is open for a moment
    bool silent = false, stuck = false;
};

class Plant {
  public:
    /// @param changed called after something that a wire could tell has changed
    Plant(const HallFacts& facts, Clockwork& clock, Dice& dice, Witness& witness,
          std::function<void()> changed);

    [[nodiscard]] PlantCircuit& circuit(int i) { return circuits_[static_cast<std::size_t>(i)]; }
    [[nodiscard]] const PlantCircuit& circuit(int i) const {
        return circuits_[static_cast<std::size_t>(i)];
    }
    [[nodiscard]] PlantContact& contact(int i) { return contacts_[static_cast<std::size_t>(i)]; }
    [[nodiscard]] int circuits() const { return static_cast<int>(circuits_.size()); }
    [[nodiscard]] int contacts() const { return static_cast<int>(contacts_.size()); }
    [[nodiscard]] bool relay(Line line) const;
    [[nodiscard]] bool conducts(int circuit) const;

    /// A relay moves. The same level again changes nothing.
    void drive(Line line, bool on, bool by_order);
    /// After a sensor, a contactor or the building's power changed.
    void update(int circuit);
    void lie(int circuit, bool begins);
    void move_door(int contact, bool open);
    /// False: the request did not reach the PC (it is off, starts or hangs).
    bool ask_to_stop(int circuit);
    /// The PC's power button, shortly.
    void press_power_button(int circuit);
    void crash_pc(int circuit, bool hangs);
    void building_power(bool on);
    /// Everything that is broken is whole again; relays stay where they are.
    void heal();

    // What the sensors say.
    [[nodiscard]] Said feedback(int circuit) const;
    [[nodiscard]] double meter(int circuit);
    [[nodiscard]] double watts(int circuit) const;
    [[nodiscard]] Said power_good(int circuit) const;
    [[nodiscard]] Said reachable(int circuit) const;
    [[nodiscard]] Said contact_says(int contact) const;

  private:
    void set_pc(int circuit, PcTruth state);
    void pc_later(int circuit, Ms length, PcTruth state);
    void start_pc(int circuit);
    void stop_pc(int circuit);

    Clockwork& clock_;
    Dice& dice_;
    Witness& witness_;
    std::function<void()> changed_;
    std::vector<PlantCircuit> circuits_;
    std::vector<bool> conducting_;
    std::vector<PlantContact> contacts_;
    std::vector<std::vector<bool>> lamps_;
    bool lightbox_ = false, buzzer_ = false;
    bool mains_ = true;
};

}  // namespace hall::simulation
