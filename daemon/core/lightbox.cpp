#include "daemon/core/lightbox.hpp"

#include <algorithm>

namespace hall {

namespace {

const char* sky_word(Sky sky) {
    switch (sky) {
        case Sky::day:
            return "day";
        case Sky::night:
            return "night";
        case Sky::pause:
            return "night_off";
    }
    return "";
}

/// Where an override until the next switching point ends: also at one of the schedule that would
/// not switch, because the hall was not closed. Nobody means it to burn until the weekend.
std::optional<WallTime> next_point(const PolicyWish& policy) {
    if (!policy.next || !policy.schedule.next)
        return policy.next ? policy.next : policy.schedule.next;
    return std::min(*policy.next, *policy.schedule.next);
}

/// Why, for whoever reads the journal.
Detail explained(bool lit, const std::string& reason, const std::optional<PolicyWish>& policy) {
    Detail detail{{"to", lit ? "on" : "off"}, {"reason", reason}};
    if (reason == "schedule" && policy) {
        detail.emplace_back("sky", sky_word(policy->schedule.sky));
        if (!policy->schedule.rule.empty())
            detail.emplace_back("night", std::string(policy->schedule.rule));
    }
    return detail;
}

}  // namespace

std::optional<PolicyWish> Lightbox::wish(const HallConfig& config, const Now& now) const {
    // A clock that may lie switches nothing by schedule (R21).
    if (config.lightbox.policy != LightboxPolicy::after_closing && !now.wall_trusted)
        return std::nullopt;
    if (asked_ && asked_->holds.from <= now.wall && now.wall < asked_->holds.to) return asked_;
    return wish_at(config, now.wall, hall_closed_);
}

void Lightbox::look(const HallConfig& config, const Now& now, bool hall_closed) {
    if (hall_closed != hall_closed_) asked_.reset();
    hall_closed_ = hall_closed;
    if (const auto found = wish(config, now)) asked_ = found;
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
    look(turn.config, turn.now, hall_closed);
    const auto policy = wish(turn.config, turn.now);
    SavedOverride next{event.lit, event.until, std::nullopt, std::nullopt};
    const char* until = "permanent";
    if (event.until == OverrideUntil::duration) {
        next.ends = turn.now.mono + event.length;
        until = "duration";
    } else if (event.until == OverrideUntil::next_switch) {
        if (policy) next.next_switch = next_point(*policy);
        until = "next_switch";
    }
    override_ = next;
    policy_at_override_ = policy ? std::optional(policy->lit) : std::nullopt;
    turn.record("lightbox.overridden", "R18", {event.source}, "done",
                {{"lit", event.lit ? "on" : "off"},
                 {"until", until},
                 {"seconds", std::to_string(event.length.count() / 1000)}});
    turn.done(event.request);
}

bool Lightbox::override_ends(const Turn& turn, const std::optional<PolicyWish>& policy) const {
    if (override_->ends && turn.now.mono >= *override_->ends) return true;
    if (override_->until != OverrideUntil::next_switch || !policy) return false;
    // Passed while nobody looked (a restart, a clock step), or a closing came before it.
    const bool passed = override_->next_switch && turn.now.wall >= *override_->next_switch;
    return passed || (policy_at_override_ && policy->lit != *policy_at_override_);
}

void Lightbox::advance(Turn& turn, Outputs& outputs, bool hall_closed) {
    if (!turn.config.lightbox.fitted) return;
    look(turn.config, turn.now, hall_closed);
    const auto policy = wish(turn.config, turn.now);
    if (override_ && override_ends(turn, policy)) {
        override_.reset();
        turn.record("lightbox.override_ended", "R18", {"halld"}, "done");
    }
    // An override that began under a doubtful clock learns now what it is measured against.
    if (override_ && policy && !policy_at_override_) policy_at_override_ = policy->lit;
    std::optional<bool> lit;
    std::string reason = "hold";
    if (override_) {
        lit = override_->lit;
        reason = "override";
    } else if (policy) {
        lit = policy->lit;
        reason = policy->by_schedule ? "schedule" : "after_closing";
    }
    if (lit && lit_ != lit) {
        turn.record("lightbox.switched", "R16", {"halld"}, "done", explained(*lit, reason, policy));
        lit_ = lit;
    }
    if (reason_ != reason) {
        reason_ = reason;
        turn.changed = true;
    }
    outputs.want(OutputRef::lightbox(), lit_);
}

void Lightbox::deadlines(Deadlines& out, const HallConfig& config) const {
    if (!config.lightbox.fitted) return;
    if (override_) {
        out.consider(override_->ends);
        out.consider_wall(override_->next_switch);
    }
    if (config.lightbox.policy == LightboxPolicy::after_closing) return;
    if (const auto policy = wish(config, out.now)) out.consider_wall(policy->holds.to);
}

void Lightbox::view(LightboxView& out, const HallConfig& config, const Now& now,
                    const Outputs& outputs) const {
    out.fitted = config.lightbox.fitted;
    if (!out.fitted) return;
    if (lit_) out.target = *lit_ ? Level::on : Level::off;
    out.actual = config.lightbox.has_feedback ? feedback_ : outputs.level(OutputRef::lightbox());
    out.reason = reason_;
    if (const auto policy = wish(config, now)) out.next_switch = policy->next;
    if (!override_) return;
    out.overridden = true;
    out.override_until = override_->ends;
    if (override_->next_switch && now.wall_trusted)
        out.override_until = now.mono + (*override_->next_switch - now.wall);
    out.override_permanent = override_->until == OverrideUntil::permanent;
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
