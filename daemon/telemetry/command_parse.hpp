#pragma once
// A command's payload, from bytes of anybody to a request that the rules may see, or to the reason
// why not.
#include <optional>
#include <string>
#include <variant>

#include "daemon/core/event.hpp"
#include "daemon/shell/site.hpp"

namespace hall::telemetry {

struct ResendEvents {
    std::uint64_t from = 0;
};
struct RefreshStatus {};
/// Either something for the rules (its `request` still 0), or for the telemetry itself.
using CommandAction = std::variant<Event, ResendEvents, RefreshStatus>;

struct ParsedCommand {
    std::string id;       ///< a UUID as written, or empty when there is none that could be used
    std::string key;      ///< the same in lower case: one UUID has two spellings
    std::string refusal;  ///< an answer's code; empty: none
    std::string field;    ///< what is wrong, for `malformed` and `bad_value`
    WallTime forget_after{};
    std::optional<CommandAction> action;  ///< present iff there is no refusal
};

/// @param name  the last level of the topic
ParsedCommand parse_command(const SiteConfig& site, const Now& now, const std::string& name,
                            const std::string& payload, bool retained);

}  // namespace hall::telemetry
