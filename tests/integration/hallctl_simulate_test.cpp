// hallctl simulate as a program: the demo hall's own configuration, what it says, what it refuses.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/hallctl_run.hpp"

namespace hall {
namespace {

using nlohmann::json;

const std::string kDemo = HALL_SOURCE_DIR "/config/demo.toml";

struct Result {
    int code = 0;
    std::string out, err;
};

Result simulate(std::vector<std::string> args) {
    args.insert(args.begin(), "simulate");
    test::Hallctl ctl(std::move(args), "");
    const int code = ctl.code();
    return {code, ctl.out, ctl.err};
}

TEST(HallctlSimulate, ADemoHallsDaysAreFine) {
    const Result r = simulate({"--config", kDemo, "--days", "1"});
    EXPECT_EQ(0, r.code) << r.out << r.err;
    EXPECT_NE(std::string::npos, r.out.find("fine: nothing forbidden happened")) << r.out;
    EXPECT_EQ("", r.err);
}

TEST(HallctlSimulate, TheVerdictAsJsonHasItsCounts) {
    const Result r = simulate({"--config", kDemo, "--days", "1", "--json"});
    EXPECT_EQ(0, r.code) << r.out << r.err;
    const json verdict = json::parse(r.out);
    EXPECT_EQ("fine", verdict.at("verdict"));
    EXPECT_GE(verdict.at("days"), 1);
    EXPECT_GT(verdict.at("facts"), 0);
    EXPECT_GT(verdict.at("records"), 0);
    EXPECT_GT(verdict.at("checks"), 0);
    EXPECT_EQ(0, verdict.at("seeds_with_a_break"));
    EXPECT_EQ(json::array(), verdict.at("breaks"));
    EXPECT_TRUE(verdict.at("faults").is_object());
}

TEST(HallctlSimulate, OneSeedTellsWhatWasSeenAndTwiceTheSame) {
    const Result first = simulate({"--config", kDemo, "--seed", "1", "--json"});
    const Result again = simulate({"--config", kDemo, "--seed", "1", "--json"});
    EXPECT_EQ(0, first.code) << first.err;
    EXPECT_EQ(first.out, again.out);
    const json told = json::parse(first.out);
    EXPECT_EQ(1, told.at("seed"));
    EXPECT_FALSE(told.at("seen").empty());
    EXPECT_EQ(json::array(), told.at("breaks"));
}

TEST(HallctlSimulate, ABadNumberIsRefused) {
    for (const char* days : {"0", "-1", "x", "1.5", "100000001", ""}) {
        const Result r = simulate({"--config", kDemo, "--days", days});
        EXPECT_EQ(2, r.code) << days;
        EXPECT_NE(std::string::npos, r.err.find("--days")) << r.err;
        EXPECT_EQ("", r.out) << days;
    }
    for (const char* seed : {"0", "-1", "x"}) {
        const Result r = simulate({"--config", kDemo, "--seed", seed});
        EXPECT_EQ(2, r.code) << seed;
        EXPECT_NE(std::string::npos, r.err.find("--seed")) << r.err;
    }
}

TEST(HallctlSimulate, AConfigurationThatIsNotThereIsNamed) {
    const Result r = simulate({"--config", "/no/such/hall.toml", "--days", "1"});
    EXPECT_EQ(2, r.code);
    EXPECT_NE(std::string::npos, r.err.find("/no/such/hall.toml")) << r.err;
    EXPECT_EQ("", r.out);
    EXPECT_EQ(2, simulate({"--days", "1"}).code);
}

TEST(HallctlSimulate, AConfigurationWithAFaultIsNotRun) {
    const Result r =
        simulate({"--config", HALL_SOURCE_DIR "/tests/config/bad/bad_id.toml", "--days", "1"});
    EXPECT_EQ(2, r.code);
    EXPECT_NE(std::string::npos, r.err.find("bad_id.toml:")) << r.err;
    EXPECT_EQ("", r.out);
}

}  // namespace
}  // namespace hall
