// The panel's HTTP side: what it serves, and everything that it refuses, byte by byte.
#include "daemon/panel/assets.hpp"
#include "tests/support/panel_fixture.hpp"

namespace hall::panel {
namespace {

using std::chrono::milliseconds;

TEST_F(PanelTest, ThePageAndItsHeaders) {
    serve();
    const Answered page = ask(get("/"));
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body, find_asset("/")->body);
    EXPECT_TRUE(page.has("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_TRUE(page.has("Content-Security-Policy: default-src 'self'"));
    EXPECT_TRUE(page.has("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_TRUE(page.has("Cache-Control: no-store\r\n"));
    EXPECT_EQ(ask(get("/?from=kiosk")).status, 200);
    EXPECT_EQ(ask(get("/base.css")).status, 200);
    EXPECT_TRUE(ask(get("/base.css")).has("Content-Type: text/css"));
    EXPECT_TRUE(ask(get("/panel.js")).has("Content-Type: text/javascript"));
}

TEST_F(PanelTest, StateHealthAndMetrics) {
    serve();
    const Answered state = ask(get("/api/state"));
    EXPECT_EQ(state.body, hall_.text);
    EXPECT_TRUE(state.has("Content-Type: application/json"));
    EXPECT_TRUE(state.has("Cache-Control: no-store"));
    EXPECT_EQ(ask(get("/metrics")).body, "hall_steps_total 7\n");
    EXPECT_TRUE(ask(get("/metrics")).has("Content-Type: text/plain; version=0.0.4"));
    EXPECT_EQ(ask(get("/healthz")).status, 200);
    on_loop([&] { hall_.healthy = {503, R"({"status":"journal_unavailable"})"}; });
    EXPECT_EQ(ask(get("/healthz")).status, 503);
}

TEST_F(PanelTest, HeadGivesTheHeadOnly) {
    serve();
    Wire wire(port_);
    ASSERT_TRUE(wire.send("HEAD / HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n" + get("/healthz")));
    const Answered head = read_answer(wire, false);
    EXPECT_EQ(head.status, 200);
    EXPECT_TRUE(
        head.has("Content-Length: " + std::to_string(find_asset("/")->body.size()) + "\r\n"));
    EXPECT_EQ(read_answer(wire).body, R"({"status":"ok"})");
}

TEST_F(PanelTest, AnActionReachesTheHallOnceWithItsBody) {
    serve();
    on_loop([&] { hall_.answer = {409, R"({"code":"contact_open"})"}; });
    const Answered a = ask(post("/api/closing/confirm", R"({"staff":"1001"})"));
    EXPECT_EQ(a.status, 409);
    EXPECT_EQ(a.body, R"({"code":"contact_open"})");
    EXPECT_EQ(hall_.actions, std::vector<std::string>{"closing/confirm"});
    EXPECT_EQ(hall_.bodies, std::vector<std::string>{R"({"staff":"1001"})"});
}

TEST_F(PanelTest, AnAnswerMayTakeItsTimeAndTheConnectionLivesOn) {
    serve({milliseconds{300}, milliseconds{30'000}, 64, 32});
    on_loop([&] { hall_.hold = true; });
    Wire wire(port_);
    ASSERT_TRUE(wire.send(post("/api/closing/cancel", "{}")));
    Wire slow(port_);  // closed for its silence: by then the first has waited longer than patience
    EXPECT_TRUE(slow.closed_by_server());
    EXPECT_TRUE(wire.silent());
    on_loop([&] { hall_.waiting.at(0)({200, "{}"}); });
    EXPECT_EQ(read_answer(wire).status, 200);
    ASSERT_TRUE(wire.send(get("/healthz")));
    EXPECT_EQ(read_answer(wire).status, 200);
}

TEST_F(PanelTest, UnknownAddressesAndMethods) {
    serve();
    EXPECT_EQ(ask(get("/nothing")).status, 404);
    EXPECT_EQ(ask(get("/../server.cpp")).status, 404);
    EXPECT_EQ(ask(get("/%2e%2e/server.cpp")).status, 404);
    EXPECT_EQ(ask(get("/index.html.bak")).status, 404);
    EXPECT_EQ(ask(post("/api/Closing/confirm", "{}")).status, 404);
    EXPECT_EQ(ask(post("/api/a/b/c", "{}")).status, 404);
    EXPECT_EQ(ask(post("/api/", "{}")).status, 404);
    EXPECT_TRUE(hall_.actions.empty());
    on_loop([&] { hall_.answer = {404, R"({"code":"malformed"})"}; });
    EXPECT_EQ(ask(post("/api/no/such", "{}")).status, 404);

    const Answered wrong = ask(get("/api/closing/confirm"));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_TRUE(wrong.has("Allow: POST\r\n"));
    EXPECT_TRUE(ask(post("/api/state", "{}")).has("Allow: GET, HEAD\r\n"));
    EXPECT_TRUE(ask(post("/", "{}")).has("Allow: GET, HEAD\r\n"));
    EXPECT_EQ(ask("OPTIONS /api/closing/confirm HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n").status,
              405);
    EXPECT_EQ(ask(get("/api/live")).status, 426);
}

TEST_F(PanelTest, OnlyJsonIsTaken) {
    serve();
    for (const char* type :
         {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
          "Content-Type: application/jsonp\r\n"}) {
        EXPECT_EQ(ask("POST /api/closing/cancel HTTP/1.1\r\nHost: " + host_ + "\r\n" + type +
                      "Content-Length: 2\r\n\r\n{}")
                      .status,
                  415)
            << type;
    }
    EXPECT_TRUE(hall_.actions.empty());
    EXPECT_EQ(
        ask("POST /api/closing/cancel HTTP/1.1\r\nHost: " + host_ +
            "\r\nContent-Type: Application/JSON ; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}")
            .status,
        200);
}

TEST_F(PanelTest, BodiesUpToTheBoundAndNotOneByteMore) {
    serve();
    const std::string largest(8192, ' ');
    EXPECT_EQ(ask(post("/api/closing/cancel", largest)).status, 200);
    EXPECT_EQ(hall_.bodies.at(0), largest);
    EXPECT_EQ(ask(post("/api/closing/cancel", largest + " ")).status, 413);
    EXPECT_EQ(ask(post("/api/closing/cancel", std::string(200'000, ' '))).status, 413);

    const std::string chunked = "POST /api/closing/cancel HTTP/1.1\r\nHost: " + host_ +
                                "\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                                "chunked\r\n\r\n";
    EXPECT_EQ(ask(chunked + "1000\r\n" + largest.substr(0, 4096) + "\r\n1000\r\n" +
                  largest.substr(0, 4096) + "\r\n0\r\n\r\n")
                  .status,
              200);
    EXPECT_EQ(ask(chunked + "2000\r\n" + largest + "\r\n1\r\n \r\n0\r\n\r\n").status, 413);
    EXPECT_EQ(hall_.actions.size(), 2U);
    EXPECT_EQ(ask(post("/api/closing/cancel", "")).status, 200);
}

TEST_F(PanelTest, AClientThatAsksFirstIsToldToGoOn) {
    serve();
    Wire wire(port_);
    ASSERT_TRUE(wire.send("POST /api/closing/cancel HTTP/1.1\r\nHost: " + host_ +
                          "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                          "Content-Length: 2\r\n\r\n"));
    EXPECT_EQ(wire.take_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(wire.send("{}"));
    EXPECT_EQ(read_answer(wire).status, 200);
}

TEST_F(PanelTest, HeadsAreBounded) {
    serve();
    EXPECT_EQ(ask(get("/healthz", "X: " + std::string(7000, 'x') + "\r\n")).status, 200);
    EXPECT_EQ(ask(get("/healthz", "X: " + std::string(9000, 'x') + "\r\n")).status, 431);
    EXPECT_EQ(ask(get("/" + std::string(100'000, 'x'))).status, 431);
}

TEST_F(PanelTest, WhatIsNotHttpIsSaidToBeSo) {
    serve();
    for (const char* bytes :
         {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "\x16\x03\x01\x02\x01\x01\r\n\r\n",
          "POST /api/closing/cancel HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
          "POST /api/closing/cancel HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: "
          "3\r\n\r\n{}"}) {
        Wire wire(port_);
        ASSERT_TRUE(wire.send(bytes));
        EXPECT_EQ(read_answer(wire).status, 400) << bytes;
        EXPECT_TRUE(wire.closed_by_server()) << bytes;
    }
    const std::string no_host = "GET /healthz HTTP/1.1\r\n\r\n";
    EXPECT_EQ(ask(no_host).status, 400);
    EXPECT_EQ(ask("GET /healthz HTTP/1.0\r\n\r\n").status, 400);
    EXPECT_EQ(ask(get("/healthz", "Host: " + host_ + "\r\n")).status, 400);
    EXPECT_EQ(ask(get("http://" + host_ + "/healthz")).status, 400);
    EXPECT_TRUE(hall_.actions.empty());
}

TEST_F(PanelTest, AForeignNameForThisAddressIsRefused) {
    serve({}, {"panel.hall"});
    const auto with_host = [&](const std::string& host, const std::string& more = "") {
        return ask("POST /api/closing/cancel HTTP/1.1\r\nHost: " + host +
                   "\r\nContent-Type: application/json\r\n" + more + "Content-Length: 2\r\n\r\n{}")
            .status;
    };
    const std::string port = std::to_string(port_);
    EXPECT_EQ(with_host("rebound.example:" + port), 403);
    EXPECT_EQ(
        with_host("rebound.example:" + port, "Origin: http://rebound.example:" + port + "\r\n"),
        403);
    EXPECT_EQ(with_host("127.0.0.1:1"), 403);
    EXPECT_TRUE(hall_.actions.empty());
    EXPECT_EQ(ask("GET /api/state HTTP/1.1\r\nHost: rebound.example:" + port + "\r\n\r\n").status,
              403);
    EXPECT_EQ(with_host("localhost:" + port), 200);
    EXPECT_EQ(with_host("panel.hall"), 200);
}

TEST_F(PanelTest, AForeignPageMayNotPost) {
    serve();
    const auto from = [&](const std::string& origin) {
        return ask(post("/api/closing/cancel", "{}", "Origin: " + origin + "\r\n")).status;
    };
    EXPECT_EQ(from("http://evil.example"), 403);
    EXPECT_EQ(from("null"), 403);
    EXPECT_EQ(from("http://localhost:" + std::to_string(port_)), 403);
    EXPECT_EQ(from("http://" + host_ + "\r\nOrigin: http://evil.example"), 403);
    EXPECT_TRUE(hall_.actions.empty());
    EXPECT_EQ(from("http://" + host_), 200);
}

TEST_F(PanelTest, RequestsInOneBreathAreAnsweredInOrder) {
    serve();
    on_loop([&] { hall_.hold = true; });
    Wire wire(port_);
    ASSERT_TRUE(wire.send(post("/api/closing/cancel", R"({"n":1})") + get("/healthz") +
                          post("/api/opening/open", R"({"n":2})")));
    while (true) {
        std::size_t asked = 0;
        on_loop([&] { asked = hall_.waiting.size(); });
        if (asked == 1) break;
    }
    EXPECT_TRUE(wire.silent()) << "the second may not overtake the first";
    on_loop([&] {
        hall_.hold = false;
        hall_.waiting.at(0)({200, "first"});
    });
    EXPECT_EQ(read_answer(wire).body, "first");
    EXPECT_EQ(read_answer(wire).body, R"({"status":"ok"})");
    EXPECT_EQ(read_answer(wire).status, 200);
    EXPECT_EQ(hall_.bodies, (std::vector<std::string>{R"({"n":1})", R"({"n":2})"}));
}

TEST_F(PanelTest, ARefusalDoesNotCostTheConnectionUnlessABodyIsLeftUnread) {
    serve();
    Wire wire(port_);
    ASSERT_TRUE(wire.send(get("/nothing") + get("/healthz")));
    EXPECT_EQ(read_answer(wire).status, 404);
    EXPECT_EQ(read_answer(wire).status, 200);
    // The unread body must not be taken for the next request.
    Wire other(port_);
    ASSERT_TRUE(other.send(post("/api/a/b/c", post("/api/closing/cancel", "{}"))));
    EXPECT_EQ(read_answer(other).status, 404);
    EXPECT_TRUE(other.closed_by_server());
    EXPECT_TRUE(hall_.actions.empty());
}

TEST_F(PanelTest, AClientThatTricklesIsDropped) {
    serve({milliseconds{200}, milliseconds{30'000}, 64, 32});
    Wire silent(port_);
    Wire head(port_);
    ASSERT_TRUE(head.send("GET /healthz HTTP/1.1\r\nHost: "));
    Wire body(port_);
    ASSERT_TRUE(body.send("POST /api/closing/cancel HTTP/1.1\r\nHost: " + host_ +
                          "\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n"));
    // One byte now and then must not keep it alive: it ends while we still send.
    int sent = 0;
    while (!body.ended_within(milliseconds(10)) && sent < 200) {
        (void)body.send(" ");
        ++sent;
    }
    EXPECT_LT(sent, 200) << "never dropped";
    EXPECT_TRUE(body.closed_by_server());
    EXPECT_TRUE(head.closed_by_server());
    EXPECT_TRUE(silent.closed_by_server());
    EXPECT_TRUE(hall_.actions.empty());
    EXPECT_EQ(ask(get("/healthz")).status, 200);
}

TEST_F(PanelTest, TooManyConnectionsAreTurnedAwayAndRoomComesBack) {
    serve({milliseconds{10'000}, milliseconds{30'000}, 4, 2});
    std::vector<Wire> open;
    for (int i = 0; i < 4; ++i) {
        open.emplace_back(port_);
        ASSERT_TRUE(open.back().send(get("/healthz")));
        EXPECT_EQ(read_answer(open.back()).status, 200);
    }
    Wire fifth(port_);
    const Answered busy = read_answer(fifth);
    EXPECT_EQ(busy.status, 503);
    EXPECT_TRUE(busy.has("Retry-After: 1\r\n"));
    open.clear();
    int status = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
    while (status != 200 && std::chrono::steady_clock::now() < end)
        status = ask(get("/healthz")).status;
    EXPECT_EQ(status, 200);
}

TEST_F(PanelTest, ATakenPortIsNamedWithARemedy) {
    serve();
    PanelConfig same;
    same.port = port_;
    try {
        Server second(io_, same, hall_);
        FAIL() << "two servers on one port";
    } catch (const std::runtime_error& error) {
        const std::string what = error.what();
        EXPECT_NE(what.find("127.0.0.1:" + std::to_string(port_)), std::string::npos) << what;
        EXPECT_NE(what.find("choose another port"), std::string::npos) << what;
    }
    PanelConfig foreign;
    foreign.host = "192.0.2.1";
    foreign.port = 0;
    EXPECT_THROW(Server(io_, foreign, hall_), std::runtime_error);
}

TEST_F(PanelTest, AServerMayGoWhileClientsWait) {
    serve();
    on_loop([&] { hall_.hold = true; });
    Wire acting(port_);
    ASSERT_TRUE(acting.send(post("/api/closing/cancel", "{}")));
    Wire half(port_);
    ASSERT_TRUE(half.send("GET /hea"));
    for (;;) {
        std::size_t asked = 0;
        on_loop([&] { asked = hall_.waiting.size(); });
        if (asked == 1) break;
    }
    on_loop([&] { server_.reset(); });
    EXPECT_TRUE(acting.closed_by_server());
    EXPECT_TRUE(half.closed_by_server());
    on_loop([&] { hall_.waiting.at(0)({200, "{}"}); });  // too late, and harmless
}

}  // namespace
}  // namespace hall::panel
