#include "daemon/ctl/journal_reader.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <stdlib.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "daemon/ctl/ctl.hpp"
#include "daemon/shell/journal_file.hpp"

namespace hall::ctl {
namespace fs = std::filesystem;

namespace {

constexpr int kPatience = 5'000;  // ms, for a daemon that moves its log

/// A private folder that goes away with its files.
class Scratch {
  public:
    Scratch() {
        std::string name = (fs::temp_directory_path() / "hallctl-XXXXXX").string();
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

/// `immutable` lets SQLite read a file that nobody writes without making others beside it.
std::string immutable_uri(const fs::path& file) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : fs::absolute(file).string()) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '?' || c == '#' || c == '%') {
            uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

/// Runs `read`; what it throws about the file's content becomes a "no".
template <class Read>
auto sound(Read read) {
    try {
        return read();
    } catch (const journal_file::Damage& e) {
        throw RefusedError(std::string("the journal does not hold: ") + e.what());
    } catch (const SQLite::Exception& e) {
        throw RefusedError(std::string("SQLite cannot read the journal: ") + e.what());
    }
}

}  // namespace

struct JournalReader::Impl {
    std::optional<Scratch> scratch;
    std::unique_ptr<SQLite::Database> db;
    std::unique_ptr<SQLite::Transaction> one_view;

    void open(const fs::path& file) {
        const fs::path wal = file.string() + "-wal";
        if (!fs::exists(wal)) {
            db = std::make_unique<SQLite::Database>(immutable_uri(file),
                                                    SQLite::OPEN_READONLY | SQLite::OPEN_URI);
        } else if (fs::exists(file.string() + "-shm")) {
            db =
                std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY, kPatience);
        } else {
            // After a crash, or a copy: reading the log would write beside it.
            const fs::path copy = scratch.emplace().folder() / "journal.db";
            fs::copy_file(file, copy);
            fs::copy_file(wal, copy.string() + "-wal");
            db = std::make_unique<SQLite::Database>(copy.string(), SQLite::OPEN_READWRITE,
                                                    kPatience);
        }
    }
};

JournalReader::JournalReader(const fs::path& file) : impl_(std::make_unique<Impl>()) {
    if (!fs::exists(file)) throw UsageError("there is no journal " + file.string());
    sound([&] {
        impl_->open(file);
        impl_->one_view = std::make_unique<SQLite::Transaction>(*impl_->db);
        journal_file::check_schema(*impl_->db);
    });
}

JournalReader::~JournalReader() = default;

JournalHead JournalReader::head() const {
    return sound([&] { return journal_file::read_head(*impl_->db); });
}

journal_format::Origin JournalReader::origin(const journal_format::PublicKey& key) const {
    return sound([&] { return journal_file::read_origin(*impl_->db, key); });
}

void JournalReader::for_each(std::uint64_t from,
                             const std::function<void(const StoredRecord&)>& take) const {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    sound([&] {
        SQLite::Statement row(*impl_->db,
                              "SELECT seq, body, prev, hash FROM record WHERE seq >= ? ORDER BY "
                              "seq");
        row.bind(1, static_cast<std::int64_t>(std::min(from, kMost)));
        while (row.executeStep()) take(journal_file::read_row(row));
    });
}

}  // namespace hall::ctl
