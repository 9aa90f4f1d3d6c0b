#include "daemon/shell/journal_file.hpp"

#include <sqlite3.h>

#include <array>
#include <utility>

#include "daemon/shell/journal_pages.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall::journal_file {
namespace fs = std::filesystem;
using journal_format::Mark;
namespace {

constexpr std::array<std::pair<const char*, const char*>, 3> kTables{{
    {"record",
     "CREATE TABLE record (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, prev TEXT NOT NULL, "
     "hash TEXT NOT NULL) STRICT"},
    {"head",
     "CREATE TABLE head (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, "
     "signature TEXT NOT NULL, key_id TEXT NOT NULL, snapshot TEXT) STRICT"},
    {"origin",
     "CREATE TABLE origin (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, "
     "signature TEXT NOT NULL) STRICT"},
}};
constexpr int kApplicationId = 0x68616C6C;  // "hall"
constexpr int kVersion = 1;

std::string text(SQLite::Statement& row, int column, const char* what, std::uint64_t seq) {
    const SQLite::Column c = row.getColumn(column);
    if (!c.isText())
        throw Damage(std::string("the ") + what + " of record " + std::to_string(seq) +
                         " was changed: it is no text any more",
                     seq);
    return c.getString();
}

std::uint64_t number(SQLite::Statement& row, int column, const char* what) {
    const SQLite::Column c = row.getColumn(column);
    if (!c.isInteger() || c.getInt64() < 0)
        throw Damage(std::string("the ") + what + " was changed: its number is none any more");
    return static_cast<std::uint64_t>(c.getInt64());
}

/// Steps to the one row that the table must have.
void only_row(SQLite::Statement& row, const char* table) {
    if (!row.executeStep())
        throw Damage(std::string("the table ") + table + " is empty: its row was removed");
}

}  // namespace

