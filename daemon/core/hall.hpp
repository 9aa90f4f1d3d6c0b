#pragma once
// The rules of one hall, as a function from events to effects. Pure: no clock, no input or output,
// no log, no thread.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/command.hpp"
#include "daemon/core/config.hpp"
#include "daemon/core/event.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/view.hpp"

namespace hall {

class Hall {
  public:
    /// @param config   validated; kept by value
    /// @param restored what the journal kept, none at the very first start
    /// @param now      the moment of birth. Outputs are unknown until they are reported (R14).
    Hall(HallConfig config, std::optional<Restored> restored, const Now& now);
    ~Hall();
    Hall(Hall&&) noexcept;
    Hall& operator=(Hall&&) noexcept;

    /// Records and commands that the restart itself caused (void approvals, resumed closing). Call
    /// once, first.
    Effects born(const Now& now);

    /// Takes one fact. Total: every event is legal in every state. `now.mono` must not go back.
    Effects step(const Now& now, const Event& event);
    /// Takes facts from the wires as one: the rules look once, at all of them, and decide nothing
    /// on a part.
    Effects step(const Now& now, const std::vector<Event>& scan);

    /// When step(TimePassed) is due at the latest, on the monotonic clock. Ask with the Now of the
    /// last step.
    [[nodiscard]] std::optional<Instant> next_deadline(const Now& now) const;

    [[nodiscard]] HallView view(const Now& now) const;
    /// The part of it that the wires told, which is there sooner.
    [[nodiscard]] WiresView wires(const Now& now) const;
    [[nodiscard]] Snapshot snapshot(const Now& now) const;
    [[nodiscard]] const HallConfig& config() const;

    /// All that the rules hold, exactly (see image.hpp); after born(), and for this program only.
    [[nodiscard]] std::string image() const;
    /// The hall that gave the image: it answers every event as that one would. None when the image
    /// is not whole or belongs to another configuration.
    static std::optional<Hall> from_image(HallConfig config, std::string_view image);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// A configuration as text and back; none when the text is none of ours.
std::string config_image(const HallConfig& config);
std::optional<HallConfig> config_from_image(std::string_view image, DigestFunction digest);

}  // namespace hall
