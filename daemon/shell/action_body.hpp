#pragma once
// What each action's body must hold: from JSON to an event that lacks only who asks.
#include <functional>
#include <optional>
#include <string>

#include "daemon/core/event.hpp"
#include "daemon/shell/credentials.hpp"
#include "daemon/shell/site.hpp"

namespace hall {

struct ParsedAction {
    Credential credential;
    bool needs_person = true;  ///< false: anybody may, but a credential that is given must hold
    const char* right = "";    ///< what the person must be entitled to
    std::function<Event(RequestId, const PersonId&)> make;
    /// A handover: a second person's credential, and what makes the event of both.
    struct Second {
        Credential credential;
        std::function<Event(RequestId, const PersonId&, const PersonId&)> make;
    };
    std::optional<Second> second = std::nullopt;
};

/// What is wrong with a body: an answer's code with its arguments.
struct BodyFault {
    std::string code;
    std::string field;
};

struct ParsedBody {
    std::optional<ParsedAction> action;
    BodyFault fault;
    bool known = true;  ///< false: no such action
};

ParsedBody parse_action(const SiteConfig& site, const std::string& action, const std::string& body);

}  // namespace hall
