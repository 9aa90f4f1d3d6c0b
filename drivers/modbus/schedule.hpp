#pragma once
// Which request is next: fair by how often each is wanted, and without waiting for the dead.
#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include "drivers/modbus/plan.hpp"
#include "drivers/worker_thread.hpp"

namespace hall::drivers::modbus {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;
using std::chrono::milliseconds;

/// What a lost unit is given at least to answer. Boards and meters of hardware that is in use
/// answer within 50 ms.
constexpr milliseconds kProbePatience{80};
constexpr int kWholeProbe = 4;

class Schedule {
  public:
    Schedule(std::vector<Batch> batches, milliseconds retry_first, milliseconds retry_most);

    /// The request whose turn it is, if one is due.
    std::optional<std::size_t> next(TimePoint now);
    /// When to ask next() again, at the earliest.
    [[nodiscard]] TimePoint wake(TimePoint now) const;
    [[nodiscard]] const Batch& batch(std::size_t ix) const { return entries_[ix].batch; }
    /// The request itself is known to fail, whatever its unit does.
    [[nodiscard]] bool failing(std::size_t ix) const { return entries_[ix].health.down; }
    void replace(std::size_t ix, std::pair<Batch, Batch> halves, TimePoint now);

    /// How long to wait for this unit's answer. A unit that is lost is not worth its whole timeout:
    /// meanwhile nobody looks at the buttons, and a press of 200 ms would go unseen. It gets what
    /// its slowest answer so far took twice over, and kProbePatience at least. One that may answer
    /// more slowly than that still comes back: it gets the whole timeout again as soon as something
    /// was heard that nobody had asked for (see stray()), and every kWholeProbe-th time anyway
    /// where a late answer cannot be heard.
    /// @param hears_late whether an answer after the patience shows itself: on a serial line
    milliseconds patience(std::uint8_t unit, milliseconds timeout, bool hears_late);
    /// Bytes came that nobody had asked for: the late answer of a unit that was given little time?
    void stray(TimePoint now);

    /// The unit spoke, after `latency`. True if that is news.
    bool unit_answered(std::uint8_t unit, milliseconds latency = milliseconds{0});
    /// The unit did not answer. True if it is thereby declared lost.
    /// @param hold time in which its late answer may still come: it is not asked meanwhile
    bool unit_silent(std::uint8_t unit, TimePoint now, milliseconds hold);
    /// The request got no answer: it is due again now, not only after its interval.
    void repeat_soon(std::size_t ix, TimePoint now);
    void batch_answered(std::size_t ix);
    /// The unit lives but this request fails. True if its points are thereby declared lost.
    bool batch_failed(std::size_t ix, TimePoint now);
    /// A failed request to something that is known to fail took `cost`.
    void probe_failed(TimePoint now, milliseconds cost);

    /// True while nothing may be sent to the unit: it is known not to answer.
    [[nodiscard]] bool quarantined(std::uint8_t unit, TimePoint now) const;
    [[nodiscard]] bool lost(std::uint8_t unit) const { return units_[unit].health.down; }
    [[nodiscard]] TimePoint hold_until(std::uint8_t unit) const { return units_[unit].hold_until; }
    /// The bus came back: everything is asked at once, nothing that failed before counts.
    void restart(TimePoint now);

  private:
    struct Health {
        int failures = 0;
        bool down = false;
        TimePoint retry_at;
        BackOff back_off;
    };
    struct Unit {
        Health health;
        bool heard = false;  ///< it has answered since the start
        TimePoint hold_until;
        milliseconds slowest{0};    ///< of its answers
        bool answers_late = false;  ///< a probe with little patience may have missed its answer
        int probes = 0;             ///< since it was lost
    };
    struct Entry {
        Batch batch;
        Health health;
        TimePoint due;
        milliseconds pass{0};  ///< virtual time: advances by `every` a turn
    };

    bool fail(Health& health, TimePoint now);
    [[nodiscard]] bool is_probe(const Entry& entry) const;
    [[nodiscard]] TimePoint eligible_at(const Entry& entry) const;

    BackOff back_off_;
    std::vector<Unit> units_;
    std::vector<Entry> entries_;
    milliseconds virtual_time_{0};
    TimePoint next_probe_;
};

}  // namespace hall::drivers::modbus
