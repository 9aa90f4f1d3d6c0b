#pragma once
// A journal file read as it stands, beside a running daemon or without one. Changes nothing.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "daemon/shell/journal_format.hpp"

namespace hall::ctl {

class JournalReader {
  public:
    /// All that is read comes from one view of the file: what a daemon appends later is not in it.
    /// @throws UsageError when there is no such file, RefusedError when it is no sound journal
    explicit JournalReader(const std::filesystem::path& file);
    ~JournalReader();

    [[nodiscard]] JournalHead head() const;
    /// @throws RefusedError when it was not signed with this key
    [[nodiscard]] journal_format::Origin origin(const journal_format::PublicKey& key) const;
    /// Calls `take` for each record with seq >= from, ascending.
    void for_each(std::uint64_t from, const std::function<void(const StoredRecord&)>& take) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hall::ctl
