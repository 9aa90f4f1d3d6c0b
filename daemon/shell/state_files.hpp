#pragma once
// Small files of the state folder: private, replaced as a whole, durable when the call returns.
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace hall {

/// Makes the folder (and its parents) with mode 0700 when it is not there.
/// @throws std::system_error
void make_private_folder(const std::filesystem::path& folder);

/// Replaces `file` by `text` atomically, mode 0600: temporary file, fsync, rename, fsync of the
/// folder. After a power loss the file is either the old one or the new one.
/// @throws std::system_error; the old file is untouched then
void replace_file(const std::filesystem::path& file, std::string_view text, unsigned mode = 0600);

/// The file's bytes; none when there is no such file. @throws std::system_error
std::optional<std::string> read_file(const std::filesystem::path& file);

/// Makes renames and new files in `folder` durable. @throws std::system_error
void sync_folder(const std::filesystem::path& folder);

/// What tells a rewritten file from an unchanged one.
struct FileMark {
    std::int64_t mtime_ns = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;  ///< -1: no such file
    friend bool operator==(const FileMark&, const FileMark&) = default;
};
FileMark mark_of(const std::filesystem::path& file);

/// An advisory lock on a file, held by this process for the object's life; children do not inherit
/// it through exec.
class FileLock {
  public:
    /// Waits for the lock. @throws std::system_error
    static FileLock wait(const std::filesystem::path& file);
    /// Takes the lock or returns none at once; writes this process's id into the file.
    /// @throws std::system_error
    static std::optional<FileLock> try_take(const std::filesystem::path& file);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace hall
