// Verification of a whole journal file, with the public key alone, also beside a running daemon.
#include <chrono>
#include <thread>

#include "daemon/shell/journal_file.hpp"
#include "daemon/shell/journal_pages.hpp"
#include "daemon/shell/journal_view.hpp"

namespace hall {
namespace fs = std::filesystem;
using journal_file::Damage;
namespace {

/// What a daemon is just writing looks wrong for a moment; what is really wrong stays wrong. This
/// waits, and therefore belongs to tools: nothing on the daemon's loop verifies a journal.
template <class Look, class Holds>
auto looked_at(Look look, Holds holds) {
    constexpr int kTries = 4;
    auto seen = look();
    for (int i = 1; i < kTries && !holds(seen); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        seen = look();
    }
    return seen;
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

std::optional<std::uint32_t> page_that_stays_bad(const fs::path& file) {
    auto bad = journal_pages::first_bad_page(file);
    while (bad) {
        const auto next =
            looked_at([&] { return journal_pages::first_bad_page(file, *bad); },
                      [&](const std::optional<std::uint32_t>& seen) { return seen != bad; });
        if (next == bad) return bad;
        bad = next;
    }
    return std::nullopt;
}

void check_bytes(SQLite::Database& db, const fs::path& file) {
    const auto wal = looked_at([&] { return journal_pages::look_at_wal(file); },
                               [](const auto& report) { return report.holds(); });
    if (!wal.holds())
        throw Damage(wal.header_bad
                         ? "the beginning of the write-ahead log was changed: what it held is lost"
                         : "the end of the write-ahead log does not hold: it was changed, or a "
                           "power loss interrupted the last write and the daemon has not been "
                           "started since");
    if (const auto page = page_that_stays_bad(file))
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
        JournalView view(file);
        check_content(view.db(), key, v);
        check_bytes(view.db(), file);
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
