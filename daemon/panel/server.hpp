#pragma once
// The panel's HTTP and WebSocket server (Boost.Beast), on the loop's thread.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "daemon/shell/site.hpp"

namespace hall::panel {

struct Reply {
    int status = 200;
    std::string body;  ///< JSON
};

/// What the server needs of the loop.
class Host {
  public:
    virtual ~Host() = default;
    /// GET /api/state, as text.
    virtual std::string state() = 0;
    /// POST /api/<action>. `done` is called exactly once, on the loop's thread, perhaps before
    /// act() returns.
    virtual void act(const std::string& action, const std::string& body,
                     std::function<void(Reply)> done) = 0;
    /// GET /healthz: status 200 or 503, and a JSON body.
    virtual Reply health() = 0;
    /// GET /metrics, Prometheus text.
    virtual std::string metrics() = 0;
};

/// What one client may cost.
struct Limits {
    std::chrono::milliseconds patience{10'000};   ///< for a whole request, and for a whole answer
    std::chrono::milliseconds live_idle{30'000};  ///< a WebSocket that shows no life is dropped
    std::size_t connections = 64;
    std::size_t live = 32;  ///< of these, WebSockets: somebody must still be able to post
};

class Server {
  public:
    /// Binds at once; port 0 takes any free one. @throws std::runtime_error naming the address and
    /// the remedy when the port is taken
    Server(boost::asio::io_context& io, const PanelConfig& config, Host& host,
           const Limits& limits = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    /// Pushes the state to all open WebSockets if it differs from what they have.
    void changed();
    /// A card was held to the reader: tells the open pages of this machine, those of no other,
    /// once. Its number is not kept.
    void card_read(const std::string& number);
    [[nodiscard]] int port() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace hall::panel
