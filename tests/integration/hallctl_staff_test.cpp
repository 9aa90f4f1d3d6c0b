// hallctl staff: who is enrolled, and how a PIN is asked for.
#include <nlohmann/json.hpp>

#include "tests/support/hallctl_fixture.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Hallctl;
using Result = HallctlResult;

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
    EXPECT_EQ(run({"staff", "enable", "4711"}).code, 1);
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
    EXPECT_EQ(run({"staff", "enable", "1001"}).code, 0);
    EXPECT_TRUE(accepts("1001", "", "314159"));
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

}  // namespace
}  // namespace hall
