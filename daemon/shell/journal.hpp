#pragma once
// The journal: an SQLite file (WAL, synchronous FULL) whose records form a hash chain with an
// Ed25519-signed head.
//
//   hash(n) = SHA-256( hash(n-1) || 0x0A || body(n) )      hash(0) = 32 zero bytes
//
// (A journal that takes up behind a damaged one begins with that one's last number and last
// readable hash instead; this origin is signed too, so that nobody can make a journal begin later.)
//
// body(n) is the record's canonical JSON (keys sorted, no white space, UTF-8). It carries `state`,
// the SHA-256 of the snapshot that was stored with it, so that what a restart believes is covered
// by the chain too.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/core/command.hpp"
#include "daemon/core/now.hpp"

namespace hall {

/// A record as it stands in the file.
struct StoredRecord {
    std::uint64_t seq = 0;
    std::string
        body;  ///< canonical JSON: seq, id, ts, clock, type, rule, actors, outcome, detail, state
    std::string prev;  ///< hex
    std::string hash;  ///< hex
};

struct JournalHead {
    std::uint64_t seq = 0;
    std::string hash;       ///< hex, 64 digits
    std::string signature;  ///< base64, Ed25519 over "hall-journal-head\n<seq>\n<hash>"
    std::string key_id;     ///< first 16 hex digits of SHA-256 of the public key
};

/// The file could not be written: disk full, read-only, I/O error. Nothing of the batch is in it.
class JournalUnavailable : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Another process holds the state folder; the sentence names it and the remedy.
class JournalInUse : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Journal {
  public:
    struct Opened {
        std::unique_ptr<Journal> journal;
        /// Non-empty: the earlier file was damaged, and a new one goes on behind it; what was
        /// wrong.
        std::string damage;
        /// The name under which the damaged file is kept (with its -wal and -shm); empty when there
        /// was no file left to keep.
        std::filesystem::path put_aside;
    };
    /// Opens or creates `<state>/journal.db`, with `<state>/journal.key` and `journal.pub`. Holds
    /// the lock of the folder
    /// (`<state>/lock`) for its life. Verifies the newest records and the snapshot.
    /// @param zone_offset local offset for time stamps
    /// @throws JournalUnavailable; JournalInUse when another process holds the lock
    static Opened open(const std::filesystem::path& state,
                       std::function<std::chrono::seconds(WallTime)> zone_offset);
    ~Journal();

    /// Appends all records and replaces the snapshot in one durable transaction; returns after the
    /// disk has it. A snapshot only ever travels with a record, whose `state` covers it: without
    /// records nothing is written.
    /// @param snapshot none: there is none yet, because no daemon has run on this journal
    /// @throws JournalUnavailable; nothing of the batch is kept then, and a later append goes on
    std::vector<StoredRecord> append(const Now& now, const std::vector<Record>& records,
                                     const std::optional<std::string>& snapshot);

    /// Whether the disk takes a write, as durably as a record; nothing of it stays. Never throws.
    [[nodiscard]] bool writable();

    [[nodiscard]] std::optional<std::string> snapshot() const;
    [[nodiscard]] JournalHead head() const;
    /// Of the key that signs, also before the first record.
    [[nodiscard]] std::string key_id() const;
    /// Records with seq >= from, ascending, at most `most`.
    [[nodiscard]] std::vector<StoredRecord> read(std::uint64_t from, std::size_t most) const;
    /// Wall time of the newest record that was written under a trusted clock (R21).
    [[nodiscard]] std::optional<WallTime> last_trusted_time() const;
    /// Moves what the write-ahead log holds into the main file. Call when idle (it waits for the
    /// disk a few times). Never throws: what keeps it from working shows at the next append.
    void checkpoint();

  private:
    struct Impl;
    explicit Journal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct Verification {
    bool intact = false;
    std::uint64_t records = 0;
    std::uint64_t bad_seq = 0;  ///< first record that does not hold; 0: none in particular
    std::string what;           ///< a sentence that names the record and what is wrong
};
/// Checks a whole journal file read-only, with the public key alone, also while a daemon writes it.
/// Any change of a byte is found. Not to be found offline: the whole file replaced by an older,
/// whole state of itself, because that was once true; a head kept elsewhere (the broker's retained
/// `journal/head`) tells. @throws std::runtime_error when file or key are not there
Verification verify_journal(const std::filesystem::path& file,
                            const std::filesystem::path& public_key);

}  // namespace hall
