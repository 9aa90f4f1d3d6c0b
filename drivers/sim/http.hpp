#pragma once
// A small HTTP server on the loopback interface, for the drawing and for tests.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace hall::sim {

struct HttpRequest {
    std::string method;
    std::string target;  ///< path and query
    std::string body;
};

struct HttpReply {
    int status = 200;
    std::string type = "application/json; charset=utf-8";
    std::string body;
};

using HttpHandler = std::function<HttpReply(const HttpRequest&)>;

class HttpServer {
  public:
    /// Listens on 127.0.0.1 at once; port 0 takes a free one.
    /// @throws std::runtime_error when the port cannot be had
    HttpServer(boost::asio::io_context& io, int port, HttpHandler handler);
    [[nodiscard]] int port() const { return acceptor_.local_endpoint().port(); }

  private:
    void accept();

    std::shared_ptr<const HttpHandler> handler_;
    boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace hall::sim
