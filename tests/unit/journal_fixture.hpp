#pragma once
// A journal in a folder of its own, and a chain computed a second time, without the daemon's code.
#include <gtest/gtest.h>
#include <sodium.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "daemon/shell/journal.hpp"

namespace hall {

class JournalTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_GE(sodium_init(), 0);
        std::string name =
            (std::filesystem::temp_directory_path() / "hall-journal-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        state_ = root_ / "state";
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    static Now at(std::int64_t millis) {
        return {Instant{Millis{millis}}, WallTime{Millis{1'795'512'902'000 + millis}}, true};
    }
    static Record record(const std::string& type, const std::string& note = "x") {
        return {type, "R1", {"1001", "1002"}, "done", {{"note", note}}};
    }
    Journal::Opened open() const {
        return Journal::open(state_, [](WallTime) { return std::chrono::hours{8}; });
    }
    /// `n` records, one a batch.
    void fill(int n) const {
        const auto opened = open();
        ASSERT_EQ(opened.damage, "");
        for (int i = 0; i < n; ++i)
            opened.journal->append(at(i), {record("window.changed", std::to_string(i))},
                                   "snapshot " + std::to_string(i));
    }
    [[nodiscard]] Verification verify() const { return verify_journal(db(), pub()); }
    [[nodiscard]] std::filesystem::path db() const { return state_ / "journal.db"; }
    [[nodiscard]] std::filesystem::path wal() const { return state_ / "journal.db-wal"; }
    [[nodiscard]] std::filesystem::path pub() const { return state_ / "journal.pub"; }

    static std::string bytes_of(const std::filesystem::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
        std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    }
    static void flip(const std::filesystem::path& file, std::size_t at, unsigned char mask = 0x01) {
        std::fstream f(file, std::ios::binary | std::ios::in | std::ios::out);
        f.seekg(static_cast<std::streamoff>(at));
        const int c = f.get();
        f.seekp(static_cast<std::streamoff>(at));
        f.put(static_cast<char>(c ^ mask));
    }

    /// The header's formula, by hand: SHA-256( prev || 0x0A || body ).
    static std::string next_hash(const std::string& prev, const std::string& body) {
        std::string bytes(32, '\0');
        sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), 32, prev.data(), prev.size(),
                       nullptr, nullptr, nullptr);
        return sha256(bytes + "\n" + body);
    }
    static std::string sha256(const std::string& text) {
        unsigned char hash[32];
        crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
        char hex[65];
        return sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    }

    std::filesystem::path root_, state_;
};

}  // namespace hall
