#pragma once
// R25: what sign-ins and sign-outs say about a day and a month. Facts and counts only; judging
// people stays with people. Nothing is derived from a clock that cannot be trusted.
#include <vector>

#include "daemon/core/image.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Attendance {
  public:
    /// Who signs where, and how.
    struct Mark {
        const PersonId& person;
        const PostConfig& post;
        Responsible role;
        const char* how;  ///< `panel` or `handover`
    };

    /// Records a sign-in. The first of a person's local day is judged: `late` when it falls between
    /// the day's opening (exclusive) and its closing, `early_target_met` when it is `early_target`
    /// or more before the opening. A later one says that the person is back.
    void arrived(Turn& turn, const Mark& mark);
    /// Records a sign-out: `left_early` before the day's closing. It counts only when the closing
    /// time finds the person still away: lunch is no leaving.
    void left(Turn& turn, const Mark& mark);
    void advance(Turn& turn);
    void deadlines(Deadlines& out) const;

    void restore(const std::vector<SavedAttendance>& saved) { people_ = saved; }
    [[nodiscard]] const std::vector<SavedAttendance>& save() const { return people_; }

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [people] = *this;
        image::put(a, people);
    }

  private:
    SavedAttendance& of(const PersonId& person);

    std::vector<SavedAttendance> people_;
};

/// The local day that `t` falls in, counted from 1970-01-01.
int local_day(const HallConfig& config, WallTime t);
/// Which role a person has at a post; `none`: not of this post.
Responsible role_of(const PostConfig& post, const PersonId& person);

}  // namespace hall
