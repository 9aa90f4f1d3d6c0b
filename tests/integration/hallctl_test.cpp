// hallctl as scripts and people use it: exit codes, outputs, files.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "daemon/shell/control_socket.hpp"
#include "daemon/shell/credentials.hpp"
#include "tests/support/hallctl_run.hpp"
#include "tests/unit/journal_fixture.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Hallctl;

struct Result {
    int code = 0;
    std::string out, err;
};

class HallctlTest : public JournalTest {
  protected:
    [[nodiscard]] Result run(std::vector<std::string> args, const std::string& input = {}) const {
        args.insert(args.end(), {"--state", state_.string()});
        Hallctl ctl(std::move(args), input);
        const int code = ctl.code();
        return {code, ctl.out, ctl.err};
    }
    [[nodiscard]] int enrol(const std::string& staff, const std::string& pin,
                            std::vector<std::string> more = {}) const {
        std::vector<std::string> args{"staff", "add", staff, "--name", "张三", "--pin-stdin"};
        args.insert(args.end(), more.begin(), more.end());
        return run(args, pin + "\n").code;
    }
    [[nodiscard]] bool accepts(const std::string& staff, const std::string& card,
                               const std::string& pin) const {
        static int panel = 0;
        const auto check = Credentials(state_).check({staff, card, pin},
                                                     "p" + std::to_string(++panel), at(0), "b");
        const auto* accepted = std::get_if<Accepted>(&check);
        return accepted != nullptr && accepted->person.enabled;
    }
    [[nodiscard]] std::string everything_written() const {
        std::string all;
        for (const auto& e : fs::recursive_directory_iterator(root_))
            if (e.is_regular_file()) all += bytes_of(e.path());
        return all;
    }
};

// --- usage ---

TEST_F(HallctlTest, HelpIsFineAndNonsenseIsUsage) {
    for (const std::vector<std::string>& args : {std::vector<std::string>{"--help"},
                                                 {"staff", "--help"},
                                                 {"staff", "add", "--help"},
                                                 {"audit", "verify", "--help"},
                                                 {"check", "--help"},
                                                 {"--version"}}) {
        const Result r = run(args);
        EXPECT_EQ(r.code, 0) << args[0];
        EXPECT_FALSE(r.out.empty());
    }
    for (const std::vector<std::string>& args :
         {std::vector<std::string>{},
          {"nonsense"},
          {"staff"},
          {"staff", "add"},
          {"check"},
          {"status", "--nonsense"},
          {"audit", "show", "--last", "0"},
          {"audit", "show", "--from", "x"},
          {"staff", "add", "1001", "--name", "A", "--pin", "1"}}) {
        const Result r = run(args);
        EXPECT_EQ(r.code, 2) << (args.empty() ? "" : args.back());
        EXPECT_FALSE(r.err.empty());
    }
}

// --- staff ---

TEST_F(HallctlTest, SomebodyEnrolledIsAcceptedAndListedWithoutSecrets) {
    EXPECT_EQ(enrol("1001", "271828", {"--card", "04A1B2C3", "--rights", "close,open"}), 0);
    EXPECT_TRUE(accepts("1001", "", "271828"));
    EXPECT_TRUE(accepts("", "04A1B2C3", "271828"));
    EXPECT_FALSE(accepts("1001", "", "271829"));
    const Result listed = run({"staff", "list", "--json"});
    EXPECT_EQ(listed.code, 0);
    EXPECT_EQ(json::parse(listed.out),
              json::parse(R"([{"staff":"1001","name":"张三","enabled":true,"card":true,
                              "rights":["close","open"]}])"));
    EXPECT_EQ(run({"staff", "list"}).out, "1001\t张三\tenabled\tcard\tclose,open\n");
    for (const std::string secret : {"271828", "04A1B2C3"})
        EXPECT_EQ(everything_written().find(secret), std::string::npos);
}

TEST_F(HallctlTest, WhatTheRulesRefuseIsANoAndNeverShowsThePin) {
    EXPECT_EQ(enrol("1001", "271828"), 0);
    EXPECT_EQ(enrol("1001", "271829"), 1);  // taken
    const Result simple = run({"staff", "add", "1002", "--name", "B", "--pin-stdin"}, "456789\n");
    EXPECT_EQ(simple.code, 1);
    EXPECT_EQ((simple.out + simple.err).find("4567"), std::string::npos);
    EXPECT_EQ(enrol("1002", "2718"), 1);
    EXPECT_EQ(enrol("1002", "271828", {"--rights", "close,rule"}), 1);
    EXPECT_EQ(run({"staff", "disable", "4711"}).code, 1);
    EXPECT_EQ(run({"staff", "set-card", "4711", "--card", "04A1B2C3"}).code, 1);
    EXPECT_EQ(run({"staff", "set-pin", "4711", "--pin-stdin"}, "271829\n").code, 1);
    EXPECT_EQ(run({"staff", "set-pin", "1001", "--pin-stdin"}).code, 2);  // nothing on stdin
    EXPECT_EQ(run({"staff", "set-card", "1001"}).code, 2);
    EXPECT_EQ(json::parse(run({"staff", "list", "--json"}).out).size(), 1U);
}

