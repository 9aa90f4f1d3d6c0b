#include "daemon/shell/journal_view.hpp"

#include <stdlib.h>

#include <string>
#include <system_error>

namespace hall {
namespace fs = std::filesystem;

namespace {

constexpr int kPatience = 5'000;  // ms, for a daemon that moves its log

/// `immutable` lets SQLite read a file that nobody writes without making others beside it.
std::string immutable_uri(const fs::path& file) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : fs::absolute(file).string()) {
        if (c == '?' || c == '#' || c == '%') {
            const auto byte = static_cast<unsigned char>(c);
            uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

}  // namespace

/// A private folder that goes away with its files.
class JournalView::Scratch {
  public:
    Scratch() {
        std::string name = (fs::temp_directory_path() / "hall-journal-XXXXXX").string();
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

JournalView::JournalView(const fs::path& file) {
    const fs::path wal = file.string() + "-wal";
    if (!fs::exists(wal)) {
        // Cleanly closed: nobody writes, nothing needs to be made beside it.
        db_ = std::make_unique<SQLite::Database>(immutable_uri(file),
                                                 SQLite::OPEN_READONLY | SQLite::OPEN_URI);
    } else if (fs::exists(file.string() + "-shm")) {
        db_ = std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY, kPatience);
    } else {
        // After a crash, or a copy of somebody's evidence: recovering its log would write beside
        // it.
        scratch_ = std::make_unique<Scratch>();
        const fs::path copy = scratch_->folder() / "journal.db";
        fs::copy_file(file, copy);
        fs::copy_file(wal, copy.string() + "-wal");
        db_ = std::make_unique<SQLite::Database>(copy.string(), SQLite::OPEN_READWRITE, kPatience);
    }
}

JournalView::~JournalView() = default;

}  // namespace hall
