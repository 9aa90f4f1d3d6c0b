// A recording, run again, gives the journal to the byte; whatever was changed is named.
#include "daemon/shell/replay.hpp"

#include "tests/support/taped_evening.hpp"

namespace hall::test {
namespace {

namespace fs = std::filesystem;

/// Two people close the hall.
void close_hall(Evening& e) {
    e.confirm("1001");
    e.confirm("1002");
    e.pass(60s);
}

std::size_t line_with(const std::vector<std::string>& lines, const std::string& text) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].find(text) != std::string::npos) return i;
    }
    ADD_FAILURE() << "no line with " << text;
    return 0;
}

void swap_text(std::string& line, const std::string& from, const std::string& to) {
    const std::size_t at = line.find(from);
    ASSERT_NE(at, std::string::npos) << line;
    line.replace(at, from.size(), to);
}

std::string complaint(const TapedEvening& t) {
    try {
        static_cast<void>(t.replayed());
    } catch (const DamagedRecording& e) {
        const std::string what = e.what();
        return what.substr(what.find(".jsonl") + 6);
    }
    return "none";
}

TEST(Replay, AClosingGivesTheJournalAgain) {
    TapedEvening t;
    close_hall(t.evening);
    t.recorder->stop();
    const ReplayResult r = t.replayed();
    ASSERT_FALSE(r.departure) << r.departure->what;
    EXPECT_EQ(r.records, t.journal.size());
    EXPECT_GT(r.records, 15U);
    EXPECT_GT(r.events, 100U);
    EXPECT_EQ(r.first_seq, 1U);
    EXPECT_EQ(r.last_seq, t.journal.size());
    EXPECT_TRUE(r.notes.empty()) << r.notes.front();
}

TEST(Replay, RandomEveningsWithRestartsGiveTheirJournalsAgain) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Dice dice(seed);
        // A ring of files so small that many begin in the middle of something.
        TapedEvening t(std::uint64_t{1} << 20U);
        for (int step = 0; step < 180; ++step) {
            happen(t.evening, dice);
            if (dice.one_in(3)) t.evening.pass(dice.below(6) * 1000ms + dice.below(1000) * 1ms);
            if (dice.one_in(45)) {
                t.restart(dice.below(50) * 1000ms, dice.one_in(2)   ? Boot::same
                                                   : dice.one_in(3) ? Boot::rebooted_clock_untrusted
                                                                    : Boot::rebooted);
            }
            t.full = dice.one_in(20);
        }
        const ReplayResult r = t.replayed();
        ASSERT_FALSE(r.departure) << r.departure->what << "\n"
                                  << r.departure->expected << "\n"
                                  << r.departure->came;
        ASSERT_EQ(r.records, t.journal.size());
        // Each file stands alone.
        std::uint64_t records = 0;
        for (const fs::path& file : t.files()) {
            const ReplayResult alone = replay({file}, t.options());
            ASSERT_FALSE(alone.departure) << file << alone.departure->what;
            records += alone.records;
        }
        EXPECT_EQ(records, t.journal.size());
    }
}

TEST(Replay, AFileThatBeginsInTheMiddleOfAClosingGoesOnExactly) {
    // 8 files of 16 KiB.
    TapedEvening t(std::uint64_t{128} << 10U);
    close_hall(t.evening);
    t.evening.pass(60s);
    ASSERT_GT(t.files().size(), 2U);
    const ReplayResult r = t.replayed();
    ASSERT_FALSE(r.departure) << r.departure->what;
    EXPECT_EQ(r.files, t.files().size());
    EXPECT_EQ(r.records, t.journal.size());
}

TEST(Replay, OneChangedEventIsWhereItDeparts) {
    TapedEvening t;
    close_hall(t.evening);
    const fs::path file = t.files().front();
    const auto lines = lines_of(file);
    const std::size_t at = line_with(lines, R"("person":"1002")");
    auto changed = lines;
    swap_text(changed[at], R"("person":"1002")", R"("person":"1001")");
    write_lines(file, changed);
    const ReplayResult r = t.replayed();
    ASSERT_TRUE(r.departure);
    EXPECT_EQ(r.departure->line, at + 1);
    EXPECT_EQ(r.departure->event_text, changed[at]);
    EXPECT_NE(r.departure->expected.find("\"1002\""), std::string::npos);
    EXPECT_EQ(r.departure->expected, t.journal[r.departure->seq - 1].body);
    EXPECT_NE(r.departure->came, r.departure->expected);
    EXPECT_EQ(r.records, r.departure->seq - 1);
}

