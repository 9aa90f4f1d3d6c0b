#include "drivers/sim/rtu_slave.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace hall::sim {

namespace net = boost::asio;
using boost::system::error_code;

RtuSlave::RtuSlave(net::io_context& io, const std::string& path, std::size_t bus, Wires& wires)
    : bus_(bus), wires_(wires), pty_(path), line_(io), silence_(io), delay_(io) {
    // A descriptor of its own: the stream closes it, the pair closes the other.
    line_.assign(::fcntl(pty_.master(), F_DUPFD_CLOEXEC, 0));
    read();
}

void RtuSlave::read() {
    line_.async_read_some(net::buffer(chunk_), [this](const error_code& error, std::size_t size) {
        if (error) return;
        arrived(size);
        read();
    });
}

void RtuSlave::arrived(std::size_t size) {
    requests_.feed(std::span(chunk_).first(size));
    if (!answering_) serve_next();
    watch_silence();
}

void RtuSlave::watch_silence() {
    silence_.expires_after(kSilence);
    silence_.async_wait([this](const error_code& error) {
        if (!error && !answering_) requests_.silence();
    });
}

void RtuSlave::serve_next() {
    while (auto request = requests_.next()) {
        if (request->unit == 0) {
            wires_.broadcast(bus_, request->pdu);
            continue;
        }
        if (auto reply = wires_.exchange(bus_, request->unit, request->pdu))
            return send(std::move(*reply), request->unit);
    }
}

void RtuSlave::send(Wires::Reply reply, std::uint8_t unit) {
    frame_ = {unit};
    frame_.insert(frame_.end(), reply.pdu.begin(), reply.pdu.end());
    seal(frame_);
    if (reply.damaged) wires_.spoil_rtu(frame_);
    answering_ = true;
    if (reply.delay.count() == 0) return write();
    delay_.expires_after(reply.delay);
    delay_.async_wait([this](const error_code& error) {
        if (!error) write();
    });
}

void RtuSlave::write() {
    net::async_write(line_, net::buffer(frame_), [this](const error_code& error, std::size_t) {
        if (error) return;
        answering_ = false;
        serve_next();
        if (requests_.waiting()) watch_silence();
    });
}

}  // namespace hall::sim
