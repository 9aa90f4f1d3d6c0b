#pragma once
// The real hallsim on a small hall in a folder of its own, with free ports, and masters to talk to
// it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/process.hpp"

namespace hall::sim {

using Json = nlohmann::json;
using test::kPatience;
using test::Process;

/// A bound loopback socket. Closed again, its port is free for a moment: the kernel gives others
/// first.
class Socket {
  public:
    explicit Socket(int fd) : fd_(fd) {}
    ~Socket() { ::close(fd_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

    static sockaddr_in loopback(int port) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return to;
    }
    bool connect(int port) const {
        const sockaddr_in to = loopback(port);
        sockaddr any{};
        std::memcpy(&any, &to, sizeof any);
        return ::connect(fd_, &any, sizeof any) == 0;
    }
    int bind_free() const {
        const sockaddr_in to = loopback(0);
        sockaddr any{};
        std::memcpy(&any, &to, sizeof any);
        if (::bind(fd_, &any, sizeof any) != 0 || ::listen(fd_, 1) != 0) return 0;
        sockaddr_in got{};
        socklen_t size = sizeof any;
        ::getsockname(fd_, &any, &size);
        std::memcpy(&got, &any, sizeof got);
        return ntohs(got.sin_port);
    }

  private:
    int fd_;
};

inline int new_socket() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{kPatience.count(), 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

struct Answer {
    int status = 0;
    std::string text;
    [[nodiscard]] Json json() const { return Json::parse(text, nullptr, false); }
};

class Master {
  public:
    explicit Master(modbus_t* context) : context_(context, modbus_free) {
        modbus_set_response_timeout(context_.get(), 2, 0);
    }
    ~Master() { modbus_close(context_.get()); }
    Master(const Master&) = delete;
    Master& operator=(const Master&) = delete;

    modbus_t* on(int unit) {
        modbus_set_slave(context_.get(), unit);
        return context_.get();
    }
    bool connect() { return modbus_connect(context_.get()) == 0; }
    void timeout_ms(std::uint32_t ms) {
        modbus_set_response_timeout(context_.get(), ms / 1000, ms % 1000 * 1000);
    }
    float watts(int unit) {
        std::uint16_t words[2]{};
        if (modbus_read_input_registers(on(unit), 0x0C, 2, words) != 2) return -1.0F;
        const std::uint32_t bits = static_cast<std::uint32_t>(words[0]) << 16U | words[1];
        float value = 0;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }

  private:
    std::unique_ptr<modbus_t, void (*)(modbus_t*)> context_;
};

class HallsimTest : public ::testing::Test {
  protected:
    HallsimTest() {
        std::string pattern = ::testing::TempDir() + "hallsim-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        const Socket probe(new_socket());
        tcp_port = probe.bind_free();
        write_config(config_text());
    }
    ~HallsimTest() override {
        sim.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    [[nodiscard]] std::string pty() const { return (folder / "field.pty").string(); }
    [[nodiscard]] std::string config() const { return (folder / "hall.toml").string(); }
    void write_config(const std::string& text) const { std::ofstream(config()) << text; }
    [[nodiscard]] std::string config_text() const;

    /// Starts it without waiting for anything.
    Process& launch(std::vector<std::string> more = {"--http", "0"}) {
        std::vector<std::string> argv{HALLSIM_PROGRAM, "--config", config()};
        argv.insert(argv.end(), more.begin(), more.end());
        sim = std::make_unique<Process>(
            argv, std::vector<std::string>{std::string("HALL_DEVICES=") + HALL_SOURCE_DIR +
                                           "/config/devices"});
        return *sim;
    }
    void start() {
        Process& program = launch({"--http", "0", "--json"});
        ASSERT_TRUE(program.says("\nready\n")) << program.output();
        const std::string& text = program.output();
        const std::size_t line = text.find("{\"http\"");
        ASSERT_NE(line, std::string::npos) << text;
        addresses = Json::parse(text.substr(line, text.find('\n', line) - line));
        const auto http = addresses.at("http").get<std::string>();
        http_port = std::stoi(http.substr(http.rfind(':') + 1));
    }

    [[nodiscard]] Answer send(const std::string& request) const {
        const Socket socket(new_socket());
        EXPECT_TRUE(socket.connect(http_port));
        EXPECT_EQ(::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(request.size()));
        std::string all;
        char chunk[4096];
        for (ssize_t n = 0; (n = ::recv(socket.fd(), chunk, sizeof chunk, 0)) > 0;)
            all.append(chunk, static_cast<std::size_t>(n));
        const std::size_t body = all.find("\r\n\r\n");
        if (all.size() < 12 || body == std::string::npos) return {};
        return {std::stoi(all.substr(9, 3)), all.substr(body + 4)};
    }
    [[nodiscard]] Answer get(const std::string& path, const std::string& more = "") const {
        return send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more +
                    "Connection: close\r\n\r\n");
    }
    [[nodiscard]] Answer post(const std::string& body, const std::string& more = "") const {
        return send("POST /set HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more +
                    "Connection: close\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body);
    }
    [[nodiscard]] std::string state(const std::string& thing) const {
        const Json all = get("/state").json();
        return all.contains(thing) && all[thing].is_string() ? all[thing].get<std::string>() : "?";
    }
    /// Asks again until it is so, or patience ends.
    static bool soon(const std::function<bool()>& is_so) {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        while (!is_so()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::yield();
        }
        return true;
    }

    std::unique_ptr<Master> tcp() const {
        return std::make_unique<Master>(modbus_new_tcp("127.0.0.1", tcp_port));
    }
    std::unique_ptr<Master> rtu() const {
        return std::make_unique<Master>(modbus_new_rtu(pty().c_str(), 9600, 'N', 8, 1));
    }

    std::filesystem::path folder;
    int tcp_port = 0;
    int http_port = 0;
    Json addresses;
    std::unique_ptr<Process> sim;
};

}  // namespace hall::sim
