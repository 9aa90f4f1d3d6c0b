// hallctl schedule preview as scripts and people use it: the contract's fields, nulls, exit codes,
// and the picture of a year.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/hallctl_run.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Hallctl;

struct Result {
    int code = 0;
    std::string out, err;
};

class SchedulePreview : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "hall-preview-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        fs::create_directory_symlink(HALL_SOURCE_DIR "/config/calendar", root_ / "calendar");
        fs::create_directory_symlink(HALL_SOURCE_DIR "/config/devices", root_ / "devices");
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
    /// A hall of a lightbox alone.
    [[nodiscard]] fs::path hall(const std::string& place, const std::string& nights) const {
        const fs::path file = root_ / "hall.toml";
        std::ofstream(file) << "[hall]\nid = \"h\"\n"
                            << place << R"(
[hours]
mon = ["08:30", "17:30"]
[calendar]
files = ["calendar/cn-2025.json", "calendar/cn-2026.json"]
[[bus]]
id = "b"
type = "modbus-tcp"
host = "127.0.0.1"
[[device]]
id = "io"
bus = "b"
template = "waveshare-io-8ch"
[lightbox]
output = "io.coil1"
)" << nights;
        return file;
    }
    static Result run(const fs::path& config, std::vector<std::string> more) {
        std::vector<std::string> args{"schedule", "preview", "--config", config.string()};
        args.insert(args.end(), more.begin(), more.end());
        Hallctl ctl(std::move(args), "");
        const int code = ctl.code();
        return {code, ctl.out, ctl.err};
    }
    static json days(const fs::path& config, const std::string& from, int count) {
        const Result r = run(config, {"--from", from, "--days", std::to_string(count), "--json"});
        EXPECT_EQ(r.code, 0) << r.err;
        return json::parse(r.out);
    }
    fs::path root_;
    const std::string kTengzhou =
        "timezone = \"Asia/Shanghai\"\nlatitude = 35.08\nlongitude = 117.16\n";
    const std::string kTromso =
        "timezone = \"Europe/Oslo\"\nlatitude = 69.65\nlongitude = 18.96\nlocale = \"en\"\n";
};

TEST_F(SchedulePreview, ADayHasTheContractsFields) {
    const json list = days(hall(kTengzhou, ""), "2026-11-23", 2);
    ASSERT_EQ(list.size(), 2U);
    const json& monday = list[0];
    EXPECT_EQ(monday.at("date"), "2026-11-23");
    EXPECT_EQ(monday.at("working_day"), true);
    EXPECT_EQ(monday.at("opens"), "2026-11-23T08:30:00+08:00");
    EXPECT_EQ(monday.at("closes"), "2026-11-23T17:30:00+08:00");
    EXPECT_EQ(monday.at("sunrise").get<std::string>().substr(0, 14), "2026-11-23T06:");
    EXPECT_EQ(monday.at("sunset").get<std::string>().substr(0, 14), "2026-11-23T17:");
    EXPECT_EQ(monday.at("lit"),
              json::parse(R"([["2026-11-23T00:00:00+08:00", "2026-11-23T06:00:00+08:00"],
                              ["2026-11-23T18:00:00+08:00", "2026-11-24T00:00:00+08:00"]])"));
    const json& tuesday = list[1];
    EXPECT_EQ(tuesday.at("working_day"), false);
    EXPECT_TRUE(tuesday.at("opens").is_null() && tuesday.at("closes").is_null());
}

TEST_F(SchedulePreview, HolidaysAndMakeUpDaysAreTheCalendars) {
    const json list = days(hall(kTengzhou, ""), "2026-02-14", 10);
    EXPECT_EQ(list[0].at("working_day"), true);  // a Saturday
    EXPECT_EQ(list[0].at("opens"), "2026-02-14T08:30:00+08:00");
    EXPECT_EQ(list[0].at("holiday"), "春节");
    for (std::size_t i = 1; i < 10; ++i) EXPECT_EQ(list[i].at("working_day"), false) << i;
    const Result table = run(hall(kTengzhou, ""), {"--from", "2026-02-14", "--days", "10"});
    EXPECT_NE(table.out.find("2026-02-14 周六  08:30  17:30"), std::string::npos) << table.out;
    EXPECT_NE(table.out.find("春节（调休上班）"), std::string::npos) << table.out;
}

