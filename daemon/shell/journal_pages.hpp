#pragma once
// Guards for the bytes of the journal's file, below SQLite: a checksum in every page of the main
// file, and a look at the write-ahead log that tells an interrupted write from a changed one.
//
// SQLite's own checks cover what it interprets; a byte that flips in a page's free space, or in a
// page that is not read any more, would go unseen. Each page therefore carries in its last eight
// bytes (SQLite's "reserved" bytes) a SipHash of its content and number. It is no secret and no
// signature: it finds what disks and careless hands do; the hash chain finds what clever hands do.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hall::journal_pages {

constexpr std::size_t kPageSize = 4096;
constexpr int kReserved = 8;

/// Registers the VFS that writes and checks the checksums (once), and returns its name. A page that
/// does not hold reads as SQLITE_IOERR_DATA.
const char* guarded_vfs();

/// The first page (counted from 1) of a database file, at `from` or behind it, whose checksum does
/// not hold; none: all hold. A page that a daemon is just writing may look so: look again at it.
std::optional<std::uint32_t> first_bad_page(const std::filesystem::path& file,
                                            std::uint32_t from = 1);

struct WalReport {
    bool header_bad = false;  ///< the log has content, but its first bytes are no log header
    /// Committed transactions of this log that lie behind bytes that do not hold. Each commit waits
    /// for the disk before the next begins: 1 may be a write that a power loss interrupted, more
    /// cannot.
    unsigned commits_behind_fault = 0;
    [[nodiscard]] bool holds() const { return !header_bad && commits_behind_fault == 0; }
    /// Certain damage, whatever happened to the power.
    [[nodiscard]] bool damaged() const { return header_bad || commits_behind_fault > 1; }
};
/// Looks once at `<database>-wal` as SQLite's recovery would. No log: all holds. What a daemon is
/// just writing may look wrong.
WalReport look_at_wal(const std::filesystem::path& database);

}  // namespace hall::journal_pages
