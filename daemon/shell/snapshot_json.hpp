#pragma once
// The core's memory as text, for the journal's snapshot. Instants are milliseconds of their clock.
#include <string>

#include "daemon/core/snapshot.hpp"

namespace hall {

/// What gives a snapshot's instants and names their meaning.
struct SavedUnder {
    std::string boot_id;  ///< empty when it is not known
    std::string config_sha256;
};

std::string snapshot_text(const Snapshot& snapshot, const SavedUnder& under);

struct ReadSnapshot {
    Snapshot snapshot;
    SavedUnder under;
};
/// @throws std::runtime_error naming what is missing or wrong: a snapshot is written by us, so that
/// is damage
ReadSnapshot read_snapshot(const std::string& text);

/// What a start believes: the journal's snapshot, and whether machine and configuration are still
/// those of then.
std::optional<Restored> restored_from(const std::optional<std::string>& text,
                                      const SavedUnder& now);

}  // namespace hall
