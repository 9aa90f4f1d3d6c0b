#pragma once
// The core's memory as text, for the journal's snapshot. Instants are milliseconds of their clock.
#include <string>

#include "daemon/core/snapshot.hpp"

namespace hall {

std::string snapshot_text(const Snapshot& snapshot, const std::string& boot_id);

struct ReadSnapshot {
    Snapshot snapshot;
    std::string boot_id;
};
/// @throws std::runtime_error naming what is missing or wrong: a snapshot is written by us, so that
/// is damage
ReadSnapshot read_snapshot(const std::string& text);

/// What a start believes: the journal's snapshot, and whether the machine has been up since.
/// @param boot_id of this boot; empty when it is not known
std::optional<Restored> restored_from(const std::optional<std::string>& text,
                                      const std::string& boot_id);

}  // namespace hall
