#include "daemon/core/lightbox.hpp"

#include "daemon/core/hours.hpp"
#include "daemon/core/schedule.hpp"

namespace hall {

Lightbox::Wish Lightbox::by_policy(const HallConfig& config, const Now& now, bool hall_closed) {
    const LightboxPolicy policy = config.lightbox.policy;
    if (policy == LightboxPolicy::after_closing) return {hall_closed, "after_closing"};
    // A clock that may lie switches nothing by schedule (R21).
    if (!now.wall_trusted) return {std::nullopt, "hold"};
    const Scheduled night = scheduled(config, now.wall);
    if (policy == LightboxPolicy::schedule) return {night.lit, "schedule"};
    const bool working_day = hours_of_day(config, now.wall).has_value();
    if (!working_day || hall_closed || !night.lit) return {night.lit, "schedule"};
    return {false, "after_closing"};  // night, but on a working day the hall is not closed yet
}

void Lightbox::override_by(Turn& turn, const LightboxOverridden& event, bool hall_closed) {
    if (!turn.config.lightbox.fitted) return turn.conflict(event.request, "not_now");
    if (event.until == OverrideUntil::cleared) {
        override_.reset();
        turn.record("lightbox.overridden", "R18", {event.source}, "done", {{"until", "cleared"}});
        return turn.done(event.request);
    }
    if (event.until == OverrideUntil::duration &&
        (event.length <= Millis{0} || event.length > turn.config.lightbox.max_override)) {
        return turn.malformed(event.request, "bad_value", {{"field", "seconds"}});
    }
    SavedOverride next{event.lit, event.until, std::nullopt, std::nullopt};
    const char* until = "permanent";
    if (event.until == OverrideUntil::duration) {
        next.ends = turn.now.mono + event.length;
        until = "duration";
    } else if (event.until == OverrideUntil::next_switch) {
        until = "next_switch";
        const bool by_schedule = turn.config.lightbox.policy != LightboxPolicy::after_closing;
        if (turn.now.wall_trusted && by_schedule)
            next.next_switch = scheduled(turn.config, turn.now.wall).next;
    }
    override_ = next;
    policy_at_override_ = by_policy(turn.config, turn.now, hall_closed).lit;
    turn.record("lightbox.overridden", "R18", {event.source}, "done",
                {{"lit", event.lit ? "on" : "off"},
                 {"until", until},
                 {"seconds", std::to_string(event.length.count() / 1000)}});
    turn.done(event.request);
}

void Lightbox::advance(Turn& turn, Outputs& outputs, bool hall_closed) {
    if (!turn.config.lightbox.fitted) return;
    const Wish policy = by_policy(turn.config, turn.now, hall_closed);
    if (override_) {
        const bool time_over = override_->ends && turn.now.mono >= *override_->ends;
        const bool passed = override_->next_switch && turn.now.wall_trusted &&
                            turn.now.wall >= *override_->next_switch;
        const bool turned = override_->until == OverrideUntil::next_switch && policy.lit &&
                            policy_at_override_ && *policy.lit != *policy_at_override_;
        if (time_over || passed || turned) {
            override_.reset();
            turn.record("lightbox.override_ended", "R18", {"halld"}, "done");
        } else if (policy.lit && !policy_at_override_) {
            policy_at_override_ = policy.lit;
        }
    }
    Wish wish = policy;
    if (override_) wish = {override_->lit, "override"};
    if (wish.lit && (lit_ != wish.lit || reason_ != wish.reason)) {
        if (lit_ != wish.lit) {
            turn.record("lightbox.switched", "R16", {"halld"}, "done",
                        {{"to", *wish.lit ? "on" : "off"}, {"reason", wish.reason}});
        }
        lit_ = wish.lit;
        turn.changed = true;
    }
    if (reason_ != wish.reason) {
        reason_ = wish.reason;
        turn.changed = true;
    }
    outputs.want(OutputRef::lightbox(), lit_);
}

void Lightbox::deadlines(Deadlines& out, const HallConfig& config) const {
    if (!config.lightbox.fitted) return;
    if (override_) out.consider(override_->ends);
    if (config.lightbox.policy != LightboxPolicy::after_closing && out.now.wall_trusted) {
        out.consider_wall(scheduled(config, out.now.wall).next);
        // `both`: a day off begins at midnight, and its night asks for light whoever is there.
        out.consider_wall(next_midnight(config, out.now.wall));
    }
}

void Lightbox::view(LightboxView& out, const HallConfig& config, const Now& now,
                    const Outputs& outputs) const {
    out.fitted = config.lightbox.fitted;
    if (!out.fitted) return;
    if (lit_) out.target = *lit_ ? Level::on : Level::off;
    out.actual = config.lightbox.has_feedback ? feedback_ : outputs.level(OutputRef::lightbox());
    out.reason = reason_;
    if (config.lightbox.policy != LightboxPolicy::after_closing && now.wall_trusted) {
        out.next_switch = scheduled(config, now.wall).next;
    }
    if (override_) {
        out.overridden = true;
        out.override_until = override_->ends;
        out.override_permanent = override_->until == OverrideUntil::permanent;
    }
}

void Lightbox::save(Snapshot& out) const {
    out.lightbox = override_;
    out.lightbox_lit = lit_;
    out.lightbox_policy = policy_at_override_;
}

void Lightbox::restore(const Snapshot& saved, Millis shift) {
    override_ = saved.lightbox;
    if (override_ && override_->ends) *override_->ends += shift;
    lit_ = saved.lightbox_lit;
    policy_at_override_ = saved.lightbox_policy;
}

}  // namespace hall
