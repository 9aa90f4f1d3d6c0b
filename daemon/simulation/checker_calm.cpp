// What must be so once nothing has been wrong for a while.
#include <algorithm>

#include "daemon/simulation/checker.hpp"
#include "daemon/simulation/local_time.hpp"

namespace hall::simulation {

namespace {
/// Two moments of switching this close are not told apart.
constexpr Ms kSwitching = 2 * kSecond;
}  // namespace

void Checker::calm(Ms t) {
    if (!up_) return;
    calm_lightbox(t);
    calm_windows(t);
    calm_closed(t);
    calm_overdue(t);
}

/// R16, R18, R19, R21.
void Checker::calm_lightbox(Ms t) {
    const LightboxFacts& box = facts_.lightbox;
    if (!box.fitted || !box.judged || !trusted_ || clock_error_ != 0) return;
    const bool lit = relays_[{Role::lightbox, 0, 0}];
    if (override_lit_) {
        if (!holds(!override_ends_ || t < *override_ends_ + override_slip_ + kSwitching))
            blame(t, "R18 the override should be over");
        if (!holds(!override_point_ || t < *override_point_ + kSwitching || clock_trouble_))
            blame(t, "R18 the override outlived the switching point");
        if (!holds(lit == *override_lit_)) blame(t, "R18 the lightbox is not as overridden");
        return;
    }
    bool wanted = closed_;
    if (box.policy != LightPolicy::after_closing) {
        // Not in the very moment of switching.
        if (lit_by_schedule(facts_, t - kSwitching) != lit_by_schedule(facts_, t)) return;
        const std::int64_t today = local_day(facts_.zone, t);
        if (local_day(facts_.zone, t - kSwitching) != today) return;
        wanted = lit_by_schedule(facts_, t);
        const bool working_day = facts_.hours[static_cast<std::size_t>(weekday(today))].has_value();
        if (box.policy == LightPolicy::both && working_day && !closed_) wanted = false;
    }
    if (!holds(lit == wanted))
        blame(t,
              std::string("R19 the lightbox is ") + (lit ? "lit" : "dark") + ", and should not be");
}

/// R22, R24.
void Checker::calm_windows(Ms t) {
    for (std::size_t w = 0; w < facts_.windows.size(); ++w) {
        const WindowFacts& window = facts_.windows[w];
        const bool lost = std::any_of(window.links.begin(), window.links.end(), [&](int link) {
            return !links_up_[static_cast<std::size_t>(link)];
        });
        if (!holds(!lost || window_shown_[w] == 3))
            blame(t, "R24 window " + window.id + " shows no fault though its board is lost");
        const bool dead =
            std::any_of(window.circuits.begin(), window.circuits.end(), [&](const auto& id) {
                return alarm("power_lost." + id) || alarm("pc_unreachable." + id) ||
                       alarm("stuck_open." + id) || alarm("meter_silent." + id);
            });
        const bool faulty = lost || dead || alarm("window_fault." + window.id);
        if (!holds(faulty || window_shown_[w] == window_chosen_[w]))
            blame(t, "R22 window " + window.id + " does not show what was chosen");
        if (!holds(!closed_ || window_chosen_[w] == 0))
            blame(t, "R22 window " + window.id + " serves in a closed hall");
        const auto& look = window.look[static_cast<std::size_t>(window_shown_[w])];
        for (int lamp = 0; lamp < window.lamps; ++lamp) {
            const auto wanted = look[static_cast<std::size_t>(lamp)];
            if (!holds(!wanted || relays_[{Role::lamp, static_cast<int>(w), lamp}] == *wanted))
                blame(t, "R22 lamp " + std::to_string(lamp + 1) + " of window " + window.id +
                             " is wrong");
        }
    }
}

/// R15: a closed hall hears of power and of open doors.
void Checker::calm_closed(Ms t) {
    // While persons confirm, these alarms are not raised.
    const bool rest = !opening_ && confirmed_.empty() && (!authorised_ || authorised_->over);
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
        const std::string& id = facts_.circuits[i].id;
        const Seen& c = circuits_[i];
        const bool seen = facts_.circuits[i].has_feedback
                              ? c.feedback == Said::on
                              : relays_[{Role::circuit, static_cast<int>(i), 0}];
        const bool on = c.conducts && seen && left_on_.count(id) == 0;
        if (!holds(!closed_ || !rest || !on || alarm("power_unexpected." + id)))
            blame(t, "R15 nobody hears that " + id + " has power in a closed hall");
        if (!holds(closed_ || !alarm("power_unexpected." + id)))
            blame(t, "R15 power_unexpected stands in an open hall: " + id);
    }
    for (std::size_t i = 0; i < contacts_.size(); ++i) {
        const std::string& id = facts_.contacts[i].id;
        const bool heard = alarm("door_after_hours." + id) || alarm("contact_left_open." + id);
        if (!holds(!closed_ || !rest || contacts_[i] != Said::off || heard))
            blame(t, "R15 nobody hears that " + id + " is open in a closed hall");
        if (!holds(!heard || (closed_ && contacts_[i] != Said::on)))
            blame(t, "R15 an alarm of " + id + " stands without reason");
    }
}

/// R6. Only where the clock was true since the hall was opened.
void Checker::calm_overdue(Ms t) {
    if (!trusted_ || clock_trouble_) return;
    const bool under_way = authorised_ && !authorised_->over;
    const bool stands = alarm("closing_overdue");
    if (closed_ || under_way) {
        if (!holds(!stands)) blame(t, "R6 closing_overdue stands in a closed hall");
        return;
    }
    const auto last = last_close_and_next_open(facts_, t);
    if (!last || !opened_at_ || *opened_at_ > last->first) return;
    if (opening_) return;
    const Ms due = std::max(last->first, extended_until_.value_or(0)) + facts_.grace;
    if (t < last->second && t >= due + kSwitching && !holds(stands))
        blame(t, "R6 nobody hears that the hall is not closed");
    if ((t < due - kSwitching || t >= last->second + kSwitching) && !holds(!stands))
        blame(t, "R6 closing_overdue stands without reason");
}

}  // namespace hall::simulation
