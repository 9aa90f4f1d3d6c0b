// hallctl's side of the control socket: one request, one answer, with a deadline over all of it.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "daemon/shell/control_socket.hpp"

namespace hall {
namespace fs = std::filesystem;
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// The state of a large hall has a few ten thousand bytes.
constexpr std::size_t kLongestAnswer = 8U << 20U;

class Connection {
  public:
    Connection(const fs::path& path, SteadyTime deadline) : path_(path.string()), until_(deadline) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path_.size() >= sizeof address.sun_path)
            throw std::runtime_error("the socket's path is too long: " + path_);
        std::memcpy(static_cast<char*>(address.sun_path), path_.c_str(), path_.size() + 1);
        fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd_ < 0) fail("no socket can be made");
        while (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            // EAGAIN: the daemon is there and its queue is full.
            if (errno == EAGAIN || errno == EINTR) {
                pause_a_little();
                continue;
            }
            const int error = errno;
            ::close(fd_);
            errno = error;
            fail("halld cannot be reached at " + path_);
        }
    }
    ~Connection() { ::close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n >= 0) {
                text.remove_prefix(static_cast<std::size_t>(n));
            } else if (errno == EAGAIN) {
                wait_for(POLLOUT);
            } else if (errno != EINTR) {
                fail("halld did not take the request");
            }
        }
    }

    std::string line() {
        std::string text;
        std::array<char, 16384> buffer{};
        for (;;) {
            const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (n == 0) throw std::runtime_error("halld closed the connection without an answer");
            if (n < 0) {
                if (errno == EAGAIN) {
                    wait_for(POLLIN);
                } else if (errno != EINTR) {
                    fail("halld's answer cannot be read");
                }
                continue;
            }
            text.append(buffer.data(), static_cast<std::size_t>(n));
            if (const auto end = text.find('\n'); end != std::string::npos) {
                text.resize(end);
                return text;
            }
            if (text.size() > kLongestAnswer) throw std::runtime_error("halld's answer has no end");
        }
    }

  private:
    [[noreturn]] static void fail(const std::string& what) {
        throw std::runtime_error(what + ": " + std::generic_category().message(errno));
    }

    [[nodiscard]] int left() const {
        using std::chrono::milliseconds;
        const auto d = std::chrono::ceil<milliseconds>(until_ - std::chrono::steady_clock::now());
        if (d <= milliseconds{0}) throw std::runtime_error("halld does not answer at " + path_);
        return static_cast<int>(std::min<milliseconds::rep>(d.count(), 3'600'000));
    }

    void wait_for(short what) const {
        pollfd p{fd_, what, 0};
        if (::poll(&p, 1, left()) < 0 && errno != EINTR) fail("waiting for halld failed");
    }

    void pause_a_little() const { ::poll(nullptr, 0, std::min(left(), 20)); }

    std::string path_;
    SteadyTime until_;
    int fd_ = -1;
};

}  // namespace

std::string ask_daemon(const fs::path& path, const std::string& request,
                       std::chrono::milliseconds patience) {
    Connection daemon(path, std::chrono::steady_clock::now() + patience);
    daemon.send(request + "\n");
    return daemon.line();
}

bool somebody_listens(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path.string();
    if (name.size() >= sizeof address.sun_path) return false;
    std::memcpy(static_cast<char*>(address.sun_path), name.c_str(), name.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "socket");
    const bool there =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
        errno == EAGAIN;  // its queue is full
    ::close(fd);
    return there;
}

}  // namespace hall
