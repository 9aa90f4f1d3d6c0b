#pragma once
// Whether a file of host keys, as ssh reads it, names a host (sshd(8), "SSH_KNOWN_HOSTS FILE
// FORMAT").
#include <string>
#include <string_view>

namespace hall::config {

enum class Pinned {
    yes,
    no,
    hidden  ///< the file holds hashed names; who they are cannot be told
};

/// @param text the file's bytes
/// @param port 22 stands as a bare name, any other as `[name]:port`
Pinned host_pinned(std::string_view text, const std::string& host, int port);

}  // namespace hall::config