TEST_F(HallctlTest, PinCardAndAccessCanBeChanged) {
    EXPECT_EQ(enrol("1001", "271828", {"--card", "04A1B2C3"}), 0);
    EXPECT_EQ(run({"staff", "set-pin", "1001", "--pin-stdin"}, "314159").code, 0);
    EXPECT_FALSE(accepts("1001", "", "271828"));
    EXPECT_TRUE(accepts("1001", "", "314159"));
    EXPECT_EQ(run({"staff", "set-card", "--staff", "1001", "--none"}).code, 0);
    EXPECT_FALSE(accepts("", "04A1B2C3", "314159"));
    EXPECT_EQ(run({"staff", "disable", "1001"}).code, 0);
    EXPECT_FALSE(accepts("1001", "", "314159"));
    EXPECT_NE(run({"staff", "list"}).out.find("disabled"), std::string::npos);
}

TEST_F(HallctlTest, ADamagedStaffFileOrNoStateFolderIsNoEmptyList) {
    EXPECT_EQ(run({"staff", "list"}).code, 2);
    EXPECT_EQ(enrol("1001", "271828"), 0);
    write_bytes(state_ / "staff.json", "{");
    const Result r = run({"staff", "list"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("damaged"), std::string::npos);
    EXPECT_EQ(enrol("1002", "271828"), 2);
    EXPECT_EQ(bytes_of(state_ / "staff.json"), "{");
}

TEST_F(HallctlTest, AtATerminalThePinIsAskedTwiceAndNotShown) {
    Hallctl ctl({"staff", "add", "1001", "--name", "A", "--state", state_.string()}, "", true);
    ASSERT_TRUE(ctl.shows("PIN for 1001 (6 to 12 digits): "));
    ctl.type(
        "27182\x7f"
        "28x\x7f\x08"
        "8\n");  // corrected while typing: 271828
    ASSERT_TRUE(ctl.shows("again: "));
    ctl.type("271828\n");
    EXPECT_EQ(ctl.code(), 0) << ctl.err;
    EXPECT_EQ(ctl.shown.find("27"), std::string::npos) << ctl.shown;
    EXPECT_TRUE(accepts("1001", "", "271828"));
}

TEST_F(HallctlTest, TwoDifferentPinsOrCtrlCChangeNothing) {
    for (const std::string typed : {"271829\n", "\x03"}) {
        Hallctl ctl({"staff", "add", "1001", "--name", "A", "--state", state_.string()}, "", true);
        ASSERT_TRUE(ctl.shows("digits): "));
        ctl.type("271828\n");
        ASSERT_TRUE(ctl.shows("again: "));
        ctl.type(typed);
        EXPECT_EQ(ctl.code(), 2);
        EXPECT_NE(ctl.err.find("nothing was changed"), std::string::npos) << ctl.err;
    }
    EXPECT_FALSE(fs::exists(state_ / "staff.json"));
}

TEST_F(HallctlTest, WithoutATerminalNobodyIsAsked) {
    const Result r = run({"staff", "add", "1001", "--name", "A"}, "271828\n");
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.err.find("--pin-stdin"), std::string::npos);
}

// --- audit ---

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

// --- check ---

TEST_F(HallctlTest, AFaultyConfigurationIsListedWithItsLines) {
    fs::create_directories(state_);
    write_bytes(root_ / "bad.toml", "[hall]\nid = \"x\"\nnonsense = 1\n");
    const Result r = run({"check", root_ / "bad.toml"});
    EXPECT_EQ(r.code, 2);
    EXPECT_NE(r.out.find("bad.toml:3:1: "), std::string::npos) << r.out;
    const Result listed = run({"check", "--json", root_ / "bad.toml"});
    EXPECT_EQ(listed.code, 2);
    EXPECT_EQ(json::parse(listed.out)[0].at("severity"), "error");
    EXPECT_EQ(run({"check", root_ / "none.toml"}).code, 2);
}

TEST_F(HallctlTest, TheDemonstrationHallIsFine) {
    const Result r = run({"check", std::string(HALL_SOURCE_DIR) + "/config/demo.toml"});
    EXPECT_EQ(r.code, 0) << r.out << r.err;
}