TEST(Replay, AnEventWithoutItsRecordsDeparts) {
    TapedEvening t;
    close_hall(t.evening);
    const fs::path file = t.files().front();
    auto lines = lines_of(file);
    const std::size_t at = line_with(lines, R"("e":"closing_confirmed")");
    // Somebody else's word, of no effect.
    auto changed = lines;
    const std::string head = lines[at].substr(0, lines[at].find("\"e\""));
    changed[at] = head + R"("e":"time_passed"})";
    write_lines(file, changed);
    ReplayResult r = t.replayed();
    ASSERT_TRUE(r.departure);
    EXPECT_EQ(r.departure->line, at + 1);
    EXPECT_EQ(r.departure->what, "the rules wrote nothing, and then they did");
    EXPECT_TRUE(r.departure->came.empty());
    EXPECT_FALSE(r.departure->expected.empty());
    // The other way round: records that nobody kept.
    changed = lines;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    write_lines(file, changed);
    r = t.replayed();
    ASSERT_TRUE(r.departure);
    EXPECT_EQ(r.departure->line, at + 1);
    EXPECT_EQ(r.departure->what, "the rules wrote a record, and then they did not");
}

TEST(Replay, EveryRecordOfTheJournalIsCompared) {
    TapedEvening t;
    close_hall(t.evening);
    const auto journal = t.journal;
    for (std::size_t i = 0; i < journal.size(); ++i) {
        t.journal = journal;
        t.journal[i].body.back() = ' ';
        ReplayResult r = t.replayed();
        ASSERT_TRUE(r.departure);
        EXPECT_EQ(r.departure->seq, i + 1);
        EXPECT_EQ(r.records, i);
        t.journal = journal;
        t.journal[i].hash.back() = t.journal[i].hash.back() == '0' ? '1' : '0';
        r = t.replayed();
        ASSERT_TRUE(r.departure);
        EXPECT_EQ(r.departure->seq, i + 1);
    }
    t.journal.resize(5);
    const ReplayResult r = t.replayed();
    ASSERT_TRUE(r.departure);
    EXPECT_EQ(r.departure->what, "the journal has no record 6");
}

