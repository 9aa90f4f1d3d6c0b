#pragma once
// R11, R13, R14: the levels that the hall's outputs have and should have. An output whose level is
// unknown is read before it is written; a write of unknown outcome is settled by reading back.
#include <optional>
#include <variant>
#include <vector>

#include "daemon/core/alarms.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Outputs {
  public:
    Outputs(const HallConfig& config, Instant born);

    /// What should be; none: whatever is (the state of every PC circuit outside a closing or an
    /// opening).
    void want(const OutputRef& output, std::optional<bool> on);
    /// Reads an output that nobody reports and nothing is wanted of.
    void ask(Turn& turn, const OutputRef& output);
    [[nodiscard]] Level level(const OutputRef& output) const;
    [[nodiscard]] std::optional<bool> wanted(const OutputRef& output) const;
    /// An order is under way or its outcome is not settled.
    [[nodiscard]] bool busy(const OutputRef& output) const;
    /// Orders for this output failed several times in a row.
    [[nodiscard]] bool failing(const OutputRef& output) const;

    void reported(Turn& turn, const OutputRef& output, Level level);
    /// True when the command was one of ours.
    bool finished(Turn& turn, CommandId command, Outcome outcome);
    /// What time has brought about: patience and pauses that are over.
    void advance(Turn& turn, Alarms& alarms);
    /// Orders what is wanted and not yet so: once a step, when the rules have settled what that is.
    void order(Turn& turn);
    /// R11: from then on another circuit may be ordered on.
    [[nodiscard]] Instant may_power_from(const HallConfig& config) const;
    /// A circuit waits for its turn to be ordered on, perhaps once more.
    [[nodiscard]] bool power_waits(Instant now) const;
    void deadlines(Deadlines& out, const HallConfig& config) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [lines, may_write_from, unreported, powered, powered_at] = *this;
        image::in_place(a, lines);
        image::put(a, may_write_from, unreported, powered, powered_at);
    }

  private:
    struct Idle {};
    struct Writing {
        CommandId command;
        bool on;
        Instant deadline;
        std::optional<Level> heard;  ///< reported meanwhile: true again if the order fails
        template <class A>
        void fields(A& a) {
            auto& [c, o, d, h] = *this;
            image::put(a, c, o, d, h);
        }
    };
    struct ReadingBack {
        CommandId command;
        Instant deadline;
        template <class A>
        void fields(A& a) {
            auto& [c, d] = *this;
            image::put(a, c, d);
        }
    };
    struct Pausing {
        Instant until;
        template <class A>
        void fields(A& a) {
            auto& [u] = *this;
            image::put(a, u);
        }
    };
    struct Line {
        OutputRef ref;
        Level level = Level::unknown;
        std::optional<bool> wanted;
        std::variant<Idle, Writing, ReadingBack, Pausing> state;
        int failures = 0;
        bool ever_reported = false;
        bool alarmed = false;
        CommandId given_up = 0;  ///< an order whose end did not come in time
        template <class A>
        void fields(A& a) {
            auto& [output, at, want, doing, times, reported, told, late] = *this;
            image::put(a, output, at, want, doing, times, reported, told, late);
        }
    };

    template <class Lines>
    static auto* find_in(Lines& lines, const OutputRef& output);
    [[nodiscard]] const Line* find(const OutputRef& output) const;
    [[nodiscard]] Line* find(const OutputRef& output);
    /// Its wish counts now: it is known and free, and writing is allowed.
    [[nodiscard]] bool due(const Line& line, Instant now) const;
    void read_back(Turn& turn, Line& line);
    void ended_late(Turn& turn, Line& line, Outcome outcome);
    void pause(Turn& turn, Line& line);
    void settle(Turn& turn, Line& line, Alarms& alarms);

    std::vector<Line> lines_;  ///< in the order of their references
    Instant may_write_from_;
    std::size_t unreported_ = 0;
    std::optional<CircuitIx> powered_;  ///< the circuit that was ordered on last
    Instant powered_at_{};
};

/// `circuit pc3`, `lamp 2 of window 5`, `lightbox`: for journal and alarms.
std::string describe(const HallConfig& config, const OutputRef& output);

}  // namespace hall
