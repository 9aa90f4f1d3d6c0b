#include "daemon/core/day.hpp"

#include <algorithm>

#include "daemon/core/hours.hpp"

namespace hall {

namespace {
constexpr Millis kBuzz{30'000};
constexpr std::chrono::minutes kLongestExtension{6 * 60};
}  // namespace

void Day::extend(Turn& turn, const DayExtended& event) {
    if (event.by <= std::chrono::minutes{0} || event.by > kLongestExtension) {
        return turn.malformed(event.request, "bad_value", {{"field", "minutes"}});
    }
    const auto end = to_extend(turn.config, turn.now);
    if (!end) return turn.conflict(event.request, "nothing_to_extend");
    extended_until_ = std::max(*end, turn.now.wall) + event.by;
    turn.record(
        "closing.extended", "R6", {event.person.value}, "done",
        {{"minutes", std::to_string(event.by.count())},
         {"until", rfc3339(*extended_until_, turn.config.zone.offset_at(*extended_until_))}});
    turn.done(event.request);
}

std::optional<WallTime> Day::closes(const HallConfig& config, const Now& now) const {
    if (!now.wall_trusted) return std::nullopt;
    const auto hours = hours_of_day(config, now.wall);
    if (!hours) return std::nullopt;
    return extended_until_ ? std::max(hours->closes, *extended_until_) : hours->closes;
}

std::optional<WallTime> Day::to_extend(const HallConfig& config, const Now& now) const {
    // After midnight, in a hall that is still open from the day before, that day goes on.
    const auto today = hours_of_day(config, now.wall);
    const auto last = due(config, now);
    if (last && (!today || now.wall < today->opens)) return *last - config.closing.grace;
    return closes(config, now);
}

bool Day::early(const HallConfig& config, const Now& now) const {
    const auto at = closes(config, now);
    if (!at || now.wall >= *at) return false;
    // After midnight, in a hall that is still open from the day before, it is late, not early.
    const auto today = hours_of_day(config, now.wall);
    return now.wall >= today->opens || !due(config, now);
}

std::optional<WallTime> Day::due(const HallConfig& config, const Now& now) const {
    if (!now.wall_trusted) return std::nullopt;
    const auto last = last_closing(config, now.wall);
    if (!last) return std::nullopt;
    if (!first_start_) return std::nullopt;
    const auto next_day = next_opening(config, last->closes);
    if (next_day && now.wall >= *next_day) return std::nullopt;  // a new working day has begun
    WallTime closing = last->closes;
    if (*first_start_ > closing) {
        // Nobody's fault, unless the hall was opened again after the end of that very day.
        if (local_date(config, *first_start_) != local_date(config, closing)) return std::nullopt;
        closing = *first_start_;
    }
    if (extended_until_) closing = std::max(closing, *extended_until_);
    return closing + config.closing.grace;
}

void Day::advance(Turn& turn, const Closing& closing, bool opening,
                  const std::vector<Circuit>& circuits, const std::vector<ContactState>& contacts,
                  Outputs& outputs, Alarms& alarms) {
    bool buzz = false;
    if (!first_start_ && turn.now.wall_trusted) first_start_ = turn.now.wall;
    const auto at = due(turn.config, turn.now);
    // An untrusted clock neither raises nor clears.
    if (turn.now.wall_trusted) {
        const bool overdue =
            at && turn.now.wall >= *at && !closing.closed() && !closing.authorised();
        alarms.set(turn, overdue, "closing_overdue", "");
        if (!overdue) escalation_ = 0;
        if (overdue && !alarms.acknowledged("closing_overdue", "")) {
            std::vector<Millis> after{Millis{0}};
            after.insert(after.end(), turn.config.closing.escalate.begin(),
                         turn.config.closing.escalate.end());
            std::size_t reached = 0;
            for (const Millis e : after) {
                if (turn.now.wall >= *at + e) {
                    ++reached;
                    buzz = buzz || turn.now.wall < *at + e + kBuzz;
                }
            }
            if (reached > escalation_) {
                escalation_ = reached;
                turn.record("closing.overdue", "R6", {"halld"}, "done",
                            {{"level", std::to_string(reached)}});
            }
        }
    }
    outputs.want(OutputRef::buzzer(), buzz);
    after_hours(turn, closing, opening, circuits, contacts, alarms);
}

void Day::after_hours(Turn& turn, const Closing& closing, bool opening,
                      const std::vector<Circuit>& circuits,
                      const std::vector<ContactState>& contacts, Alarms& alarms) {
    // While somebody opens the hall, power comes back as it should.
    const bool closed = closing.closed() && !closing.under_way() && !opening;
    for (const Circuit& circuit : circuits) {
        const std::string& id = circuit.config().id;
        // Current that flows through a contactor which says that it is open is power, too.
        const auto watts = circuit.evidence.watts(turn.now.mono);
        const bool on = circuit.actual(turn.now.mono) == Level::on ||
                        (watts && *watts >= circuit.config().cut_watts);
        if (closed && on && !closing.left_on(id)) {
            alarms.raise(turn, "power_unexpected", id);
        } else if (!closed || circuit.actual(turn.now.mono) == Level::off) {
            alarms.clear(turn, "power_unexpected", id);
        }
    }
    for (std::size_t i = 0; i < contacts.size(); ++i) {
        const std::string& id = turn.config.contacts[i].id;
        if (closed && contacts[i] == ContactState::open) {
            if (!alarms.stands("contact_left_open", id)) alarms.raise(turn, "door_after_hours", id);
        } else if (!closed || contacts[i] == ContactState::closed) {
            alarms.clear(turn, "door_after_hours", id);
            alarms.clear(turn, "contact_left_open", id);
        }
    }
}

void Day::deadlines(Deadlines& out, const HallConfig& config) const {
    const Now& now = out.now;
    if (!now.wall_trusted) return;
    if (const auto hours = hours_of_day(config, now.wall)) out.consider_wall(hours->closes);
    out.consider_wall(next_opening(config, now.wall));
    if (extended_until_) out.consider_wall(*extended_until_ + config.closing.grace);
    if (const auto at = due(config, now)) {
        out.consider_wall(at);
        out.consider_wall(*at + kBuzz);
        for (const Millis e : config.closing.escalate) {
            out.consider_wall(*at + e);
            out.consider_wall(*at + e + kBuzz);
        }
    }
    // The next closing time's own grace.
    if (const auto hours = hours_of_day(config, now.wall))
        out.consider_wall(hours->closes + config.closing.grace);
}

}  // namespace hall
