#include "daemon/shell/control_socket.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace hall {
namespace fs = std::filesystem;
namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr std::size_t kLongestRequest = std::size_t{64} * 1024;
/// A client that connects and says nothing must not keep a descriptor for ever.
constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kMostSessions = 16;
constexpr mode_t kMode = 0660;

struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    bool socket = false;
    friend bool operator==(const FileId&, const FileId&) = default;
};

FileId id_of(const fs::path& path) {
    struct stat s {};
    if (::lstat(path.c_str(), &s) != 0) return {};
    return {s.st_dev, s.st_ino, S_ISSOCK(s.st_mode)};
}

/// Commands that the daemon starts for PCs must not inherit the socket.
void close_on_exec(int descriptor) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

std::string failure(const std::string& message) {
    return nlohmann::json{{"result", "failed"}, {"message", message}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// One client. Lives as long as one of its operations is under way.
class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(Protocol::socket socket, std::shared_ptr<const ControlSocket::Handler> handler)
        : socket_(std::move(socket)),
          timer_(socket_.get_executor()),
          handler_(std::move(handler)) {}

    void read() {
        limit_time();
        asio::async_read_until(socket_, asio::dynamic_buffer(input_, kLongestRequest), '\n',
                               [self = shared_from_this()](const error_code& error, std::size_t n) {
                                   self->received(error, n);
                               });
    }

    void close() {
        error_code ignored;
        timer_.cancel(ignored);
        socket_.close(ignored);
        handler_.reset();
    }

  private:
    void received(const error_code& error, std::size_t size) {
        if (!handler_) return;
        if (error == asio::error::not_found) {
            last_ = true;
            answer(failure("the request is longer than 64 KiB"));
            return;
        }
        if (error) {
            close();
            return;
        }
        const std::string request = input_.substr(0, size - 1);
        input_.erase(0, size);
        answer(ask(request));
    }

    std::string ask(const std::string& request) {
        try {
            return (*handler_)(request);
        } catch (const std::exception& e) {
            return failure(e.what());
        }
    }

    void answer(std::string text) {
        // One line: a line break between the JSON's tokens means nothing.
        std::replace(text.begin(), text.end(), '\n', ' ');
        output_ = std::move(text) + "\n";
        limit_time();
        asio::async_write(socket_, asio::buffer(output_),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (!self->handler_) return;
                              if (error || self->last_) {
                                  self->close();
                              } else {
                                  self->read();
                              }
                          });
    }

    void limit_time() {
        timer_.expires_after(kPatience);
        timer_.async_wait([weak = weak_from_this()](const error_code& error) {
            const auto self = weak.lock();
            if (!error && self) self->close();
        });
    }

    Protocol::socket socket_;
    asio::steady_timer timer_;
    std::shared_ptr<const ControlSocket::Handler> handler_;
    std::string input_, output_;
    bool last_ = false;
};

}  // namespace

struct ControlSocket::Impl : std::enable_shared_from_this<Impl> {
    Impl(asio::io_context& io, const fs::path& where, Handler h)
        : acceptor(io),
          again(io),
          path(where),
          handler(std::make_shared<const Handler>(std::move(h))) {}

    /// @throws std::runtime_error when somebody answers there or the file is no socket
    void make_way() {
        if (!fs::exists(fs::symlink_status(path))) return;
        if (!id_of(path).socket)
            throw std::runtime_error(path.string() + " is in the way and no socket: move it away");
        Protocol::socket probe(acceptor.get_executor());
        error_code error;
        probe.connect(Protocol::endpoint(path.string()), error);
        if (error != asio::error::connection_refused && error != asio::error::not_found)
            throw std::runtime_error(
                path.string() +
                (error ? " cannot be tried: " + error.message()
                       : std::string(" is in use: another halld answers there; stop that first")));
    }

    void listen() {
        // Bound under another name first, so that nobody can connect before the mode is right, and
        // a dead socket is replaced at once.
        const std::string fresh = path.string() + ".new";
        if (fresh.size() >= sizeof(sockaddr_un::sun_path))
            throw std::runtime_error("the control socket's path is too long: " + path.string());
        make_way();
        ::unlink(fresh.c_str());
        try {
            acceptor.open();
            close_on_exec(acceptor.native_handle());
            acceptor.bind(Protocol::endpoint(fresh));
            if (::chmod(fresh.c_str(), kMode) != 0)
                throw std::system_error(errno, std::generic_category(), fresh);
            acceptor.listen();
            fs::rename(fresh, path);
        } catch (const std::runtime_error& e) {
            ::unlink(fresh.c_str());
            throw std::runtime_error("the control socket " + path.string() +
                                     " cannot be made: " + e.what());
        }
        mine = id_of(path);
        accept();
    }

    void accept() {
        acceptor.async_accept(
            [self = shared_from_this()](const error_code& error, Protocol::socket socket) {
                if (self->closed || error == asio::error::operation_aborted) return;
                if (error) {
                    self->accept_later();
                    return;
                }
                close_on_exec(socket.native_handle());
                self->welcome(std::move(socket));
                self->accept();
            });
    }

    /// Out of descriptors: trying again at once would only spin.
    void accept_later() {
        again.expires_after(std::chrono::milliseconds{200});
        again.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && !self->closed) self->accept();
        });
    }

    void welcome(Protocol::socket socket) {
        std::erase_if(sessions, [](const auto& s) { return s.expired(); });
        if (sessions.size() >= kMostSessions) return;  // the socket closes
        auto session = std::make_shared<Session>(std::move(socket), handler);
        sessions.push_back(session);
        session->read();
    }

    void close() {
        closed = true;
        error_code ignored;
        again.cancel(ignored);
        acceptor.close(ignored);
        for (const auto& weak : sessions)
            if (const auto session = weak.lock()) session->close();
        // A successor may listen there already.
        if (mine.socket && id_of(path) == mine) ::unlink(path.c_str());
    }

    Protocol::acceptor acceptor;
    asio::steady_timer again;
    fs::path path;
    std::shared_ptr<const Handler> handler;
    std::vector<std::weak_ptr<Session>> sessions;
    FileId mine;
    bool closed = false;
};

ControlSocket::ControlSocket(asio::io_context& io, const fs::path& path, Handler handler)
    : impl_(std::make_shared<Impl>(io, path, std::move(handler))) {
    impl_->listen();
}

ControlSocket::~ControlSocket() {
    impl_->close();
}

}  // namespace hall
