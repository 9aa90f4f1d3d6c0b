#pragma once
// A wire between one client and the broker that fails in the ways in which a network fails.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "tests/support/bell.hpp"
#include "tests/support/loopback.hpp"

namespace hall::test {

class Wire {
  public:
    /// Hears, on the wire's thread, what is passed on, and may change it; a new connection begins
    /// with no bytes.
    using Tap = std::function<void(bool to_broker, char* bytes, std::size_t size)>;

    explicit Wire(int to, Tap tap = {}) : to_(to), tap_(std::move(tap)) {
        listener_ = listen_anywhere(port_);
        thread_ = std::thread([this] { run(); });
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    ~Wire() {
        ending_ = true;
        wake();
        thread_.join();
        close(listener_);
        close(wake_);
        drop();
    }
    /// Both sides see their connection end, without a goodbye.
    void cut() {
        cut_ = true;
        wake();
        eventually([this] { return !cut_; });
    }
    /// Connections stand, and nothing comes through: in both directions, or in one.
    void stall(bool on) { stall(on, on); }
    void stall(bool to_broker, bool to_client) {
        stalled_to_broker_ = to_broker;
        stalled_to_client_ = to_client;
        wake();
    }
    /// So many bytes at once, then a millisecond's rest; 0: as fast as it goes.
    void slow(int bytes) {
        slow_ = bytes;
        wake();
    }
    /// New connections end before they begin.
    void refuse(bool on) {
        refusing_ = on;
        refused_ = 0;
    }
    /// How many were refused since.
    [[nodiscard]] int refused() const { return refused_; }
    [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }

  private:
    void run() {
        while (!ending_) {
            if (cut_) {
                drop();
                cut_ = false;
                bell().ring();
            }
            pollfd fds[4] = {{listener_, POLLIN, 0},
                             {stalled_to_broker_ ? -1 : client_, POLLIN, 0},
                             {stalled_to_client_ ? -1 : server_, POLLIN, 0},
                             {wake_, POLLIN, 0}};
            poll(fds, 4, -1);
            std::uint64_t ignored = 0;
            if (fds[3].revents != 0 && read(wake_, &ignored, sizeof ignored) > 0) continue;
            if ((fds[0].revents & POLLIN) != 0) {
                take_up();
            } else if ((fds[1].revents != 0 && !pass(client_, server_)) ||
                       (fds[2].revents != 0 && !pass(server_, client_))) {
                drop();
            }
            if (slow_ > 0) rest();
        }
    }
    void take_up() {
        drop();
        client_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (refusing_) {
            drop();
            ++refused_;
            bell().ring();
            return;
        }
        server_ = connect_to(to_);
        if (server_ < 0) drop();
        if (server_ >= 0 && tap_) tap_(true, nullptr, 0);
    }
    void rest() const {
        pollfd woken{wake_, POLLIN, 0};
        poll(&woken, 1, 1);
    }
    void wake() const {
        const std::uint64_t one = 1;
        if (write(wake_, &one, sizeof one) < 0) std::abort();
    }
    bool pass(int from, int to) {
        char bytes[4096];
        const int most = slow_;
        const ssize_t n =
            read(from, bytes, most > 0 ? static_cast<std::size_t>(most) : sizeof bytes);
        if (n <= 0) return false;
        // Before it is sent: the answer must not be heard sooner than the question.
        if (tap_) tap_(from == client_, bytes, static_cast<std::size_t>(n));
        return send(to, bytes, static_cast<std::size_t>(n), MSG_NOSIGNAL) == n;
    }
    void drop() {
        if (client_ >= 0) close(client_);
        if (server_ >= 0) close(server_);
        client_ = server_ = -1;
    }

    int to_, port_ = 0, listener_ = -1, client_ = -1, server_ = -1;
    Tap tap_;
    int wake_ = eventfd(0, EFD_CLOEXEC);
    std::atomic<bool> ending_{false}, cut_{false}, refusing_{false};
    std::atomic<bool> stalled_to_broker_{false}, stalled_to_client_{false};
    std::atomic<int> slow_{0}, refused_{0};
    std::thread thread_;
};

}  // namespace hall::test
