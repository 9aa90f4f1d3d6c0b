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

/// What a topic below `command/` says. A broker whose access rules let each user write only to
/// `command/<name>/by/<that user>` vouches for it.
struct CommandTopic {
    std::string name;
    std::string user;   ///< empty: the topic has none
    bool sound = true;  ///< false: its user is no name that a broker's account can have
    /// `mqtt`, or `mqtt:<user>`: as an actor in the journal.
    [[nodiscard]] std::string source() const { return user.empty() ? "mqtt" : "mqtt:" + user; }
};
/// @param rest `<name>` or `<name>/by/<user>`. A name that is too long is cut.
CommandTopic command_topic(const std::string& rest);

ParsedCommand parse_command(const SiteConfig& site, const Now& now, const CommandTopic& topic,
                            const std::string& payload, bool retained);

}  // namespace hall::telemetry
