#include "daemon/shell/journal_pages.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <system_error>

namespace hall::journal_pages {
namespace {

constexpr const char* kName = "hall-guarded";
constexpr std::size_t kContent = kPageSize - kReserved;
static_assert(kReserved == crypto_shorthash_BYTES);

using Sum = std::array<unsigned char, kReserved>;

Sum sum_of(const unsigned char* page, std::uint32_t number) {
    std::array<unsigned char, crypto_shorthash_KEYBYTES> key{'h', 'a', 'l', 'l', 'k', 'e',
                                                             'e', 'p', 'e', 'r', 0,   0};
    std::memcpy(&key[12], &number, sizeof number);
    Sum sum{};
    crypto_shorthash(sum.data(), page, kContent, key.data());
    return sum;
}

bool page_holds(const unsigned char* page, std::uint32_t number) {
    const Sum sum = sum_of(page, number);
    if (std::equal(sum.begin(), sum.end(), page + kContent)) return true;
    // A page that SQLite allocated and freed again within one transaction was never written: a
    // hole.
    return std::all_of(page, page + kPageSize, [](unsigned char b) { return b == 0; });
}

bool whole_page(int amount, sqlite3_int64 offset) {
    return amount == static_cast<int>(kPageSize) &&
           offset % static_cast<sqlite3_int64>(kPageSize) == 0;
}
std::uint32_t number_at(sqlite3_int64 offset) {
    return static_cast<std::uint32_t>(offset / static_cast<sqlite3_int64>(kPageSize)) + 1;
}

/// A main database file: ours in front, the operating system's behind it in the same allocation.
struct GuardedFile {
    sqlite3_file base;
    sqlite3_file* real;
};
sqlite3_file* real(sqlite3_file* f) {
    return reinterpret_cast<GuardedFile*>(f)->real;
}
sqlite3_vfs* below(sqlite3_vfs* vfs) {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int guarded_read(sqlite3_file* f, void* to, int amount, sqlite3_int64 offset) {
    const int rc = real(f)->pMethods->xRead(real(f), to, amount, offset);
    if (rc != SQLITE_OK || !whole_page(amount, offset)) return rc;
    return page_holds(static_cast<const unsigned char*>(to), number_at(offset)) ? SQLITE_OK
                                                                                : SQLITE_IOERR_DATA;
}

int guarded_write(sqlite3_file* f, const void* from, int amount, sqlite3_int64 offset) {
    if (!whole_page(amount, offset))
        return real(f)->pMethods->xWrite(real(f), from, amount, offset);
    std::array<unsigned char, kPageSize> page{};
    std::memcpy(page.data(), from, page.size());
    const Sum sum = sum_of(page.data(), number_at(offset));
    std::copy(sum.begin(), sum.end(), page.begin() + kContent);
    return real(f)->pMethods->xWrite(real(f), page.data(), amount, offset);
}

int guarded_close(sqlite3_file* f) {
    return real(f)->pMethods->xClose(real(f));
}
int guarded_truncate(sqlite3_file* f, sqlite3_int64 n) {
    return real(f)->pMethods->xTruncate(real(f), n);
}
int guarded_sync(sqlite3_file* f, int flags) {
    return real(f)->pMethods->xSync(real(f), flags);
}
int guarded_size(sqlite3_file* f, sqlite3_int64* n) {
    return real(f)->pMethods->xFileSize(real(f), n);
}
int guarded_lock(sqlite3_file* f, int level) {
    return real(f)->pMethods->xLock(real(f), level);
}
int guarded_unlock(sqlite3_file* f, int level) {
    return real(f)->pMethods->xUnlock(real(f), level);
}
int guarded_reserved(sqlite3_file* f, int* out) {
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int guarded_control(sqlite3_file* f, int op, void* arg) {
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int guarded_sector(sqlite3_file* f) {
    return real(f)->pMethods->xSectorSize(real(f));
}
int guarded_traits(sqlite3_file* f) {
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}
int guarded_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int guarded_shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}
void guarded_shm_barrier(sqlite3_file* f) {
    real(f)->pMethods->xShmBarrier(real(f));
}
int guarded_shm_unmap(sqlite3_file* f, int remove) {
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

// Version 2: with shared memory for WAL, without memory mapping, which would pass by the checks.
const sqlite3_io_methods kMethods{2,
                                  guarded_close,
                                  guarded_read,
                                  guarded_write,
                                  guarded_truncate,
                                  guarded_sync,
                                  guarded_size,
                                  guarded_lock,
                                  guarded_unlock,
                                  guarded_reserved,
                                  guarded_control,
                                  guarded_sector,
                                  guarded_traits,
                                  guarded_shm_map,
                                  guarded_shm_lock,
                                  guarded_shm_barrier,
                                  guarded_shm_unmap,
                                  nullptr,
                                  nullptr};

int guarded_open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* f, int flags, int* out) {
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
        return below(vfs)->xOpen(below(vfs), name, f, flags, out);
    auto* guarded = new (f) GuardedFile{};
    guarded->real = reinterpret_cast<sqlite3_file*>(guarded + 1);
    const int rc = below(vfs)->xOpen(below(vfs), name, guarded->real, flags, out);
    guarded->base.pMethods = rc == SQLITE_OK ? &kMethods : nullptr;
    return rc;
}

/// Everything but opening files is the operating system's as it is: its functions take any VFS.
sqlite3_vfs* make_vfs() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs* unix_vfs = sqlite3_vfs_find(nullptr);
        sqlite3_vfs v = *unix_vfs;
        v.szOsFile = unix_vfs->szOsFile + static_cast<int>(sizeof(GuardedFile));
        v.zName = kName;
        v.pNext = nullptr;
        v.pAppData = unix_vfs;
        v.xOpen = guarded_open;
        return v;
    }();
    return &vfs;
}

class ReadOnly {
  public:
    explicit ReadOnly(const std::filesystem::path& file)
        : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), file.string());
    }
    ~ReadOnly() { ::close(descriptor_); }
    ReadOnly(const ReadOnly&) = delete;
    ReadOnly& operator=(const ReadOnly&) = delete;
    [[nodiscard]] ssize_t read(unsigned char* to, std::size_t size, off_t at) const {
        return ::pread(descriptor_, to, size, at);
    }

  private:
    int descriptor_;
};

}  // namespace

const char* guarded_vfs() {
    static const bool registered = sqlite3_vfs_register(make_vfs(), 0) == SQLITE_OK;
    return registered ? kName : nullptr;
}

std::optional<std::uint32_t> first_bad_page(const std::filesystem::path& file, std::uint32_t from) {
    const ReadOnly in(file);
    std::array<unsigned char, kPageSize> page{};
    for (std::uint32_t number = from;; ++number) {
        const off_t at = static_cast<off_t>(number - 1) * static_cast<off_t>(kPageSize);
        const ssize_t n = in.read(page.data(), page.size(), at);
        if (n == 0) return std::nullopt;
        if (n != static_cast<ssize_t>(page.size()) || !page_holds(page.data(), number))
            return number;
    }
}

}  // namespace hall::journal_pages
