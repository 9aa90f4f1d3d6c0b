#include "daemon/panel/origin.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace hall::panel {

namespace {

struct Authority {
    std::string host;
    int port = 0;  ///< 0: none given
};

bool host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Splits `name`, `name:8080`, `[::1]:8080`. Anything else (user names, blanks, empty ports) is no
/// authority.
std::optional<Authority> parse(std::string_view text) {
    std::string all(text);
    std::transform(all.begin(), all.end(), all.begin(), lower);
    Authority result;
    std::string rest;
    if (!all.empty() && all.front() == '[') {
        const auto end = all.find(']');
        if (end == std::string::npos) return std::nullopt;
        result.host = all.substr(1, end - 1);
        const bool address = !result.host.empty() && result.host.find_first_not_of(
                                                         "0123456789abcdef:.") == std::string::npos;
        if (!address) return std::nullopt;
        rest = all.substr(end + 1);
    } else {
        const auto colon = all.find(':');
        result.host = all.substr(0, colon);
        if (!std::all_of(result.host.begin(), result.host.end(), host_character))
            return std::nullopt;
        if (!result.host.empty() && result.host.back() == '.') result.host.pop_back();
        rest = colon == std::string::npos ? std::string() : all.substr(colon);
    }
    if (result.host.empty()) return std::nullopt;
    if (rest.empty()) return result;
    const char* const end = rest.data() + rest.size();
    const auto read = std::from_chars(rest.data() + 1, end, result.port);
    const bool number = rest.front() == ':' && read.ec == std::errc() && read.ptr == end;
    if (!number || result.port < 1 || result.port > 65535) return std::nullopt;
    return result;
}

constexpr int kHttpPort = 80;
constexpr int kHttpsPort = 443;

}  // namespace

HostCheck::HostCheck(const std::string& listen, const std::vector<std::string>& allowed)
    : ours_{"localhost", "127.0.0.1", "::1"} {
    const bool v6 = listen.find(':') != std::string::npos && listen.front() != '[';
    if (const auto own = parse(v6 ? "[" + listen + "]" : listen);
        own && own->host != "0.0.0.0" && own->host != "::") {
        ours_.push_back(own->host);
    }
    for (const std::string& name : allowed) {
        if (const auto further = parse(name)) further_.push_back({further->host, further->port});
    }
}

bool HostCheck::allowed(std::string_view host, const std::string& local, int port) const {
    const auto asked = parse(host);
    if (!asked) return false;
    const bool our_port = asked->port == port || (asked->port == 0 && port == kHttpPort);
    if (our_port && (asked->host == local ||
                     std::find(ours_.begin(), ours_.end(), asked->host) != ours_.end())) {
        return true;
    }
    return std::any_of(further_.begin(), further_.end(), [&](const Name& name) {
        if (name.host != asked->host) return false;
        if (name.port != 0) return name.port == asked->port;
        return asked->port == 0 || asked->port == port;
    });
}

bool same_site(std::string_view origin, std::string_view host) {
    const auto scheme_end = origin.find("://");
    if (scheme_end == std::string_view::npos) return false;
    const std::string_view scheme = origin.substr(0, scheme_end);
    if (scheme != "http" && scheme != "https") return false;
    auto from = parse(origin.substr(scheme_end + 3));
    auto to = parse(host);
    if (!from || !to) return false;
    const int usual = scheme == "http" ? kHttpPort : kHttpsPort;
    if (from->port == 0) from->port = usual;
    if (to->port == 0) to->port = usual;
    return from->host == to->host && from->port == to->port;
}

}  // namespace hall::panel
