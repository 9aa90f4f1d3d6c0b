#pragma once
// What the connections of one server share. They hold it, not the server: a connection may outlive
// the server by the length of one cancelled operation.
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <set>
#include <string>

#include "daemon/panel/origin.hpp"
#include "daemon/panel/server.hpp"

namespace hall::panel {

/// One connection, of either kind.
class Client {
  public:
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    virtual ~Client() = default;
    /// Ends it at once. Safe at any time, more than once.
    virtual void close() = 0;
    /// Offers the newest state; only a live connection takes it.
    virtual void push(const std::shared_ptr<const std::string>& state) = 0;
    /// Something that is said once and never again; only a live connection of this machine takes
    /// it.
    virtual void note(const std::shared_ptr<const std::string>& text) = 0;
    virtual std::shared_ptr<Client> self() = 0;
};

struct Hub {
    Host* host = nullptr;  ///< null once the server is gone
    HostCheck check;
    Limits limits;
    std::set<Client*> clients;
    std::size_t live = 0;  ///< how many of them are WebSockets

    /// The state as text, made once for all who watch.
    std::shared_ptr<const std::string> latest;
    std::string essence;  ///< of `latest`: see essence_of()
};

/// The state without what merely passes with time (`ts`, `seconds_left`): what decides whether
/// there is anything new to show.
std::string essence_of(const std::string& state);

/// Takes a new connection and serves it until it ends.
void serve_http(std::shared_ptr<Hub> hub, boost::asio::ip::tcp::socket socket);

}  // namespace hall::panel
