#include "daemon/panel/live_session.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>

namespace hall::panel {

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

/// Nothing that a browser sends here means anything; this much of it is read and forgotten.
constexpr std::size_t kLargestMessage = 1024;
/// What may wait in the kernel for a client that reads slowly.
constexpr int kSendBuffer = 128 * 1024;

class LiveSession : public Client, public std::enable_shared_from_this<LiveSession> {
  public:
    LiveSession(std::shared_ptr<Hub> hub, beast::tcp_stream stream)
        : hub_(std::move(hub)), ws_(std::move(stream)) {
        hub_->clients.insert(this);
        ++hub_->live;
    }
    ~LiveSession() override {
        hub_->clients.erase(this);
        --hub_->live;
    }
    LiveSession(const LiveSession&) = delete;
    LiveSession& operator=(const LiveSession&) = delete;

    void start(Request request) {
        beast::get_lowest_layer(ws_).expires_never();
        beast::error_code ignored;
        beast::get_lowest_layer(ws_).socket().set_option(
            boost::asio::socket_base::send_buffer_size(kSendBuffer), ignored);
        // A client that shows no life is asked for it, and dropped when it stays silent.
        websocket::stream_base::timeout timeout{};
        timeout.handshake_timeout = hub_->limits.patience;
        timeout.idle_timeout = hub_->limits.live_idle;
        timeout.keep_alive_pings = true;
        ws_.set_option(timeout);
        ws_.read_message_max(kLargestMessage);
        ws_.text(true);
        request_ = std::move(request);
        ws_.async_accept(request_, [me = shared_from_this()](beast::error_code error) {
            if (!error) me->accepted();
        });
    }

    void close() override {
        beast::error_code ignored;
        beast::get_lowest_layer(ws_).socket().close(ignored);
        closed_ = true;
    }

    void push(const std::shared_ptr<const std::string>& state) override {
        if (!open_ || closed_ || state == sent_) return;
        next_ = state;
        if (!writing_) {
            write();
        } else if (std::chrono::steady_clock::now() - write_started_ > hub_->limits.patience) {
            // It has not taken a single state for that long: it shows something old, and should
            // know.
            close();
        }
    }

    void note(const std::shared_ptr<const std::string>& text) override {
        // Whoever does not take what was said last has no use for more.
        if (!open_ || closed_ || !local_ || note_ != nullptr) return;
        note_ = text;
        if (!writing_) write();
    }

    std::shared_ptr<Client> self() override { return shared_from_this(); }

  private:
    void accepted() {
        if (closed_ || hub_->host == nullptr) return;
        open_ = true;
        beast::error_code error;
        const auto peer = beast::get_lowest_layer(ws_).socket().remote_endpoint(error);
        local_ = !error && peer.address().is_loopback();
        hub_->latest = std::make_shared<const std::string>(hub_->host->state());
        hub_->essence = essence_of(*hub_->latest);
        push(hub_->latest);
        read();
    }

    void write() {
        auto text = std::exchange(note_, nullptr);
        if (text == nullptr) text = sent_ = std::exchange(next_, nullptr);
        writing_ = true;
        write_started_ = std::chrono::steady_clock::now();
        const auto bytes = boost::asio::buffer(*text);
        ws_.async_write(bytes, [me = shared_from_this(), text = std::move(text)](
                                   beast::error_code error, std::size_t) {
            me->writing_ = false;
            if (error) return me->close();
            if ((me->next_ != nullptr || me->note_ != nullptr) && !me->closed_) me->write();
        });
    }

    void read() {
        ws_.async_read(buffer_, [me = shared_from_this()](beast::error_code error, std::size_t) {
            if (error) return me->close();
            me->buffer_.consume(me->buffer_.size());
            me->read();
        });
    }

    std::shared_ptr<Hub> hub_;
    websocket::stream<beast::tcp_stream> ws_;
    Request request_;
    beast::flat_buffer buffer_{kLargestMessage};
    std::shared_ptr<const std::string> next_, sent_;
    std::shared_ptr<const std::string> note_;  ///< goes before the next state
    bool local_ = false;                       ///< the page is on this machine
    bool open_ = false, writing_ = false, closed_ = false;
    std::chrono::steady_clock::time_point write_started_;
};

}  // namespace

void serve_live(std::shared_ptr<Hub> hub, beast::tcp_stream stream, Request request) {
    std::make_shared<LiveSession>(std::move(hub), std::move(stream))->start(std::move(request));
}

}  // namespace hall::panel
