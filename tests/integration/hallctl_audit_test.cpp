// hallctl audit: the journal shown, proved and taken along.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/hallctl_fixture.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Result = HallctlResult;

TEST_F(HallctlTest, AnIntactJournalIsFineAndOneChangedByteNamesItsRecord) {
    fill(5);
    const Result fine = run({"audit", "verify"});
    EXPECT_EQ(fine.code, 0) << fine.out << fine.err;
    EXPECT_NE(fine.out.find("intact: 5 records; head 5 "), std::string::npos) << fine.out;
    const json verdict = json::parse(run({"audit", "verify", "--json"}).out);
    EXPECT_EQ(verdict.at("intact"), true);
    EXPECT_EQ(verdict.at("head").at("seq"), 5);

    const std::string bytes = bytes_of(db());
    const auto where = bytes.find("\"note\":\"2\"");  // of record 3
    ASSERT_NE(where, std::string::npos);
    flip(db(), where + 8);
    const Result bad = run({"audit", "verify"});
    EXPECT_EQ(bad.code, 1);
    EXPECT_NE(bad.out.find("record 3 was changed"), std::string::npos) << bad.out;
    EXPECT_EQ(json::parse(run({"audit", "verify", "--json"}).out).at("bad_seq"), 3);
    EXPECT_EQ(run({"audit", "export"}).code, 1);
}

TEST_F(HallctlTest, AuditWithoutAJournalOrKeyIsAUsageError) {
    for (const char* what : {"verify", "show", "export"})
        EXPECT_EQ(run({"audit", what}).code, 2) << what;
    fill(1);
    fs::rename(pub(), root_ / "elsewhere.pub");
    EXPECT_EQ(run({"audit", "verify"}).code, 2);
    EXPECT_EQ(run({"audit", "verify", "--file", db(), "--key", root_ / "elsewhere.pub"}).code, 0);
    write_bytes(root_ / "text", "no journal");
    EXPECT_EQ(run({"audit", "show", "--file", root_ / "text"}).code, 1);
}

TEST_F(HallctlTest, RecordsAreShownBesideARunningDaemonWithoutTouchingTheFile) {
    const auto opened = open();
    for (int i = 0; i < 60; ++i)
        opened.journal->append(at(i), {record("window.changed", "n" + std::to_string(i))}, "s");
    const Result all = run({"audit", "show"});
    EXPECT_EQ(all.code, 0) << all.err;
    EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 50);
    EXPECT_EQ(all.out.find("\"n9\""), std::string::npos);
    EXPECT_NE(all.out.find("11 2026-"), std::string::npos);
    EXPECT_NE(all.out.find(" window.changed done R1 by \"1001\",\"1002\" note=\"n10\"\n"),
              std::string::npos);
    const json last = json::parse(run({"audit", "show", "--last", "2", "--json"}).out);
    ASSERT_EQ(last.size(), 2U);
    EXPECT_EQ(last[1].at("seq"), 60);
    EXPECT_EQ(last[1].at("prev"), last[0].at("hash"));
    EXPECT_EQ(json::parse(run({"audit", "show", "--from", "3", "--json"}).out).size(), 58U);
    EXPECT_EQ(json::parse(run({"audit", "show", "--from", "61", "--json"}).out), json::array());
    EXPECT_EQ(run({"audit", "verify"}).code, 0);
    opened.journal->append(at(61), {record("window.changed")}, "s");
}

TEST_F(HallctlTest, TextsFromElsewhereCannotPlayWithTheTerminal) {
    {
        const auto opened = open();
        opened.journal->append(at(0), {record("window.changed", "\x1b[2Jgone\n2 fake")}, "s");
    }
    const Result r = run({"audit", "show"});
    EXPECT_EQ(r.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(r.out.begin(), r.out.end(), '\n'), 1);
}

TEST_F(HallctlTest, AnExportIsProvedElsewhereWithThePublicKeyAlone) {
    fill(6);
    const fs::path file = root_ / "export.jsonl", key = root_ / "key.pub";
    EXPECT_EQ(run({"audit", "export", "--out", file}).code, 0);
    EXPECT_EQ(run({"audit", "export"}).out, bytes_of(file));
    fs::copy_file(pub(), key);
    fs::remove_all(state_);
    const Result fine = run({"audit", "verify", "--export", file, "--key", key});
    EXPECT_EQ(fine.code, 0) << fine.out << fine.err;
    EXPECT_NE(fine.out.find("intact: 6 records; head 6 "), std::string::npos);

    std::vector<std::string> lines;
    std::istringstream in(bytes_of(file));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    ASSERT_EQ(lines.size(), 8U);
    EXPECT_TRUE(json::parse(lines[0]).contains("origin"));
    EXPECT_EQ(json::parse(lines[1]).at("seq"), 1);
    EXPECT_EQ(json::parse(lines[7]).at("head").at("seq"), 6);

    // Without any one of its lines it does not hold, nor with one twice.
    for (std::size_t changed = 0; changed < lines.size(); ++changed) {
        std::string without, twice;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i != changed) without += lines[i] + "\n";
            twice += lines[i] + "\n";
            if (i == changed) twice += lines[i] + "\n";
        }
        for (const std::string& bytes : {without, twice}) {
            write_bytes(file, bytes);
            const Result r = run({"audit", "verify", "--export", file, "--key", key});
            EXPECT_EQ(r.code, 1) << changed << r.out;
        }
    }
}

TEST_F(HallctlTest, AChangedByteAnywhereInAnExportIsFound) {
    fill(2);
    const fs::path file = root_ / "export.jsonl";
    EXPECT_EQ(run({"audit", "export", "--out", file}).code, 0);
    const std::string good = bytes_of(file);
    for (std::size_t at_byte = 0; at_byte < good.size() - 1; at_byte += 23) {
        flip(file, at_byte);
        EXPECT_EQ(run({"audit", "verify", "--export", file}).code, 1) << at_byte;
        write_bytes(file, good);
    }
    EXPECT_EQ(run({"audit", "verify", "--export", file}).code, 0);
    std::string spaced = good;
    spaced.insert(spaced.find("\"hash\""), " ");
    write_bytes(file, spaced);
    EXPECT_EQ(run({"audit", "verify", "--export", file}).code, 1);
    std::string named = good;
    named.replace(named.find("window.changed", named.find("\n{\"body\":\"{") + 400), 6, "Window");
    write_bytes(file, named);
    const Result r = run({"audit", "verify", "--export", file});
    EXPECT_EQ(r.code, 1);
    EXPECT_NE(r.out.find("record 2 was changed"), std::string::npos) << r.out;
}

TEST_F(HallctlTest, AnExportFromTheMiddleSaysWhatItDoesNotProve) {
    fill(6);
    const fs::path file = root_ / "export.jsonl";
    EXPECT_EQ(run({"audit", "export", "--from", "4", "--out", file}).code, 0);
    const Result r = run({"audit", "verify", "--export", file});
    EXPECT_EQ(r.code, 0) << r.out;
    EXPECT_NE(r.out.find("intact: 3 records"), std::string::npos);
    EXPECT_NE(r.out.find("begins at record 4; what came before is not in it"), std::string::npos);
    EXPECT_EQ(run({"audit", "export", "--from", "7", "--out", root_ / "none"}).code, 1);
    EXPECT_FALSE(fs::exists(root_ / "none"));
    EXPECT_FALSE(fs::exists(root_ / "none.new"));
}

}  // namespace
}  // namespace hall
