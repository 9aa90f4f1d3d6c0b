// Commissioning's thresholds, file of results, words and channels.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "daemon/commission/ledger.hpp"
#include "daemon/commission/scribe.hpp"
#include "daemon/commission/talk.hpp"
#include "daemon/commission/thresholds.hpp"
#include "tests/unit/journal_fixture.hpp"

namespace hall::commission {
namespace {

namespace fs = std::filesystem;

Thresholds proposed(const Reading& off, const Reading& running) {
    return std::get<Thresholds>(propose(off, running));
}
NoThresholds refused(const Reading& off, const Reading& running) {
    return std::get<NoThresholds>(propose(off, running));
}

TEST(Thresholds, LieInTheMiddleByTheSameFactor) {
    const Thresholds found = proposed({1.1, 1.2, 9}, {43.2, 60, 9});
    EXPECT_DOUBLE_EQ(found.off_watts, 7.2);  // 1.2 * 6 = 7.2, 7.2 * 6 = 43.2
    EXPECT_DOUBLE_EQ(found.cut_watts, 0.5);  // half of 1.1, rounded down
    EXPECT_TRUE(found.meter_proves_cut);
    EXPECT_TRUE(fits(found.off_watts, found.cut_watts, {1.1, 1.2, 9}, {43.2, 60, 9}));
}

TEST(Thresholds, NeedAFactorOfFourAndTwoWatts) {
    EXPECT_EQ(refused({5, 5, 9}, {19.9, 30, 9}), NoThresholds::too_near);
    EXPECT_DOUBLE_EQ(proposed({5, 5, 9}, {20, 30, 9}).off_watts, 10.0);
    EXPECT_EQ(refused({0, 0.1, 9}, {1.9, 3, 9}), NoThresholds::too_near);
    EXPECT_EQ(refused({30, 40, 9}, {5, 10, 9}), NoThresholds::swapped);
    EXPECT_EQ(refused({90, 90, 9}, {400, 500, 9}), NoThresholds::out_of_bounds);
}

TEST(Thresholds, AMeterThatCannotTellSoftOffFromACutIsNamed) {
    EXPECT_FALSE(proposed({0.1, 0.1, 9}, {30, 40, 9}).meter_proves_cut);
    EXPECT_TRUE(proposed({0.2, 0.3, 9}, {30, 40, 9}).meter_proves_cut);
    EXPECT_DOUBLE_EQ(proposed({0.2, 0.3, 9}, {30, 40, 9}).cut_watts, 0.1);
}

TEST(Thresholds, AConfigurationFitsOnlyBetweenTheTwo) {
    const Reading off{1.0, 1.3, 9}, running{30, 40, 9};
    EXPECT_TRUE(fits(5.0, 0.5, off, running));
    EXPECT_FALSE(fits(1.3, 0.5, off, running));
    EXPECT_FALSE(fits(30.0, 0.5, off, running));
    EXPECT_FALSE(fits(5.0, 1.0, off, running)) << "soft-off would pass for a cut";
}

class CommissionLedger : public JournalTest {
  protected:
    void SetUp() override {
        JournalTest::SetUp();
        fs::create_directory(state_);
    }
    static Channel channel(const std::string& key, const std::string& wiring) {
        Channel c;
        c.key = key;
        c.wiring = wiring;
        return c;
    }
    static Entry entry(bool verified) {
        Entry e;
        e.verified = verified;
        e.at = "2026-11-26T10:00:00.000+08:00";
        e.by = "张工";
        e.seen = "closed → open";
        return e;
    }
};

TEST_F(CommissionLedger, AResultHoldsForItsWiringOnly) {
    const Channel here = channel("contact.west_door", "doors1.in1 (x)");
    {
        Ledger ledger(state_, "demo");
        EXPECT_EQ(ledger.standing(here), Standing::open);
        ledger.mark(here, entry(true));
        EXPECT_EQ(ledger.standing(here), Standing::verified);
    }
    Ledger again(state_, "demo");
    EXPECT_EQ(again.standing(here), Standing::verified);
    EXPECT_EQ(again.of(here.key)->by, "张工");
    EXPECT_EQ(again.standing(channel(here.key, "doors1.in1 (x, inverted)")), Standing::changed);
    again.mark(here, entry(false));
    EXPECT_EQ(Ledger(state_, "demo").standing(here), Standing::failed);
}

TEST_F(CommissionLedger, WhatWasLearnedAndWhatWasLeftComesBack) {
    const Channel meter = channel("circuit.pc1.meter", "meter1.watts");
    {
        Ledger ledger(state_, "demo");
        Entry e = entry(true);
        e.learned = Learned{1, 1.5, 40, 60, 7.7, 0.5};
        ledger.mark(meter, e);
        ledger.note_left({"circuit.pc1", "relay1.coil1", "w", false, "张工", "t", 7});
        ledger.note_left({"buzzer", "relay1.coil2", "w", true, "张工", "t", 8});
        ledger.forget_left("buzzer");
    }
    const Ledger again(state_, "demo");
    ASSERT_TRUE(again.of(meter.key)->learned);
    EXPECT_DOUBLE_EQ(*again.of(meter.key)->learned->off_watts, 7.7);
    ASSERT_EQ(again.left().size(), 1U);
    EXPECT_EQ(again.left()[0].key, "circuit.pc1");
    EXPECT_EQ(again.left()[0].seq, 7U);
    EXPECT_FALSE(again.left()[0].was);
}

TEST_F(CommissionLedger, ADamagedForeignOrNewerFileIsRefusedWithTheRemedy) {
    const auto complaint = [&](const std::string& text) -> std::string {
        write_bytes(state_ / "commissioning.json", text);
        try {
            const Ledger ledger(state_, "demo");
            return "";
        } catch (const std::runtime_error& e) {
            return e.what();
        }
    };
    EXPECT_NE(complaint("{").find("is damaged; move it away"), std::string::npos);
    EXPECT_NE(complaint(R"({"version":1,"hall":"demo"})").find("is damaged"), std::string::npos);
    EXPECT_NE(complaint(R"({"version":2,"hall":"demo","channels":{}})").find("another version"),
              std::string::npos);
    EXPECT_NE(
        complaint(R"({"version":1,"hall":"other","channels":{}})").find("of the hall \"other\""),
        std::string::npos);
    EXPECT_EQ(complaint(R"({"version":1,"hall":"demo","channels":{}})"), "");
}

TEST_F(CommissionLedger, RecordsLeaveTheRulesMemoryAsItIs) {
    const SiteConfig site;
    {
        const auto opened = open();
        // Before any daemon there is no memory yet.
        Scribe(*opened.journal, site, "张工").record("output", "done", {{"channel", "buzzer"}});
        EXPECT_EQ(opened.journal->snapshot(), std::nullopt);
    }
    EXPECT_TRUE(verify().intact) << verify().what;
    fill(2);
    const auto opened = open();
    EXPECT_EQ(opened.damage, "");
    Scribe scribe(*opened.journal, site, "张工");
    const auto seq = opened.journal->head().seq;
    scribe.record("output", "done", {{"channel", "buzzer"}});
    EXPECT_EQ(opened.journal->snapshot(), "snapshot 1");
    EXPECT_FALSE(scribe.daemon_ran_since(seq));
    EXPECT_TRUE(scribe.daemon_ran_since(0));
    EXPECT_TRUE(verify().intact) << verify().what;
}

std::multiset<std::string> placeholders(std::string_view text) {
    static const std::regex one("\\{(\\w+)\\}");
    const std::string all(text);
    std::multiset<std::string> found;
    for (std::sregex_iterator at(all.begin(), all.end(), one), end; at != end; ++at)
        found.insert((*at)[1]);
    return found;
}

TEST(CommissionWords, SayTheSameInBothLanguages) {
    std::set<std::string_view> keys;
    for (const Phrase& p : phrases()) {
        EXPECT_TRUE(keys.insert(p.key).second) << p.key << " is there twice";
        const auto zh = placeholders(p.zh), en = placeholders(p.en);
        // Some sentences name a thing once more in one of the languages.
        EXPECT_EQ(std::set<std::string>(zh.begin(), zh.end()),
                  std::set<std::string>(en.begin(), en.end()))
            << p.key;
        EXPECT_FALSE(p.zh.empty() || p.en.empty()) << p.key;
    }
    EXPECT_THROW(phrase(true, "no_such_phrase"), std::logic_error);
    EXPECT_EQ(phrase(false, "changed", {{"what", "x"}, {"level", "open"}}), "  x: open");
}

/// Every text in quotes in the sources that is a phrase's key.
TEST(CommissionWords, AreAllUsed) {
    std::string sources;
    for (const auto& e : fs::directory_iterator(fs::path(HALL_SOURCE_DIR) / "daemon/commission")) {
        if (e.path().extension() != ".cpp" || e.path().filename() == "words.cpp") continue;
        std::ifstream in(e.path());
        sources.append(std::istreambuf_iterator<char>(in), {});
    }
    std::ifstream in(fs::path(HALL_SOURCE_DIR) / "daemon/ctl/commission.cpp");
    sources.append(std::istreambuf_iterator<char>(in), {});
    for (const Phrase& p : phrases()) {
        const std::string key(p.key);
        // "level." and "standing." are put together from their ends.
        const std::string end = key.substr(key.find('.') + 1);
        const bool made = key.rfind("level.", 0) == 0 || key.rfind("standing.", 0) == 0;
        EXPECT_TRUE(sources.find("\"" + key + "\"") != std::string::npos ||
                    (made && sources.find("\"" + end + "\"") != std::string::npos))
            << key;
    }
    static const std::regex call(R"re((?:say|ask|yes|typed|text|word)\(\s*"([a-z_.]+)")re");
    for (std::sregex_iterator at(sources.begin(), sources.end(), call), end; at != end; ++at) {
        const std::string key = (*at)[1];
        EXPECT_TRUE(std::any_of(phrases().begin(), phrases().end(),
                                [&](const Phrase& p) { return p.key == key; }) ||
                    key == "title" || key == "source" || key == "verified")
            << key;
    }
}

}  // namespace
}  // namespace hall::commission
