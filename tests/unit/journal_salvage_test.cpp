// What a start does with a journal that does not hold.
#include <functional>
#include <vector>

#include "tests/unit/journal_sql.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;

/// The highest record number that the bytes still speak of, read without the daemon's code.
std::uint64_t highest_seq_in(const std::string& bytes) {
    std::uint64_t highest = 0;
    const std::string key = "\"seq\":";
    for (auto at = bytes.find(key); at != std::string::npos; at = bytes.find(key, at + 1)) {
        const auto digits = bytes.find_first_not_of("0123456789", at + key.size());
        if (digits == std::string::npos || digits == at + key.size() || bytes[digits] != ',')
            continue;
        highest = std::max(highest, std::uint64_t{std::stoull(bytes.substr(at + key.size()))});
    }
    return highest;
}

struct Harm {
    const char* name;
    std::function<void(const fs::path&)> harm;
};

TEST_F(JournalTest, ADamagedFileIsKeptAndTheNumbersGoOn) {
    fill(20);
    const std::string whole = bytes_of(db());
    const std::string last_hash = [&] {
        SQLite::Database d(db().string(), SQLite::OPEN_READONLY);
        return d.execAndGet("SELECT hash FROM head").getString();
    }();
    const auto at_text = whole.find("\"seq\":17,");
    const std::vector<Harm> harms{
        {"a byte of a record", [&](const fs::path& f) { flip(f, at_text + 2); }},
        {"the first bytes", [&](const fs::path& f) { flip(f, 3); }},
        {"half of it", [&](const fs::path& f) { fs::resize_file(f, whole.size() / 2); }},
        {"the snapshot",
         [&](const fs::path& f) { with_sql(f, {"UPDATE head SET snapshot = 'open'"}); }},
        {"a record at the end",
         [&](const fs::path& f) { with_sql(f, {"DELETE FROM record WHERE seq = 20"}); }},
    };
    for (const auto& h : harms) {
        SCOPED_TRACE(h.name);
        for (const auto& e : fs::directory_iterator(state_))
            if (e.path().filename().string().starts_with("journal.db")) fs::remove(e.path());
        write_bytes(db(), whole);
        h.harm(db());
        const std::string harmed = bytes_of(db());
        {
            const auto opened = open();
            EXPECT_NE(opened.damage, "");
            ASSERT_TRUE(fs::exists(opened.put_aside));
            EXPECT_NE(opened.put_aside.string().find("journal.db.damaged-"), std::string::npos);
            EXPECT_EQ(bytes_of(opened.put_aside), harmed) << "kept as it was";
            EXPECT_FALSE(opened.journal->snapshot());
            const auto next = opened.journal->append(at(99), {record("journal.damaged")}, "new");
            // Of a file that lost its end nobody can know more than what is left of it.
            EXPECT_GT(next[0].seq, highest_seq_in(harmed));
            if (h.name != std::string("half of it")) {
                EXPECT_GE(next[0].seq, 18U);
            }
            EXPECT_EQ(next[0].seq, opened.journal->read(1, 10).at(0).seq);
            EXPECT_TRUE(verify().intact) << verify().what;
        }
        const auto again = open();
        EXPECT_EQ(again.damage, "") << "told once";
        EXPECT_EQ(again.journal->snapshot(), "new");
    }
    // With its head still readable the new chain goes on exactly where the old one ended.
    for (const auto& e : fs::directory_iterator(state_))
        if (e.path().filename().string().starts_with("journal.db")) fs::remove(e.path());
    write_bytes(db(), whole);
    with_sql(db(), {"UPDATE head SET snapshot = 'open'"});
    const auto opened = open();
    const auto next = opened.journal->append(at(99), {record("x")}, "new");
    EXPECT_EQ(next[0].seq, 21U);
    EXPECT_EQ(next[0].prev, last_hash);
}

TEST_F(JournalTest, AMissingFileIsDamageWhenTheKeysAreThere) {
    fill(3);
    fs::remove(db());
    const auto opened = open();
    EXPECT_NE(opened.damage, "");
    EXPECT_TRUE(opened.put_aside.empty());
    opened.journal->append(at(0), {record("a")}, "s");
    EXPECT_TRUE(verify().intact);
}

TEST_F(JournalTest, AReplacementInterruptedBetweenItsRenamesIsFinished) {
    fill(3);
    fs::rename(db(), state_ / "journal.db.next");
    const auto opened = open();
    EXPECT_NE(opened.damage, "");
    EXPECT_EQ(opened.journal->head().seq, 3U);
}

TEST_F(JournalTest, ALostKeyBeginsAnewAndKeepsTheOldPublicKey) {
    fill(3);
    fs::remove(state_ / "journal.key");
    const auto opened = open();
    EXPECT_NE(opened.damage.find("journal.key"), std::string::npos) << opened.damage;
    EXPECT_TRUE(verify_journal(opened.put_aside, opened.put_aside.string() + ".pub").intact);
    EXPECT_EQ(opened.journal->append(at(0), {record("a")}, "s").at(0).seq, 4U);
    EXPECT_TRUE(verify().intact) << verify().what;
}

TEST_F(JournalTest, AnInterruptedVeryFirstStartIsNoDamage) {
    { open(); }
    fs::remove(db());
    fs::remove(pub());  // written last
    const auto opened = open();
    EXPECT_EQ(opened.damage, "");
    EXPECT_EQ(opened.journal->head().seq, 0U);
}

TEST_F(JournalTest, OnlyTheTailIsCheckedAtStartOfALongJournal) {
    {
        const auto opened = open();
        std::vector<Record> many(1500, record("a"));
        opened.journal->append(at(0), many, "s");
    }
    const auto opened = open();
    EXPECT_EQ(opened.damage, "");
    EXPECT_EQ(opened.journal->head().seq, 1500U);
}

}  // namespace
}  // namespace hall