TEST_F(SchedulePreview, WhereThereIsNoSunriseOrLightItIsNull) {
    const auto file = hall(kTromso, "policy = \"schedule\"\non = \"sunset\"\noff = \"sunrise\"\n");
    const json june = days(file, "2026-06-21", 1)[0];
    EXPECT_TRUE(june.at("sunrise").is_null() && june.at("sunset").is_null());
    EXPECT_EQ(june.at("lit"), json::array());
    const json december = days(file, "2026-12-21", 1)[0];
    EXPECT_TRUE(december.at("sunrise").is_null() && december.at("sunset").is_null());
    EXPECT_EQ(december.at("lit"),
              json::parse(R"([["2026-12-21T00:00:00+01:00", "2026-12-22T00:00:00+01:00"]])"));
}

TEST_F(SchedulePreview, ChangesOfTheClockShowInTheOffsets) {
    const auto file = hall(kTromso, "policy = \"schedule\"\non = \"02:30\"\noff = \"04:00\"\n");
    EXPECT_EQ(days(file, "2026-03-29", 1)[0].at("lit"),
              json::parse(R"([["2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"]])"));
    EXPECT_EQ(days(file, "2026-10-25", 1)[0].at("lit"),
              json::parse(R"([["2026-10-25T02:30:00+02:00", "2026-10-25T04:00:00+01:00"]])"));
}

TEST_F(SchedulePreview, AYearWithoutACalendarIsWarnedOf) {
    const Result r = run(hall(kTengzhou, ""), {"--from", "2026-12-31", "--days", "2"});
    EXPECT_EQ(r.code, 0);
    EXPECT_NE(r.err.find("no calendar for 2027"), std::string::npos) << r.err;
}

TEST_F(SchedulePreview, ThePictureOfAYear) {
    const fs::path picture = root_ / "year.svg";
    const auto file = hall(kTengzhou + "name = \"水 & <电>\"\n", "on = \"sunset\"\n");
    ASSERT_EQ(run(file, {"--from", "2026-01-01", "--days", "365", "--svg", picture.string()}).code,
              0);
    std::ifstream in(picture);
    const std::string svg{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(svg.substr(0, 4), "<svg");
    EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
    for (const char* word :
         {"水 &amp; &lt;电&gt;  2026年", ">1月<", ">12月<", "灯箱点亮", "营业时间", "日出", "日落",
          "节假日", "调休上班", ">春节<", ">国庆节<", ">03:00<"})
        EXPECT_NE(svg.find(word), std::string::npos) << word;
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    // In English, where the sun does not always rise.
    const auto north = hall(kTromso, "on = \"sunset\"\n");
    ASSERT_EQ(run(north, {"--from", "2026-05-01", "--days", "40", "--svg", picture.string()}).code,
              0);
    std::ifstream again(picture);
    const std::string english{std::istreambuf_iterator<char>(again), {}};
    for (const char* word : {"h  2026-05-01 – 2026-06-09", ">May<", "Lightbox lit", "Sunset"})
        EXPECT_NE(english.find(word), std::string::npos) << word;
}

TEST_F(SchedulePreview, WhatIsWrongEndsWithTwoAndSaysWhat) {
    const auto file = hall(kTengzhou, "");
    EXPECT_EQ(run(file, {"--from", "2026-02-30", "--days", "1"}).code, 2);
    EXPECT_EQ(run(file, {"--from", "1999-12-31", "--days", "1"}).code, 2);
    EXPECT_EQ(run(file, {"--from", "2026-01-01", "--days", "0"}).code, 2);
    EXPECT_EQ(run(file, {"--from", "2026-01-01", "--days", "1101"}).code, 2);
    EXPECT_EQ(run(file, {"--from", "2026-01-01"}).code, 2);
    EXPECT_EQ(run(file, {"--from", "2026-01-01", "--days", "1", "--json", "--svg", "x.svg"}).code,
              2);
    const Result unwritable =
        run(file, {"--from", "2026-01-01", "--days", "1", "--svg", root_ / "none" / "x.svg"});
    EXPECT_EQ(unwritable.code, 2);
    EXPECT_NE(unwritable.err.find("cannot write"), std::string::npos);
    const Result broken =
        run(hall(kTengzhou, "on = \"dusk\"\n"), {"--from", "2026-01-01", "--days", "1"});
    EXPECT_EQ(broken.code, 2);
    EXPECT_NE(broken.err.find("hall.toml:21:6: on = \"dusk\""), std::string::npos) << broken.err;
}

}  // namespace
}  // namespace hall
