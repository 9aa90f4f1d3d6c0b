#pragma once
// The Modbus TCP end of a bus (MBAP frames, several masters at once).
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <set>
#include <string>

#include "drivers/sim/wires.hpp"

namespace hall::sim {

class TcpSession;

class TcpSlave {
  public:
    /// Listens at once.
    /// @throws std::runtime_error naming address and remedy, when the port cannot be had
    TcpSlave(boost::asio::io_context& io, const std::string& host, int port, std::size_t bus,
             Wires& wires);
    ~TcpSlave();
    TcpSlave(const TcpSlave&) = delete;
    TcpSlave& operator=(const TcpSlave&) = delete;

    /// `127.0.0.1:15021`
    [[nodiscard]] std::string address() const;
    /// Down: closes everything, so that connecting is refused. Up: listens again.
    void quality_changed();

  private:
    void listen();
    void accept();
    void close();

    std::size_t bus_;
    Wires& wires_;
    std::string host_;
    boost::asio::ip::tcp::endpoint endpoint_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::set<std::weak_ptr<TcpSession>, std::owner_less<>> sessions_;
};

/// Opens, binds and listens.
/// @throws std::runtime_error with the address, the reason and the remedy
void listen_on(boost::asio::ip::tcp::acceptor& acceptor,
               const boost::asio::ip::tcp::endpoint& endpoint, const std::string& what);
/// @throws std::runtime_error when it is no address of this machine
boost::asio::ip::tcp::endpoint endpoint_of(boost::asio::io_context& io, const std::string& host,
                                           int port, const std::string& what);

}  // namespace hall::sim
