// One HTTP connection: reads a request within its bounds, answers it, and again while it is kept
// alive.
#include <string.h>

#include <array>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>

#include "daemon/panel/hub.hpp"
#include "daemon/panel/live_session.hpp"
#include "daemon/panel/routing.hpp"

namespace hall::panel {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;

using Response = http::response<http::string_body>;

constexpr const char* kJson = "application/json; charset=utf-8";
/// After a refusal, what the client is still sending is read and dropped, so that it gets to see
/// the answer; but not more than this.
constexpr std::size_t kMostDrained = std::size_t{256} * 1024;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

class HttpSession : public Client, public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(std::shared_ptr<Hub> hub, net::ip::tcp::socket socket)
        : hub_(std::move(hub)),
          stream_(std::move(socket)),
          buffer_(storage_.data(), storage_.size()) {
        hub_->clients.insert(this);
    }
    ~HttpSession() override {
        explicit_bzero(storage_.data(), storage_.size());
        hub_->clients.erase(this);
    }
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;

    void start() {
        if (hub_->clients.size() > 2 * hub_->limits.connections) return close();
        if (hub_->clients.size() > hub_->limits.connections) {
            keep_alive_ = false;
            return refuse(503, "busy", "Too many connections; try again.");
        }
        read_head();
    }

    void close() override {
        beast::error_code ignored;
        stream_.socket().close(ignored);
        closed_ = true;
    }
    void push(const std::shared_ptr<const std::string>& /*state*/) override {}
    void note(const std::shared_ptr<const std::string>& /*text*/) override {}
    std::shared_ptr<Client> self() override { return shared_from_this(); }

  private:
    void read_head() {
        head_only_ = false;
        parser_.emplace();
        parser_->header_limit(kLargestHead);
        parser_->body_limit(kLargestBody);
        // One deadline for the whole request: trickling bytes do not extend it.
        stream_.expires_after(hub_->limits.patience);
        http::async_read_header(stream_, buffer_, *parser_,
                                [me = shared_from_this()](beast::error_code error, std::size_t) {
                                    if (error) return me->unreadable(error);
                                    me->judge();
                                });
    }

    void unreadable(beast::error_code error) {
        keep_alive_ = false;
        if (error == http::error::body_limit)
            return refuse(413, "too_large", "The body is larger than 8 KiB.");
        if (error == http::error::header_limit || error == http::error::buffer_overflow)
            return refuse(431, "head_too_large", "The head of the request is larger than 8 KiB.");
        const bool gone =
            error == http::error::end_of_stream || error == http::error::partial_message;
        if (!gone && error.category() == make_error_code(http::error::bad_method).category())
            return refuse(400, "malformed", "This is not HTTP.");
        // The rest is a client that left, or was too slow: nobody to answer.
        close();
    }

    void judge() {
        const auto& request = parser_->get();
        beast::error_code ignored;
        const auto local = stream_.socket().local_endpoint(ignored);
        auto address = local.address();
        if (address.is_v6() && address.to_v6().is_v4_mapped())
            address = net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
        Head head;
        head.method = view(request.method_string());
        head.target = view(request.target());
        head.hosts = request.count(http::field::host);
        head.host = view(request[http::field::host]);
        head.origins = request.count(http::field::origin);
        head.origin = view(request[http::field::origin]);
        head.content_type = view(request[http::field::content_type]);
        head.upgrade = beast::websocket::is_upgrade(request);
        head.local = address.to_string();
        head.port = local.port();
        route_ = route(head, hub_->check);
        head_only_ = request.method() == http::verb::head;
        keep_alive_ = parser_->keep_alive();
        if (route_.to == Route::To::refused) {
            // Its body, if there is one, is not worth reading.
            if (!parser_->is_done()) keep_alive_ = false;
            return refuse(route_.status, route_.code, route_.message);
        }
        if (route_.to == Route::To::live) return upgrade();
        if (beast::iequals(request[http::field::expect], "100-continue")) return go_on();
        read_body();
    }

    void go_on() {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        net::async_write(stream_, net::buffer(kContinue),
                         [me = shared_from_this()](beast::error_code error, std::size_t) {
                             if (error) return me->close();
                             me->read_body();
                         });
    }

    void read_body() {
        // In one piece: a body that grows would leave copies of itself behind.
        parser_->get().body().reserve(kLargestBody);
        http::async_read(stream_, buffer_, *parser_,
                         [me = shared_from_this()](beast::error_code error, std::size_t) {
                             if (error) return me->unreadable(error);
                             me->answer();
                         });
    }

