#pragma once
// R24: what makes a window unable to serve, and who is told of it, again and again until somebody
// acknowledges.
//
// A window has a fault when somebody reported one, when a bus or device that serves it is lost, or,
// while it serves or pauses in a hall at work, when its PC's meter is silent, its circuit has no
// power, or its running PC does not answer on the network. Each cause is an alarm; the notices
// belong to the alarm: one fault of a bus with eight windows is one errand, not eight. They end
// when the alarm is acknowledged (somebody has taken it on) or cleared (it is over). A cause that
// comes back before anybody acknowledged goes on counting from its beginning: a loose plug must
// not put off its own notices for ever.
#include <string>
#include <vector>

#include "daemon/core/alarms.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/power.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"
#include "daemon/core/windows.hpp"

namespace hall {

class Faults {
  public:
    /// @param at_work the hall is open, and nobody is closing or opening it
    void advance(Turn& turn, bool at_work, const std::vector<Circuit>& circuits, Windows& windows,
                 Alarms& alarms);

    void restore(const std::vector<SavedNotice>& saved, Millis shift);
    [[nodiscard]] const std::vector<SavedNotice>& save() const { return notices_; }
    void deadlines(Deadlines& out, const HallConfig& config, const Alarms& alarms) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [notices] = *this;
        image::put(a, notices);
    }

  private:
    /// An alarm that keeps windows from serving.
    struct Cause {
        std::string code, subject;
        std::vector<std::string> windows;
        [[nodiscard]] std::string alarm() const { return code + "." + subject; }
    };

    void notify(Turn& turn, const std::vector<Cause>& causes, const Alarms& alarms);

    std::vector<SavedNotice> notices_;
};

}  // namespace hall
