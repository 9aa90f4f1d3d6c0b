// The loop with a real journal whose disk is full for a while: what it takes up afterwards, and
// that the recording says so.
#include "daemon/shell/loop.hpp"

#include "daemon/shell/replay.hpp"
#include "tests/support/core_config.hpp"
#include "tests/support/full_disk.hpp"
#include "tests/unit/journal_fixture.hpp"

namespace hall {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The small hall on one bus at which nobody answers: what the wires tell, the tests tell.
SiteConfig wired_hall() {
    SiteConfig site;
    site.hall = test::small_hall();
    site.hall.windows[1].links.clear();
    site.sha256 = "-";
    site.clock_from_network = false;
    site.recorder = {true, std::uint64_t{1} << 20U};
    drivers::BusConfig bus;
    bus.id = "bus1";
    bus.host = "127.0.0.1";
    bus.port = 1;
    bus.retry_first = bus.retry_most = 60s;
    site.buses = {bus};
    site.scan_intervals = site.meter_intervals = {60s};
    site.bus_links = {test::kBus1};
    for (const CircuitConfig& c : site.hall.circuits) {
        site.circuits.emplace_back();
        site.circuits.back().stop.resize(c.stop.size());
    }
    for (const WindowConfig& w : site.hall.windows) {
        site.windows.emplace_back();
        site.windows.back().lamps.resize(w.lamps);
    }
    site.contacts.resize(site.hall.contacts.size());
    site.lightbox.output = PointUse{};
    site.buzzer = PointUse{};
    return site;
}

struct LoopTest : JournalTest {
    const SiteConfig site = wired_hall();
    boost::asio::io_context io{1};
    Journal::Opened opened;
    std::unique_ptr<Loop> loop;
    int unanswered = 0;

    /// Started, and every output was read.
    void SetUp() override {
        JournalTest::SetUp();
        opened = open();
        loop = std::make_unique<Loop>(io, site, *opened.journal, "boot-1", root_ / "recorder");
        loop->start("");
        for (std::uint16_t c = 0; c < site.hall.circuits.size(); ++c)
            loop->dispatch(OutputReported{OutputRef::circuit({c}), Level::on});
        for (const auto window : {test::kWindow1, test::kWindow2}) {
            for (std::uint8_t lamp = 0; lamp < 2; ++lamp)
                loop->dispatch(OutputReported{OutputRef::window_lamp(window, lamp), Level::off});
        }
        loop->dispatch(OutputReported{OutputRef::lightbox(), Level::off});
        loop->dispatch(OutputReported{OutputRef::buzzer(), Level::off});
        ASSERT_TRUE(loop->journal_available());
    }
    void TearDown() override {
        loop.reset();
        opened.journal.reset();
        JournalTest::TearDown();
    }

