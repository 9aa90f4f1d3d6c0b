#include "daemon/panel/routing.hpp"

#include <algorithm>

namespace hall::panel {

namespace {

constexpr std::string_view kApi = "/api/";
constexpr std::size_t kLongestAction = 40;

Route refuse(int status, const char* code, const char* message, const char* allow = "") {
    Route r;
    r.status = status;
    r.code = code;
    r.message = message;
    r.allow = allow;
    return r;
}

Route readable(Route::To to, const Asset* asset, std::string_view method) {
    if (method != "GET" && method != "HEAD")
        return refuse(405, "method_not_allowed", "This address can only be read.", "GET, HEAD");
    Route r;
    r.to = to;
    r.asset = asset;
    return r;
}

/// `word` or `word/other-word`.
bool action_name(std::string_view name) {
    if (name.empty() || name.size() > kLongestAction) return false;
    if (std::count(name.begin(), name.end(), '/') > 1) return false;
    if (name.front() == '/' || name.back() == '/') return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || c == '-' || c == '/'; });
}

bool is_json(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return type == "application/json";
}

Route live(const Head& head) {
    if (head.method != "GET")
        return refuse(405, "method_not_allowed", "This address is a WebSocket.", "GET");
    if (!head.upgrade)
        return refuse(426, "upgrade_required", "This address is a WebSocket: ask for an upgrade.");
    Route r;
    r.to = Route::To::live;
    return r;
}

Route action(const Head& head, std::string_view name) {
    if (!action_name(name)) return refuse(404, "unknown_address", "There is no such action.");
    if (head.method != "POST")
        return refuse(405, "method_not_allowed", "An action is asked for with POST.", "POST");
    // A form or a text can be posted across sites without a preflight; JSON cannot.
    if (!is_json(head.content_type))
        return refuse(415, "not_json", "The body must be application/json.");
    Route r;
    r.to = Route::To::action;
    r.action = std::string(name);
    return r;
}

}  // namespace

Route route(const Head& head, const HostCheck& check) {
    if (head.target.empty() || head.target.front() != '/')
        return refuse(400, "malformed", "The request's target must be a path.");
    if (head.hosts != 1) return refuse(400, "malformed", "Exactly one Host header is needed.");
    if (!check.allowed(head.host, head.local, head.port)) {
        return refuse(403, "wrong_host",
                      "This panel does not answer to that host name. If it is yours, add it to "
                      "allowed_hosts in [panel].");
    }
    if (head.origins > 1 || (head.origins == 1 && !same_site(head.origin, head.host)))
        return refuse(403, "wrong_origin", "Only the panel's own page may ask this.");

    const std::string_view path = head.target.substr(0, head.target.find('?'));
    if (path == "/api/live") return live(head);
    if (path == "/api/state") return readable(Route::To::state, nullptr, head.method);
    if (path == "/healthz") return readable(Route::To::health, nullptr, head.method);
    if (path == "/metrics") return readable(Route::To::metrics, nullptr, head.method);
    if (path.substr(0, kApi.size()) == kApi) return action(head, path.substr(kApi.size()));
    if (const Asset* asset = find_asset(path))
        return readable(Route::To::asset, asset, head.method);
    return refuse(404, "unknown_address", "There is nothing at this address.");
}

std::string refusal_body(const char* code, const char* message) {
    return std::string(R"({"result":"rejected","code":")") + code + R"(","reason":")" + code +
           R"(","message":")" + message + "\"}";
}

}  // namespace hall::panel
