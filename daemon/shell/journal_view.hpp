#pragma once
// A journal file opened as it stands, to be read beside a running daemon or without one. Reads as
// SQLite would (main file and write-ahead log) and changes nothing.
#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <memory>

namespace hall {

class JournalView {
  public:
    /// @throws SQLite::Exception, std::filesystem::filesystem_error, std::system_error
    explicit JournalView(const std::filesystem::path& file);
    ~JournalView();
    JournalView(const JournalView&) = delete;
    JournalView& operator=(const JournalView&) = delete;

    [[nodiscard]] SQLite::Database& db() { return *db_; }

  private:
    class Scratch;
    std::unique_ptr<Scratch> scratch_;  ///< outlives the database in it
    std::unique_ptr<SQLite::Database> db_;
};

}  // namespace hall
