#pragma once
// What a Hall is made of; shared by its source files only.
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/closing.hpp"
#include "daemon/core/day.hpp"
#include "daemon/core/faults.hpp"
#include "daemon/core/hall.hpp"
#include "daemon/core/lightbox.hpp"
#include "daemon/core/opening.hpp"
#include "daemon/core/posts.hpp"
#include "daemon/core/windows.hpp"

namespace hall {

struct Hall::State {
    State(HallConfig c, std::optional<Restored> restored, const Now& now);

    void apply(Turn& turn, const Event& event);
    /// Lets every rule look at the time and at what changed, until nothing changes any more.
    void settle(Turn& turn);
    /// A person opened the hall.
    void opened(Turn& turn);
    void conclude(Turn& turn);
    void note_phase(const Turn& turn);
    ClosingWorld world(const Now& now);
    [[nodiscard]] ClosingWorld world(const Now& now) const;
    [[nodiscard]] Phase phase(const Now& now) const;
    [[nodiscard]] bool hall_open() const;
    /// The hall is open, and nobody is closing or opening it.
    [[nodiscard]] bool at_work() const;
    void request_opening(Turn& turn, const OpeningRequested& event);
    void finish_command(Turn& turn, const CommandFinished& event);
    void restore(Turn& turn, const Restored& restored);

    /// All that from_image() does not get from the configuration. `restored` is none from birth on.
    template <class A>
    void fields(A& a) {
        auto& [config_, command_, circuits_, contacts_, links_, outputs_, alarms_, closing_,
               opening_, day_, windows_, posts_, faults_, lightbox_, was_closed_, inhibited_,
               openers_, openers_until_, phase_, phase_since_, born_, restored_] = *this;
        static_cast<void>(config_), static_cast<void>(restored_);
        image::put(a, command_);
        image::in_place(a, circuits_);
        image::in_place(a, contacts_);
        image::in_place(a, links_);
        image::put(a, outputs_, alarms_, closing_, opening_, day_, windows_, posts_, faults_,
                   lightbox_, was_closed_, inhibited_, openers_, openers_until_, phase_,
                   phase_since_, born_);
    }

    HallConfig config;
    CommandId next_command = 1;
    std::vector<Circuit> circuits;
    std::vector<ContactState> contacts;
    std::vector<Level> links;
    Outputs outputs;
    Alarms alarms;
    Closing closing;
    Opening opening;
    Day day;
    Windows windows;
    Posts posts;
    Faults faults;
    Lightbox lightbox;
    bool was_closed = false;  ///< when the rules last looked
    std::optional<Instant> inhibited_until;
    std::vector<PersonId> openers;  ///< of an opening that needs more than one person
    Instant openers_until{};
    Phase last_phase = Phase::open;
    Instant phase_since{};
    Instant born_at{};
    std::optional<Restored> restored;
};

}  // namespace hall
