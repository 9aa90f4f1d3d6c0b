// One request a line, one answer a line, whoever talks and whatever they send.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "daemon/shell/control_socket.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{20'000};

class ControlSocketTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "hall-sock-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        path_ = folder_ / "halld.sock";
    }
    void TearDown() override {
        stop();
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

    /// A daemon: the socket and its loop on a thread of its own.
    void serve(ControlSocket::Handler handler) {
        socket_ = std::make_unique<ControlSocket>(io_, path_, std::move(handler));
        thread_ = std::thread([this] { io_.run(); });
    }
    void stop() {
        if (!thread_.joinable()) return;
        boost::asio::post(io_, [this] {
            socket_.reset();
            io_.stop();
        });
        thread_.join();
    }
    [[nodiscard]] std::string ask(const std::string& request) const {
        return ask_daemon(path_, request, kPatience);
    }
    /// A client that may break the rules.
    [[nodiscard]] int connect() const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(static_cast<char*>(address.sun_path), path_.c_str(), path_.string().size() + 1);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval limit{20, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return fd;
    }
    static void send(int fd, const std::string& text) {
        ASSERT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    /// Reads `lines` lines, or to the end.
    static std::string receive(int fd, long lines) {
        std::string text;
        char c = 0;
        while (lines > 0 && ::recv(fd, &c, 1, 0) == 1) {
            text += c;
            if (c == '\n') --lines;
        }
        return text;
    }

    fs::path folder_, path_;
    boost::asio::io_context io_{1};
    std::unique_ptr<ControlSocket> socket_;
    std::thread thread_;
};

template <class Action>
std::string refusal_of(Action action) {
    try {
        action();
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return {};
}

TEST_F(ControlSocketTest, AnswersOneRequestAfterAnother) {
    serve([](const std::string& request) { return "{\"got\":\"" + request + "\"}"; });
    EXPECT_EQ(ask("a"), "{\"got\":\"a\"}");
    EXPECT_EQ(ask(""), "{\"got\":\"\"}");
    const int fd = connect();
    send(fd, "one\ntw");
    EXPECT_EQ(receive(fd, 1), "{\"got\":\"one\"}\n");
    send(fd, "o\nthree\n");
    EXPECT_EQ(receive(fd, 2), "{\"got\":\"two\"}\n{\"got\":\"three\"}\n");
    ::close(fd);
}

TEST_F(ControlSocketTest, ALargeAnswerArrivesWholeAndOnOneLine) {
    const std::string large(3'000'000, 'x');
    serve([&](const std::string&) { return "{\n\"a\":\"" + large + "\"}"; });
    EXPECT_EQ(ask("x"), "{ \"a\":\"" + large + "\"}");
}

TEST_F(ControlSocketTest, AHandlerThatThrowsIsAnAnswerAndNotTheEnd) {
    serve([](const std::string& request) -> std::string {
        if (request == "bad") throw std::runtime_error("it \"broke\"");
        return "{}";
    });
    const auto answer = nlohmann::json::parse(ask("bad"));
    EXPECT_EQ(answer.at("result"), "failed");
    EXPECT_EQ(answer.at("message"), "it \"broke\"");
    EXPECT_EQ(ask("good"), "{}");
}

TEST_F(ControlSocketTest, ARequestWithoutAnEndIsRefusedAndTheClientDropped) {
    std::atomic<int> asked{0};
    serve([&](const std::string&) {
        ++asked;
        return std::string("{}");
    });
    const int fd = connect();
    send(fd, std::string(64U * 1024 + 1, 'x'));
    const std::string all = receive(fd, 2);
    EXPECT_NE(all.find("longer than 64 KiB"), std::string::npos);
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1);
    ::close(fd);
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(ask("x"), "{}");
}

TEST_F(ControlSocketTest, AClientThatLeavesInTheMiddleHarmsNobody) {
    const std::string large(2'000'000, 'x');
    serve([&](const std::string&) { return large; });
    for (int i = 0; i < 40; ++i) {
        const int fd = connect();
        send(fd, i % 2 == 0 ? "half" : "whole\n");
        ::close(fd);
    }
    EXPECT_EQ(ask("x").size(), large.size());
}

TEST_F(ControlSocketTest, ManySilentClientsDoNotUseUpTheDaemon) {
    serve([](const std::string&) { return std::string("{}"); });
    std::vector<int> silent;
    for (int i = 0; i < 16; ++i) {
        silent.push_back(connect());
        send(silent.back(), "x\n");
        EXPECT_EQ(receive(silent.back(), 1), "{}\n");
    }
    const int one_more = connect();
    EXPECT_EQ(receive(one_more, 1), "");  // closed at once
    ::close(one_more);
    for (const int fd : silent) ::close(fd);
    // The places are free again as soon as the daemon has seen them go.
    const auto until = std::chrono::steady_clock::now() + kPatience;
    std::string answer;
    while (answer.empty() && std::chrono::steady_clock::now() < until)
        refusal_of([&] { answer = ask("x"); });
    EXPECT_EQ(answer, "{}");
}

TEST_F(ControlSocketTest, TheSocketIsForOwnerAndGroupOnlyAndGoesWithTheDaemon) {
    serve([](const std::string&) { return std::string("{}"); });
    struct stat s {};
    ASSERT_EQ(::stat(path_.c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777U, 0660U);
    stop();
    EXPECT_FALSE(fs::exists(path_));
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ControlSocketTest, ADeadSocketIsReplacedAndALiveOneIsNot) {
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(static_cast<char*>(address.sun_path), path_.c_str(), path_.string().size() + 1);
        ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::close(fd);
    }
    ASSERT_TRUE(fs::exists(path_));
    serve([](const std::string&) { return std::string("{\"first\":1}"); });
    boost::asio::io_context other;
    const std::string why = refusal_of(
        [&] { const ControlSocket second(other, path_, [](const std::string&) { return ""; }); });
    EXPECT_NE(why.find("in use"), std::string::npos) << why;
    EXPECT_EQ(ask("x"), "{\"first\":1}");
}

TEST_F(ControlSocketTest, AFileInTheWayIsLeftAlone) {
    std::ofstream(path_) << "mine";
    const std::string why = refusal_of(
        [&] { const ControlSocket s(io_, path_, [](const std::string&) { return ""; }); });
    EXPECT_NE(why.find("no socket"), std::string::npos) << why;
    EXPECT_TRUE(fs::is_regular_file(path_));
}

TEST_F(ControlSocketTest, AMissingFolderOrATooLongPathIsASentence) {
    const auto make = [&](const fs::path& path) {
        return refusal_of(
            [&] { const ControlSocket s(io_, path, [](const std::string&) { return ""; }); });
    };
    EXPECT_NE(make(folder_ / "none" / "s").find("cannot be made"), std::string::npos);
    EXPECT_NE(make(folder_ / std::string(100, 'x')).find("too long"), std::string::npos);
    EXPECT_NE(refusal_of([&] {
                  ask_daemon(folder_ / std::string(200, 'x'), "x", kPatience);
              }).find("too long"),
              std::string::npos);
}

TEST_F(ControlSocketTest, WhoAsksNobodyIsToldSo) {
    EXPECT_NE(refusal_of([&] { static_cast<void>(ask("x")); }).find("cannot be reached"),
              std::string::npos);
}

TEST_F(ControlSocketTest, WhoGetsNoAnswerIsToldSoInTime) {
    // The loop does not run: the kernel takes the connection, nobody reads.
    const ControlSocket s(io_, path_, [](const std::string&) { return ""; });
    const auto begin = std::chrono::steady_clock::now();
    const std::string why = refusal_of([&] { ask_daemon(path_, "x", milliseconds{50}); });
    EXPECT_NE(why.find("does not answer"), std::string::npos) << why;
    EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{50});
}

TEST_F(ControlSocketTest, AClientIsToldWhenTheDaemonGoes) {
    serve([this](const std::string&) {
        boost::asio::post(io_, [this] {
            socket_.reset();
            io_.stop();
        });
        return std::string("{}");
    });
    // The answer to the request that ends the daemon still arrives.
    EXPECT_EQ(ask("reload"), "{}");
    thread_.join();
    EXPECT_NE(refusal_of([&] { static_cast<void>(ask("x")); }), "");
}

TEST_F(ControlSocketTest, TheHandlerIsNeverCalledAfterTheSocketIsGone) {
    bool called = false;
    {
        const ControlSocket s(io_, path_, [&](const std::string&) {
            called = true;
            return std::string("{}");
        });
        const int fd = connect();
        send(fd, "x\n");
        io_.run_one_for(kPatience);  // accepted
        ::close(fd);
    }
    io_.run_for(milliseconds{1});
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace hall
