#pragma once
// The day's misfortunes: drawn from the seed's weather, most of them around closing and opening.
#include <functional>
#include <string>

#include "daemon/simulation/wires.hpp"

namespace hall::simulation {

class Troubles {
  public:
    Troubles(const HallConfig& config, Clockwork& clock, Dice& dice, Witness& witness,
             const Weather& weather, FaultCounts& counts, Plant& plant, Machine& machine,
             Wires& wires, int buses, std::function<void()> busy);

    /// @param peaks moments around which most of it happens
    void plan_day(Ms begin, Ms end, const std::vector<Ms>& peaks);
    /// Whatever is broken is whole from now on.
    void end();
    /// Nothing that touches boards, wires, daemon or clock goes on.
    [[nodiscard]] bool none() const { return standing_ == 0; }
    /// When the newest of them ended.
    [[nodiscard]] Ms last() const { return last_; }

  private:
    void strike(Fault fault);
    void during(Fault fault, const std::string& subject, Ms length,
                const std::function<void()>& begin, const std::function<void()>& undo);
    void strike_circuit(Fault fault, int circuit);
    void strike_contact(Fault fault, int contact);
    void strike_bus(Fault fault, int bus);
    void strike_machine(Fault fault);
    void cut_power(Ms length);
    void flap(int contact, int times);
    Ms some_time();

    const HallConfig& config_;
    Clockwork& clock_;
    Dice& dice_;
    Witness& witness_;
    const Weather& weather_;
    FaultCounts& counts_;
    Plant& plant_;
    Machine& machine_;
    Wires& wires_;
    int buses_;
    std::function<void()> busy_;
    bool ended_ = false;
    int standing_ = 0;
    int era_ = 0;
    Ms last_ = 0;
};

}  // namespace hall::simulation
