#pragma once
// R15: an enrolled person opens the hall; power comes back one circuit after the other (R11) and is
// proven.
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/alarms.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/outputs.hpp"
#include "daemon/core/power.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Opening {
  public:
    /// @param off circuits that have no power now, in the configuration's order
    /// @param from no circuit is switched on before
    /// @param until an interrupted opening goes on only before this; later somebody opens again
    void begin(Turn& turn, const PersonId& person, std::vector<CircuitIx> off, Instant from,
               Instant until);
    /// True when it ended with this call.
    bool advance(Turn& turn, std::vector<Circuit>& circuits, Outputs& outputs, Alarms& alarms);
    void save(Snapshot& out, const HallConfig& config) const;
    [[nodiscard]] bool under_way() const { return under_way_; }
    [[nodiscard]] Step step(CircuitIx circuit) const;
    void deadlines(Deadlines& out, const HallConfig& config, const std::vector<Circuit>& circuits,
                   const Outputs& outputs) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [under_way, person, waiting, proving, on, failed, next, until] = *this;
        image::put(a, under_way, person, waiting, proving, on, failed, next, until);
    }

  private:
    struct Proving {
        CircuitIx circuit;
        Instant deadline;
        bool counted = false;  ///< the contactor has operated (R11)
        bool again = false;    ///< the proof has been given its time once more
        template <class A>
        void fields(A& a) {
            auto& [output, until, switched, repeated] = *this;
            image::put(a, output, until, switched, repeated);
        }
    };
    bool under_way_ = false;
    std::string person_;
    std::deque<CircuitIx> waiting_;
    std::vector<Proving> proving_;
    std::vector<CircuitIx> on_;
    std::vector<std::string> failed_;
    Instant next_{};
    Instant until_{};
};

}  // namespace hall
