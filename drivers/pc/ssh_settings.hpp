#pragma once
// How a PC is reached over SSH; a plain value, so that a configuration can hold it.
#include <chrono>
#include <string>

namespace hall::drivers {

struct SshSettings {
    std::string host;  ///< name or address
    int port = 22;
    std::string user;
    std::string key_file;     ///< private key without a passphrase
    std::string known_hosts;  ///< the file that pins the PC's host key
    /// What the PC's shell is given. `/t 0` asks: with any other time Windows forces programs to
    /// end. Windows has no systemctl, and systemd's shutdown takes no `/s`, so each runs its own.
    std::string remote_command = "shutdown /s /t 0 || systemctl poweroff";
    std::chrono::milliseconds timeout{30'000};
};

}  // namespace hall::drivers
