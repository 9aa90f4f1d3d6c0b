// hallctl backup: a checked copy beside a running daemon, and a hall that goes on from it.
#include <sys/stat.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "daemon/ctl/backup_files.hpp"
#include "tests/support/hallctl_fixture.hpp"
#include "tests/support/process.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Result = HallctlResult;

class HallctlBackup : public HallctlTest {
  protected:
    void SetUp() override {
        HallctlTest::SetUp();
        fs::create_directories(root_ / "etc/calendar");
        fs::copy_file(fs::path(HALL_SOURCE_DIR) / "config/calendar/cn-2026.json",
                      root_ / "etc/calendar/cn-2026.json");
        write_bytes(config(), R"([hall]
id = "small"
name = "Small hall"
timezone = "Asia/Shanghai"
latitude = 35.0
longitude = 117.0
clock = "hardware"
[calendar]
files = ["calendar/cn-2026.json"]
[panel]
listen = "127.0.0.1:0"
[[bus]]
id = "power"
type = "modbus-tcp"
host = "127.0.0.1"
port = 9
[[device]]
id = "relay1"
bus = "power"
unit = 1
template = "waveshare-io-8ch"
[[contact]]
id = "west_door"
input = "relay1.in1"
)");
    }
    [[nodiscard]] fs::path config() const { return root_ / "etc/hall.toml"; }
    [[nodiscard]] Result backup(const fs::path& to, std::vector<std::string> more = {}) const {
        std::vector<std::string> args{"backup", "--to", to, "--config", config()};
        args.insert(args.end(), more.begin(), more.end());
        return run(args);
    }
    [[nodiscard]] Result verify_file(const fs::path& file) const {
        return run({"audit", "verify", "--json", "--file", file});
    }
    static std::set<std::string> files_of(const fs::path& folder) {
        std::set<std::string> names;
        for (const auto& e : fs::recursive_directory_iterator(folder))
            if (e.is_regular_file()) names.insert(fs::relative(e.path(), folder).string());
        return names;
    }
    /// As the README says.
    void restore(const fs::path& backup, const fs::path& state) const {
        fs::create_directories(state);
        fs::permissions(state, fs::perms::owner_all);
        for (const auto& e : fs::directory_iterator(backup))
            if (e.is_regular_file() && e.path().filename() != ctl::kManifest)
                fs::copy_file(e.path(), state / e.path().filename());
    }
    [[nodiscard]] test::Process daemon_on(const fs::path& backup, const fs::path& state) const {
        return test::Process({HALLD, "--config", backup / "config/hall.toml", "--state", state});
    }
};

TEST_F(HallctlBackup, HoldsAllThatAHallNeedsAndNoSecret) {
    fill(3);
    ASSERT_EQ(enrol("1001", "483920"), 0);
    write_bytes(state_ / "delivered", "2\n");
    const Result done = backup(root_ / "copy");
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_NE(done.out.find("journal up to record 3"), std::string::npos) << done.out;
    EXPECT_EQ(files_of(root_ / "copy"),
              (std::set<std::string>{"config/calendar/cn-2026.json",
                                     "config/devices/waveshare-io-8ch.toml", "config/hall.toml",
                                     "delivered", "journal.db", "journal.pub", "manifest.json",
                                     "staff.json"}));
    EXPECT_EQ(bytes_of(root_ / "copy/config/hall.toml"), bytes_of(config()));
    const json manifest = json::parse(bytes_of(root_ / "copy/manifest.json"));
    EXPECT_EQ(manifest["files"]["staff.json"]["sha256"], sha256(bytes_of(state_ / "staff.json")));
    EXPECT_EQ(manifest["secrets"], false);
    const Result verdict = verify_file(root_ / "copy");
    EXPECT_EQ(verdict.code, 0) << verdict.out;
    EXPECT_EQ(json::parse(verdict.out)["records"], 3);
    // The journal in it is a journal like any other.
    EXPECT_EQ(run({"audit", "verify", "--file", root_ / "copy/journal.db", "--key",
                   root_ / "copy/journal.pub"})
                  .code,
              0);
}

