#pragma once
// R2, R4: the one exact plan of a closing, its digest, and what stands in its way.
#include <string>
#include <vector>

#include "daemon/core/config.hpp"
#include "daemon/core/power.hpp"
#include "daemon/core/view.hpp"

namespace hall {

/// What the plan is made from.
struct PlanInput {
    const HallConfig& config;
    const std::vector<Circuit>& circuits;
    const std::vector<ContactState>& contacts;
    const std::vector<PlanException>& exceptions;
    std::uint64_t attempt = 0;
    bool early = false;
    Instant now{};
};

/// A circuit is in `already_off` only if it is proven off; all others are to be cut, or excepted.
Plan make_plan(const PlanInput& input);

/// Ids that stand differently in the two plans: what the panel names when confirmations are void.
std::vector<std::string> differences(const Plan& before, const Plan& after);

/// The plan in one line, as the digest covers it and as the journal keeps it.
std::string canonical_text(const HallConfig& config, const Plan& plan);

}  // namespace hall
