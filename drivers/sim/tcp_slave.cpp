#include "drivers/sim/tcp_slave.hpp"

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

namespace hall::sim {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

/// One master's connection: a request, its answer, the next request.
class TcpSession : public std::enable_shared_from_this<TcpSession> {
  public:
    TcpSession(tcp::socket socket, std::size_t bus, Wires& wires)
        : socket_(std::move(socket)), timer_(socket_.get_executor()), bus_(bus), wires_(wires) {}

    void start() { read_head(); }
    void close() {
        error_code ignored;
        timer_.cancel();
        socket_.close(ignored);
    }

  private:
    static constexpr std::size_t kHead = 7;  ///< transaction, protocol, length, unit

    void read_head() {
        net::async_read(socket_, net::buffer(head_),
                        [me = shared_from_this()](const error_code& error, std::size_t) {
                            if (error) return me->close();
                            me->read_rest();
                        });
    }

    void read_rest() {
        const std::size_t length = static_cast<std::size_t>(head_[4] << 8U | head_[5]);
        // What is no Modbus cannot be followed any further.
        if (head_[2] != 0 || head_[3] != 0 || length < 2 || length > 254) return close();
        request_.resize(length - 1);
        net::async_read(socket_, net::buffer(request_),
                        [me = shared_from_this()](const error_code& error, std::size_t) {
                            if (error) return me->close();
                            me->serve();
                        });
    }

    void serve() {
        auto reply = wires_.exchange(bus_, head_[6], request_);
        if (!reply) return read_head();
        const std::size_t length = reply->pdu.size() + 1;
        frame_ = {head_[0],
                  head_[1],
                  0,
                  0,
                  static_cast<std::uint8_t>(length >> 8U),
                  static_cast<std::uint8_t>(length & 0xFFU),
                  head_[6]};
        frame_.insert(frame_.end(), reply->pdu.begin(), reply->pdu.end());
        if (reply->damaged) wires_.spoil_tcp(frame_);
        if (frame_.empty()) return read_head();
        if (reply->delay.count() == 0) return write();
        timer_.expires_after(reply->delay);
        timer_.async_wait([me = shared_from_this()](const error_code& error) {
            if (!error) me->write();
        });
    }

    void write() {
        net::async_write(socket_, net::buffer(frame_),
                         [me = shared_from_this()](const error_code& error, std::size_t) {
                             if (error) return me->close();
                             me->read_head();
                         });
    }

    tcp::socket socket_;
    net::steady_timer timer_;
    std::size_t bus_;
    Wires& wires_;
    std::array<std::uint8_t, kHead> head_{};
    Bytes request_, frame_;
};

void listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, const std::string& what) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
    if (!error) return;
    error_code ignored;
    acceptor.close(ignored);
    const std::string address =
        endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
    std::string remedy;
    if (error == net::error::address_in_use) {
        remedy = "; another program has that port (ss -ltnp names it): stop it or choose another";
    } else if (error == net::error::access_denied) {
        remedy = "; ports below 1024 need privileges: choose a higher one";
    }
    throw std::runtime_error(what + ": cannot listen on " + address + ": " + error.message() +
                             remedy);
}

tcp::endpoint endpoint_of(net::io_context& io, const std::string& host, int port,
                          const std::string& what) {
    error_code error;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(
        host, std::to_string(port), tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error || found.empty())
        throw std::runtime_error(what + ": no address for \"" + host + "\": " + error.message());
    return found.begin()->endpoint();
}

TcpSlave::TcpSlave(net::io_context& io, const std::string& host, int port, std::size_t bus,
                   Wires& wires)
    : bus_(bus), wires_(wires), host_(host), acceptor_(io) {
    endpoint_ = endpoint_of(io, host, port, "bus");
    listen();
    endpoint_ = acceptor_.local_endpoint();
}

TcpSlave::~TcpSlave() {
    close();
}

std::string TcpSlave::address() const {
    return host_ + ":" + std::to_string(endpoint_.port());
}

void TcpSlave::listen() {
    listen_on(acceptor_, endpoint_, "bus");
    accept();
}

void TcpSlave::accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
        if (error == net::error::operation_aborted) return;
        if (!error) {
            error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            std::erase_if(sessions_, [](const auto& session) { return session.expired(); });
            const auto session = std::make_shared<TcpSession>(std::move(socket), bus_, wires_);
            sessions_.insert(session);
            session->start();
        }
        accept();
    });
}

void TcpSlave::close() {
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& weak : sessions_) {
        if (const auto session = weak.lock()) session->close();
    }
    sessions_.clear();
}

void TcpSlave::quality_changed() {
    if (wires_.bus(bus_) == Quality::down) {
        close();
    } else if (!acceptor_.is_open()) {
        listen();
    }
}

}  // namespace hall::sim
