#pragma once
// One switched supply: contactor, feedback and meter around a PC.
#include <optional>
#include <string>

#include "drivers/sim/pc.hpp"

namespace hall::sim {

class Contactor {
  public:
    enum class Fault : std::uint8_t { healthy, welded, stuck_open };
    /// A coil's armature moves only after a while.
    static constexpr Instant kMoves{30};

    Contactor(std::string thing, bool closed, Trace& trace);

    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] Fault fault() const { return fault_; }
    /// What the coil's wiring asks for.
    void command(bool closed, Instant at);
    /// `welded` and `stuck_open` hold at once, whatever the coil asks for.
    void set_fault(Fault fault, Instant at);
    [[nodiscard]] std::optional<Instant> deadline() const { return moves_at_; }
    void advance(Instant now);

  private:
    void move(bool closed, Instant at);

    std::string thing_;
    Trace& trace_;
    bool commanded_;
    bool closed_;
    Fault fault_ = Fault::healthy;
    std::optional<Instant> moves_at_;
};

enum class FeedbackFault : std::uint8_t { healthy, silent, inverted };

struct MeterFault {
    enum class Kind : std::uint8_t { healthy, silent, fixed };
    Kind kind = Kind::healthy;
    double watts = 0.0;  ///< what a `fixed` one shows
};

struct Circuit {
    std::string id;
    Contactor contactor;
    Pc pc;
    FeedbackFault feedback = FeedbackFault::healthy;
    MeterFault meter = {};

    /// What the meter shows.
    [[nodiscard]] double watts(Instant now) const;
    /// What the feedback's wire says; a silent one is a broken wire.
    [[nodiscard]] bool feedback_level() const;
    [[nodiscard]] std::optional<Instant> deadline() const;
    void advance(Instant now);
};

const char* to_string(Contactor::Fault fault);
const char* to_string(FeedbackFault fault);

}  // namespace hall::sim
