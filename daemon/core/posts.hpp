#pragma once
// R23: the posts behind the windows: who is signed in, who is responsible, and what becomes of a
// window at which nobody is.
//
// An empty post matters while the hall works: a trusted clock says that it is between the day's
// opening and closing, the hall is open and no closing has begun. Then a window of that post that
// serves or pauses waits `unattended_after` for somebody, turns `paused`, and raises
// `window_unattended`. A closed window promises visitors nothing, and stays closed. A press of its
// button gives it the whole time again; the alarm stands until somebody signs in. Signing in clears
// the alarm and leaves the light paused: whoever signs in at the panel is not at the window yet.
#include <optional>
#include <vector>

#include "daemon/core/alarms.hpp"
#include "daemon/core/attendance.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"
#include "daemon/core/windows.hpp"

namespace hall {

class Posts {
  public:
    explicit Posts(const HallConfig& config) : waits_(config.windows.size()) {}

    void sign_in(Turn& turn, const PostSignedIn& event);
    void sign_out(Turn& turn, const PostSignedOut& event);
    /// Both persons are of the post; the one leaves it and the other is there, in one step.
    void hand_over(Turn& turn, const PostHandedOver& event);
    /// @param at_work the hall is open, and nobody is closing or opening it
    void advance(Turn& turn, bool at_work, Windows& windows, Alarms& alarms);

    [[nodiscard]] Responsible responsible(const HallConfig& config, const std::string& post) const;
    [[nodiscard]] std::vector<PostView> view(const HallConfig& config) const;
    /// @param shift what a restart added to the monotonic clock
    void restore(Turn& turn, const Snapshot& saved, Millis shift);
    void save(Snapshot& out, const HallConfig& config) const;
    void deadlines(Deadlines& out, const HallConfig& config) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [present, waits, attendance] = *this;
        image::put(a, present);
        image::in_place(a, waits);
        image::put(a, attendance);
    }

  private:
    using Present = std::vector<SavedPresence>::iterator;
    /// A window of an empty post that should not be empty.
    struct Wait {
        std::optional<Instant> since;  ///< none: all is well
        bool serving = false;          ///< seen so at the last look
        bool over = false;             ///< waited long enough; the alarm stands

        template <class A>
        void fields(A& a) {
            auto& [begun, served, waited] = *this;
            image::put(a, begun, served, waited);
        }
    };

    Present find(const PersonId& person);
    void enter(Turn& turn, const PersonId& person, const PostConfig& post, const char* how);
    void leave(Turn& turn, Present presence, const PostConfig& post, const char* how);
    void end_day(Turn& turn);
    void look(Turn& turn, std::size_t window, bool expected, Windows& windows, Alarms& alarms);
    /// Somebody should be at this post, and nobody is.
    [[nodiscard]] bool unattended(const HallConfig& config, const std::string& id) const;
    [[nodiscard]] bool role_present(const PostConfig& post, Responsible role) const;

    std::vector<SavedPresence> present_;
    std::vector<Wait> waits_;
    Attendance attendance_;
};

}  // namespace hall
