#include "daemon/ctl/journal_reader.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <limits>

#include "daemon/ctl/ctl.hpp"
#include "daemon/shell/journal_file.hpp"
#include "daemon/shell/journal_view.hpp"

namespace hall::ctl {
namespace fs = std::filesystem;

namespace {

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
    explicit Impl(const fs::path& file) : view(file), one_view(view.db()) {
        journal_file::check_schema(view.db());
    }
    JournalView view;
    SQLite::Transaction one_view;
};

JournalReader::JournalReader(const fs::path& file) {
    if (!fs::exists(file)) throw UsageError("there is no journal " + file.string());
    impl_ = sound([&] { return std::make_unique<Impl>(file); });
}

JournalReader::~JournalReader() = default;

JournalHead JournalReader::head() const {
    return sound([&] { return journal_file::read_head(impl_->view.db()); });
}

journal_format::Origin JournalReader::origin(const journal_format::PublicKey& key) const {
    return sound([&] { return journal_file::read_origin(impl_->view.db(), key); });
}

void JournalReader::for_each(std::uint64_t from,
                             const std::function<void(const StoredRecord&)>& take) const {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    sound([&] {
        SQLite::Statement row(impl_->view.db(),
                              "SELECT seq, body, prev, hash FROM record WHERE seq >= ? ORDER BY "
                              "seq");
        row.bind(1, static_cast<std::int64_t>(std::min(from, kMost)));
        while (row.executeStep()) take(journal_file::read_row(row));
    });
}

}  // namespace hall::ctl
