// What verification must name.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <unistd.h>

#include <functional>
#include <random>

#include "tests/unit/journal_sql.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;

struct Tampering {
    const char* name;
    std::vector<std::string> sql;
    std::uint64_t bad_seq;
};

TEST_F(JournalTest, EveryKindOfTamperingIsNamed) {
    fill(12);
    ASSERT_TRUE(verify().intact);
    const std::string whole = bytes_of(db());
    const std::vector<Tampering> cases{
        {"a word in a text",
         {"UPDATE record SET body = replace(body, 'done', 'None') WHERE seq = 5"},
         5},
        {"a text and its hash",
         {"UPDATE record SET hash = '" + std::string(64, 'a') + "' WHERE seq = 5"},
         5},
        {"prev", {"UPDATE record SET prev = hash WHERE seq = 5"}, 5},
        {"removed in the middle", {"DELETE FROM record WHERE seq = 5"}, 5},
        {"removed and closed up",
         {"DELETE FROM record WHERE seq = 5", "UPDATE record SET seq = seq - 1 WHERE seq > 5"},
         5},
        {"removed at the front", {"DELETE FROM record WHERE seq <= 3"}, 1},
        {"removed at the front, origin moved",
         {"UPDATE origin SET seq = 3, hash = (SELECT hash FROM record WHERE seq = 3)",
          "DELETE FROM record WHERE seq <= 3"},
         0},
        {"truncated", {"DELETE FROM record WHERE seq > 9"}, 10},
        {"truncated with its head",
         {"DELETE FROM record WHERE seq > 9",
          "UPDATE head SET seq = 9, hash = (SELECT hash FROM record WHERE seq = 9)"},
         9},
        {"swapped",
         {"UPDATE record SET seq = 100 WHERE seq = 4", "UPDATE record SET seq = 4 WHERE seq = 5",
          "UPDATE record SET seq = 5 WHERE seq = 100"},
         4},
        {"inserted at the end",
         {"INSERT INTO record SELECT 13, body, hash, hash FROM record WHERE seq = 12"},
         13},
        {"inserted at the front",
         {"INSERT INTO record SELECT 0, body, prev, hash FROM record WHERE seq = 1"},
         0},
        {"all removed", {"DELETE FROM record"}, 1},
        {"no head", {"DELETE FROM head"}, 0},
        {"two heads",
         {"INSERT INTO head SELECT 2, seq, hash, signature, key_id, snapshot FROM head"},
         0},
        {"head's signature",
         {"UPDATE head SET signature = substr(signature, 1, 8) || "
          "CASE substr(signature, 9, 1) WHEN 'A' THEN 'B' ELSE 'A' END || "
          "substr(signature, 10)"},
         12},
        {"head's key", {"UPDATE head SET key_id = '0123456789abcdef'"}, 12},
        {"the snapshot", {"UPDATE head SET snapshot = 'snapshot 1'"}, 12},
        {"no snapshot", {"UPDATE head SET snapshot = NULL"}, 12},
        {"a trigger", {"CREATE TRIGGER t AFTER INSERT ON record BEGIN SELECT 1; END"}, 0},
        {"a table more", {"CREATE TABLE t (x)"}, 0},
        {"another version", {"PRAGMA user_version = 2"}, 0},
    };
    for (const auto& t : cases) {
        SCOPED_TRACE(t.name);
        write_bytes(db(), whole);
        with_sql(db(), t.sql);
        const auto v = verify();
        EXPECT_FALSE(v.intact);
        EXPECT_EQ(v.bad_seq, t.bad_seq) << v.what;
        EXPECT_FALSE(v.what.empty());
        if (t.bad_seq != 0) {
            EXPECT_NE(v.what.find(std::to_string(t.bad_seq)), std::string::npos) << v.what;
        }
    }
    write_bytes(db(), whole);
    EXPECT_TRUE(verify().intact);
}

