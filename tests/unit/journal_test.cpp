// The journal keeps what it acknowledged (R29).
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/journal_fixture.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& file) {
    struct stat s {};
    return ::stat(file.c_str(), &s) == 0 ? s.st_mode & 0777U : 0;
}

TEST_F(JournalTest, ATimeUnderADoubtfulClockIsNoMark) {
    const Now doubtful{Instant{Millis{9}}, at(99'000'000).wall, false};
    {
        const auto opened = open();
        opened.journal->append(at(5), {record("hall.started")}, "{}");
        for (int i = 0; i < 5; ++i)
            opened.journal->append(doubtful, {record("window.changed")}, "{}");
        EXPECT_EQ(opened.journal->last_trusted_time(), at(5).wall);
    }
    EXPECT_EQ(open().journal->last_trusted_time(), at(5).wall);
}

TEST_F(JournalTest, GivesBackWhatItTookAfterARestart) {
    std::vector<StoredRecord> written;
    {
        const auto opened = open();
        EXPECT_EQ(opened.damage, "");
        EXPECT_FALSE(opened.journal->snapshot());
        EXPECT_EQ(opened.journal->head().seq, 0U);
        EXPECT_FALSE(opened.journal->last_trusted_time());
        written = opened.journal->append(
            at(0), {record("closing.confirmed"), record("closing.authorised", "二号岗")},
            "{\"a\":1}");
    }
    ASSERT_EQ(written.size(), 2U);
    const auto opened = open();
    EXPECT_EQ(opened.damage, "");
    EXPECT_EQ(opened.journal->snapshot(), "{\"a\":1}");
    EXPECT_EQ(opened.journal->head().seq, 2U);
    EXPECT_EQ(opened.journal->head().hash, written[1].hash);
    EXPECT_EQ(opened.journal->last_trusted_time(), at(0).wall);
    const auto read = opened.journal->read(1, 10);
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[1].body, written[1].body);
    EXPECT_EQ(opened.journal->read(2, 10).size(), 1U);
    EXPECT_EQ(opened.journal->read(1, 1).size(), 1U);
    EXPECT_TRUE(opened.journal->read(3, 10).empty());
    EXPECT_TRUE(opened.journal->read(UINT64_MAX, 10).empty());
}

TEST_F(JournalTest, ARecordIsCanonicalJsonWithItsOwnIdentityAndTheSnapshotsHash) {
    const auto opened = open();
    const Now untrusted{Instant{}, at(123).wall, false};
    const auto written = opened.journal->append(
        untrusted,
        {record("closing.void"),
         {"alarm.raised", "R6", {"halld"}, "done", {{"b", "2"}, {"a", "\xff"}}}},
        "the snapshot");
    const auto first = nlohmann::json::parse(written[0].body);
    const auto second = nlohmann::json::parse(written[1].body);
    EXPECT_EQ(first.dump(), written[0].body) << "sorted keys, no white space";
    EXPECT_EQ(second.dump(), written[1].body);
    EXPECT_EQ(first["seq"], 1);
    EXPECT_EQ(first["ts"], "2026-11-24T17:35:02.123+08:00");
    EXPECT_EQ(first["clock"], "untrusted");
    EXPECT_EQ(first["type"], "closing.void");
    EXPECT_EQ(first["actors"], nlohmann::json({"1001", "1002"}));
    EXPECT_EQ(first["id"].get<std::string>().size(), 36U);
    EXPECT_NE(first["id"], second["id"]);
    EXPECT_FALSE(first.contains("state"));
    EXPECT_EQ(second["state"], sha256("the snapshot"));
    EXPECT_EQ(second["detail"]["a"], "\xEF\xBF\xBD") << "no UTF-8: replaced, not refused";
}

