#include "drivers/sim/http.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "drivers/sim/tcp_slave.hpp"

namespace hall::sim {

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

constexpr std::size_t kMostBody = std::size_t{64} * 1024;
constexpr std::chrono::seconds kPatience{30};

std::string_view host_name(std::string_view host) {
    const auto colon = host.rfind(':');
    return colon == std::string_view::npos || host.ends_with(']') ? host : host.substr(0, colon);
}

/// A page from elsewhere must not play with the hall: neither under another name of this address
/// nor by a cross-site post.
bool is_ours(std::string_view host, std::string_view origin) {
    const std::string_view name = host_name(host);
    if (!host.empty() && name != "127.0.0.1" && name != "localhost" && name != "[::1]")
        return false;
    return origin.empty() || origin == "http://" + std::string(host);
}

class HttpSession : public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(tcp::socket socket, std::shared_ptr<const HttpHandler> handler)
        : stream_(std::move(socket)), handler_(std::move(handler)) {}

    void read() {
        parser_.emplace();
        parser_->body_limit(kMostBody);
        stream_.expires_after(kPatience);
        http::async_read(
            stream_, buffer_, *parser_,
            [me = shared_from_this()](const error_code& error, std::size_t) {
                if (!error) return me->answer();
                if (error == http::error::body_limit)
                    return me->reply({413, "text/plain", "too long\n"}, false);
                if (error.category() == make_error_code(http::error::bad_method).category() &&
                    error != http::error::end_of_stream)
                    return me->reply({400, "text/plain", "no HTTP\n"}, false);
                me->close();
            });
    }

  private:
    static std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

    void answer() {
        const auto& request = parser_->get();
        head_only_ = request.method() == http::verb::head;
        if (!is_ours(view(request[http::field::host]), view(request[http::field::origin])))
            return reply({403, "text/plain", "only from this machine's own page\n"}, false);
        reply((*handler_)({std::string(view(request.method_string())),
                           std::string(view(request.target())), request.body()}),
              request.keep_alive());
    }

    void reply(HttpReply reply, bool keep_alive) {
        response_ = {};
        response_.result(static_cast<unsigned>(reply.status));
        response_.set(http::field::content_type, reply.type);
        response_.set(http::field::cache_control, "no-store");
        response_.set("X-Content-Type-Options", "nosniff");
        response_.keep_alive(keep_alive);
        response_.body() = std::move(reply.body);
        response_.prepare_payload();
        if (head_only_) response_.body().clear();
        stream_.expires_after(kPatience);
        http::async_write(
            stream_, response_,
            [me = shared_from_this(), keep_alive](const error_code& error, std::size_t) {
                if (error || !keep_alive) return me->close();
                me->read();
            });
    }

    void close() {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    beast::tcp_stream stream_;
    std::shared_ptr<const HttpHandler> handler_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
    bool head_only_ = false;
};

}  // namespace

HttpServer::HttpServer(net::io_context& io, int port, HttpHandler handler)
    : handler_(std::make_shared<const HttpHandler>(std::move(handler))), acceptor_(io) {
    listen_on(acceptor_,
              tcp::endpoint(net::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)),
              "http");
    accept();
}

void HttpServer::accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
        if (error == net::error::operation_aborted) return;
        if (!error) std::make_shared<HttpSession>(std::move(socket), handler_)->read();
        accept();
    });
}

}  // namespace hall::sim
