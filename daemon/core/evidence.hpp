#pragma once
// R8: what the wires prove about one PC. Silence proves nothing.
#include <optional>

#include "daemon/core/config.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Evidence {
  public:
    /// @param fresh_within an older sample is no evidence
    Evidence(const CircuitConfig& config, Millis fresh_within);

    /// One sample of the meter. None, NaN and infinity are silence. A meter wired backwards counts
    /// by its magnitude.
    void meter(Instant at, std::optional<double> watts);
    void power_good(Instant at, Level level);
    void reachability(Instant at, Level level);

    /// Positive evidence that the PC is off: a meter below `off_watts`, or a power-good input that
    /// is off, for `off_for` without a gap; no fresh source says otherwise; and the network
    /// address, if configured, is unreachable.
    [[nodiscard]] bool off(Instant now) const;
    /// A fresh source says that the PC runs.
    [[nodiscard]] bool running(Instant now) const;
    /// A fresh source says "low", but not yet for long enough.
    [[nodiscard]] bool going_off(Instant now) const;
    /// Fresh value of the meter in W.
    [[nodiscard]] std::optional<double> watts(Instant now) const {
        if (!meter_fresh(now)) return std::nullopt;
        return watts_;
    }
    [[nodiscard]] bool meter_silent(Instant now) const;
    /// The PC runs, and its network address does not answer.
    [[nodiscard]] bool link_dead(Instant now) const;
    /// When the newest sample was taken.
    [[nodiscard]] std::optional<Instant> sampled() const { return sample_at_; }
    /// Moments at which one of the answers above may change without a new sample.
    void deadlines(Deadlines& out) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [off_watts, off_for, fresh_within, needs_unreachable, watts, sample_at, low_since,
               good, good_since, reach, reach_at] = *this;
        // The first four are the configuration's.
        static_cast<void>(off_watts), static_cast<void>(off_for), static_cast<void>(fresh_within);
        static_cast<void>(needs_unreachable);
        image::put(a, watts, sample_at, low_since, good, good_since, reach, reach_at);
    }

  private:
    [[nodiscard]] bool meter_fresh(Instant now) const {
        return sample_at_ && now - *sample_at_ <= fresh_within_;
    }
    [[nodiscard]] bool meter_low_long(Instant now) const;

    double off_watts_;
    Millis off_for_;
    Millis fresh_within_;
    bool needs_unreachable_;
    double watts_ = 0;
    std::optional<Instant> sample_at_;
    std::optional<Instant> low_since_;
    Level power_good_ = Level::unknown;
    std::optional<Instant> power_good_since_;
    Level reach_ = Level::unknown;
    std::optional<Instant> reach_at_;
};

}  // namespace hall