TEST_F(JournalTest, TheChainIsTheOneThatTheHeaderDescribes) {
    const auto opened = open();
    for (int i = 0; i < 5; ++i)
        opened.journal->append(at(i), {record("a"), record("b"), record("c")}, std::to_string(i));
    std::string hash(64, '0');
    std::uint64_t seq = 0;
    for (const auto& r : opened.journal->read(1, 100)) {
        EXPECT_EQ(r.seq, ++seq);
        EXPECT_EQ(r.prev, hash);
        hash = next_hash(hash, r.body);
        EXPECT_EQ(r.hash, hash);
    }
    EXPECT_EQ(seq, 15U);
    const auto head = opened.journal->head();
    EXPECT_EQ(head.seq, 15U);
    EXPECT_EQ(head.hash, hash);

    // The signature, with nothing but libsodium and the public file: DER ends with the key.
    const std::string pem = bytes_of(pub());
    const std::string inner = pem.substr(27, pem.find("\n-----END") - 27);
    unsigned char der[64], signature[64];
    std::size_t der_size = 0, signature_size = 0;
    ASSERT_EQ(sodium_base642bin(der, sizeof der, inner.data(), inner.size(), nullptr, &der_size,
                                nullptr, sodium_base64_VARIANT_ORIGINAL),
              0);
    ASSERT_EQ(der_size, 44U);
    ASSERT_EQ(
        sodium_base642bin(signature, sizeof signature, head.signature.data(), head.signature.size(),
                          nullptr, &signature_size, nullptr, sodium_base64_VARIANT_ORIGINAL),
        0);
    const std::string text = "hall-journal-head\n15\n" + hash;
    EXPECT_EQ(
        crypto_sign_verify_detached(signature, reinterpret_cast<const unsigned char*>(text.data()),
                                    text.size(), der + 12),
        0);
    EXPECT_EQ(head.key_id,
              sha256(std::string(reinterpret_cast<char*>(der + 12), 32)).substr(0, 16));
}

TEST_F(JournalTest, WithoutARecordNoSnapshotIsKept) {
    const auto opened = open();
    opened.journal->append(at(0), {record("a")}, "one");
    EXPECT_TRUE(opened.journal->append(at(1), {}, "two").empty());
    EXPECT_EQ(opened.journal->snapshot(), "one");
}

TEST_F(JournalTest, NobodyElseCanReadFolderOrKeys) {
    fill(1);
    EXPECT_EQ(mode_of(state_), 0700U);
    for (const char* name : {"journal.key", "journal.pub", "journal.db", "lock"})
        EXPECT_EQ(mode_of(state_ / name), 0600U) << name;
}

TEST_F(JournalTest, ASecondDaemonIsRefusedWithFolderAndProcess) {
    const auto first = open();
    try {
        open();
        FAIL() << "two daemons on one folder";
    } catch (const JournalUnavailable&) {
        FAIL() << "that is no disk trouble";
    } catch (const std::runtime_error& e) {
        const std::string what = e.what();
        EXPECT_NE(what.find(state_.string()), std::string::npos) << what;
        EXPECT_NE(what.find(std::to_string(::getpid())), std::string::npos) << what;
    }
    // The refusal took nothing away.
    first.journal->append(at(0), {record("a")}, "s");
    EXPECT_TRUE(verify().intact);
}

TEST_F(JournalTest, TheLockIsNotInheritedByPrograms) {
    const auto opened = open();
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const fs::path target = fs::read_symlink(entry.path(), gone);
        if (gone || target.string().find(state_.string()) == std::string::npos) continue;
        const int descriptor = std::stoi(entry.path().filename().string());
        EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << target;
    }
}

/// Runs `body` in a child; its exit code.
template <class Body>
int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(JournalTest, AFullDiskRefusesTheBatchAndLosesNothing) {
    fill(3);
    const int code = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const auto opened = open();
        opened.journal->append(at(10), {record("before")}, "before");
        // The log may not grow any more: as on a full disk, a write ends short and then fails.
        const rlim_t room = fs::file_size(wal()) + 5000;
        const rlimit tight{room, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &tight);
        int refused = 0;
        for (int i = 0; i < 3; ++i) {
            try {
                opened.journal->append(at(20 + i), {record("lost"), record("lost")},
                                       std::string(20'000, 's'));
            } catch (const JournalUnavailable&) {
                ++refused;
            }
        }
        const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &wide);
        if (refused != 3) return 1;
        if (opened.journal->head().seq != 4) return 2;
        if (opened.journal->snapshot() != "before") return 3;
        // Space is back.
        if (opened.journal->append(at(30), {record("after")}, "after").at(0).seq != 5) return 4;
        return 0;
    });
    EXPECT_EQ(code, 0);
    const auto v = verify();
    EXPECT_TRUE(v.intact) << v.what;
    EXPECT_EQ(v.records, 5U);
    const auto opened = open();
    EXPECT_EQ(opened.damage, "");
    EXPECT_EQ(opened.journal->snapshot(), "after");
    for (const auto& r : opened.journal->read(1, 100))
        EXPECT_EQ(r.body.find("lost"), std::string::npos);
}

