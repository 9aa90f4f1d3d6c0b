#include "drivers/modbus/resolve.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace hall::drivers::modbus {

namespace {

using Clock = std::chrono::steady_clock;

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// libmodbus waits with select(), which cannot see higher descriptors and would write beyond its
/// set.
constexpr int kHighestDescriptor = FD_SETSIZE - 1;

std::string error_text(int error) {
    return std::system_category().message(error);
}

std::vector<Address> look_up(const std::string& host, int port, int flags, std::string& why) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    std::vector<Address> addresses;
    if (const int rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found)) {
        why = gai_strerror(rc);
        return addresses;
    }
    for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
        Address address;
        address.size = a->ai_addrlen;
        std::memcpy(&address.storage, a->ai_addr, a->ai_addrlen);
        addresses.push_back(address);
    }
    freeaddrinfo(found);
    return addresses;
}

int connect_one(const Address& address, Clock::time_point deadline, std::string& why) {
    const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || fd > kHighestDescriptor) {
        why = fd < 0 ? error_text(errno) : "too many open files";
        if (fd >= 0) ::close(fd);
        return -1;
    }
    int error = 0;
    // The socket interface wants the generic address type.
    const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(fd, generic, address.size) != 0) error = errno;
    if (error == EINPROGRESS) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd waiting{fd, POLLOUT, 0};
        const int wait = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
        socklen_t size = sizeof error;
        if (::poll(&waiting, 1, wait) <= 0) {
            error = ETIMEDOUT;
        } else {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
    if (error != 0) {
        why = error_text(error);
        ::close(fd);
        return -1;
    }
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

}  // namespace

struct Resolver::Lookup {
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    std::vector<Address> addresses;
    std::string why;
};

int Resolver::connect(const std::string& host, int port, std::chrono::milliseconds timeout,
                      std::string& why) {
    const auto deadline = Clock::now() + timeout;
    std::vector<Address> addresses = look_up(host, port, AI_NUMERICHOST, why);
    if (addresses.empty()) {
        // A name. The resolver may take half a minute when its servers are gone; a thread of its
        // own bears that, and holds nothing that could be destroyed meanwhile.
        if (!lookup_) {
            lookup_ = std::make_shared<Lookup>();
            std::thread([lookup = lookup_, host, port] {
                std::string reason;
                auto found = look_up(host, port, 0, reason);
                const std::lock_guard lock(lookup->mutex);
                lookup->addresses = std::move(found);
                lookup->why = std::move(reason);
                lookup->done = true;
                lookup->ended.notify_all();
            }).detach();
        }
        {
            std::unique_lock lock(lookup_->mutex);
            if (!lookup_->ended.wait_until(lock, deadline, [this] { return lookup_->done; })) {
                why = "name lookup takes too long";
                return -1;
            }
            addresses = lookup_->addresses;
            why = lookup_->why;
        }
        lookup_.reset();
    }
    for (const Address& address : addresses) {
        if (const int fd = connect_one(address, deadline, why); fd >= 0) return fd;
    }
    return -1;
}

}  // namespace hall::drivers::modbus
