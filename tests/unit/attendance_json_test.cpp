// The topic `attendance`: made from journal records, and naming people only where the hall wants
// it.
#include "daemon/telemetry/attendance_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hall::telemetry {
namespace {

using nlohmann::json;

SiteConfig site(bool names) {
    SiteConfig s;
    s.hall.posts = {{"3", "post 3", {{"1001"}}, {{"1002"}, {"1005"}}}};
    s.hall.attendance.publish_names = names;
    return s;
}

std::string record(const std::string& type, const std::string& actor, const char* detail) {
    return R"({"seq":7,"id":"u","ts":"2026-11-24T08:20:00.000+08:00","clock":"trusted","type":")" +
           type + R"(","rule":"R25","outcome":"done","actors":[")" + actor + R"("],"detail":)" +
           detail + "}";
}

TEST(AttendanceJson, AFactIsToldWithWhatWasDerived) {
    const auto text = attendance_payload(
        site(true), record("attendance.signed_in", "1001",
                           R"({"post":"3","role":"primary","direction":"in","how":"panel",
                               "late":"no","early_target_met":"yes"})"));
    ASSERT_TRUE(text);
    EXPECT_EQ(json::parse(*text), json::parse(R"({"seq":7,"id":"u","clock":"trusted",
        "ts":"2026-11-24T08:20:00.000+08:00","fact":"signed_in","person":"1001","post":"3",
        "role":"primary","direction":"in","how":"panel","late":false,"early_target_met":true,
        "left_early":null})"));
}

TEST(AttendanceJson, AMonthlyCountIsANumber) {
    const auto text = attendance_payload(
        site(false), record("attendance.count_reached", "1005",
                            R"({"post":"3","fact":"late","count":"3","month":"2026-11"})"));
    ASSERT_TRUE(text);
    const json body = json::parse(*text);
    EXPECT_EQ(body.at("person"), "3/backup.2");
    EXPECT_EQ(body.at("of"), "late");
    EXPECT_EQ(body.at("count"), 3);
    EXPECT_EQ(body.at("month"), "2026-11");
    EXPECT_EQ(text->find("1005"), std::string::npos);
}

TEST(AttendanceJson, OtherRecordsAreNoAttendance) {
    EXPECT_FALSE(attendance_payload(site(true), record("closing.authorised", "1001", "{}")));
    EXPECT_FALSE(attendance_payload(site(true), "no JSON"));
}

TEST(AttendanceJson, AReferenceIsAPlaceInTheConfigurationUnlessNamesArePublished) {
    EXPECT_EQ("3/primary", person_reference(site(false), "3", "1001"));
    EXPECT_EQ("3/backup", person_reference(site(false), "3", "1002"));
    EXPECT_EQ("3/former", person_reference(site(false), "3", "1009"));
    EXPECT_EQ("1002", person_reference(site(true), "3", "1002"));
}

}  // namespace
}  // namespace hall::telemetry
