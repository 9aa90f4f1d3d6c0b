// hallctl as scripts and people use it: help, check, and what it asks a daemon.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "daemon/shell/control_socket.hpp"
#include "tests/support/hallctl_fixture.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Hallctl;
using Result = HallctlResult;

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
    "contacts":{"west_door":{"state":"open"}},"devices":{"relay1":{"up":true,
    "answers_per_second":20.0,"latency_ms":3.1,"slowest_ms":12.0,"timeouts":0,"garbage":4,"broken":0,
    "refusals":0},"meter1":{"up":false,"answers_per_second":0.0,"latency_ms":0.0,"slowest_ms":0.0,
    "timeouts":9,"garbage":0,"broken":0,"refusals":0}},"alarms":[{"id":"a1","severity":"warning",
    "raised":"2026-11-24T16:12:00.000+08:00","cleared":null,"acknowledged_by":null,
    "text":"meter\u001b[2J"}]})";

TEST_F(HallctlDaemonTest, StatusIsAPageForPeopleAndJsonForScripts) {
    serve({{"status", kState}});
    const Result page = run({"status"});
    EXPECT_EQ(page.code, 0);
    for (const char* part :
         {"demo 大厅: degraded", "collecting since 2026-11-24 17:34", "confirmed by 1 of 2",
          "hindered by contact_open west_door", "93.5 W", "a1", "meter?[2J",
          "relay1       up   20.0/s, 3.1 ms (slowest 12.0), 4 garbage\n",
          "meter1       lost 0.0/s, 0.0 ms (slowest 0.0), 9 timeouts\n"})
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
