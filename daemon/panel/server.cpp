#include "daemon/panel/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <stdexcept>
#include <vector>

#include "daemon/panel/hub.hpp"

namespace hall::panel {

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

/// When no connection can be taken (too many open files, say), the next try comes after this.
constexpr std::chrono::milliseconds kAcceptAgain{200};

std::string address_of(const PanelConfig& config) {
    const bool v6 = config.host.find(':') != std::string::npos && config.host.front() != '[';
    return (v6 ? "[" + config.host + "]" : config.host) + ":" + std::to_string(config.port);
}

[[noreturn]] void cannot_listen(const PanelConfig& config, const error_code& error) {
    const std::string address = address_of(config);
    std::string remedy = "check `listen` in [panel]";
    if (error == net::error::address_in_use) {
        remedy = "another program has it (ss -ltnp 'sport = :" + std::to_string(config.port) +
                 "' names it): stop that one, or choose another port for `listen` in [panel]";
    } else if (error == net::error::access_denied) {
        remedy =
            "ports below 1024 need CAP_NET_BIND_SERVICE: choose a higher port for `listen` in "
            "[panel]";
    } else if (error == error_code(EADDRNOTAVAIL, boost::system::system_category())) {
        remedy = "no interface of this machine has that address: correct `listen` in [panel]";
    }
    throw std::runtime_error("panel: cannot listen on " + address + ": " + error.message() + "; " +
                             remedy);
}

std::string unbracketed(const std::string& host) {
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    return brackets ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
    Impl(net::io_context& io, const PanelConfig& config, Host& host, const Limits& limits)
        : acceptor(io),
          pause(io),
          hub(std::make_shared<Hub>(
              Hub{&host, HostCheck(config.host, config.allowed_hosts), limits, {}, 0, {}, {}})) {
        listen(io, config);
    }

    void listen(net::io_context& io, const PanelConfig& config) {
        error_code error;
        tcp::resolver resolver(io);
        const auto found =
            resolver.resolve(unbracketed(config.host), std::to_string(config.port),
                             tcp::resolver::passive | tcp::resolver::numeric_service, error);
        if (error) cannot_listen(config, error);
        const tcp::endpoint endpoint = found.begin()->endpoint();
        acceptor.open(endpoint.protocol(), error);
        if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
        if (error) cannot_listen(config, error);
    }

    void accept() {
        acceptor.async_accept(
            [me = shared_from_this()](const error_code& error, tcp::socket socket) {
                if (me->hub->host == nullptr) return;
                if (error) return me->accept_later();
                error_code ignored;
                socket.set_option(tcp::no_delay(true), ignored);
                serve_http(me->hub, std::move(socket));
                me->accept();
            });
    }

    void accept_later() {
        pause.expires_after(kAcceptAgain);
        pause.async_wait([me = shared_from_this()](const error_code& error) {
            if (!error && me->hub->host != nullptr) me->accept();
        });
    }

    void changed() {
        if (hub->live == 0) return;
        auto state = std::make_shared<const std::string>(hub->host->state());
        std::string essence = essence_of(*state);
        if (hub->latest != nullptr && essence == hub->essence) return;
        hub->latest = std::move(state);
        hub->essence = std::move(essence);
        for (const auto& client : everybody()) client->push(hub->latest);
    }

    void card_read(const std::string& number) {
        const auto note = std::make_shared<const std::string>("{\"card\":\"" + number + "\"}");
        for (const auto& client : everybody()) client->note(note);
    }

    void stop() {
        hub->host = nullptr;
        error_code ignored;
        acceptor.close(ignored);
        pause.cancel();
        for (const auto& client : everybody()) client->close();
    }

    /// Held while we go through them: a push or a close may end a connection.
    [[nodiscard]] std::vector<std::shared_ptr<Client>> everybody() const {
        std::vector<std::shared_ptr<Client>> all;
        all.reserve(hub->clients.size());
        for (Client* client : hub->clients) all.push_back(client->self());
        return all;
    }

    tcp::acceptor acceptor;
    net::steady_timer pause;
    std::shared_ptr<Hub> hub;
};

Server::Server(net::io_context& io, const PanelConfig& config, Host& host, const Limits& limits)
    : impl_(std::make_shared<Impl>(io, config, host, limits)) {
    impl_->accept();
}

Server::~Server() {
    impl_->stop();
}

void Server::changed() {
    impl_->changed();
}

void Server::card_read(const std::string& number) {
    impl_->card_read(number);
}

int Server::port() const {
    return impl_->acceptor.local_endpoint().port();
}

std::string essence_of(const std::string& state) {
    // Within a JSON string a quote is escaped, so these can only be keys.
    static constexpr std::string_view kStamp = "\"ts\":";
    static constexpr std::string_view kLeft = "\"seconds_left\":";
    std::string essence;
    essence.reserve(state.size());
    const std::string_view text(state);
    for (std::size_t i = 0; i < text.size();) {
        const bool passing = text[i] == '"' && (text.compare(i, kStamp.size(), kStamp) == 0 ||
                                                text.compare(i, kLeft.size(), kLeft) == 0);
        if (!passing) {
            essence.push_back(text[i++]);
            continue;
        }
        i = text.find_first_of(",}", i);
        if (i == std::string_view::npos) break;
    }
    return essence;
}

}  // namespace hall::panel