// --- the daemon ---

/// Answers on the control socket as halld does.
class HallctlDaemonTest : public HallctlTest {
  protected:
    void serve(std::map<std::string, std::string> answers) {
        fs::create_directories(state_);
        socket_ = std::make_unique<ControlSocket>(
            io_, state_ / "halld.sock", [answers = std::move(answers)](const std::string& request) {
                return answers.at(json::parse(request).at("do").get<std::string>());
            });
        thread_ = std::thread([this] { io_.run(); });
    }
    void TearDown() override {
        if (thread_.joinable()) {
            boost::asio::post(io_, [this] {
                socket_.reset();
                io_.stop();
            });
            thread_.join();
        }
        HallctlTest::TearDown();
    }
    boost::asio::io_context io_{1};
    std::unique_ptr<ControlSocket> socket_;
    std::thread thread_;
};

constexpr const char* kState =
    R"({"ts":"2026-11-24T17:35:02.123+08:00","clock":"trusted","hall":{"id":"demo","name":"大厅",
    "state":"degraded","journal":"ok","broker":"connected","version":"0.1.0"},
    "closing":{"phase":"collecting","since":"2026-11-24T17:34:00.000+08:00","deadline":null,
    "confirmations":{"count":1,"needed":2},"blockers":[{"kind":"contact_open","id":"west_door"}]},
    "circuits":{"pc3":{"target":"on","actual":"on","pc":"running","watts":93.5}},
    "windows":{"1":{"state":"serving","responsible":"primary"}},
    "lightbox":{"target":"off","actual":"off","reason":"schedule","next_switch":null},
    "contacts":{"west_door":{"state":"open"}},"alarms":[{"id":"a1","severity":"warning",
    "raised":"2026-11-24T16:12:00.000+08:00","cleared":null,"acknowledged_by":null,
    "text":"meter\u001b[2J"}]})";

TEST_F(HallctlDaemonTest, StatusIsAPageForPeopleAndJsonForScripts) {
    serve({{"status", kState}});
    const Result page = run({"status"});
    EXPECT_EQ(page.code, 0);
    for (const char* part :
         {"demo 大厅: degraded", "collecting since 2026-11-24 17:34", "confirmed by 1 of 2",
          "hindered by contact_open west_door", "93.5 W", "a1", "meter?[2J"})
        EXPECT_NE(page.out.find(part), std::string::npos) << part << " in\n" << page.out;
    EXPECT_EQ(json::parse(run({"status", "--json"}).out), json::parse(kState));
    const Result elsewhere = run({"status", "--socket", root_ / "none.sock"});
    EXPECT_EQ(elsewhere.code, 3);
}

TEST_F(HallctlDaemonTest, WatchingShowsTheStateAgainAndAgain) {
    serve({{"status", kState}});
    Hallctl ctl({"status", "--watch", "--json", "--state", state_.string()}, "");
    ASSERT_TRUE(ctl.shows("}\n{"));
    ctl.signal(SIGINT);
    EXPECT_EQ(ctl.code(), 128 + SIGINT);
}

TEST_F(HallctlDaemonTest, AStrangeOrEmptyAnswerIsNoCrash) {
    serve({{"status", "{}"}, {"reload", "[]"}});
    EXPECT_EQ(run({"status"}).code, 0);
    EXPECT_EQ(run({"reload"}).code, 3);
}

TEST_F(HallctlDaemonTest, ReloadSaysYesNotNowOrWhatIsWrongWithTheFile) {
    serve({{"reload", R"({"result":"done","message":""})"}});
    EXPECT_EQ(run({"reload"}).code, 0);
}

TEST_F(HallctlDaemonTest, ReloadDuringAClosingIsANo) {
    serve({{"reload", R"({"result":"rejected","message":"a closing is under way"})"}});
    const Result r = run({"reload"});
    EXPECT_EQ(r.code, 1);
    EXPECT_NE(r.err.find("a closing is under way"), std::string::npos);
}

TEST_F(HallctlDaemonTest, ReloadOfAFaultyFileIsAConfigurationError) {
    serve({{"reload", R"({"result":"rejected","message":"/etc/h.toml:3:1: unknown key"})"}});
    EXPECT_EQ(run({"reload"}).code, 2);
}

TEST_F(HallctlTest, WithoutADaemonTheCodeSaysSo) {
    EXPECT_EQ(run({"status"}).code, 3);
    EXPECT_EQ(run({"status", "--watch"}).code, 3);
    EXPECT_EQ(run({"reload"}).code, 3);
}

}  // namespace
}  // namespace hall
