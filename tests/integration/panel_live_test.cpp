// The panel's WebSocket: a picture at once, a new one when something changed, and never a queue of
// old ones.
#include "tests/support/panel_fixture.hpp"

namespace hall::panel {
namespace {

using std::chrono::milliseconds;

std::string state(int n, const std::string& ts = "17:35:02") {
    return R"({"ts":")" + ts + R"(","n":)" + std::to_string(n) + "}";
}

class LiveTest : public PanelTest {
  protected:
    [[nodiscard]] std::string upgrade(const std::string& more = "") const {
        return get("/api/live",
                   "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                       more);
    }
    Wire watch(int receive_buffer = 0) {
        Wire wire(port_, receive_buffer);
        EXPECT_TRUE(wire.send(upgrade("Origin: http://" + host_ + "\r\n")));
        EXPECT_EQ(read_answer(wire).status, 101);
        return wire;
    }
    /// One message; control frames are skipped. Empty when the connection has ended.
    static std::string message(Wire& wire) {
        std::string text;
        for (;;) {
            const std::string head = wire.take(2);
            if (head.size() < 2) return {};
            const auto first = static_cast<unsigned char>(head[0]);
            std::size_t size = static_cast<unsigned char>(head[1]);
            if (size > 125) {
                const std::string more = wire.take(size == 126 ? 2 : 8);
                size = 0;
                for (const char c : more) size = size * 256 + static_cast<unsigned char>(c);
            }
            const std::string payload = wire.take(size);
            if ((first & 0x08U) != 0) continue;
            text += payload;
            if ((first & 0x80U) != 0) return text;
        }
    }
    static std::string masked(unsigned char opcode, const std::string& payload) {
        // A mask of zeros leaves the payload readable.
        std::string frame;
        frame += static_cast<char>(0x80U | opcode);
        frame += static_cast<char>(0x80U | payload.size());
        return frame + std::string(4, '\0') + payload;
    }
};

TEST_F(LiveTest, ShowsTheStateAtOnceAndThenEveryChange) {
    serve();
    Wire wire = watch();
    EXPECT_EQ(message(wire), hall_.text);
    changed(state(1));
    EXPECT_EQ(message(wire), state(1));
    changed(state(2));
    EXPECT_EQ(message(wire), state(2));
}

TEST_F(LiveTest, SaysNothingWhenOnlyTimeHasPassed) {
    serve();
    Wire wire = watch();
    EXPECT_EQ(message(wire), hall_.text);
    changed(state(1, "17:35:02"));
    EXPECT_EQ(message(wire), state(1, "17:35:02"));
    changed(state(1, "17:35:03"));
    changed(state(1, "17:35:04"));
    EXPECT_TRUE(wire.silent());
    changed(state(2, "17:35:05"));
    EXPECT_EQ(message(wire), state(2, "17:35:05"));
}

TEST_F(LiveTest, EveryWatcherSeesIt) {
    serve();
    Wire one = watch();
    Wire two = watch();
    EXPECT_EQ(message(one), hall_.text);
    EXPECT_EQ(message(two), hall_.text);
    changed(state(1));
    EXPECT_EQ(message(one), state(1));
    EXPECT_EQ(message(two), state(1));
}

TEST_F(LiveTest, ACardThatWasReadIsSaidOnce) {
    serve();
    Wire one = watch();
    Wire two = watch();
    EXPECT_EQ(message(one), hall_.text);
    EXPECT_EQ(message(two), hall_.text);
    on_loop([&] { server_->card_read("0012345678"); });
    EXPECT_EQ(message(one), R"({"card":"0012345678"})");
    EXPECT_EQ(message(two), R"({"card":"0012345678"})");
    Wire late = watch();
    EXPECT_EQ(message(late), hall_.text);
    EXPECT_TRUE(late.silent()) << "it is not kept for those who come later";
    changed(state(1));
    EXPECT_EQ(message(one), state(1));
    EXPECT_EQ(message(late), state(1));
}

TEST_F(LiveTest, NobodyWatchingCostsNothing) {
    serve();
    changed(state(1));
    EXPECT_EQ(hall_.asked, 0);
}

TEST_F(LiveTest, AForeignPageMayNotWatch) {
    serve();
    Wire wire(port_);
    ASSERT_TRUE(wire.send(upgrade("Origin: http://evil.example\r\n")));
    EXPECT_EQ(read_answer(wire).status, 403);
    EXPECT_EQ(ask("GET /api/live HTTP/1.1\r\nHost: rebound.example:" + std::to_string(port_) +
                  "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                  .status,
              403);
    Wire program(port_);  // no browser: no Origin
    ASSERT_TRUE(program.send(upgrade()));
    EXPECT_EQ(read_answer(program).status, 101);
}

TEST_F(LiveTest, AnUpgradeElsewhereIsNoWebSocket) {
    serve();
    Wire wire(port_);
    std::string request = upgrade();
    request.replace(request.find("/api/live"), 9, "/api/state");
    ASSERT_TRUE(wire.send(request));
    EXPECT_EQ(read_answer(wire).status, 200);
}

TEST_F(LiveTest, WhatAClientSaysIsForgottenAndTooMuchOfItEndsIt) {
    serve();
    Wire wire = watch();
    EXPECT_EQ(message(wire), hall_.text);
    ASSERT_TRUE(wire.send(masked(0x1, "hello") + masked(0x1, "{}") + masked(0x9, "ping")));
    EXPECT_EQ(wire.take(6), std::string("\x8a\x04ping")) << "the pong";
    changed(state(1));
    EXPECT_EQ(message(wire), state(1));
    std::string large;
    large += static_cast<char>(0x81);
    large += static_cast<char>(0xfe);
    large += std::string("\x40\x00", 2) + std::string(4, '\0') + std::string(16384, 'x');
    (void)wire.send(large);
    EXPECT_TRUE(wire.closed_by_server());
}

TEST_F(LiveTest, ASlowClientGetsTheNewestOnlyAndBlocksNobody) {
    serve({milliseconds{20'000}, milliseconds{60'000}, 64, 32});
    Wire slow = watch(2048);
    Wire quick = watch();
    EXPECT_EQ(message(quick), hall_.text);
    constexpr int kMany = 400;
    const std::string padding(20'000, 'x');
    const auto large = [&](int n) {
        return R"({"n":)" + std::to_string(n) + R"(,"p":")" + padding + "\"}";
    };
    for (int n = 0; n < kMany; ++n) {
        changed(large(n));
        ASSERT_EQ(message(quick), large(n));
    }
    int seen = 0;
    std::string last;
    while (last != large(kMany - 1)) {
        last = message(slow);
        ASSERT_FALSE(last.empty());
        ++seen;
    }
    EXPECT_LT(seen, kMany) << "old states were queued";
}

TEST_F(LiveTest, AClientThatTakesNothingIsDropped) {
    serve({milliseconds{100}, milliseconds{60'000}, 64, 32});
    Wire stuck = watch(2048);
    const std::string padding(200'000, 'x');
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
    bool gone = false;
    for (int n = 0; !gone && std::chrono::steady_clock::now() < end; ++n) {
        changed(R"({"n":)" + std::to_string(n) + R"(,"p":")" + padding + "\"}");
        int asked = 0, again = 0;
        // When nobody watches any more, nobody asks for the state.
        on_loop([&] { asked = hall_.asked; });
        on_loop([&] { server_->changed(); });
        on_loop([&] { again = hall_.asked; });
        gone = asked == again;
    }
    EXPECT_TRUE(gone);
}

TEST_F(LiveTest, AClientThatShowsNoLifeIsDropped) {
    serve({milliseconds{10'000}, milliseconds{300}, 64, 32});
    Wire dead = watch();  // never answers a ping
    EXPECT_TRUE(dead.closed_by_server());
}

TEST_F(LiveTest, WatchersCannotCrowdOutThoseWhoAct) {
    serve({milliseconds{10'000}, milliseconds{30'000}, 4, 2});
    Wire one = watch();
    Wire two = watch();
    Wire three(port_);
    ASSERT_TRUE(three.send(upgrade()));
    EXPECT_EQ(read_answer(three).status, 503);
    EXPECT_EQ(ask(post("/api/closing/cancel", "{}")).status, 200);
}

TEST_F(LiveTest, AServerMayGoWhileItIsWatched) {
    serve();
    Wire one = watch();
    Wire two = watch();
    EXPECT_EQ(message(one), hall_.text);
    on_loop([&] { server_.reset(); });
    EXPECT_TRUE(one.closed_by_server());
    EXPECT_TRUE(two.closed_by_server());
}

}  // namespace
}  // namespace hall::panel
