#include "tests/support/modbus_slave.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace hall::test {

namespace {

constexpr std::size_t kTcpHeader = 7;
constexpr std::size_t kRequestPdu = 5;
constexpr std::size_t kSerialRequest = 8;

std::uint16_t pair(const Bytes& b, std::size_t at) {
    return static_cast<std::uint16_t>(b[at] << 8U | b[at + 1]);
}
std::uint8_t byte(unsigned v) {
    return static_cast<std::uint8_t>(v & 0xFFU);
}

/// The other end of this connection on the same machine has taken everything out of its socket.
bool all_is_read(int fd) {
    int underway = 0;
    if (ioctl(fd, TIOCOUTQ, &underway) != 0 || underway != 0) return false;
    const auto port = [fd](auto name) {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        name(fd, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    };
    const unsigned here = port(getsockname);
    const unsigned there = port(getpeername);
    std::ifstream table("/proc/self/net/tcp");
    std::string line;
    while (std::getline(table, line)) {
        // Number, local and remote address:port, state, bytes to send:bytes to read, all in hex.
        std::istringstream fields(line);
        std::string number, local, remote, state, queues;
        fields >> number >> local >> remote >> state >> queues;
        if (queues.size() != 17 || local.size() != 13 || remote.size() != 13) continue;
        if (std::stoul(local.substr(9), nullptr, 16) == there &&
            std::stoul(remote.substr(9), nullptr, 16) == here)
            return std::stoul(queues.substr(9), nullptr, 16) == 0;
    }
    return true;  // it has hung up
}

SeenRequest parse(Bytes frame, std::size_t unit_at, std::size_t connection) {
    SeenRequest r;
    r.unit = frame[unit_at];
    r.function = frame[unit_at + 1];
    r.address = pair(frame, unit_at + 2);
    r.value = pair(frame, unit_at + 4);
    r.connection = connection;
    r.frame = std::move(frame);
    return r;
}

/// The unit and PDU of an answer, with the fate's faults; empty for none.
Bytes unit_and_pdu(Plant& plant, const SeenRequest& request, const Fate& fate) {
    Bytes out{request.unit};
    if (fate.kind == Fate::Kind::wrong_unit) out[0] = byte(request.unit + 1U);
    Bytes pdu = fate.kind == Fate::Kind::exception
                    ? Bytes{byte(request.function | 0x80U), fate.code}
                    : plant.answer_to(request);
    out.insert(out.end(), pdu.begin(), pdu.end());
    return out;
}

void write_all(int fd, const Bytes& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto n = ::write(fd, bytes.data() + done, bytes.size() - done);
        if (n <= 0) return;
        done += static_cast<std::size_t>(n);
    }
}

void ring(int event) {
    const std::uint64_t one = 1;
    if (::write(event, &one, sizeof one) != sizeof one) throw std::runtime_error("eventfd");
}

}  // namespace

TcpSlave::TcpSlave(Plant& plant, int port)
    : plant_(plant),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
        throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

TcpSlave::~TcpSlave() {
    ring(stop_);
    plant_.release();
    thread_.join();
    for (const Connection& c : connections_) ::close(c.fd);
    ::close(listener_);
    ::close(stop_);
}

void TcpSlave::run() {
    while (true) {
        std::vector<pollfd> fds{{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
        for (const Connection& c : connections_) fds.push_back({c.fd, POLLIN, 0});
        if (::poll(fds.data(), fds.size(), -1) < 0) continue;
        if (fds[0].revents != 0) return;
        for (std::size_t i = fds.size(); i-- > 2;) {
            if (fds[i].revents == 0 || serve(connections_[i - 2])) continue;
            ::close(connections_[i - 2].fd);
            connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i - 2));
        }
        if (fds[1].revents == 0) continue;
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        connections_.push_back({fd, accepted_++, {}, {}});
    }
}