    /// Somebody at the panel sets a window and waits for the answer.
    void set(WindowIx window, WindowState state) {
        const RequestId request = loop->expect([this](const std::optional<Answer>& answer) {
            if (!answer) ++unanswered;
        });
        loop->dispatch(WindowSet{request, "1001", window, state});
    }
    [[nodiscard]] rlim_t journal_size() const { return static_cast<rlim_t>(fs::file_size(wal())); }
    /// The recording's lines from the stall on.
    [[nodiscard]] std::vector<recording::Line> lines_from_stall() const {
        std::vector<recording::Line> lines;
        for (const fs::path& file : segments_in(root_ / "recorder")) {
            std::ifstream in(file);
            for (std::string line; std::getline(in, line);) {
                auto parsed = recording::parse(line);
                if (!lines.empty() || std::holds_alternative<recording::Stalled>(parsed))
                    lines.push_back(std::move(parsed));
            }
        }
        return lines;
    }
    [[nodiscard]] ReplayResult replayed() const {
        ReplayOptions o;
        o.journal = [this](std::uint64_t seq) -> std::optional<StoredRecord> {
            const auto found = opened.journal->read(seq, 1);
            if (found.empty()) return std::nullopt;
            return found.front();
        };
        o.version = "0.1.0";
        o.digest = test::test_digest;
        return replay(segments_in(root_ / "recorder"), o);
    }
};

TEST_F(LoopTest, WhatTheWiresToldWhileTheDiskWasFullIsTakenAsOne) {
    {
        const test::FullDisk full(journal_size());
        loop->dispatch(ButtonPressed{test::kWindow1});
        ASSERT_FALSE(loop->journal_available());
        // Of a meter only the newest is worth anything later.
        loop->dispatch(MeterReported{test::kPc2, 3.0});
        loop->dispatch(MeterReported{test::kPc1, 61.5});
        loop->dispatch(MeterReported{test::kPc2, 62.5});
        loop->dispatch(ButtonPressed{test::kWindow2});
        loop->dispatch(ContactReported{test::kWestDoor, ContactState::open});
        loop->dispatch(TimePassed{});
        set(test::kWindow2, WindowState::paused);
        EXPECT_EQ(1, unanswered);
    }
    while (!loop->journal_available()) ASSERT_NE(0U, io.run_one_for(10s));
    loop->stop();

    const auto lines = lines_from_stall();
    ASSERT_GE(lines.size(), 4U);
    EXPECT_TRUE(std::holds_alternative<recording::Retried>(lines[1]));
    EXPECT_TRUE(std::holds_alternative<recording::Kept>(lines[2]));
    const auto* scan = std::get_if<recording::Scanned>(&lines[3]);
    ASSERT_NE(nullptr, scan);
    std::vector<double> watts;
    std::vector<Outcome> ends;
    bool door = false;
    for (const Event& event : scan->events) {
        EXPECT_TRUE(from_wires(event));
        if (const auto* meter = std::get_if<MeterReported>(&event))
            watts.push_back(meter->watts.value_or(-1));
        if (const auto* end = std::get_if<CommandFinished>(&event)) ends.push_back(end->outcome);
        door = door || std::holds_alternative<ContactReported>(event);
    }
    EXPECT_EQ((std::vector<double>{61.5, 62.5}), watts);
    // What was about to be ordered did not happen.
    EXPECT_EQ((std::vector<Outcome>{Outcome::failed}), ends);
    EXPECT_TRUE(door);
    // What a person did comes after it.
    EXPECT_TRUE(std::any_of(lines.begin() + 4, lines.end(), [](const recording::Line& line) {
        const auto* taken = std::get_if<recording::Taken>(&line);
        return taken != nullptr && std::holds_alternative<ButtonPressed>(taken->event);
    }));
    EXPECT_EQ(WindowState::serving, loop->view().windows[0].state);
    EXPECT_EQ(WindowState::serving, loop->view().windows[1].state);
}

TEST_F(LoopTest, WhatWasReadTogetherIsOneStep) {
    const std::uint64_t before = loop->steps();
    loop->dispatch({ContactReported{test::kWestDoor, ContactState::open},
                    MeterReported{test::kPc1, 61.5}, PowerGoodReported{test::kPc1, Level::on}});
    EXPECT_EQ(before + 1, loop->steps());
    // A press is no reading: it is taken after what was read before it, and before what comes next.
    loop->dispatch({ContactReported{test::kWestDoor, ContactState::closed},
                    MeterReported{test::kPc1, 61.6}, ButtonPressed{test::kWindow1},
                    MeterReported{test::kPc1, 61.7}});
    EXPECT_EQ(before + 4, loop->steps());
    EXPECT_EQ(WindowState::serving, loop->view().windows[0].state);
    loop->stop();
    const ReplayResult r = replayed();
    ASSERT_FALSE(r.departure) << r.departure->what << "\n" << r.departure->came;
    EXPECT_EQ(opened.journal->head().seq, r.last_seq);
}

TEST_F(LoopTest, AChangeIsShownAtOnce) {
    int shown = 0;
    loop->on_change([&] { ++shown; });
    loop->dispatch(ContactReported{test::kWestDoor, ContactState::open});
    EXPECT_EQ(0, shown) << "not in the middle of whatever told it";
    io.poll();
    EXPECT_EQ(1, shown);
    // What follows it closely is shown, too, and together.
    for (const auto state : {ContactState::closed, ContactState::open, ContactState::closed})
        loop->dispatch(ContactReported{test::kWestDoor, state});
    while (shown < 2) ASSERT_NE(0U, io.run_one_for(10s));
    EXPECT_EQ(ContactState::closed, loop->view().contacts[0].state);
}

TEST_F(LoopTest, WhatWasRefusedNeverComesTrue) {
    const std::uint64_t durable = opened.journal->head().seq;
    {
        const test::FullDisk full(journal_size());
        set(test::kWindow1, WindowState::serving);
        EXPECT_EQ(1, unanswered);
        // Nothing waits to be recorded, but who looks is told.
        EXPECT_FALSE(loop->journal_available());
        EXPECT_EQ(WindowState::closed, loop->view().windows[0].state);
    }
    EXPECT_EQ(durable, opened.journal->head().seq);
    // It heals without anybody asking for anything.
    while (!loop->journal_available()) ASSERT_NE(0U, io.run_one_for(10s));
    set(test::kWindow1, WindowState::paused);
    EXPECT_EQ(1, unanswered);
    EXPECT_EQ(WindowState::paused, loop->view().windows[0].state);
    loop->stop();
    const ReplayResult r = replayed();
    ASSERT_FALSE(r.departure) << r.departure->what << "\n" << r.departure->came;
    EXPECT_EQ(opened.journal->head().seq, r.last_seq);
}

TEST_F(LoopTest, ACommandThatCannotBeRecordedWasNeverAccepted) {
    const std::uint64_t durable = opened.journal->head().seq;
    const auto accepted = [&](const std::string& id) {
        const auto records = opened.journal->read(durable + 1, 100);
        return std::count_if(records.begin(), records.end(), [&](const StoredRecord& r) {
            return r.body.find("command.accepted") != std::string::npos &&
                   r.body.find('"' + id + '"') != std::string::npos;
        });
    };
    {
        const test::FullDisk full(journal_size());
        loop->dispatch(CommandAccepted{"first", "window.set", "mqtt"});
        EXPECT_FALSE(loop->journal_available());
    }
    while (!loop->journal_available()) ASSERT_NE(0U, io.run_one_for(10s));
    loop->dispatch(CommandAccepted{"second", "window.set", "mqtt:li"});
    EXPECT_EQ(0, accepted("first")) << "written late";
    EXPECT_EQ(1, accepted("second"));
    loop->stop();
    const ReplayResult r = replayed();
    ASSERT_FALSE(r.departure) << r.departure->what << "\n" << r.departure->came;
    EXPECT_EQ(opened.journal->head().seq, r.last_seq);
}

TEST_F(LoopTest, InALongStallTheNewestReadingOfAWireIsKept) {
    {
        const test::FullDisk full(journal_size());
        loop->dispatch(ButtonPressed{test::kWindow1});
        ASSERT_FALSE(loop->journal_available());
        // More than the inbox holds; the door's last word comes when it is full.
        for (int i = 0; i < 100'001; ++i) {
            loop->dispatch(PowerGoodReported{test::kPc1, i % 2 == 0 ? Level::on : Level::off});
            loop->dispatch(CommandRefused{"id", "closing.cancel", "expired"});
        }
        loop->dispatch(ContactReported{test::kWestDoor, ContactState::open});
    }
    while (!loop->journal_available()) ASSERT_NE(0U, io.run_one_for(10s));
    loop->stop();
    const auto lines = lines_from_stall();
    ASSERT_GE(lines.size(), 4U);
    const auto* scan = std::get_if<recording::Scanned>(&lines[3]);
    ASSERT_NE(nullptr, scan);
    // As much as a crowded inbox holds, and the few that the rest of the hall had to tell.
    EXPECT_LE(scan->events.size(), 10'100U);
    ContactState door = ContactState::unknown;
    Level power = Level::unknown;
    for (const Event& event : scan->events) {
        if (const auto* told = std::get_if<ContactReported>(&event)) door = told->state;
        if (const auto* told = std::get_if<PowerGoodReported>(&event)) power = told->level;
    }
    EXPECT_EQ(ContactState::open, door);
    EXPECT_EQ(Level::on, power);
}

TEST_F(LoopTest, TheRecordingOfAJournalThatHealedReplaysIdentically) {
    {
        const test::FullDisk full(journal_size());
        loop->dispatch(ButtonPressed{test::kWindow1});
        ASSERT_FALSE(loop->journal_available());
        loop->dispatch(MeterReported{test::kPc1, 61.5});
        loop->dispatch(ContactReported{test::kWestDoor, ContactState::open});
        loop->dispatch(FaultButtonPressed{test::kWindow2});
    }
    while (!loop->journal_available()) ASSERT_NE(0U, io.run_one_for(10s));
    loop->dispatch(ButtonPressed{test::kWindow1});
    loop->stop();

    const ReplayResult r = replayed();
    ASSERT_FALSE(r.departure) << r.departure->what << "\n"
                              << r.departure->expected << "\n"
                              << r.departure->came;
    EXPECT_EQ(opened.journal->head().seq, r.records);
    EXPECT_EQ(opened.journal->head().seq, r.last_seq);
    const Verification v = verify();
    EXPECT_TRUE(v.intact) << v.what;
    EXPECT_EQ(r.records, v.records);
}

TEST_F(LoopTest, ADaemonThatDiesWhileItsDiskIsFullLosesOnlyWhatItNeverDid) {
    const std::uint64_t durable = opened.journal->head().seq;
    {
        const test::FullDisk full(journal_size());
        loop->dispatch(ButtonPressed{test::kWindow1});
        ASSERT_FALSE(loop->journal_available());
        loop->dispatch(MeterReported{test::kPc1, 61.5});
        loop.reset();
    }
    EXPECT_EQ(durable, opened.journal->head().seq);
    const ReplayResult r = replayed();
    ASSERT_FALSE(r.departure) << r.departure->what;
    EXPECT_EQ(durable, r.records);
}

}  // namespace
}  // namespace hall
