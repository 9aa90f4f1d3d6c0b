// The alarm that a certificate runs out: in time, to the millisecond, and by a clock that is
// believed.
#include "daemon/shell/certificate_watch.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "drivers/mqtt/certificate.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/process.hpp"

namespace hall::test {
namespace {

using Watch = CertificateWatch;
using End = drivers::CertificateEnd;

class CertificateWatchTest : public testing::Test {
  protected:
    /// By the script that is shipped for a broker, as anybody would make them.
    void make(const std::string& days, const std::vector<std::string>& what) {
        std::vector<std::string> argv{HALL_SOURCE_DIR "/config/broker/certificates",
                                      folder_.path().string()};
        argv.insert(argv.end(), what.begin(), what.end());
        Process process(argv, {"HALL_DAYS=" + days});
        ASSERT_EQ(process.ends(), 0) << process.output();
    }
    void SetUp() override {
        make("100", {"authority"});
        make("100", {"client", "demo"});
        mqtt_.certificate_file = (folder_.path() / "demo.crt").string();
    }
    [[nodiscard]] static WallTime end_of(const std::string& file, End which = End::first) {
        return std::get<std::chrono::sys_seconds>(drivers::certificate_end(file, which));
    }
    static std::string text_of(const std::string& file) {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void look(WallTime wall, Millis mono, bool trusted = true) {
        told_.clear();
        watch_.look({Instant{mono}, wall, trusted}, [](WallTime) { return std::string("a day"); });
    }
    [[nodiscard]] bool present(std::size_t which = 0) const { return told_.at(which).present; }

    TempFolder folder_;
    MqttConfig mqtt_;
    std::vector<ConditionReported> told_;
    Watch watch_{mqtt_, [this](const ConditionReported& c) { told_.push_back(c); }};
};

TEST_F(CertificateWatchTest, ReadsWhatOpensslReads) {
    // 100 days from now, in whole seconds.
    const auto left = end_of(mqtt_.certificate_file) -
                      std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
    EXPECT_GT(left, std::chrono::hours{100 * 24 - 1});
    EXPECT_LE(left, std::chrono::hours{100 * 24});
}

TEST_F(CertificateWatchTest, ToldThirtyDaysAheadAndNoSooner) {
    const WallTime due = end_of(mqtt_.certificate_file) - std::chrono::days{30};
    look(due - 1ms, 0ms);
    ASSERT_EQ(told_.size(), 2U);
    EXPECT_EQ(told_[0].code, "certificate_expiring");
    EXPECT_EQ(told_[0].subject, "certificate_file");
    EXPECT_FALSE(present());
    look(due, 3'600'000ms);
    EXPECT_TRUE(present());
    EXPECT_EQ(told_[0].detail, "a day");
    EXPECT_FALSE(present(1)) << "no ca_file, none that could run out";
    mqtt_.certificate_warning = std::chrono::days{29};
    look(due, 7'200'000ms);
    EXPECT_FALSE(present());
}

TEST_F(CertificateWatchTest, LooksEachHour) {
    const WallTime late = end_of(mqtt_.certificate_file);
    look(late, 1ms);
    EXPECT_TRUE(present());
    look(late, 3'600'000ms);
    EXPECT_TRUE(told_.empty());
    look(late, 3'600'001ms);
    EXPECT_TRUE(present());
}

TEST_F(CertificateWatchTest, ARenewedOneEndsTheAlarm) {
    const WallTime late = end_of(mqtt_.certificate_file);
    look(late, 0ms);
    EXPECT_TRUE(present());
    make("400", {"client", "renewed"});
    std::filesystem::rename(folder_.path() / "renewed.crt", mqtt_.certificate_file);
    look(late, 3'600'000ms);
    EXPECT_FALSE(present());
}

TEST_F(CertificateWatchTest, AClockThatIsNotBelievedTellsNothing) {
    const WallTime late = end_of(mqtt_.certificate_file);
    look(late, 0ms, false);
    EXPECT_TRUE(told_.empty());
    look(late, 1ms);
    EXPECT_TRUE(present()) << "as soon as it is believed";
}

TEST_F(CertificateWatchTest, OfAChainTheFirstEndCountsOfAuthoritiesTheLast) {
    make("50", {"client", "short"});
    const std::string both = (folder_.path() / "both.crt").string();
    const std::string shorter = (folder_.path() / "short.crt").string();
    std::ofstream(both) << text_of(mqtt_.certificate_file) << text_of(shorter);
    EXPECT_EQ(end_of(both), end_of(shorter));
    EXPECT_EQ(end_of(both, End::last), end_of(mqtt_.certificate_file));
    mqtt_.certificate_file = mqtt_.ca_file = both;
    look(end_of(shorter), 0ms);
    EXPECT_TRUE(present());
    EXPECT_FALSE(present(1));
    look(end_of(both, End::last), 3'600'000ms);
    EXPECT_TRUE(present(1));
}

TEST_F(CertificateWatchTest, OneThatNeverEndsIsNoAlarm) {
    // The last that a certificate can say (RFC 5280, 4.1.2.5), or near it.
    make("2800000", {"client", "eternal"});
    mqtt_.certificate_file = (folder_.path() / "eternal.crt").string();
    look(std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()), 0ms);
    EXPECT_FALSE(present()) << told_[0].detail;
}

TEST_F(CertificateWatchTest, WhatCannotBeReadIsToldToo) {
    const auto why = [&](const std::string& text) {
        const std::string file = (folder_.path() / "odd.crt").string();
        std::ofstream(file) << text;
        const auto end = drivers::certificate_end(file, End::first);
        const auto* unreadable = std::get_if<drivers::CertificateUnreadable>(&end);
        return unreadable == nullptr ? std::string() : unreadable->why;
    };
    const std::string good = text_of(mqtt_.certificate_file);
    EXPECT_EQ(why(good), "");
    EXPECT_EQ(why(""), "holds no certificate");
    EXPECT_EQ(why("text"), "holds no certificate");
    std::string damaged = good;
    damaged.replace(damaged.find("BEGIN CERTIFICATE-----") + 40, 4, "!!!!");
    EXPECT_NE(why(damaged), "");
    EXPECT_EQ(why(good + damaged), "is damaged");
    mqtt_.certificate_file = (folder_.path() / "nowhere.crt").string();
    look(WallTime{}, 0ms);
    EXPECT_TRUE(present());
    EXPECT_EQ(told_[0].detail, mqtt_.certificate_file + " cannot be read");
}

}  // namespace
}  // namespace hall::test
