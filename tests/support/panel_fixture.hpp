#pragma once
// A panel server with a made-up hall behind it, on a free port of its own, and a client of bare
// sockets: what goes over the wire is exactly what a test writes.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/panel/server.hpp"

namespace hall::panel {

/// No test waits longer than this for anything.
constexpr int kPatienceSeconds = 20;

struct FakeHall : Host {
    std::string state() override {
        ++asked;
        return text;
    }
    void act(const std::string& action, const std::string& body,
             std::function<void(Reply)> done) override {
        actions.push_back(action);
        bodies.push_back(body);
        if (hold) {
            waiting.push_back(std::move(done));
        } else {
            done(answer);
        }
    }
    Reply health() override { return healthy; }
    std::string metrics() override { return "hall_steps_total 7\n"; }

    std::string text = R"({"ts":"2026-11-24T17:35:02.123+08:00","closing":{"phase":"open"}})";
    Reply answer{200, R"({"fine":true})"};
    Reply healthy{200, R"({"status":"ok"})"};
    std::vector<std::string> actions, bodies;
    std::vector<std::function<void(Reply)>> waiting;
    bool hold = false;
    int asked = 0;
};

class Wire {
  public:
    explicit Wire(int port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        timeval limit{kPatienceSeconds, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (receive_buffer > 0)
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr any{};
        std::memcpy(&any, &to, sizeof any);
        EXPECT_EQ(::connect(fd_, &any, sizeof any), 0) << std::strerror(errno);
    }
    ~Wire() {
        if (fd_ >= 0) ::close(fd_);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    Wire(Wire&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), rest_(std::move(other.rest_)) {}
    Wire& operator=(Wire&&) = delete;

    /// False when the server has closed already.
    [[nodiscard]] bool send(const std::string& bytes) const {
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) return false;
            sent += static_cast<std::size_t>(n);
        }
        return true;
    }

    /// Exactly n bytes, or fewer when the server closes.
    std::string take(std::size_t n) {
        while (rest_.size() < n && more()) {
        }
        std::string result = rest_.substr(0, n);
        rest_.erase(0, n);
        return result;
    }
    std::string take_until(const std::string& mark) {
        for (;;) {
            const auto at = rest_.find(mark);
            if (at != std::string::npos) return take(at + mark.size());
            if (!more()) return take(rest_.size());
        }
    }
    /// True when the server ends the connection (not when the test's patience ends).
    bool closed_by_server() {
        while (more()) {
        }
        return ended_;
    }
    /// Waits for the server's end of the connection, and no longer than that.
    [[nodiscard]] bool ended_within(std::chrono::milliseconds time) const {
        pollfd ready{fd_, POLLIN | POLLRDHUP, 0};
        return ::poll(&ready, 1, static_cast<int>(time.count())) > 0;
    }
    /// Nothing lies ready to be read.
    [[nodiscard]] bool silent() const {
        char c = 0;
        return rest_.empty() && ::recv(fd_, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
    }

  private:
    bool more() {
        char chunk[4096];
        const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
        if (n <= 0) {
            ended_ = n == 0 || errno == ECONNRESET;
            return false;
        }
        rest_.append(chunk, static_cast<std::size_t>(n));
        return true;
    }

    int fd_ = -1;
    std::string rest_;
    bool ended_ = false;
};

struct Answered {
    int status = 0;
    std::string head, body;
    [[nodiscard]] bool has(const std::string& header) const {
        return head.find(header) != std::string::npos;
    }
};

inline Answered read_answer(Wire& wire, bool with_body = true) {
    Answered a;
    a.head = wire.take_until("\r\n\r\n");
    if (a.head.size() > 12) a.status = std::stoi(a.head.substr(9, 3));
    const auto at = a.head.find("Content-Length: ");
    if (with_body && at != std::string::npos)
        a.body = wire.take(std::stoul(a.head.substr(at + 16)));
    return a;
}

class PanelTest : public ::testing::Test {
  protected:
    void serve(const Limits& limits = {}, std::vector<std::string> allowed = {}) {
        PanelConfig config;
        config.port = 0;
        config.allowed_hosts = std::move(allowed);
        server_.emplace(io_, config, hall_, limits);
        port_ = server_->port();
        host_ = "127.0.0.1:" + std::to_string(port_);
        thread_ = std::thread([this] { io_.run(); });
    }
    void TearDown() override {
        if (thread_.joinable()) {
            on_loop([this] { server_.reset(); });
            work_.reset();
            thread_.join();
        }
    }
    /// Runs something on the server's thread, and waits for it.
    void on_loop(const std::function<void()>& work) {
        std::promise<void> done;
        boost::asio::post(io_, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    void changed(const std::string& state) {
        on_loop([&] {
            hall_.text = state;
            server_->changed();
        });
    }

    [[nodiscard]] std::string get(const std::string& target, const std::string& more = "") const {
        return "GET " + target + " HTTP/1.1\r\nHost: " + host_ + "\r\n" + more + "\r\n";
    }
    [[nodiscard]] std::string post(const std::string& target, const std::string& body,
                                   const std::string& more = "") const {
        return "POST " + target + " HTTP/1.1\r\nHost: " + host_ +
               "\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
    }
    /// One request on a connection of its own.
    Answered ask(const std::string& bytes) {
        Wire wire(port_);
        EXPECT_TRUE(wire.send(bytes));
        return read_answer(wire, bytes.compare(0, 5, "HEAD ") != 0);
    }

    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    FakeHall hall_;
    std::optional<Server> server_;
    std::thread thread_;
    int port_ = 0;
    std::string host_;
};

}  // namespace hall::panel
