#include "drivers/pc/reach_probe.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace hall::drivers {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// What a finished try says of the PC.
std::optional<bool> verdict(const error_code& error) {
    namespace e = boost::asio::error;
    if (!error || error == e::connection_refused || error == e::connection_reset) return true;
    if (error == e::host_unreachable || error == e::timed_out) return false;
    return std::nullopt;
}

}  // namespace

class ReachProbe::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(boost::asio::io_context& io, ReachSettings settings, Report report)
        : settings_(std::move(settings)),
          report_(std::move(report)),
          resolver_(io),
          socket_(io),
          timer_(io) {}

    void attempt() {
        const auto self = shared_from_this();
        ++attempt_;
        connecting_ = false;
        timer_.expires_after(settings_.timeout);
        timer_.async_wait([self, attempt = attempt_](const error_code& error) {
            // A name that nobody could look up in time says nothing about the PC.
            if (!error) self->end(attempt, self->connecting_ ? std::optional(false) : std::nullopt);
        });
        error_code no_address;
        const auto address = boost::asio::ip::make_address(settings_.host, no_address);
        if (!no_address)
            return connect(attempt_, {address, static_cast<std::uint16_t>(settings_.port)});
        // Names are looked up one after the other, by one thread for all probes.
        resolver_.async_resolve(
            settings_.host, std::to_string(settings_.port),
            [self, attempt = attempt_](const error_code& error,
                                       const tcp::resolver::results_type& found) {
                if (error || found.empty()) {
                    self->end(attempt, std::nullopt);
                } else {
                    self->connect(attempt, *found.begin());
                }
            });
    }

    void stop() {
        report_ = nullptr;
        ++attempt_;
        close();
    }

  private:
    void connect(unsigned attempt, const tcp::endpoint& endpoint) {
        if (attempt != attempt_) return;
        connecting_ = true;
        socket_.async_connect(endpoint,
                              [self = shared_from_this(), attempt](const error_code& error) {
                                  self->end(attempt, verdict(error));
                              });
    }

    void close() {
        error_code ignored;
        resolver_.cancel();
        socket_.close(ignored);
        timer_.cancel();
    }

    /// The first end of a try counts; what comes later belongs to a try that is over.
    void end(unsigned attempt, std::optional<bool> reached) {
        if (attempt != attempt_ || !report_) return;
        ++attempt_;
        close();
        timer_.expires_after(settings_.every);
        timer_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && self->report_) self->attempt();
        });
        report_(reached);
    }

    ReachSettings settings_;
    Report report_;
    tcp::resolver resolver_;
    tcp::socket socket_;
    boost::asio::steady_timer timer_;
    unsigned attempt_ = 0;
    bool connecting_ = false;
};

ReachProbe::ReachProbe(boost::asio::io_context& io, ReachSettings settings, Report report)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(report))) {
    impl_->attempt();
}

ReachProbe::~ReachProbe() {
    impl_->stop();
}

}  // namespace hall::drivers
