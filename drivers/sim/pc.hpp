#pragma once
// One PC: boots when power comes, idles, shuts down when asked, and has its bad days.
#include <cstdint>
#include <optional>
#include <string>

#include "drivers/sim/trace.hpp"

namespace hall::sim {

/// How long this PC takes, and what it draws. Made from a seed: the same hall on every run.
struct PcNature {
    Instant boot{4000};
    Instant shutdown{4000};
    double idle_watts = 80.0;
    std::uint64_t seed = 1;
};

/// The nature of PC number `index` of the hall with this seed: 3-6 s to boot, 2-6 s to shut down,
/// 60-110 W.
PcNature nature_of(std::uint64_t seed, std::size_t index);

class Pc {
  public:
    enum class State : std::uint8_t { off, booting, running, stopping };
    /// A power button that is held this long switches off hard.
    static constexpr Instant kHardOff{4000};
    static constexpr double kSoftOffWatts = 1.2;

    /// Runs already if there is power: the virtual hall begins in the middle of a day.
    Pc(std::string thing, PcNature nature, bool powered, Trace& trace);

    [[nodiscard]] State state() const { return state_; }
    /// `running`, `booting`, `stopping`, `off`, `hang`
    [[nodiscard]] const char* word() const;
    [[nodiscard]] bool is_on() const { return state_ != State::off; }
    [[nodiscard]] double watts(Instant now) const;

    /// The supply comes or goes. PCs boot when it comes (restore on AC power loss: on).
    void power(bool on, Instant at);
    /// An orderly shutdown is asked for. A PC that hangs, or is off, does nothing.
    void ask_to_stop(Instant at);
    void button(bool down, Instant at);

    void set_running(Instant at);
    void set_off(Instant at);
    void set_hang(Instant at);
    void crash(Instant at);

    [[nodiscard]] std::optional<Instant> deadline() const;
    /// Does what is due at `now`, which is no later than the next deadline.
    void advance(Instant now);

  private:
    void enter(State state, Instant at);
    void boot(Instant at);

    std::string thing_;
    PcNature nature_;
    Trace& trace_;
    bool powered_;
    bool hangs_ = false;
    bool stop_asked_ = false;  ///< while it still boots
    State state_;
    std::optional<Instant> ends_;      ///< of booting or stopping
    std::optional<Instant> hard_off_;  ///< while the button is held
};

}  // namespace hall::sim
