#include "daemon/shell/journal.hpp"

#include <sodium.h>
#include <sqlite3.h>

#include <algorithm>

#include "daemon/shell/journal_file.hpp"
#include "daemon/shell/journal_format.hpp"
#include "daemon/shell/journal_pages.hpp"
#include "daemon/shell/journal_salvage.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall {
namespace fs = std::filesystem;
using journal_file::Damage;
namespace {

/// How many of the newest records are checked at start: more would delay the hall, and
/// `hallctl audit verify` checks them all.
constexpr std::uint64_t kTail = 1000;
/// Above this the structure check at start would take seconds.
constexpr std::uintmax_t kQuickCheckMost = 64U << 20U;
/// Another program may hold the file for a moment; a panel's user waits no longer than this.
constexpr int kBusyMillis = 1000;

[[noreturn]] void unavailable(const fs::path& file, const std::string& why) {
    throw JournalUnavailable("the journal " + file.string() + " cannot be written (" + why +
                             "): free space on its disk, or repair it; until then nothing is "
                             "confirmed and nothing is switched that needs a record");
}

FileLock lock_folder(const fs::path& state) {
    auto lock = FileLock::try_take(state / "lock");
    if (lock) return std::move(*lock);
    std::string pid = read_file(state / "lock").value_or("");
    while (!pid.empty() && pid.back() == '\n') pid.pop_back();
    throw JournalInUse("the state folder " + state.string() +
                       " is in use by another halld or by hallctl commission (process " +
                       (pid.empty() ? "?" : pid) +
                       "): stop that one first, or give this one a folder of its own with --state");
}

std::unique_ptr<SQLite::Database> open_database(const fs::path& file) {
    auto db = std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READWRITE, kBusyMillis,
                                                 journal_pages::guarded_vfs());
    db->exec("PRAGMA synchronous=FULL");
    db->exec("PRAGMA cache_size=-512");
    // A checkpoint inside a commit would make one button slow; the loop calls checkpoint() when it
    // is idle, and this is only the bound for a hall that is never idle.
    db->exec("PRAGMA wal_autocheckpoint=4000");
    return db;
}

/// The tail of the chain, the head, the snapshot and the file's structure.
/// @throws Damage, SQLite::Exception
void check_tail(SQLite::Database& db, const fs::path& file, const journal_format::PublicKey& key) {
    journal_file::check_schema(db);
    const auto origin = journal_file::read_origin(db, key);
    const JournalHead head = journal_file::read_head(db);
    std::uint64_t before = origin.seq;
    std::string hash = origin.hash;
    SQLite::Statement row(db,
                          "SELECT seq, body, prev, hash FROM record WHERE seq >= ? ORDER BY seq");
    if (head.seq > origin.seq + kTail) {
        row.bind(1, static_cast<std::int64_t>(head.seq - kTail));
        if (!row.executeStep()) throw Damage("the newest records are missing");
        const StoredRecord first = journal_file::read_row(row);
        before = first.seq;
        hash = first.hash;
    } else {
        row.bind(1, std::int64_t{0});
    }
    journal_format::ChainCheck check(before, hash);
    while (row.executeStep()) {
        const StoredRecord r = journal_file::read_row(row);
        if (!check.take(r)) throw Damage(check.what(), check.bad_seq());
    }
    if (!check.take_head(head, key)) throw Damage(check.what(), check.bad_seq());
    journal_file::check_snapshot(journal_file::read_snapshot(db), check.state(), head.seq);
    if (fs::file_size(file) <= kQuickCheckMost) journal_file::check_structure(db, true);
}

/// Mostly the newest record; further back only after a time without a trusted clock.
std::optional<WallTime> newest_trusted(SQLite::Database& db) {
    SQLite::Statement row(db, "SELECT body FROM record ORDER BY seq DESC");
    while (row.executeStep()) {
        const auto facts = journal_format::read_body(row.getColumn(0).getString());
        if (facts && facts->clock_trusted && facts->ts) return facts->ts;
    }
    return std::nullopt;
}

}  // namespace

struct Journal::Impl {
    fs::path file;
    FileLock lock;
    std::function<std::chrono::seconds(WallTime)> zone_offset;
    journal_format::KeyPair keys;
    std::unique_ptr<SQLite::Database> db;
    JournalHead head;
    std::optional<WallTime> newest;
    bool failed = false;  ///< the last append failed: see clear_leftovers()

    Impl(const fs::path& state, std::function<std::chrono::seconds(WallTime)> offset)
        : file(state / "journal.db"), lock(lock_folder(state)), zone_offset(std::move(offset)) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { sodium_memzero(keys.secret.data(), keys.secret.size()); }