/// An attacker who recomputes the whole chain still has no key to sign its head.
TEST_F(JournalTest, ARecomputedChainFailsAtItsHead) {
    fill(6);
    SQLite::Database db(this->db().string(), SQLite::OPEN_READWRITE);
    std::string prev(64, '0');
    for (int seq = 1; seq <= 6; ++seq) {
        std::string body =
            db.execAndGet("SELECT body FROM record WHERE seq = " + std::to_string(seq)).getString();
        if (seq == 2) body.replace(body.find("\"1001\""), 6, "\"1003\"");
        const std::string hash = next_hash(prev, body);
        SQLite::Statement s(db, "UPDATE record SET body = ?, prev = ?, hash = ? WHERE seq = ?");
        s.bind(1, body);
        s.bind(2, prev);
        s.bind(3, hash);
        s.bind(4, seq);
        s.exec();
        prev = hash;
    }
    db.exec("UPDATE head SET hash = '" + prev + "'");
    const auto v = verify();
    EXPECT_FALSE(v.intact);
    EXPECT_EQ(v.bad_seq, 6U) << v.what;
}

TEST_F(JournalTest, AnotherHallsKeyDoesNotVerifyThisJournal) {
    fill(2);
    const fs::path mine = state_;
    state_ = root_ / "other";
    fill(2);
    EXPECT_FALSE(verify_journal(mine / "journal.db", pub()).intact);
    EXPECT_THROW(verify_journal(mine / "journal.db", root_ / "none.pub"), std::runtime_error);
    EXPECT_THROW(verify_journal(root_ / "none.db", pub()), std::runtime_error);
    write_bytes(root_ / "bad.pub", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    EXPECT_THROW(verify_journal(mine / "journal.db", root_ / "bad.pub"), std::runtime_error);
}

/// An older head that was once valid: its signature holds, but records stand behind it. With the
/// records removed too (the whole state of that day) nothing offline can tell; the head that the
/// broker keeps can.
TEST_F(JournalTest, AnOlderHeadDoesNotFitTheNewerRecords) {
    fill(4);
    std::string old;
    {
        SQLite::Database db(this->db().string(), SQLite::OPEN_READONLY);
        old = db.execAndGet(
                    "SELECT 'UPDATE head SET seq=' || seq || ', hash=''' || hash || ''', "
                    "signature=''' || signature || ''''  FROM head")
                  .getString();
    }
    {
        const auto opened = open();
        opened.journal->append(at(50), {record("x")}, "snapshot 3");
    }
    with_sql(db(), {old});
    const auto v = verify();
    EXPECT_FALSE(v.intact);
    EXPECT_EQ(v.bad_seq, 5U) << v.what;
}

TEST_F(JournalTest, EveryByteOfTheFileCounts) {
    fill(40);
    const std::string whole = bytes_of(db());
    ASSERT_GT(whole.size(), 8U * 4096U);
    ASSERT_FALSE(fs::exists(wal())) << "closed in order: all is in the main file";
    // Every byte of a record's row, and a sample of all others, whatever they are for.
    const auto from = whole.find("\"seq\":7,");
    ASSERT_NE(from, std::string::npos);
    std::vector<std::size_t> places;
    for (std::size_t i = from - 200; i < from + 400; i += 3) places.push_back(i);
    for (std::size_t i = 0; i < 120; ++i) places.push_back(i);
    std::mt19937 random(7);
    for (int i = 0; i < 400; ++i) places.push_back(random() % whole.size());
    for (const std::size_t at : places) {
        const auto mask = static_cast<unsigned char>(1U << (at % 8));
        flip(db(), at, mask);
        const auto v = verify();
        EXPECT_FALSE(v.intact) << "byte " << at << " unnoticed";
        EXPECT_FALSE(v.what.empty());
        flip(db(), at, mask);
    }
    EXPECT_TRUE(verify().intact);
    EXPECT_EQ(bytes_of(db()), whole) << "verification changed the file";
}

TEST_F(JournalTest, ACutFileIsNotIntact) {
    fill(40);
    const std::string whole = bytes_of(db());
    for (const std::size_t size : {whole.size() - 1, whole.size() - 4096, std::size_t{4096},
                                   std::size_t{100}, std::size_t{0}}) {
        write_bytes(db(), whole.substr(0, size));
        EXPECT_FALSE(verify().intact) << size;
    }
}

/// What a daemon that was killed leaves: nearly everything in the write-ahead log.
class KilledJournal : public JournalTest {
  protected:
    /// Copies the folder while the daemon runs, as a power loss would keep it.
    void kill_after(int n) {
        const auto opened = open();
        for (int i = 0; i < n; ++i)
            opened.journal->append(at(i), {record("window.changed", std::to_string(i))},
                                   "snapshot " + std::to_string(i));
        fs::copy(state_, root_ / "killed", fs::copy_options::recursive);
        fs::remove(root_ / "killed" / "journal.db-shm");
        state_ = root_ / "killed";
    }
};

TEST_F(KilledJournal, VerifiesWithItsLogAndLeavesTheEvidenceAlone) {
    kill_after(5);
    ASSERT_GT(fs::file_size(wal()), 0U);
    const std::string before = bytes_of(wal());
    const auto v = verify();
    EXPECT_TRUE(v.intact) << v.what;
    EXPECT_EQ(v.records, 5U);
    EXPECT_EQ(bytes_of(wal()), before);
    EXPECT_FALSE(fs::exists(state_ / "journal.db-shm"));
}

TEST_F(KilledJournal, EveryByteOfTheLogCounts) {
    kill_after(6);
    const std::string whole = bytes_of(wal());
    std::mt19937 random(11);
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < 56; ++i) places.push_back(i);
    for (int i = 0; i < 150; ++i) places.push_back(random() % whole.size());
    for (std::size_t i = whole.size() - 4120; i < whole.size() - 4096; ++i) places.push_back(i);
    for (const std::size_t at : places) {
        flip(wal(), at, 0x10);
        EXPECT_FALSE(verify().intact) << "byte " << at << " of the log unnoticed";
        flip(wal(), at, 0x10);
    }
    EXPECT_TRUE(verify().intact);
}

