#pragma once
// A real sshd on a free loopback port, with a host key of its own, that lets in whoever runs the
// test, by one key.
#include <pwd.h>
#include <shadow.h>
#include <sys/stat.h>

#include "tests/support/broker.hpp"

namespace hall::test {

/// Runs a program to its end; @throws std::runtime_error when it fails.
inline void run_to_end(std::vector<std::string> words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    int status = -1;
    if (posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        throw std::runtime_error(words[0] + " fails");
}

class Sshd {
  public:
    Sshd() {
        close(listen_anywhere(port_));
        make_key("host_key");
        make_key("user_key");
        std::filesystem::copy_file(file("user_key.pub"), file("authorized"));
        write("known_hosts", "[127.0.0.1]:" + std::to_string(port_) + " " + text("host_key.pub"));
        write("sshd_config", "Port " + std::to_string(port_) +
                                 "\nListenAddress 127.0.0.1\nPidFile none\nHostKey " +
                                 file("host_key") + "\nAuthorizedKeysFile " + file("authorized") +
                                 "\nStrictModes no\nPasswordAuthentication no\n"
                                 "KbdInteractiveAuthentication no\nPermitRootLogin "
                                 "prohibit-password\nUsePAM " +
                                 (needs_pam() ? "yes" : "no") + "\n");
        start();
    }
    Sshd(const Sshd&) = delete;
    Sshd& operator=(const Sshd&) = delete;
    ~Sshd() {
        if (pid_ > 0) {
            kill(pid_, SIGTERM);
            waitpid(pid_, nullptr, 0);
        }
        if (log_ >= 0) close(log_);
    }

    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_.path() / name; }
    [[nodiscard]] static std::string user() { return getpwuid(getuid())->pw_name; }
    void make_key(const std::string& name) const {
        run_to_end({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file(name)});
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(file(name)) << text;
    }
    [[nodiscard]] std::string text(const std::string& name) const {
        std::ifstream in(file(name));
        return {std::istreambuf_iterator<char>(in), {}};
    }

  private:
    /// Without PAM an account whose password is locked is not let in, not even by a key.
    static bool needs_pam() {
        const spwd* entry = getuid() == 0 ? getspnam(user().c_str()) : nullptr;
        return entry != nullptr && entry->sp_pwdp[0] == '!';
    }
    void start() {
        // What Debian's unit makes for it, when it runs as root.
        if (getuid() == 0) mkdir("/run/sshd", 0755);
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        log_ = ends[0];
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
        std::string program = "/usr/sbin/sshd", config = file("sshd_config");
        std::string options = "-De", f = "-f";
        char* argv[] = {program.data(), options.data(), f.data(), config.data(), nullptr};
        if (posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environ) != 0) pid_ = 0;
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        std::string said;
        char bytes[512];
        while (pid_ > 0 && said.find("Server listening") == std::string::npos) {
            pollfd p{log_, POLLIN, 0};
            const ssize_t n =
                poll(&p, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) == 1
                    ? read(log_, bytes, sizeof bytes)
                    : 0;
            if (n <= 0) throw std::runtime_error("sshd does not listen: " + said);
            said.append(bytes, static_cast<std::size_t>(n));
        }
    }

    TempFolder folder_;
    int port_ = 0, log_ = -1;
    pid_t pid_ = 0;
};

}  // namespace hall::test