TEST_F(HallctlBackup, SecretsOnlyWhenAskedForAndForTheirOwnerOnly) {
    fill(1);
    ASSERT_EQ(enrol("1001", "483920"), 0);
    ASSERT_EQ(backup(root_ / "copy", {"--with-secrets"}).code, 0);
    EXPECT_EQ(bytes_of(root_ / "copy/journal.key"), bytes_of(state_ / "journal.key"));
    EXPECT_EQ(bytes_of(root_ / "copy/pepper.key"), bytes_of(state_ / "pepper.key"));
    for (const std::string& name : files_of(root_ / "copy")) {
        struct stat s {};
        ASSERT_EQ(::stat((root_ / "copy" / name).c_str(), &s), 0);
        EXPECT_EQ(s.st_mode & 0777U, 0600U) << name;
    }
    ASSERT_EQ(backup(root_ / "copy.tar.gz", {"--with-secrets"}).code, 0);
    struct stat s {};
    ASSERT_EQ(::stat((root_ / "copy.tar.gz").c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777U, 0600U);
}

TEST_F(HallctlBackup, ACopyBesideAWriterIsOfOneMoment) {
    fill(5);
    const auto opened = open();
    std::atomic<bool> stop = false;
    std::atomic<int> written = 5;
    std::thread writer([&] {
        for (int i = 0; !stop; ++i) {
            opened.journal->append(at(i),
                                   {record("a", std::to_string(i)), record("b", std::to_string(i))},
                                   std::string(2'000, 's') + std::to_string(i));
            written += 2;
            if (i % 50 == 0) opened.journal->checkpoint();
        }
    });
    for (int i = 0; i < 5; ++i) {
        const fs::path to = root_ / ("copy" + std::to_string(i));
        const int before = written;
        const Result done = backup(to);
        EXPECT_EQ(done.code, 0) << done.err;
        const Result verdict = verify_file(to);
        EXPECT_EQ(verdict.code, 0) << verdict.out;
        EXPECT_GE(json::parse(verdict.out)["records"], before) << "also what is in the log only";
        EXPECT_EQ(json::parse(verdict.out)["records"].get<int>() % 2, 1) << "whole steps";
    }
    stop = true;
    writer.join();
    EXPECT_TRUE(verify().intact);
}

TEST_F(HallctlBackup, NothingIsEverOverwrittenAndNoFailureLeavesAnything) {
    fill(2);
    fs::create_directory(root_ / "there");
    write_bytes(root_ / "there.tar", "mine");
    EXPECT_EQ(backup(root_ / "there").code, 1);
    EXPECT_EQ(backup(root_ / "there.tar").code, 1);
    EXPECT_EQ(bytes_of(root_ / "there.tar"), "mine");
    EXPECT_TRUE(fs::is_empty(root_ / "there"));
    EXPECT_EQ(backup(root_ / "nowhere/copy").code, 2);
    EXPECT_EQ(run({"backup", "--to", root_ / "copy", "--config", root_ / "none.toml"}).code, 2);
    // A journal that does not hold is told, and never called a backup.
    const std::string bytes = bytes_of(db());
    const auto where = bytes.find("\"note\":\"1\"");
    ASSERT_NE(where, std::string::npos);
    flip(db(), where + 8);
    const Result bad = backup(root_ / "copy");
    EXPECT_EQ(bad.code, 1);
    EXPECT_NE(bad.err.find("record 2 was changed"), std::string::npos) << bad.err;
    for (const auto& e : fs::directory_iterator(root_))
        EXPECT_NE(e.path().filename().string().rfind(".hall-", 0), 0U) << e.path();
    EXPECT_FALSE(fs::exists(root_ / "copy"));
}

TEST_F(HallctlBackup, AChangedMissingOrAddedFileIsFound) {
    fill(2);
    ASSERT_EQ(enrol("1001", "483920"), 0);
    ASSERT_EQ(backup(root_ / "copy.tar.gz").code, 0);
    EXPECT_EQ(verify_file(root_ / "copy.tar.gz").code, 0);
    ASSERT_EQ(backup(root_ / "copy").code, 0);
    const auto complaint = [&] {
        return json::parse(verify_file(root_ / "copy").out).value("message", "");
    };
    const std::string staff = bytes_of(root_ / "copy/staff.json");
    flip(root_ / "copy/staff.json", 3);
    EXPECT_EQ(complaint(), "staff.json was changed");
    fs::remove(root_ / "copy/staff.json");
    EXPECT_EQ(complaint(), "staff.json is missing");
    write_bytes(root_ / "copy/staff.json", staff);
    EXPECT_EQ(verify_file(root_ / "copy").code, 0);
    write_bytes(root_ / "copy/config/devices/other.toml", "x");
    EXPECT_EQ(complaint(), "config/devices/other.toml is no part of the backup");
    EXPECT_EQ(verify_file(root_ / "copy").code, 1);
    flip(root_ / "copy.tar.gz", fs::file_size(root_ / "copy.tar.gz") / 2);
    EXPECT_EQ(verify_file(root_ / "copy.tar.gz").code, 1);
}

TEST_F(HallctlBackup, ARestoredHallGoesOnWhereTheBackupWas) {
    {
        // A real daemon's journal and memory.
        fs::create_directories(state_);
        test::Process halld({HALLD, "--config", config(), "--state", state_});
        ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
        ASSERT_EQ(enrol("1001", "483920"), 0);
        const Result done = backup(root_ / "copy.tar.gz", {"--with-secrets"});
        EXPECT_EQ(done.code, 0) << done.err;
        halld.signal(SIGTERM);
        EXPECT_EQ(halld.ends(), 0);
    }
    fs::create_directory(root_ / "copy");
    ctl::unpack(root_ / "copy.tar.gz", root_ / "copy");
    const fs::path home = root_ / "home";
    restore(root_ / "copy", home);
    const auto before = verify_journal(home / "journal.db", home / "journal.pub");
    ASSERT_TRUE(before.intact);
    auto halld = daemon_on(root_ / "copy", home);
    ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
    halld.signal(SIGTERM);
    EXPECT_EQ(halld.ends(), 0);
    EXPECT_EQ(halld.output().find("damaged"), std::string::npos) << halld.output();
    const auto after = verify_journal(home / "journal.db", home / "journal.pub");
    EXPECT_TRUE(after.intact) << after.what;
    EXPECT_GT(after.records, before.records) << "the same journal, continued";
    const auto check = Credentials(home).check({"1001", "", "483920"}, "p", at(0), "b");
    EXPECT_TRUE(std::holds_alternative<Accepted>(check));
}

TEST_F(HallctlBackup, WithoutItsKeyARestoredJournalIsKeptAsideAndANewOneGoesOn) {
    fs::create_directories(state_);
    {
        test::Process halld({HALLD, "--config", config(), "--state", state_});
        ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
        halld.signal(SIGTERM);
        ASSERT_EQ(halld.ends(), 0);
    }
    ASSERT_EQ(backup(root_ / "copy").code, 0);
    const fs::path home = root_ / "home";
    restore(root_ / "copy", home);
    auto halld = daemon_on(root_ / "copy", home);
    ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
    halld.signal(SIGTERM);
    EXPECT_EQ(halld.ends(), 0);
    EXPECT_NE(halld.output().find("the journal was damaged and lies aside"), std::string::npos)
        << halld.output();
    EXPECT_TRUE(verify_journal(home / "journal.db", home / "journal.pub").intact);
    int aside = 0;
    for (const auto& e : fs::directory_iterator(home)) {
        const std::string name = e.path().filename().string();
        if (name.rfind("journal.db.damaged-", 0) != 0 || !fs::exists(e.path().string() + ".pub"))
            continue;
        ++aside;
        const auto old = verify_journal(e.path(), e.path().string() + ".pub");
        EXPECT_TRUE(old.intact) << old.what;
    }
    EXPECT_EQ(aside, 1);
}

}  // namespace
}  // namespace hall
