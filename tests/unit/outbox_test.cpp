// R30, the outbox alone: how fast records go, what goes first, and what a restart remembers.
#include "daemon/telemetry/outbox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/broker.hpp"

namespace hall::test {
namespace {

using telemetry::Outbox;
using Resend = Outbox::Resend;
using Numbers = std::vector<std::uint64_t>;

class OutboxTest : public testing::Test {
  protected:
    OutboxTest() : journal_(Journal::open(state_.path(), [](WallTime) { return 0s; }).journal) {}

    void record(int count) {
        std::vector<Record> records(static_cast<std::size_t>(count),
                                    {"window.set", "R22", {"halld"}, "done", {}});
        journal_->append({Instant{}, WallTime{}, true}, records, "{}");
    }
    void begin(int per_second) {
        outbox_ = std::make_unique<Outbox>(
            *journal_, state_.path() / "delivered",
            [](const StoredRecord& r) {
                return std::vector<telemetry::Outgoing>{{"event", telemetry::event_payload(r)}};
            },
            per_second);
    }
    /// What is sent at that moment, each acknowledged at once as long as `takes` is more than zero.
    Numbers sent_at(Millis t, std::size_t takes = 10'000) {
        Numbers sent;
        std::vector<std::uint64_t> tickets;
        do {
            for (const auto ticket : std::exchange(tickets, {})) outbox_->acknowledged(ticket);
            wait_ = outbox_->pump(Instant{t}, [&](const telemetry::Outgoing& message, auto ticket) {
                if (takes == 0) return false;
                --takes;
                sent.push_back(nlohmann::json::parse(message.payload).at("seq"));
                tickets.push_back(ticket);
                return true;
            });
        } while (!tickets.empty());
        return sent;
    }
    static Numbers run(std::uint64_t first, std::uint64_t last) {
        Numbers list;
        for (; first <= last; ++first) list.push_back(first);
        return list;
    }