TEST(Replay, TornAtAnyByteOfItsLastLinesTheRestIsIdentical) {
    TapedEvening t;
    close_hall(t.evening);
    const fs::path file = t.files().front();
    std::ifstream in(file, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    for (std::size_t cut = 1; cut < 260; ++cut) {
        fs::resize_file(file, whole.size() - cut);
        const ReplayResult r = t.replayed();
        ASSERT_FALSE(r.departure) << cut << r.departure->what;
        ASSERT_EQ(r.notes.size(), 1U) << cut;
        const bool between = whole[whole.size() - cut - 1] == '\n';
        EXPECT_NE(r.notes.front().find(between ? "ends without an end mark" : "is torn and was"),
                  std::string::npos)
            << r.notes.front();
    }
}

TEST(Replay, RecordsThatNeverBecameDurableAreNoDeparture) {
    TapedEvening t;
    t.evening.confirm("1001");
    const fs::path first = t.files().front();
    // The daemon dies between the event and its record; the next one's start has that number.
    auto lines = lines_of(first);
    ASSERT_NE(lines.back().find("kept"), std::string::npos);
    lines.pop_back();
    write_lines(first, lines);
    const auto lost = t.journal.back();
    t.journal.pop_back();
    ReplayResult r = t.replayed();
    ASSERT_FALSE(r.departure) << r.departure->what;
    EXPECT_EQ(r.records, t.journal.size());
    EXPECT_NE(r.notes.front().find("never became durable"), std::string::npos);
    StoredRecord start = lost;
    start.body = R"({"seq":9,"type":"hall.started"})";
    t.journal.push_back(start);
    r = t.replayed();
    ASSERT_FALSE(r.departure) << r.departure->what;
    // They did, and the process ended before it could say so.
    t.journal.back() = lost;
    r = t.replayed();
    ASSERT_FALSE(r.departure);
    EXPECT_EQ(r.records, t.journal.size());
    // Something else stands there.
    t.journal.back().body = R"({"seq":9,"type":"window.changed"})";
    EXPECT_TRUE(t.replayed().departure);
}

TEST(Replay, DamageElsewhereIsNamedWithItsLine) {
    TapedEvening t;
    close_hall(t.evening);
    const fs::path file = t.files().front();
    const auto lines = lines_of(file);
    const auto with = [&](const std::function<void(std::vector<std::string>&)>& change) {
        auto changed = lines;
        change(changed);
        write_lines(file, changed);
        return complaint(t);
    };
    using Lines = std::vector<std::string>;
    EXPECT_EQ(with([](Lines&) {}), "none");
    EXPECT_EQ(with([](Lines& l) { l[6] = "{"; }), ":7: this is not JSON");
    EXPECT_EQ(with([](Lines& l) { l.erase(l.begin()); }),
              ":1: no recording: its header is missing");
    EXPECT_EQ(with([](Lines& l) { l.insert(l.begin(), l.front()); }), ":2: a second header");
    EXPECT_EQ(with([](Lines& l) { swap_text(l[0], "small", "smell"); }),
              ":1: the header was changed: its checksum does not hold");
    EXPECT_EQ(with([](Lines& l) { l.insert(l.begin() + 3, l[1]); }),
              ":4: the rules were started already");
    EXPECT_EQ(with([](Lines& l) { l.erase(l.begin() + 1, l.begin() + 3); }),
              ":2: an event before the rules were started");
    EXPECT_EQ(with([](Lines& l) { l.push_back(R"({"ended":"stopped"})"), l.push_back(l[5]); }),
              ":" + std::to_string(lines.size() + 2) + ": lines follow the end");
    EXPECT_EQ(with([](Lines& l) { l.push_back(R"({"retried":[1,1,1]})"); }),
              ":" + std::to_string(lines.size() + 1) + ": nothing was waiting to be written");
    const std::size_t meter = line_with(lines, "meter_reported");
    const std::string n = lines[meter].substr(5, lines[meter].find(',') - 5);
    const std::string at = ":" + std::to_string(meter + 1) + ": ";
    EXPECT_EQ(
        with([&](Lines& l) { l.erase(l.begin() + static_cast<std::ptrdiff_t>(meter)); }),
        at + "event " + n + " is missing: the next one is " + std::to_string(std::stoul(n) + 1));
    EXPECT_EQ(with([&](Lines& l) { swap_text(l[meter], "\"circuit\":0", "\"circuit\":77"); }),
              at + "field \"circuit\" is 77, and the hall has only 3 of that kind");
    EXPECT_EQ(with([&](Lines& l) { swap_text(l[meter], "\"at\":[", "\"at\":[0,0,1],\"x\":["); }),
              at + "field \"x\" does not belong here");
    write_lines(file, {});
    EXPECT_EQ(complaint(t), ": no recording: it has no whole header");
}

TEST(Replay, AnotherConfigurationDepartsAndSaysWhere) {
    TapedEvening t;
    close_hall(t.evening);
    ReplayOptions o = t.options();
    o.config = t.evening.config;
    EXPECT_FALSE(replay(t.files(), o).departure);
    o.config->closing.countdown = 5s;
    const ReplayResult r = replay(t.files(), o);
    ASSERT_TRUE(r.departure);
    EXPECT_GT(r.records, 0U);
}

TEST(Replay, WhatTheRulesHoldMustMeetAtTheSeamOfTwoFiles) {
    TapedEvening t(std::uint64_t{128} << 10U);
    close_hall(t.evening);
    t.evening.pass(120s);
    const auto files = t.files();
    ASSERT_GT(files.size(), 3U);
    // A file between them is missing.
    const ReplayResult r = replay({files[0], files[2]}, t.options());
    ASSERT_TRUE(r.departure);
    EXPECT_EQ(r.departure->file, files[2].string());
    EXPECT_EQ(r.departure->line, 1U);
}

}  // namespace
}  // namespace hall::test
