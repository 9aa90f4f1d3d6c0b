#pragma once
// Between the controller and the plant: what the buses tell, and what becomes of orders.
#include <vector>

#include "daemon/simulation/machine.hpp"
#include "daemon/simulation/plant.hpp"

namespace hall::simulation {

/// On which bus everything hangs.
struct Wiring {
    int buses = 1;
    std::vector<int> circuit, meter, contact, window;  ///< per circuit, ... the bus
    int lightbox = 0, buzzer = 0;
    std::vector<std::vector<int>> links;  ///< per bus: the links that are lost with it
    Ms sample_every = 2 * kSecond;        ///< meters and network addresses
};

class Wires {
  public:
    Wires(const HallConfig& config, const Wiring& wiring, Clockwork& clock, Dice& dice,
          Witness& witness, const Weather& weather, FaultCounts& counts, Plant& plant,
          Machine& machine);

    /// The drivers start: nothing was told yet.
    void reborn();
    /// Something in the plant may have changed: it is told after a scan.
    void look_again();
    /// Meters and network addresses tell what they read.
    void sample();
    /// The same at once, as one scan: for the end of a stretch in which nothing happened.
    void scan();
    void execute(const Command& command);
    void bus(int bus, bool up);
    void slow(int bus, bool slow) { slow_[static_cast<std::size_t>(bus)] = slow; }
    void board_reset(int bus);
    void faults_end() { faulty_ = false; }
    /// When an order last met a fault.
    [[nodiscard]] Ms last_trouble() const { return last_trouble_; }
    /// When meters last told.
    [[nodiscard]] Ms sampled() const { return sampled_; }
    void on_trouble(std::function<void()> trouble) { trouble_ = std::move(trouble); }
    [[nodiscard]] int bus_of(Line line) const;
    [[nodiscard]] bool bus_up(int bus) const { return up_[static_cast<std::size_t>(bus)]; }
    [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

    static Line line_of(OutputRef output);
    static OutputRef output_of(Line line);

  private:
    void tell();
    void tell_outputs();
    void tell_inputs();
    void tell_links();
    void set_output(CommandId id, Line line, bool on);
    void read_output(CommandId id, Line line);
    void stop_pc(CommandId id, const StopPc& stop);
    void end_later(Ms length, CommandId id, Outcome outcome, Line line, bool on);
    void finished(CommandId id, Outcome outcome);
    bool befalls(Fault fault);
    void trouble();
    [[nodiscard]] Ms latency(int bus);
    [[nodiscard]] Said read(Line line) const;
    void meter(int circuit, std::vector<Event>* into);

    const HallConfig& config_;
    const Wiring& wiring_;
    Clockwork& clock_;
    Dice& dice_;
    Witness& witness_;
    const Weather& weather_;
    FaultCounts& counts_;
    Plant& plant_;
    Machine& machine_;
    std::vector<Line> lines_;
    std::vector<int> told_outputs_, told_feedback_, told_power_good_, told_contacts_, told_links_;
    std::vector<bool> up_, slow_;
    bool faulty_ = true, looking_ = false;
    Ms last_trouble_ = 0, sampled_ = 0;
    std::function<void()> trouble_;
};

}  // namespace hall::simulation