bool TcpSlave::serve(Connection& connection) {
    Bytes chunk(512);
    const auto got = ::read(connection.fd, chunk.data(), chunk.size());
    if (got <= 0) return false;
    connection.input.insert(connection.input.end(), chunk.begin(), chunk.begin() + got);
    while (connection.input.size() >= kTcpHeader + kRequestPdu) {
        const auto end = connection.input.begin() + kTcpHeader + kRequestPdu;
        const Bytes frame(connection.input.begin(), end);
        connection.input.erase(connection.input.begin(), end);
        if (!answer(connection, parse(frame, kTcpHeader - 1, connection.number))) return false;
    }
    return true;
}

bool TcpSlave::answer(Connection& connection, const SeenRequest& request) {
    const Fate fate = plant_.take(request);
    if (fate.kind == Fate::Kind::hang_up) return false;
    if (fate.kind == Fate::Kind::silent) return true;
    const Bytes body = unit_and_pdu(plant_, request, fate);
    Bytes reply(request.frame.begin(), request.frame.begin() + 4);
    if (fate.kind == Fate::Kind::wrong_transaction) reply[1] = byte(reply[1] - 1U);
    reply.push_back(byte(static_cast<unsigned>(body.size()) >> 8U));
    reply.push_back(byte(static_cast<unsigned>(body.size())));
    reply.insert(reply.end(), body.begin(), body.end());
    if (fate.kind == Fate::Kind::raw) reply = fate.bytes;
    if (fate.kind == Fate::Kind::half) reply.resize(reply.size() / 2);
    if (fate.kind == Fate::Kind::late) {
        connection.kept = reply;
        return true;
    }
    write_all(connection.fd, std::exchange(connection.kept, {}));
    if (fate.kind != Fate::Kind::pieces) {
        write_all(connection.fd, reply);
        return true;
    }
    for (const std::uint8_t one : reply) {
        write_all(connection.fd, {one});
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!all_is_read(connection.fd) && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
    }
    return true;
}

SerialSlave::SerialSlave(Plant& plant)
    : plant_(plant),
      master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
    std::array<char, 64> name{};
    if (grantpt(master_) != 0 || unlockpt(master_) != 0 ||
        ptsname_r(master_, name.data(), name.size()) != 0) {
        throw std::runtime_error("no pseudo terminal");
    }
    path_ = name.data();
    keep_open_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    tcgetattr(keep_open_, &raw);
    cfmakeraw(&raw);
    tcsetattr(keep_open_, TCSANOW, &raw);
    thread_ = std::thread([this] { run(); });
}

SerialSlave::~SerialSlave() {
    ring(stop_);
    plant_.release();
    thread_.join();
    ::close(keep_open_);
    ::close(master_);
    ::close(stop_);
}

void SerialSlave::run() {
    Bytes input;
    while (true) {
        std::array<pollfd, 2> fds{{{stop_, POLLIN, 0}, {master_, POLLIN, 0}}};
        if (::poll(fds.data(), fds.size(), -1) < 0) continue;
        if (fds[0].revents != 0) return;
        Bytes chunk(64);
        const auto got = ::read(master_, chunk.data(), chunk.size());
        if (got <= 0) return;
        input.insert(input.end(), chunk.begin(), chunk.begin() + got);
        while (input.size() >= kSerialRequest) {
            const Bytes frame(input.begin(), input.begin() + kSerialRequest);
            // A master that gives up flushes its line, perhaps in the middle of a request.
            const bool whole = crc16(frame) == 0;
            input.erase(input.begin(), input.begin() + (whole ? kSerialRequest : 1));
            if (whole) answer(parse(frame, 0, 0));
        }
    }
}

void SerialSlave::answer(const SeenRequest& request) {
    const Fate fate = plant_.take(request);
    if (fate.kind == Fate::Kind::silent) return;
    Bytes reply = unit_and_pdu(plant_, request, fate);
    const unsigned crc = crc16(reply);
    reply.push_back(byte(crc));
    reply.push_back(byte(crc >> 8U));
    if (fate.kind == Fate::Kind::raw) reply = fate.bytes;
    if (fate.kind == Fate::Kind::half) reply.resize(reply.size() / 2);
    if (fate.kind == Fate::Kind::late) {
        kept_ = reply;
        return;
    }
    write_all(master_, std::exchange(kept_, {}));
    write_all(master_, reply);
}

}  // namespace hall::test
