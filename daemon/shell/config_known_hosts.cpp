#include "daemon/shell/config_known_hosts.hpp"

#include <algorithm>
#include <cctype>

namespace hall::config {

namespace {

constexpr int kUsualPort = 22;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// `*` stands for any text, `?` for one character.
bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    if (pattern.front() == '*') {
        return matches(pattern.substr(1), name) ||
               (!name.empty() && matches(pattern, name.substr(1)));
    }
    const bool one = !name.empty() && (pattern.front() == '?' || pattern.front() == name.front());
    return one && matches(pattern.substr(1), name.substr(1));
}

/// Takes the first piece off `rest`.
std::string_view piece(std::string_view& rest, std::string_view separators) {
    const std::size_t from = std::min(rest.find_first_not_of(separators), rest.size());
    rest.remove_prefix(from);
    const std::size_t end = std::min(rest.find_first_of(separators), rest.size());
    const std::string_view first = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return first;
}

/// A list of patterns; one with `!` that fits excludes the host, whatever else fits.
bool listed(std::string_view patterns, const std::string& name) {
    bool found = false;
    while (!patterns.empty()) {
        std::string_view pattern = piece(patterns, ",");
        const bool but = !pattern.empty() && pattern.front() == '!';
        if (but) pattern.remove_prefix(1);
        if (pattern.empty() || !matches(lower(std::string(pattern)), name)) continue;
        if (but) return false;
        found = true;
    }
    return found;
}

}  // namespace

Pinned host_pinned(std::string_view text, const std::string& host, int port) {
    const std::string name =
        lower(port == kUsualPort ? host : "[" + host + "]:" + std::to_string(port));
    bool hidden = false;
    while (!text.empty()) {
        std::string_view line = piece(text, "\r\n");
        const std::string_view hosts = piece(line, " \t");
        // A revoked key, or one of an authority, is none that pins.
        if (hosts.empty() || hosts.front() == '#' || hosts.front() == '@') continue;
        if (hosts.front() == '|') {
            hidden = true;
        } else if (line.find_first_not_of(" \t") != std::string_view::npos && listed(hosts, name)) {
            return Pinned::yes;
        }
    }
    return hidden ? Pinned::hidden : Pinned::no;
}

}  // namespace hall::config
