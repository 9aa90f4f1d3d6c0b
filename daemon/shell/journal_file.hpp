#pragma once
// The tables of a journal file, and how they are read. One schema, checked to the letter: a table,
// index or trigger more, or a column of another type, is a change.
#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>

#include "daemon/shell/journal.hpp"
#include "daemon/shell/journal_format.hpp"

namespace hall::journal_file {

/// The content does not hold.
class Damage : public std::runtime_error {
  public:
    explicit Damage(const std::string& what, std::uint64_t bad_seq = 0)
        : std::runtime_error(what), bad_seq_(bad_seq) {}
    [[nodiscard]] std::uint64_t bad_seq() const { return bad_seq_; }

  private:
    std::uint64_t bad_seq_;
};

/// Makes a whole, empty journal as `file`; it appears at once or not at all.
void create(const std::filesystem::path& file, const journal_format::KeyPair& keys,
            const journal_format::Origin& origin);

/// Tells damage of the content from a disk that cannot be read or written now.
bool means_damage(const SQLite::Exception& e);

/// @throws Damage when a value is missing or of the wrong type
void check_schema(SQLite::Database& db);
journal_format::Origin read_origin(SQLite::Database& db, const journal_format::PublicKey& key);
JournalHead read_head(SQLite::Database& db);
std::optional<std::string> read_snapshot(SQLite::Database& db);
/// The row of a `SELECT seq, body, prev, hash`.
StoredRecord read_row(SQLite::Statement& row);
/// Compares the snapshot with the hash that the newest record carries.
void check_snapshot(const std::optional<std::string>& snapshot,
                    const std::optional<std::string>& state, std::uint64_t seq);
/// `PRAGMA integrity_check` or `quick_check`.
void check_structure(SQLite::Database& db, bool quick);

}  // namespace hall::journal_file
