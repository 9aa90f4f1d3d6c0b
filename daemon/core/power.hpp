#pragma once
// One switched supply and the PC on it: what its contactor does (R10), what its PC does (R8), and
// what its hardware can stand (R11).
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/evidence.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Circuit {
  public:
    Circuit(const CircuitConfig& config, Millis fresh_within);

    void restore(const SavedCircuit& saved, Instant now);
    [[nodiscard]] SavedCircuit save() const;

    void feedback(Level level) { feedback_ = level; }
    void output(Level level) { output_ = level; }
    Evidence evidence;

    /// Whether the contactor conducts, by feedback, output and meter together; `unknown` when they
    /// contradict each other or are silent.
    [[nodiscard]] Level actual(Instant now) const;
    [[nodiscard]] PcState pc(Instant now, bool asked_to_stop) const;
    /// R10: feedback and meter, as far as fitted, both prove the cut by what they said after
    /// `since`.
    [[nodiscard]] bool proven_cut(Instant now, Instant since) const;
    /// Power has come back, by feedback or, without one, by the output.
    [[nodiscard]] bool proven_on(Instant now) const { return actual(now) == Level::on; }

    /// R11. None: at once. An instant: not before it. `limit_reached` tells the daily cap.
    [[nodiscard]] std::optional<Instant> earliest_switch(Instant now, bool on) const;
    [[nodiscard]] bool limit_reached(Instant now) const;
    /// When a cap that is reached now is no longer; none when it is not.
    [[nodiscard]] std::optional<Instant> limit_ends(Instant now) const;
    /// The contactor has operated. An order that a board refused wears nothing out.
    void switched(Instant now, bool on);
    [[nodiscard]] std::uint64_t switches() const { return switches_; }

    [[nodiscard]] const CircuitConfig& config() const { return *config_; }

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [proof, own_config, contactor, ordered, count, recent, last_on, last_off] = *this;
        static_cast<void>(own_config);
        image::put(a, proof, contactor, ordered, count, recent, last_on, last_off);
    }

  private:
    const CircuitConfig* config_;
    Level feedback_ = Level::unknown;
    Level output_ = Level::unknown;
    std::uint64_t switches_ = 0;
    std::vector<Instant> recent_;
    std::optional<Instant> last_on_, last_off_;
};

}  // namespace hall
