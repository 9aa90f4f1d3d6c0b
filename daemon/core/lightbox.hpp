#pragma once
// R16, R18, R19, R21: whether the night lightbox burns, and why.
#include <optional>
#include <string>

#include "daemon/core/alarms.hpp"
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

  private:
    struct Wish {
        std::optional<bool> lit;  ///< none: hold what is
        const char* reason = "hold";
    };
    [[nodiscard]] static Wish by_policy(const HallConfig& config, const Now& now, bool hall_closed);

    std::optional<SavedOverride> override_;
    std::optional<bool> policy_at_override_;  ///< an override until the next switch ends when the
                                              ///< policy's wish turns
    std::optional<bool> lit_;                 ///< the target
    std::string reason_ = "hold";
    Level feedback_ = Level::unknown;
};

}  // namespace hall
