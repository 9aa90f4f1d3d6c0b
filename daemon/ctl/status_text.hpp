#pragma once
// The daemon's state for a person at a terminal.
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hall::ctl {

/// A page of text of what GET /api/state gives. Fields that are missing are left out.
std::string status_text(const nlohmann::json& state);

}  // namespace hall::ctl