    /// Empty: the file holds and is open. Otherwise what is wrong with it.
    std::string try_open();
    std::string open_or_create(const fs::path& state);
    fs::path begin_anew();
    void clear_leftovers();
    void store(const std::vector<StoredRecord>& batch, const JournalHead& next,
               const std::optional<std::string>& snapshot);
};

std::string Journal::Impl::try_open() {
    try {
        if (!fs::exists(file)) return "journal.db is missing, although its key is there";
        if (const auto wal = journal_pages::look_at_wal(file); wal.damaged())
            return wal.header_bad ? "the beginning of the write-ahead log was changed"
                                  : "the write-ahead log was changed in its middle";
        db = open_database(file);
        check_tail(*db, file, keys.open);
        newest = newest_trusted(*db);
        head = journal_file::read_head(*db);
        // What an interrupted write left behind the last commit must not be taken for a change
        // later.
        clear_leftovers();
        return {};
    } catch (const Damage& e) {
        db.reset();
        return e.what();
    } catch (const std::invalid_argument& e) {  // a hash that is none
        db.reset();
        return e.what();
    } catch (const SQLite::Exception& e) {
        db.reset();
        if (!journal_file::means_damage(e)) unavailable(file, e.what());
        return std::string("SQLite cannot read it: ") + e.what();
    }
}

