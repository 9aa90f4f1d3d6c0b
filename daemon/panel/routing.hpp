#pragma once
// From the head of a request to what is done with it: one place that knows every address, and every
// reason to refuse before a body is even read. Knows nothing of sockets.
#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/panel/assets.hpp"
#include "daemon/panel/origin.hpp"

namespace hall::panel {

/// The largest body of a POST, and the largest head of any request, in bytes.
constexpr std::size_t kLargestBody = std::size_t{8} * 1024;
constexpr std::size_t kLargestHead = std::size_t{8} * 1024;

/// The parts of a request's head that decide.
struct Head {
    std::string_view method;
    std::string_view target;
    std::size_t hosts = 0;  ///< how many Host headers
    std::string_view host;
    std::size_t origins = 0;
    std::string_view origin;
    std::string_view content_type;
    bool upgrade = false;  ///< asks for a WebSocket
    std::string local;     ///< the address and port at which it arrived
    int port = 0;
};

struct Route {
    enum class To { refused, asset, state, live, health, metrics, action };
    To to = To::refused;
    const Asset* asset = nullptr;
    std::string action;

    int status = 200;          ///< when refused
    const char* code = "";     ///< a stable word for the answer's body
    const char* message = "";  ///< for whoever wrote the client
    const char* allow = "";    ///< the methods that there are, with 405
};

Route route(const Head& head, const HostCheck& check);

/// A refusal as JSON, in the form of all others.
std::string refusal_body(const char* code, const char* message);

}  // namespace hall::panel
