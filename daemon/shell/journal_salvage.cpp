#include "daemon/shell/journal_salvage.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "daemon/shell/journal_file.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall::journal_file {
namespace fs = std::filesystem;
using journal_format::Origin;
namespace {

/// The head, if it can still be read and is signed.
std::optional<Origin> signed_end(SQLite::Database& db, const journal_format::PublicKey& key) {
    try {
        const JournalHead head = read_head(db);
        if (!journal_format::signature_holds(key, journal_format::Mark::head, head.seq, head.hash,
                                             head.signature))
            return std::nullopt;
        return Origin{head.seq, head.hash, {}};
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

/// Follows the chain from its beginning as far as it holds.
Origin chained_end(SQLite::Database& db, const journal_format::PublicKey& key) {
    Origin end;
    try {
        end = read_origin(db, key);
        journal_format::ChainCheck check(end.seq, end.hash);
        SQLite::Statement row(db, "SELECT seq, body, prev, hash FROM record ORDER BY seq");
        while (row.executeStep() && check.take(read_row(row)))
            end = {check.seq(), check.hash(), {}};
    } catch (const std::exception&) {
        // As far as it holds: what was followed up to here counts.
    }
    return end;
}

/// The highest `"seq":N` in the bytes of a file: for a file that SQLite cannot read any more.
std::uint64_t highest_number(const fs::path& file) {
    static constexpr std::string_view kKey = "\"seq\":";
    constexpr std::uint64_t kMost = 1'000'000'000'000;  // more is a flipped digit
    const std::string bytes = read_file(file).value_or(std::string{});
    std::uint64_t highest = 0;
    for (auto at = bytes.find(kKey); at != std::string::npos; at = bytes.find(kKey, at)) {
        at += kKey.size();
        std::uint64_t n = 0;
        for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9' && n < kMost; ++at)
            n = n * 10 + static_cast<std::uint64_t>(bytes[at] - '0');
        if (n < kMost) highest = std::max(highest, n);
    }
    return highest;
}

/// Everything in the folder that can tell which numbers were used: this file, and those that were
/// put aside before.
std::uint64_t highest_spoken(const fs::path& file) {
    std::uint64_t highest = 0;
    for (const auto& entry : fs::directory_iterator(file.parent_path()))
        if (entry.path().filename().string().starts_with(file.filename().string()))
            highest = std::max(highest, highest_number(entry.path()));
    return highest;
}

fs::path put_aside(const fs::path& file) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc{};
    gmtime_r(&now, &utc);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    const std::string base = file.string() + ".damaged-" + stamp;
    std::string name = base;
    for (int n = 2; fs::exists(name) || fs::exists(name + "-wal"); ++n)
        name = base + "." + std::to_string(n);
    bool any = false;
    for (const char* suffix : {"-shm", "-wal", ""}) {
        const fs::path from = file.string() + suffix;
        if (!fs::exists(from)) continue;
        fs::rename(from, name + suffix);
        any = true;
    }
    return any ? fs::path(name) : fs::path();
}

/// A whole new journal that only waits for its name.
fs::path next_of(const fs::path& file) {
    return file.string() + ".next";
}

}  // namespace

Origin salvage_end(const fs::path& file, const journal_format::PublicKey& key) {
    Origin end;
    try {
        SQLite::Database db(file.string(), SQLite::OPEN_READWRITE);
        sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        if (const auto head = signed_end(db, key)) end = *head;
        if (const Origin chained = chained_end(db, key); chained.seq > end.seq) end = chained;
    } catch (const std::exception&) {
        // Not even a database any more: its bytes may still tell the numbers.
    }
    const std::uint64_t spoken = highest_spoken(file);
    // A number without a hash that we trust: go on above it, with the last hash that we do trust.
    if (spoken > end.seq) end.seq = spoken;
    return end;
}

fs::path replace_damaged(const fs::path& file, const journal_format::KeyPair& keys,
                         const Origin& end) {
    create(next_of(file), keys, end);
    fs::path aside = put_aside(file);
    finish_replacement(file);
    return aside;
}

bool finish_replacement(const fs::path& file) {
    if (!fs::exists(next_of(file))) return false;
    put_aside(file);  // a log that lost its database
    fs::rename(next_of(file), file);
    sync_folder(file.parent_path());
    return true;
}

}  // namespace hall::journal_file
