#pragma once
// Events as one flat JSON object each, for recordings: `"e"` names the event, then come its fields
// by their names. Indices count from 0 in the configuration's lists; durations are milliseconds,
// where not said otherwise.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "daemon/core/config.hpp"
#include "daemon/core/event.hpp"

namespace hall {

/// Adds the event's name and fields to the object. Total: a new event or field does not compile
/// before it has a place here.
void add_event(nlohmann::ordered_json& object, const Event& event);

/// Takes the event's name and fields out of the object, so that what is left over is what does not
/// belong to it. @throws std::runtime_error with a sentence that names the field
Event take_event(nlohmann::ordered_json& object);

/// Why the event cannot belong to this hall (it speaks of a circuit that the hall does not have);
/// empty when it can.
std::string misfit(const Event& event, const HallConfig& config);

/// `meter_reported`
const char* event_name(const Event& event);

}  // namespace hall
