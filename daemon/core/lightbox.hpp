#pragma once
// R16, R18, R19, R21: whether the night lightbox burns, and why.
#include <optional>
#include <string>

#include "daemon/core/image.hpp"
#include "daemon/core/lightbox_policy.hpp"
#include "daemon/core/outputs.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"
#include "daemon/core/view.hpp"

namespace hall {

class Lightbox {
  public:
    void override_by(Turn& turn, const LightboxOverridden& event, bool hall_closed);
    void feedback(Level level) { feedback_ = level; }
    void advance(Turn& turn, Outputs& outputs, bool hall_closed);
    void restore(const Snapshot& saved, Millis shift);
    void save(Snapshot& out) const;
    void deadlines(Deadlines& out, const HallConfig& config) const;
    void view(LightboxView& out, const HallConfig& config, const Now& now,
              const Outputs& outputs) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [given, policy_at_override, lit, reason, feedback, hall_closed, asked] = *this;
        image::put(a, given, policy_at_override, lit, reason, feedback, hall_closed);
        // Only saves asking again.
        if constexpr (A::kReads) asked.reset();
    }

  private:
    /// The policy's answer for that moment, from memory where it still holds: the sun's times cost
    /// too much to ask for them at every event. None: the clock may lie, and the policy needs it.
    [[nodiscard]] std::optional<PolicyWish> wish(const HallConfig& config, const Now& now) const;
    void look(const HallConfig& config, const Now& now, bool hall_closed);
    [[nodiscard]] bool override_ends(const Turn& turn,
                                     const std::optional<PolicyWish>& policy) const;

    std::optional<SavedOverride> override_;
    std::optional<bool> policy_at_override_;  ///< an override until the next switch ends when the
                                              ///< policy's wish turns
    std::optional<bool> lit_;                 ///< the target
    std::string reason_ = "hold";
    Level feedback_ = Level::unknown;
    bool hall_closed_ = false;
    std::optional<PolicyWish> asked_;  ///< for hall_closed_
};

}  // namespace hall