    TempFolder state_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Outbox> outbox_;
    std::optional<Millis> wait_;
};

TEST_F(OutboxTest, AnEveningGoesAtOnceTheRestAtItsRate) {
    record(210);
    begin(4);
    EXPECT_EQ(sent_at(0ms), run(1, 200));
    EXPECT_EQ(wait_, 250ms);
    EXPECT_EQ(sent_at(249ms), Numbers{});
    EXPECT_EQ(wait_, 1ms);
    EXPECT_EQ(sent_at(250ms), run(201, 201));
    EXPECT_EQ(sent_at(1'250ms), run(202, 205));
    EXPECT_EQ(sent_at(10'000ms), run(206, 210));
    EXPECT_EQ(wait_, std::nullopt);
    EXPECT_EQ(outbox_->delivered(), 210U);
}

TEST_F(OutboxTest, WhatTheLinkDoesNotTakeCostsNothing) {
    record(250);
    begin(1);
    for (int i = 0; i < 300; ++i) EXPECT_EQ(sent_at(0ms, 0), Numbers{});
    EXPECT_EQ(sent_at(0ms), run(1, 200));
}

TEST_F(OutboxTest, WhatIsNewGoesBeforeWhatIsWantedAgain) {
    record(220);
    begin(1);
    sent_at(0ms);
    sent_at(20'000ms);
    ASSERT_EQ(outbox_->delivered(), 220U);
    ASSERT_EQ(outbox_->resend(1), Resend::begun);
    EXPECT_EQ(sent_at(22'000ms), run(1, 2));
    record(1);
    EXPECT_EQ(sent_at(23'000ms), Numbers{221});
    EXPECT_EQ(outbox_->delivered(), 221U);
    EXPECT_EQ(sent_at(24'000ms), Numbers{3});
    EXPECT_EQ(outbox_->resend(1), Resend::busy);
    EXPECT_EQ(sent_at(400'000ms), run(4, 203));
    EXPECT_EQ(sent_at(417'000ms), run(204, 220));
    EXPECT_EQ(wait_, std::nullopt);
    EXPECT_EQ(outbox_->resend(1), Resend::begun);
}

TEST_F(OutboxTest, ThereIsNothingBeforeTheFirstNorBehindTheLast) {
    record(3);
    begin(50);
    EXPECT_EQ(outbox_->resend(0), Resend::unknown);
    EXPECT_EQ(outbox_->resend(4), Resend::unknown);
    // What was never sent is to be sent anyway, once.
    EXPECT_EQ(outbox_->resend(2), Resend::begun);
    EXPECT_EQ(sent_at(0ms), run(1, 3));
    EXPECT_EQ(outbox_->resend(3), Resend::begun);
    EXPECT_EQ(sent_at(0ms), Numbers{3});
}

TEST_F(OutboxTest, ALossSendsBothAgain) {
    record(50);
    begin(1000);
    sent_at(0ms);
    ASSERT_EQ(outbox_->resend(11), Resend::begun);
    record(5);
    Numbers sent;
    outbox_->pump(Instant{0ms}, [&](const telemetry::Outgoing& message, auto) {
        sent.push_back(nlohmann::json::parse(message.payload).at("seq"));
        return true;
    });
    ASSERT_EQ(sent.size(), 32U) << "as many as may be under way";
    outbox_->disconnected();
    Numbers expected = run(51, 55);
    for (const auto seq : run(11, 50)) expected.push_back(seq);
    EXPECT_EQ(sent_at(0ms), expected);
}

TEST_F(OutboxTest, ARestartRemembersWhatIsStillWanted) {
    record(100);
    begin(50);
    sent_at(0ms);
    ASSERT_EQ(outbox_->resend(41), Resend::begun);
    outbox_->remember(Instant{0ms}, false);  // at once: it was promised
    sent_at(0ms, 20);
    outbox_->remember(Instant{0ms}, true);
    begin(50);
    EXPECT_EQ(outbox_->delivered(), 100U);
    EXPECT_EQ(sent_at(0ms), run(61, 100));
    outbox_->remember(Instant{0ms}, true);
    begin(50);
    EXPECT_EQ(sent_at(0ms), Numbers{});
}

TEST_F(OutboxTest, ACrashRightAfterThePromiseForgetsItNot) {
    record(100);
    begin(50);
    sent_at(0ms);
    outbox_->remember(Instant{0ms}, true);
    ASSERT_EQ(outbox_->resend(91), Resend::begun);
    outbox_->remember(Instant{1ms}, false);
    begin(50);
    EXPECT_EQ(sent_at(0ms), run(91, 100));
}

TEST_F(OutboxTest, ASecondPromiseWithTheSameEndIsKeptToo) {
    record(100);
    begin(50);
    sent_at(0ms);
    ASSERT_EQ(outbox_->resend(41), Resend::begun);
    outbox_->remember(Instant{0ms}, false);
    sent_at(0ms);
    ASSERT_EQ(outbox_->resend(1), Resend::begun);
    outbox_->remember(Instant{1ms}, false);
    begin(50);
    EXPECT_EQ(sent_at(0ms), run(1, 100));
}

TEST_F(OutboxTest, ADiskThatTakesNothingIsNotTriedAllTheTime) {
    record(2'000);
    begin(1000);
    ASSERT_EQ(sent_at(0ms).size(), 200U);
    std::filesystem::create_directory(state_.path() / "delivered");
    outbox_->remember(Instant{60'000ms}, false);  // fails
    std::filesystem::remove_all(state_.path() / "delivered");
    outbox_->remember(Instant{64'999ms}, false);
    EXPECT_FALSE(std::filesystem::exists(state_.path() / "delivered"));
    outbox_->remember(Instant{65'000ms}, false);
    EXPECT_TRUE(std::filesystem::exists(state_.path() / "delivered"));
}

TEST_F(OutboxTest, AShorterJournalMakesThePositionTrueBeforeAnythingIsSent) {
    record(5);
    std::ofstream(state_.path() / "delivered") << "999\n";
    begin(50);
    // It dies at once, and records are made until it is back.
    record(3);
    begin(50);
    EXPECT_EQ(sent_at(0ms), run(6, 8));
}

TEST_F(OutboxTest, AFileThatSaysNonsenseIsNoReasonToSendLess) {
    record(10);
    for (const char* text : {"", "x", "-1", "5 9", "5 9 3", "5 1 99", "5 x y"}) {
        std::ofstream(state_.path() / "delivered") << text;
        begin(50);
        const Numbers sent = sent_at(0ms);
        ASSERT_FALSE(sent.empty()) << text;
        EXPECT_EQ(*std::max_element(sent.begin(), sent.end()), 10U) << text;
        EXPECT_LE(sent.front(), 6U) << text;
    }
    std::ofstream(state_.path() / "delivered") << "9 2 4\n";
    begin(50);
    EXPECT_EQ(sent_at(0ms), (Numbers{10, 3, 4}));
}

}  // namespace
}  // namespace hall::test
