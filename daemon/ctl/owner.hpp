#pragma once
// Who hallctl works as.
#include <filesystem>

namespace hall::ctl {

/// As root, becomes the owner of the state folder, with that user's groups: halld must be able to
/// read what is written here, and the owner's groups are what opens the serial lines. Nothing where
/// the folder is not there or is root's own. @throws UsageError
void become_owner(const std::filesystem::path& state);

}  // namespace hall::ctl
