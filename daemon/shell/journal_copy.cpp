#include "daemon/shell/journal_copy.hpp"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "daemon/shell/journal_pages.hpp"
#include "daemon/shell/journal_view.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall {
namespace fs = std::filesystem;
namespace {

void copy_pages(const fs::path& from, const fs::path& to) {
    JournalView view(from);
    // Our own VFS writes each page's checksum anew; the pages themselves are SQLite's to copy.
    SQLite::Database copy(to.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0,
                          journal_pages::guarded_vfs());
    copy.exec("PRAGMA synchronous=FULL");
    SQLite::Backup backup(copy, view.db());
    // All pages in one step: the reader's lock, which a writer does not wait for, is held over all
    // of it.
    while (backup.executeStep(-1) != SQLITE_DONE) {
    }
}

void make_durable(const fs::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    const bool done = fd >= 0 && ::fchmod(fd, 0600) == 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!done) throw std::system_error(error, std::generic_category(), file.string());
    sync_folder(file.parent_path());
}

}  // namespace

void copy_journal(const fs::path& from, const fs::path& to) {
    if (!fs::exists(from)) throw std::runtime_error("there is no journal " + from.string());
    if (fs::exists(to)) throw std::runtime_error(to.string() + " is there already");
    try {
        copy_pages(from, to);
        make_durable(to);
    } catch (const std::exception& e) {
        std::error_code ignored;
        for (const char* suffix : {"", "-journal", "-wal", "-shm"})
            fs::remove(to.string() + suffix, ignored);
        throw std::runtime_error("the journal cannot be copied to " + to.string() + ": " +
                                 e.what());
    }
}

}  // namespace hall