/// Empties the write-ahead log. A commit that failed at its very last step (the disk's answer to
/// fsync) may lie in it as if it had succeeded; a restart would believe it.
void Journal::Impl::clear_leftovers() {
    sqlite3_busy_timeout(db->getHandle(), 0);
    const int rc = sqlite3_wal_checkpoint_v2(db->getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
    sqlite3_busy_timeout(db->getHandle(), kBusyMillis);
    // Busy: somebody reads an older state (`audit verify`). Any other failure shows again, and is
    // told, at the next append.
    if (rc == SQLITE_OK) failed = false;
}

/// Returns what is wrong with an existing journal; empty: it is open.
std::string Journal::Impl::open_or_create(const fs::path& state) {
    const auto found = journal_format::read_keys(state);
    if (!found && fs::exists(file)) {
        // The public key stays the old one until the old journal has been put aside with it.
        return "its key journal.key is missing, so that it cannot be continued";
    }
    keys = found ? *found : journal_format::make_keys(state);
    std::string damage;
    if (!fs::exists(file)) {
        if (journal_file::finish_replacement(file)) {
            damage = "the last start was interrupted while it put a damaged journal aside";
        } else if (!fs::exists(state / "journal.pub")) {
            // The very first start, perhaps one that a power loss interrupted: the public key is
            // written last.
            journal_file::create(file, keys, {});
        }
    }
    journal_format::restore_public_key(state, keys);
    const std::string fault = try_open();
    return fault.empty() && db ? damage : fault;
}

/// Puts the damaged file aside and goes on behind its end. Returns the old file's new name.
fs::path Journal::Impl::begin_anew() {
    const fs::path state = file.parent_path(), pub = state / "journal.pub";
    const bool key_lost = !fs::exists(state / "journal.key");
    auto old_key = keys.open;
    if (key_lost && fs::exists(pub)) old_key = journal_format::read_public_key(pub);
    const auto end = journal_file::salvage_end(file, old_key);
    if (key_lost) keys = journal_format::make_keys(state);
    fs::path aside = journal_file::replace_damaged(file, keys, end);
    // Whoever verifies the old file needs the old public key.
    if (key_lost && fs::exists(pub)) fs::rename(pub, aside.string() + ".pub");
    journal_format::restore_public_key(state, keys);
    if (const std::string again = try_open(); !again.empty()) unavailable(file, again);
    return aside;
}

Journal::Opened Journal::open(const fs::path& state,
                              std::function<std::chrono::seconds(WallTime)> zone_offset) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
    try {
        make_private_folder(state);
        auto impl = std::make_unique<Impl>(state, std::move(zone_offset));
        Opened opened;
        opened.damage = impl->open_or_create(state);
        if (!impl->db) opened.put_aside = impl->begin_anew();
        opened.journal.reset(new Journal(std::move(impl)));
        return opened;
    } catch (const SQLite::Exception& e) {
        unavailable(state / "journal.db", e.what());
    } catch (const std::system_error& e) {  // of files and folders too
        unavailable(state / "journal.db", e.what());
    }
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

void Journal::Impl::store(const std::vector<StoredRecord>& batch, const JournalHead& next,
                          const std::optional<std::string>& snapshot) {
    db->exec("BEGIN IMMEDIATE");
    SQLite::Statement insert(*db, "INSERT INTO record VALUES (?, ?, ?, ?)");
    for (const StoredRecord& r : batch) {
        insert.reset();
        insert.bind(1, static_cast<std::int64_t>(r.seq));
        insert.bindNoCopy(2, r.body);
        insert.bindNoCopy(3, r.prev);
        insert.bindNoCopy(4, r.hash);
        insert.exec();
    }
    // Only onto the head that we know: if another program wrote, our chain would not hold.
    SQLite::Statement update(*db,
                             "UPDATE head SET seq = ?, hash = ?, signature = ?, key_id = ?, "
                             "snapshot = ? WHERE one = 1 AND seq = ? AND hash = ?");
    update.bind(1, static_cast<std::int64_t>(next.seq));
    update.bindNoCopy(2, next.hash);
    update.bindNoCopy(3, next.signature);
    update.bindNoCopy(4, next.key_id);
    if (snapshot) {
        update.bindNoCopy(5, *snapshot);
    } else {
        update.bind(5);
    }
    update.bind(6, static_cast<std::int64_t>(head.seq));
    update.bindNoCopy(7, head.hash);
    if (update.exec() != 1)
        throw SQLite::Exception("another program changed the journal", SQLITE_BUSY);
    db->exec("COMMIT");
}

std::vector<StoredRecord> Journal::append(const Now& now, const std::vector<Record>& records,
                                          const std::optional<std::string>& snapshot) {
    if (records.empty()) return {};
    Impl& j = *impl_;
    std::vector<StoredRecord> batch = journal_format::batch_of(
        {j.head.seq, j.head.hash, journal_format::key_id(j.keys.open), j.zone_offset(now.wall)},
        now, records, snapshot);
    JournalHead next{batch.back().seq, batch.back().hash, {}, journal_format::key_id(j.keys.open)};
    next.signature = journal_format::sign(j.keys, journal_format::Mark::head, next.seq, next.hash);
    if (j.failed) j.clear_leftovers();
    try {
        j.store(batch, next, snapshot);
    } catch (const SQLite::Exception& e) {
        j.failed = true;
        if (sqlite3_get_autocommit(j.db->getHandle()) == 0) j.db->tryExec("ROLLBACK");
        j.clear_leftovers();
        unavailable(j.file, e.what());
    }
    j.head = std::move(next);
    if (now.wall_trusted) j.newest = now.wall;
    return batch;
}

bool Journal::writable() {
    Impl& j = *impl_;
    if (j.failed) j.clear_leftovers();
    try {
        // A row that is taken back still makes SQLite write, and wait for, the page that held it.
        j.db->exec("BEGIN IMMEDIATE");
        j.db->exec("INSERT INTO record VALUES (9223372036854775807, '', '', '')");
        j.db->exec("DELETE FROM record WHERE seq = 9223372036854775807");
        j.db->exec("COMMIT");
        return true;
    } catch (const SQLite::Exception&) {
        j.failed = true;
        if (sqlite3_get_autocommit(j.db->getHandle()) == 0) j.db->tryExec("ROLLBACK");
        j.clear_leftovers();
        return false;
    }
}

std::optional<std::string> Journal::snapshot() const {
    try {
        return journal_file::read_snapshot(*impl_->db);
    } catch (const std::exception& e) {
        unavailable(impl_->file, e.what());
    }
}

JournalHead Journal::head() const {
    return impl_->head;
}

std::string Journal::key_id() const {
    return journal_format::key_id(impl_->keys.open);
}

std::vector<StoredRecord> Journal::read(std::uint64_t from, std::size_t most) const {
    try {
        std::vector<StoredRecord> found;
        SQLite::Statement row(
            *impl_->db,
            "SELECT seq, body, prev, hash FROM record WHERE seq >= ? ORDER BY seq LIMIT ?");
        // Numbers beyond SQLite's own are beyond any record too.
        constexpr std::uint64_t kMost = INT64_MAX;
        row.bind(1, static_cast<std::int64_t>(std::min(from, kMost)));
        row.bind(2, static_cast<std::int64_t>(std::min<std::uint64_t>(most, kMost)));
        while (row.executeStep()) found.push_back(journal_file::read_row(row));
        return found;
    } catch (const std::exception& e) {
        unavailable(impl_->file, e.what());
    }
}

std::optional<WallTime> Journal::last_trusted_time() const {
    return impl_->newest;
}

void Journal::checkpoint() {
    impl_->clear_leftovers();
}

}  // namespace hall
