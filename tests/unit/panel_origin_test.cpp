// Whose names the panel answers to, and which pages may post to it.
#include <gtest/gtest.h>

#include "daemon/panel/hub.hpp"
#include "daemon/panel/origin.hpp"

namespace hall::panel {
namespace {

constexpr int kPort = 8080;
const std::string kHere = "127.0.0.1";

TEST(HostCheckTest, ThisMachineIsKnownByItsLoopbackNames) {
    const HostCheck check("127.0.0.1", {});
    for (const char* host :
         {"127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "localhost.:8080", "[::1]:8080"}) {
        EXPECT_TRUE(check.allowed(host, kHere, kPort)) << host;
    }
}

TEST(HostCheckTest, AnotherNameThatPointsHereIsRefused) {
    const HostCheck check("127.0.0.1", {});
    for (const char* host : {"evil.example:8080",
                             "127.0.0.1.evil.example:8080",
                             "localhost.evil.example:8080",
                             "evil.example",
                             "127.0.0.2:8080",
                             "localhost",
                             "127.0.0.1",
                             "127.0.0.1:80",
                             "127.0.0.1:8081",
                             "user@127.0.0.1:8080",
                             "127.0.0.1:8080:8080",
                             "127.0.0.1:",
                             "127.0.0.1:+8080",
                             "127.0.0.1: 8080",
                             " 127.0.0.1:8080",
                             "127.0.0.1:99999",
                             "127.0.0.1:0",
                             "",
                             ":8080",
                             "[::1:8080",
                             "[]:8080",
                             "[::1]8080",
                             "[evil]:8080",
                             "."}) {
        EXPECT_FALSE(check.allowed(host, kHere, kPort)) << host;
    }
}

TEST(HostCheckTest, OnPortEightyNoPortIsSaid) {
    const HostCheck check("127.0.0.1", {});
    EXPECT_TRUE(check.allowed("localhost", kHere, 80));
    EXPECT_FALSE(check.allowed("localhost:8080", kHere, 80));
}

TEST(HostCheckTest, AnAddressAtWhichWeWereReachedIsOurs) {
    for (const char* wildcard : {"0.0.0.0", "::"}) {
        const HostCheck check(wildcard, {});
        EXPECT_TRUE(check.allowed("192.0.2.7:8080", "192.0.2.7", kPort));
        EXPECT_FALSE(check.allowed("192.0.2.8:8080", "192.0.2.7", kPort));
        EXPECT_FALSE(check.allowed("0.0.0.0:8080", "192.0.2.7", kPort));
        EXPECT_FALSE(check.allowed("[::]:8080", "192.0.2.7", kPort));
    }
}

TEST(HostCheckTest, TheListenAddressItselfIsOurs) {
    EXPECT_TRUE(HostCheck("panel.hall", {}).allowed("panel.hall:8080", "192.0.2.7", kPort));
    EXPECT_TRUE(HostCheck("fd00::1", {}).allowed("[fd00::1]:8080", "x", kPort));
    EXPECT_TRUE(HostCheck("[fd00::1]", {}).allowed("[FD00::1]:8080", "x", kPort));
}

TEST(HostCheckTest, FurtherNamesAreThoseOfTheConfiguration) {
    const HostCheck check("127.0.0.1", {"Panel.Hall", "proxy.hall:443", "not a name"});
    EXPECT_TRUE(check.allowed("panel.hall:8080", kHere, kPort));
    EXPECT_TRUE(check.allowed("panel.hall", kHere, kPort));
    EXPECT_FALSE(check.allowed("panel.hall:9", kHere, kPort));
    EXPECT_TRUE(check.allowed("proxy.hall:443", kHere, kPort));
    EXPECT_FALSE(check.allowed("proxy.hall", kHere, kPort));
    EXPECT_FALSE(check.allowed("proxy.hall:8080", kHere, kPort));
    EXPECT_FALSE(check.allowed("not a name", kHere, kPort));
}

TEST(OriginTest, OnlyTheOwnSiteMatches) {
    EXPECT_TRUE(same_site("http://localhost:8080", "localhost:8080"));
    EXPECT_TRUE(same_site("http://LOCALHOST:8080", "localhost:8080"));
    EXPECT_TRUE(same_site("http://panel.hall", "panel.hall:80"));
    EXPECT_TRUE(same_site("https://panel.hall", "panel.hall"));
    EXPECT_TRUE(same_site("https://panel.hall:443", "panel.hall"));
    EXPECT_TRUE(same_site("http://[::1]:8080", "[::1]:8080"));
    for (const char* origin :
         {"null", "", "localhost:8080", "http://evil.example", "http://localhost",
          "http://localhost:8081", "http://127.0.0.1:8080", "http://localhost:8080@evil.example",
          "http://localhost:8080.evil.example", "file://localhost:8080", "http://localhost:8080/",
          "http://localhost:8080 http://evil.example", "https://localhost"}) {
        EXPECT_FALSE(same_site(origin, "localhost:8080")) << origin;
    }
}

TEST(EssenceTest, OnlyWhatPassesWithTimeIsLeftOut) {
    const std::string one = R"({"a":{"seconds_left":3.5,"x":1},"ts":"17:35:02","u":[1]})";
    const std::string later = R"({"a":{"seconds_left":null,"x":1},"ts":"17:36:00","u":[1]})";
    const std::string other = R"({"a":{"seconds_left":3.5,"x":2},"ts":"17:35:02","u":[1]})";
    EXPECT_EQ(essence_of(one), essence_of(later));
    EXPECT_NE(essence_of(one), essence_of(other));
    // A text that merely speaks of them counts.
    EXPECT_NE(essence_of(R"({"t":"\"ts\":1"})"), essence_of(R"({"t":"\"ts\":2"})"));
    EXPECT_EQ(essence_of(R"("ts":)"), "");
}

}  // namespace
}  // namespace hall::panel