TEST_F(JournalTest, WhetherItCanBeWrittenIsFoundOutWithoutARecord) {
    fill(3);
    const int code = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const auto opened = open();
        if (!opened.journal->writable()) return 1;
        const rlimit full{0, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &full);
        if (opened.journal->writable() || opened.journal->writable()) return 2;
        const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &wide);
        if (!opened.journal->writable()) return 3;
        if (opened.journal->read(1, 100).size() != 3) return 4;
        return opened.journal->append(at(30), {record("after")}, "after").at(0).seq == 4 ? 0 : 5;
    });
    EXPECT_EQ(code, 0);
    const auto v = verify();
    EXPECT_TRUE(v.intact) << v.what;
    EXPECT_EQ(v.records, 4U);
}

TEST_F(JournalTest, AFullDiskAtTheFirstStartIsAnUnavailableJournal) {
    EXPECT_EQ(in_child([&] {
                  ::signal(SIGXFSZ, SIG_IGN);
                  const rlimit tight{100, RLIM_INFINITY};
                  ::setrlimit(RLIMIT_FSIZE, &tight);
                  try {
                      open();
                  } catch (const JournalUnavailable&) {
                      return 0;
                  }
                  return 1;
              }),
              0);
    fill(1);  // and the next start finds nothing half-made
    EXPECT_TRUE(verify().intact);
}

TEST_F(JournalTest, NoAcknowledgedRecordIsLostByKill) {
    std::uint64_t known = 0;
    std::set<std::string> ids;
    for (int round = 0; round < 8; ++round) {
        int pipe_ends[2];
        ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const auto opened = open();
            for (int i = 0;; ++i) {
                const auto batch = opened.journal->append(
                    at(i), {record("a"), record("b")},
                    std::string(static_cast<std::size_t>(i * 37 % 9000), 's'));
                const std::uint64_t seq = batch.back().seq;
                if (::write(pipe_ends[1], &seq, sizeof seq) != sizeof seq) ::_exit(1);
                if (i % 16 == 15) opened.journal->checkpoint();
            }
        }
        ::close(pipe_ends[1]);
        std::uint64_t acknowledged = 0, seq = 0;
        // Killed after a number of acknowledgements that differs each round; the kill itself falls
        // anywhere within the appends that follow.
        for (int i = 0; i < 7 + round * 5; ++i) {
            pollfd p{pipe_ends[0], POLLIN, 0};
            ASSERT_EQ(::poll(&p, 1, 30'000), 1);
            ASSERT_EQ(::read(pipe_ends[0], &seq, sizeof seq), static_cast<ssize_t>(sizeof seq));
            acknowledged = seq;
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        while (::read(pipe_ends[0], &seq, sizeof seq) == static_cast<ssize_t>(sizeof seq))
            acknowledged = seq;
        ::close(pipe_ends[0]);

        const auto v = verify();
        EXPECT_TRUE(v.intact) << v.what;
        const auto opened = open();
        EXPECT_EQ(opened.damage, "");
        EXPECT_GE(opened.journal->head().seq, acknowledged);
        EXPECT_GT(acknowledged, known);
        known = opened.journal->head().seq;
        EXPECT_EQ(known % 2, 0U) << "a batch is whole or not there";
    }
    const auto opened = open();
    std::uint64_t seq = 0;
    for (const auto& r : opened.journal->read(1, 1'000'000)) {
        EXPECT_EQ(r.seq, ++seq);
        EXPECT_TRUE(ids.insert(nlohmann::json::parse(r.body)["id"]).second);
    }
    EXPECT_EQ(seq, known);
}

TEST_F(JournalTest, AnotherProgramsWriteIsNoticedBeforeTheNextRecord) {
    const auto opened = open();
    opened.journal->append(at(0), {record("a")}, "s");
    ASSERT_EQ(in_child([&] {
                  const std::string sql =
                      "sqlite3 '" + db().string() + "' \"UPDATE head SET seq = 7\"";
                  return std::system(sql.c_str());  // NOLINT: a test's own, fixed text
              }),
              0);
    EXPECT_THROW(opened.journal->append(at(1), {record("b")}, "s"), JournalUnavailable);
}

}  // namespace
}  // namespace hall
