#pragma once
// R22, R24: what the light above each service window tells visitors.
#include <string>
#include <vector>

#include "daemon/core/alarms.hpp"
#include "daemon/core/image.hpp"
#include "daemon/core/outputs.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Windows {
  public:
    explicit Windows(const HallConfig& config);

    /// The button at the window: closed or paused -> serving, serving -> paused. Without effect
    /// while the hall is not open.
    void pressed(Turn& turn, WindowIx window, bool hall_open);
    void set(Turn& turn, const WindowSet& event, bool hall_open, Alarms& alarms);
    void raise_fault(Turn& turn, const FaultRaised& event, Alarms& alarms);
    /// The fault button at the window: reports a fault, or takes it back. Works at any hour.
    void fault_pressed(Turn& turn, WindowIx window, Alarms& alarms);
    /// R24: equipment that the window needs is dead, beside its links.
    void broken(Turn& turn, WindowIx window, bool dead);
    /// R23: nobody has been at the window's post for too long.
    void unattended(Turn& turn, WindowIx window);
    /// A bus or device that serves windows was lost or came back.
    void link(Turn& turn, LinkIx link, bool up);
    /// The hall closed: all windows are `closed`.
    void close_all(Turn& turn);
    void restore(const std::vector<SavedWindow>& saved, const Alarms& alarms,
                 const HallConfig& config);
    /// Drives the lamps.
    void advance(Turn& turn, Outputs& outputs);
    [[nodiscard]] WindowState state(WindowIx window) const { return shown_[window.value]; }
    /// What people chose, whatever fault hides it.
    [[nodiscard]] WindowState chosen(WindowIx window) const { return chosen_[window.value]; }
    [[nodiscard]] bool link_down(LinkIx link) const { return link_down_[link.value]; }
    void deadlines(Deadlines& out, const HallConfig& config) const;
    [[nodiscard]] std::vector<SavedWindow> save(const HallConfig& config) const;

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [chosen, shown, faulty, link_down, broken] = *this;
        image::in_place(a, chosen);
        image::in_place(a, shown);
        image::in_place(a, faulty);
        image::in_place(a, link_down);
        image::in_place(a, broken);
    }

  private:
    void end_fault(Turn& turn, WindowIx window, const std::string& source, Alarms& alarms);
    void change(Turn& turn, WindowIx window, WindowState to, const std::string& source);
    [[nodiscard]] bool links_up(const WindowConfig& window) const;

    std::vector<WindowState> chosen_;  ///< what people chose
    std::vector<WindowState> shown_;   ///< what the light says: a fault comes first
    std::vector<bool> faulty_;         ///< somebody reported a fault at this window
    std::vector<bool> link_down_;
    std::vector<bool> broken_;
};

}  // namespace hall
