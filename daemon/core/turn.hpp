#pragma once
// What a rule may use while it handles one event: the moment, the configuration, and the effects
// that it adds to.
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/command.hpp"
#include "daemon/core/config.hpp"

namespace hall {

using Detail = std::vector<std::pair<std::string, std::string>>;

struct Turn {
    const Now& now;
    const HallConfig& config;
    Effects& effects;
    CommandId& next_command;
    /// Set by a rule that has changed something another rule may look at; the hall then lets all
    /// look again.
    bool changed = false;

    void record(std::string type, std::string rule, std::vector<std::string> actors,
                std::string outcome, Detail detail = {}) {
        effects.journal.push_back({std::move(type), std::move(rule), std::move(actors),
                                   std::move(outcome), std::move(detail)});
        changed = true;
    }

    template <class Action>
    CommandId command(Action action) {
        const CommandId id = next_command++;
        effects.commands.push_back({id, std::move(action)});
        return id;
    }

    void answer(RequestId request, Answer::Kind kind, std::string code = {}, Detail args = {}) {
        if (request != 0)
            effects.answers.push_back({request, kind, std::move(code), std::move(args)});
    }
    void done(RequestId request) { answer(request, Answer::Kind::done); }
    void conflict(RequestId request, std::string code, Detail args = {}) {
        answer(request, Answer::Kind::conflict, std::move(code), std::move(args));
    }
    void malformed(RequestId request, std::string code, Detail args = {}) {
        answer(request, Answer::Kind::malformed, std::move(code), std::move(args));
    }
};

/// Collects when the rules want to be woken. What has passed was looked at already and is no reason
/// to wake.
struct Deadlines {
    Now now;
    std::optional<Instant> next;

    void consider(std::optional<Instant> t) {
        if (t && *t > now.mono && (!next || *t < *next)) next = t;
    }
    /// A wall time, seen from now. Only with a trusted clock.
    void consider_wall(std::optional<WallTime> t) {
        if (t && now.wall_trusted) consider(now.mono + (*t - now.wall));
    }
};

/// `a,b,c`
std::string join(const std::vector<std::string>& words, char separator = ',');

}  // namespace hall
