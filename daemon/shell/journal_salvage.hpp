#pragma once
// What is done with a journal file that does not hold: it is kept under another name, and the next
// one takes up where it ended, so that no sequence number is ever used twice.
#include <filesystem>

#include "daemon/shell/journal_format.hpp"

namespace hall::journal_file {

/// The end of a damaged journal, as far as it can be known: its signed head if that still holds,
/// otherwise the last record that holds, with the highest number that the file speaks of.
journal_format::Origin salvage_end(const std::filesystem::path& file,
                                   const journal_format::PublicKey& key);

/// Renames the database and its -wal and -shm to `journal.db.damaged-<UTC stamp>` (nothing is
/// deleted) and puts a new, empty journal that goes on behind `end` in their place. Returns the old
/// file's new name; empty when there was none.
std::filesystem::path replace_damaged(const std::filesystem::path& file,
                                      const journal_format::KeyPair& keys,
                                      const journal_format::Origin& end);

/// Ends a replacement that a power loss interrupted between the two renames: false when there was
/// none.
bool finish_replacement(const std::filesystem::path& file);

}  // namespace hall::journal_file
