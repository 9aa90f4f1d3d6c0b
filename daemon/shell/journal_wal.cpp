// The write-ahead log as SQLite's file format describes it: a header of 32 bytes, then frames of 24
// bytes and a page, each with a checksum that runs on from the one before.
#include "daemon/shell/journal_pages.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall::journal_pages {
namespace {

constexpr std::size_t kHeader = 32, kFrameHeader = 24, kFrame = kFrameHeader + kPageSize;

std::uint32_t big(const std::string& b, std::size_t at) {
    std::uint32_t v = 0;
    for (std::size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(b[at + i]);
    return v;
}

/// The running checksum: words in the byte order that the header's magic number names.
struct Checksum {
    std::uint32_t s0 = 0, s1 = 0;
    bool big_endian = false;
    void add(const std::string& b, std::size_t at, std::size_t size) {
        const auto word = [&](std::size_t i) {
            const std::uint32_t v = big(b, i);
            return big_endian ? v : __builtin_bswap32(v);
        };
        for (std::size_t i = at; i < at + size; i += 8) {
            s0 += word(i) + s1;
            s1 += word(i + 4) + s0;
        }
    }
    [[nodiscard]] bool equals(const std::string& b, std::size_t at) const {
        return s0 == big(b, at) && s1 == big(b, at + 4);
    }
};

WalReport look(const std::string& wal) {
    WalReport report;
    if (wal.size() < kHeader) return report;  // empty, or its very first write was interrupted
    constexpr std::uint32_t kMagic = 0x377f0682;
    Checksum sum;
    sum.big_endian = (big(wal, 0) & 1U) != 0;
    sum.add(wal, 0, 24);
    if ((big(wal, 0) & ~1U) != kMagic || big(wal, 8) != kPageSize || !sum.equals(wal, 24)) {
        report.header_bad = true;
        return report;
    }
    const std::uint32_t salt1 = big(wal, 16), salt2 = big(wal, 20);
    bool fault = false;
    for (std::size_t at = kHeader; at + kFrame <= wal.size(); at += kFrame) {
        // Frames of an earlier round of the log have both salts different; one that differs is one
        // that was changed.
        if (big(wal, at + 8) != salt1 && big(wal, at + 12) != salt2) {
            fault = true;
            continue;
        }
        if (!fault) {
            sum.add(wal, at, 8);
            sum.add(wal, at + kFrameHeader, kPageSize);
            fault = !sum.equals(wal, at + 16) || big(wal, at + 8) != salt1 ||
                    big(wal, at + 12) != salt2;
        }
        if (fault && big(wal, at + 4) != 0) ++report.commits_behind_fault;
    }
    return report;
}

}  // namespace

WalReport look_at_wal(const std::filesystem::path& database) {
    return look(read_file(database.string() + "-wal").value_or(std::string{}));
}

}  // namespace hall::journal_pages
