// Verification of a whole journal file, with the public key alone. Reads as SQLite would (main file
// and write-ahead log), changes nothing, and works beside a running daemon.
#include <sqlite3.h>
#include <stdlib.h>

#include "daemon/shell/journal_file.hpp"
#include "daemon/shell/journal_pages.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall {
namespace fs = std::filesystem;
using journal_file::Damage;
namespace {

/// A private folder that goes away with its files.
class Scratch {
  public:
    Scratch() {
        std::string name = (fs::temp_directory_path() / "hall-verify-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), name);
        folder_ = name;
    }
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] const fs::path& folder() const { return folder_; }

  private:
    fs::path folder_;
};

/// A database as it stands, opened so that the original is not touched.
struct Opened {
    std::unique_ptr<Scratch> scratch;
    std::unique_ptr<SQLite::Database> db;
};

std::string uri_of(const fs::path& file) {
    std::string uri = "file:";
    for (const char c : fs::absolute(file).string()) {
        if (c == '?' || c == '#' || c == '%') {
            constexpr const char* kDigits = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

Opened open_as_it_stands(const fs::path& file) {
    constexpr int kPatience = 5000;
    Opened o;
    const fs::path wal = file.string() + "-wal", shm = file.string() + "-shm";
    if (!fs::exists(wal)) {
        // Cleanly closed: nobody writes, nothing needs to be made beside it.
        o.db = std::make_unique<SQLite::Database>(uri_of(file),
                                                  SQLite::OPEN_READONLY | SQLite::OPEN_URI);
    } else if (fs::exists(shm)) {
        o.db = std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY, kPatience);
    } else {
        // A copy of somebody's evidence: recovering its log would write beside it.
        o.scratch = std::make_unique<Scratch>();
        const fs::path copy = o.scratch->folder() / "journal.db";
        fs::copy_file(file, copy);
        fs::copy_file(wal, copy.string() + "-wal");
        o.db = std::make_unique<SQLite::Database>(copy.string(), SQLite::OPEN_READWRITE, kPatience);
    }
    return o;
}

/// Every record, the head and the snapshot. `v` says how far it came when something is thrown.
void check_content(SQLite::Database& db, const journal_format::PublicKey& key, Verification& v) {
    SQLite::Transaction one_view(db);
    journal_file::check_schema(db);
    const auto origin = journal_file::read_origin(db, key);
    journal_format::ChainCheck check(origin.seq, origin.hash);
    SQLite::Statement row(db, "SELECT seq, body, prev, hash FROM record ORDER BY seq");
    while (row.executeStep()) {
        if (!check.take(journal_file::read_row(row))) throw Damage(check.what(), check.bad_seq());
        ++v.records;
    }
    const JournalHead head = journal_file::read_head(db);
    if (!check.take_head(head, key)) throw Damage(check.what(), check.bad_seq());
    journal_file::check_snapshot(journal_file::read_snapshot(db), check.state(), head.seq);
    journal_file::check_structure(db, false);
}

std::string up_to(const Verification& v) {
    return v.records == 0 ? std::string("; no record before it can be read")
                          : "; " + std::to_string(v.records) + " records before it hold";
}

/// The records that lie in a page, as far as it is a leaf of the table `record`.
std::string records_of_page(SQLite::Database& db, std::uint32_t page) {
    try {
        SQLite::Statement row(db, "SELECT name, ncell FROM dbstat WHERE pageno = ?");
        row.bind(1, static_cast<std::int64_t>(page));
        if (!row.executeStep()) return " (it holds no data now)";
        const std::string name = row.getColumn(0).getString();
        return name == "record" ? " (it belongs to the records)" : " (it belongs to " + name + ")";
    } catch (const SQLite::Exception&) {
        return {};
    }
}

void check_bytes(SQLite::Database& db, const fs::path& file) {
    if (const auto wal = journal_pages::look_at_wal(file); !wal.holds())
        throw Damage(wal.header_bad
                         ? "the beginning of the write-ahead log was changed: what it held is lost"
                         : "the end of the write-ahead log does not hold: it was changed, or a "
                           "power loss interrupted the last write and the daemon has not been "
                           "started since");
    if (const auto page = journal_pages::first_bad_page(file))
        throw Damage("page " + std::to_string(*page) +
                     " of the file was changed outside of what its records say" +
                     records_of_page(db, *page));
}

}  // namespace

Verification verify_journal(const fs::path& file, const fs::path& public_key) {
    Verification v;
    const auto key = journal_format::read_public_key(public_key);
    if (!fs::exists(file)) throw std::runtime_error("there is no journal " + file.string());
    try {
        const Opened opened = open_as_it_stands(file);
        check_content(*opened.db, key, v);
        check_bytes(*opened.db, file);
        v.intact = true;
    } catch (const Damage& e) {
        v.bad_seq = e.bad_seq();
        v.what = e.what();
        if (v.bad_seq == 0) v.what += up_to(v);
    } catch (const std::invalid_argument& e) {
        v.what = e.what() + up_to(v);
    } catch (const SQLite::Exception& e) {
        v.what = std::string("SQLite cannot read the file (") + e.what() + ")" + up_to(v);
        if (journal_file::means_damage(e)) v.bad_seq = v.records + 1;
    }
    return v;
}

}  // namespace hall
