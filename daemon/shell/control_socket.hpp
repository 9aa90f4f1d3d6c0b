#pragma once
// The Unix socket that hallctl talks to: one JSON request a line, one JSON answer a line. On the
// loop's thread.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace hall {

class ControlSocket {
  public:
    /// Called with one request (`{"do": "status"}` ...), returns the answer as JSON text.
    using Handler = std::function<std::string(const std::string&)>;
    /// Listens on `path` (0660); replaces a dead socket file, refuses to displace a live one.
    /// @throws std::runtime_error with a sentence for the operator
    ControlSocket(boost::asio::io_context& io, const std::filesystem::path& path, Handler handler);
    ~ControlSocket();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// For hallctl: sends one request, waits for its answer. @throws std::runtime_error when nobody
/// listens or answers.
std::string ask_daemon(const std::filesystem::path& path, const std::string& request,
                       std::chrono::milliseconds patience);

/// Whether anybody takes connections at `path`, be it one that never answers. Sends nothing.
bool somebody_listens(const std::filesystem::path& path);

}  // namespace hall
