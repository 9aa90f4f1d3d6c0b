#pragma once
// The whole virtual hall on one loop: plant, wires, servers, clock.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/shell/site.hpp"
#include "drivers/sim/http.hpp"
#include "drivers/sim/rtu_slave.hpp"
#include "drivers/sim/tcp_slave.hpp"

namespace hall::sim {

struct SimOptions {
    double speed = 1.0;
    int http_port = 8090;
    std::uint64_t seed = 1;
    std::filesystem::path templates;
};

class Sim {
  public:
    /// Serves as soon as the loop runs.
    /// @throws std::runtime_error with reason and remedy
    Sim(boost::asio::io_context& io, const SiteConfig& site, const SimOptions& options);
    ~Sim();
    Sim(const Sim&) = delete;
    Sim& operator=(const Sim&) = delete;

    [[nodiscard]] std::string http_address() const;
    /// Bus name and where its masters find it, in the configuration's order.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> bus_addresses() const;

  private:
    [[nodiscard]] Instant instant();
    void open_buses(boost::asio::io_context& io, const SiteConfig& site);
    HttpReply answer(const HttpRequest& request);
    HttpReply post_set(const std::string& body);
    /// Wakes us when the plant next does something by itself.
    void arm();

    double speed_;
    std::chrono::steady_clock::time_point start_;
    Trace trace_;
    Plant plant_;
    Wires wires_;
    Things things_;
    std::string hall_;  ///< what does not change, for the drawing
    std::vector<std::string> bus_ids_;
    std::vector<std::unique_ptr<TcpSlave>> tcp_;  ///< per bus; null where it is serial
    std::vector<std::unique_ptr<RtuSlave>> rtu_;  ///< per bus; null where it is TCP
    boost::asio::steady_timer timer_;
    bool waiting_ = false;
    std::optional<HttpServer> http_;
};

}  // namespace hall::sim