TEST_F(KilledJournal, AWriteThatPowerLossInterruptedIsNoDamage) {
    kill_after(6);
    const std::string whole = bytes_of(wal());
    // Cut anywhere within the last frame, or within the ones before it that belong to the commit.
    for (const std::size_t less : {1U, 100U, 4095U, 4096U, 4119U, 4120U, 5000U}) {
        write_bytes(wal(), whole.substr(0, whole.size() - less));
        const auto v = verify();
        EXPECT_TRUE(v.intact) << less << ": " << v.what;
        EXPECT_EQ(v.records, 5U);
    }
    const auto opened = open();
    EXPECT_EQ(opened.damage, "");
    EXPECT_EQ(opened.journal->head().seq, 5U);
    EXPECT_EQ(opened.journal->snapshot(), "snapshot 4");
    EXPECT_EQ(opened.journal->append(at(9), {record("x")}, "s").at(0).seq, 6U);
    EXPECT_TRUE(verify().intact);
}

TEST_F(KilledJournal, AWriteWhosePagesReachedTheDiskOutOfOrderIsNoDamageEither) {
    kill_after(6);
    // The last commit's end is there, an earlier page of it is not.
    const std::string whole = bytes_of(wal());
    flip(wal(), whole.size() - 4120 - 2000);
    EXPECT_FALSE(verify().intact) << "offline nobody can tell it from a change";
    const auto opened = open();
    EXPECT_EQ(opened.damage, "");
    EXPECT_EQ(opened.journal->head().seq, 5U);
    EXPECT_TRUE(verify().intact) << "the start has settled it";
}

TEST_F(KilledJournal, AChangeInTheMiddleOfTheLogIsDamage) {
    kill_after(9);
    flip(wal(), fs::file_size(wal()) / 3);
    const auto opened = open();
    EXPECT_NE(opened.damage, "");
    EXPECT_FALSE(opened.put_aside.empty());
    EXPECT_EQ(opened.journal->head().seq, 9U) << "numbers go on behind the last one spoken of";
}

TEST_F(JournalTest, VerifiesBesideARunningDaemon) {
    const auto opened = open();
    for (int i = 0; i < 30; ++i) {
        opened.journal->append(at(i), {record("a")}, std::string(6000, 's'));
        if (i % 7 == 3) opened.journal->checkpoint();
        const auto v = verify();
        EXPECT_TRUE(v.intact) << v.what;
        EXPECT_EQ(v.records, static_cast<std::uint64_t>(i + 1));
    }
}

}  // namespace
}  // namespace hall
