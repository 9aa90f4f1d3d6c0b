#pragma once
// GET /api/live: pushes the newest state, never a queue of old ones.
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

#include "daemon/panel/hub.hpp"

namespace hall::panel {

using Request = boost::beast::http::request<boost::beast::http::string_body>;

/// Answers the upgrade that `request` asks for, on that stream.
void serve_live(std::shared_ptr<Hub> hub, boost::beast::tcp_stream stream, Request request);

}  // namespace hall::panel
