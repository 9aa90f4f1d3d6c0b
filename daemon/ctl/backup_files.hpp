#pragma once
// A backup as files: a folder with the state's files at its top, the configuration in `config/`,
// and a manifest that names every one; or the same as an archive.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hall::ctl {

/// Whether a backup of that name is one file.
bool is_archive_name(const std::filesystem::path& path);

/// A private folder, gone with this object.
class ScratchFolder {
  public:
    /// @throws UsageError
    explicit ScratchFolder(const std::filesystem::path& parent);
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// Packs a folder's content; the archive (0600) appears whole. @throws UsageError
void pack(const std::filesystem::path& folder, const std::filesystem::path& archive);
/// @throws RefusedError when it is no archive
void unpack(const std::filesystem::path& archive, const std::filesystem::path& folder);

/// Gives `from` its final name; never displaces anything. @throws RefusedError
void publish(const std::filesystem::path& from, const std::filesystem::path& to);

/// SHA-256 and size of all regular files below `folder` but the manifest, by their relative names.
nlohmann::json list_files(const std::filesystem::path& folder);

struct BackupVerdict {
    bool intact = false;
    std::string what;  ///< what does not hold
    nlohmann::json manifest;
};
/// Compares every file with the manifest, and checks the whole journal. @throws RefusedError when
/// there is no manifest
BackupVerdict check_backup(const std::filesystem::path& folder);

constexpr const char* kManifest = "manifest.json";

}  // namespace hall::ctl
