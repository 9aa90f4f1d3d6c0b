#pragma once
// A consistent copy of a journal, also of one that a daemon is writing.
#include <filesystem>

namespace hall {

/// Copies the journal as it stands at one moment, with its checksums, into a file that is not there
/// yet (0600, on the disk when this returns). What the write-ahead log holds is in it; the copy has
/// no log.
/// @throws std::runtime_error with a sentence; nothing is left behind then
void copy_journal(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace hall