void create(const fs::path& file, const journal_format::KeyPair& keys,
            const journal_format::Origin& origin) {
    const fs::path fresh = file.string() + ".new";
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(fresh.string() + suffix);
    {
        SQLite::Database db(fresh.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0,
                            journal_pages::guarded_vfs());
        int reserved = journal_pages::kReserved;
        sqlite3_file_control(db.getHandle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
        db.exec("PRAGMA page_size=" + std::to_string(journal_pages::kPageSize));
        db.exec("PRAGMA synchronous=FULL");
        SQLite::Transaction all(db);
        db.exec("PRAGMA application_id=" + std::to_string(kApplicationId));
        db.exec("PRAGMA user_version=" + std::to_string(kVersion));
        for (const auto& [name, sql] : kTables) db.exec(sql);
        const auto seq = static_cast<std::int64_t>(origin.seq);
        SQLite::Statement o(db, "INSERT INTO origin VALUES (1, ?, ?, ?)");
        o.bind(1, seq);
        o.bind(2, origin.hash);
        o.bind(3, journal_format::sign(keys, Mark::origin, origin.seq, origin.hash));
        o.exec();
        SQLite::Statement h(db, "INSERT INTO head VALUES (1, ?, ?, ?, ?, NULL)");
        h.bind(1, seq);
        h.bind(2, origin.hash);
        h.bind(3, journal_format::sign(keys, Mark::head, origin.seq, origin.hash));
        h.bind(4, journal_format::key_id(keys.open));
        h.exec();
        all.commit();
        db.exec("PRAGMA journal_mode=WAL");
    }
    fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(fresh, file);
    sync_folder(file.parent_path());
}

bool means_damage(const SQLite::Exception& e) {
    const int primary = e.getExtendedErrorCode() & 0xFF;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_SCHEMA ||
           primary == SQLITE_ERROR || primary == SQLITE_FORMAT ||
           e.getExtendedErrorCode() == SQLITE_IOERR_DATA ||
           e.getExtendedErrorCode() == SQLITE_IOERR_READ ||
           e.getExtendedErrorCode() == SQLITE_IOERR_CORRUPTFS;
}

void check_schema(SQLite::Database& db) {
    const auto pragma = [&](const char* name) { return db.execAndGet(name).getInt(); };
    if (pragma("PRAGMA application_id") != kApplicationId ||
        pragma("PRAGMA user_version") != kVersion ||
        pragma("PRAGMA page_size") != static_cast<int>(journal_pages::kPageSize))
        throw Damage("the file's first page was changed, or this is no journal of Hallkeeper");
    SQLite::Statement row(db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid");
    std::size_t at = 0;
    for (; row.executeStep(); ++at) {
        if (at == kTables.size() || row.getColumn(0).getString() != "table" ||
            row.getColumn(1).getString() != kTables[at].first ||
            row.getColumn(2).getString() != kTables[at].first ||
            row.getColumn(3).getString() != kTables[at].second)
            throw Damage("the description of the tables was changed");
    }
    if (at != kTables.size()) throw Damage("the tables of the journal are missing");
}

journal_format::Origin read_origin(SQLite::Database& db, const journal_format::PublicKey& key) {
    SQLite::Statement row(db, "SELECT seq, hash, signature, one FROM origin ORDER BY one");
    only_row(row, "origin");
    journal_format::Origin origin;
    origin.seq = number(row, 0, "origin");
    origin.hash = text(row, 1, "origin", origin.seq);
    origin.signature = text(row, 2, "origin's signature", origin.seq);
    if (number(row, 3, "origin") != 1 || row.executeStep())
        throw Damage("the table origin was changed: it has more than its one row");
    if (!journal_format::signature_holds(key, Mark::origin, origin.seq, origin.hash,
                                         origin.signature))
        throw Damage(
            "the signature of the journal's beginning does not hold: the beginning was changed, or "
            "the key is not the journal's");
    return origin;
}

JournalHead read_head(SQLite::Database& db) {
    SQLite::Statement row(db, "SELECT seq, hash, signature, key_id, one FROM head ORDER BY one");
    only_row(row, "head");
    JournalHead head;
    head.seq = number(row, 0, "head");
    head.hash = text(row, 1, "head", head.seq);
    head.signature = text(row, 2, "head's signature", head.seq);
    head.key_id = text(row, 3, "head's key", head.seq);
    if (number(row, 4, "head") != 1 || row.executeStep())
        throw Damage("the table head was changed: it has more than its one row");
    return head;
}

std::optional<std::string> read_snapshot(SQLite::Database& db) {
    SQLite::Statement row(db, "SELECT snapshot FROM head");
    only_row(row, "head");
    const SQLite::Column c = row.getColumn(0);
    if (c.isNull()) return std::nullopt;
    if (!c.isText()) throw Damage("the snapshot was changed: it is no text any more");
    return c.getString();
}

StoredRecord read_row(SQLite::Statement& row) {
    StoredRecord r;
    r.seq = number(row, 0, "number of a record");
    r.body = text(row, 1, "text", r.seq);
    r.prev = text(row, 2, "previous hash", r.seq);
    r.hash = text(row, 3, "hash", r.seq);
    return r;
}

void check_snapshot(const std::optional<std::string>& snapshot,
                    const std::optional<std::string>& state, std::uint64_t seq) {
    const std::string name = "record " + std::to_string(seq);
    if (!state && snapshot)
        throw Damage("a snapshot stands there that " + name + " knows nothing of", seq);
    if (state && (!snapshot || journal_format::sha256_hex(*snapshot) != *state))
        throw Damage("the snapshot is not the one that was stored with " + name, seq);
}

void check_structure(SQLite::Database& db, bool quick) {
    SQLite::Statement row(db, quick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)");
    if (!row.executeStep() || row.getColumn(0).getString() != "ok")
        throw Damage("SQLite finds the file's structure damaged: " + row.getColumn(0).getString());
}

}  // namespace hall::journal_file