    void upgrade() {
        if (hub_->live >= hub_->limits.live)
            return refuse(503, "busy", "Too many pages are watching; try again.");
        if (buffer_.size() != 0 || !parser_->is_done()) {
            keep_alive_ = false;
            return refuse(400, "malformed", "A WebSocket says nothing before it is accepted.");
        }
        serve_live(hub_, std::move(stream_), parser_->release());
    }

    void answer() {
        Host* const host = hub_->host;
        if (host == nullptr) return close();
        switch (route_.to) {
            case Route::To::asset:
                return reply(200, std::string(route_.asset->body), route_.asset->type);
            case Route::To::state:
                return reply(200, host->state(), kJson);
            case Route::To::metrics:
                return reply(200, host->metrics(), "text/plain; version=0.0.4; charset=utf-8");
            case Route::To::health: {
                Reply health = host->health();
                return reply(health.status, std::move(health.body), kJson);
            }
            case Route::To::action:
                return act(*host);
            case Route::To::refused:
            case Route::To::live:
                return close();
        }
    }

    void act(Host& host) {
        stream_.expires_never();  // now it is we who take our time
        host.act(route_.action, parser_->get().body(), [me = shared_from_this()](Reply done) {
            me->reply(done.status, std::move(done.body), kJson);
        });
        forget();
    }

    /// A body may have held a PIN: nothing of it stays in memory (R26).
    void forget() {
        std::string& body = parser_->get().body();
        explicit_bzero(body.data(), body.capacity());
        body.clear();
        // What the next request has already sent lies in the middle of the buffer, and stays.
        const auto unread = buffer_.data();
        char* const begin = static_cast<char*>(unread.data());
        char* const end = begin + unread.size();
        explicit_bzero(storage_.data(), static_cast<std::size_t>(begin - storage_.data()));
        explicit_bzero(end, static_cast<std::size_t>(storage_.data() + storage_.size() - end));
    }

    void refuse(int status, const char* code, const char* message) {
        reply(status, refusal_body(code, message), kJson);
    }

    void reply(int status, std::string body, std::string_view type) {
        if (closed_) return;
        response_ = Response{};
        Response& r = *response_;
        r.result(static_cast<unsigned>(status));
        r.version(11);
        r.keep_alive(keep_alive_);
        r.set(http::field::content_type, beast::string_view(type.data(), type.size()));
        r.set(http::field::cache_control, "no-store");
        r.set("X-Content-Type-Options", "nosniff");
        r.set("Content-Security-Policy",
              "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
              "object-src 'none'");
        r.set("Referrer-Policy", "no-referrer");
        r.set("Cross-Origin-Resource-Policy", "same-origin");
        if (status == 405) r.set(http::field::allow, route_.allow);
        if (status == 426) r.set(http::field::upgrade, "websocket");
        if (status == 503) r.set(http::field::retry_after, "1");
        r.content_length(body.size());
        if (!head_only_) r.body() = std::move(body);
        stream_.expires_after(hub_->limits.patience);
        http::async_write(stream_, r,
                          [me = shared_from_this()](beast::error_code error, std::size_t) {
                              if (error) return me->close();
                              if (me->keep_alive_) return me->read_head();
                              me->say_goodbye();
                          });
    }

    void say_goodbye() {
        beast::error_code ignored;
        stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
        // Closing with bytes unread would reset the connection, and the answer with it.
        stream_.expires_after(hub_->limits.patience);
        drain();
    }

    void drain() {
        stream_.async_read_some(net::buffer(storage_),
                                [me = shared_from_this()](beast::error_code error, std::size_t n) {
                                    me->drained_ += n;
                                    if (error || me->drained_ > kMostDrained) return me->close();
                                    me->drain();
                                });
    }

    std::shared_ptr<Hub> hub_;
    beast::tcp_stream stream_;
    std::array<char, kLargestHead + kLargestBody> storage_{};
    beast::flat_static_buffer_base buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::optional<Response> response_;
    Route route_;
    bool keep_alive_ = false, head_only_ = false, closed_ = false;
    std::size_t drained_ = 0;
};

}  // namespace

void serve_http(std::shared_ptr<Hub> hub, net::ip::tcp::socket socket) {
    std::make_shared<HttpSession>(std::move(hub), std::move(socket))->start();
}

}  // namespace hall::panel
