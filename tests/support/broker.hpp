#pragma once
// A real mosquitto on a free loopback port, and a peer that watches.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "drivers/mqtt/link.hpp"
#include "tests/support/bell.hpp"
#include "tests/support/loopback.hpp"

namespace hall::test {

using namespace std::chrono_literals;

class TempFolder {
  public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "hall-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

class Broker {
  public:
    explicit Broker(std::string more = "allow_anonymous true\n", bool begin = true)
        : more_(std::move(more)) {
        close(listen_anywhere(port_));
        if (begin) start();
    }
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    ~Broker() { stop(); }

    void start() {
        const auto file = folder_.path() / "mosquitto.conf";
        // It says "running" once it listens, and hardly anything else of this kind.
        std::ofstream(file) << "listener " << port_ << " 127.0.0.1\npersistence false\n"
                            << "log_dest stderr\nlog_type information\n"
                            << more_;
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        log_ = ends[0];
        spawn(file.string(), ends[1]);
        close(ends[1]);
        if (pid_ <= 0) throw std::runtime_error("mosquitto does not start");
        wait_until_it_listens();
    }
    /// At once, as by a power cut.
    void stop() {
        if (pid_ <= 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = 0;
        close(log_);
    }
    /// What it is told beside its port, from its next start on.
    void configure(std::string more) { more_ = std::move(more); }
    /// Alive and deaf: connections stand, and nobody answers.
    void freeze(bool on) { kill(pid_, on ? SIGSTOP : SIGCONT); }
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  private:
    void spawn(const std::string& config, int log) {
        std::string program = "mosquitto", option = "-c", argument = config;
        char* argv[] = {program.data(), option.data(), argument.data(), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
        // Debian puts it where an ordinary user's PATH does not look.
        for (const char* where : {"/usr/sbin/mosquitto", "/usr/bin/mosquitto"}) {
            if (access(where, X_OK) == 0 &&
                posix_spawn(&pid_, where, &actions, nullptr, argv, environ) == 0)
                break;
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    void wait_until_it_listens() {
        const auto until = std::chrono::steady_clock::now() + kPatience;
        std::string said;
        while (said.find(" running") == std::string::npos) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            pollfd p{log_, POLLIN, 0};
            char bytes[512];
            const bool more = left > 0ms && poll(&p, 1, static_cast<int>(left.count())) > 0;
            const ssize_t n = more ? read(log_, bytes, sizeof bytes) : 0;
            if (n <= 0) throw std::runtime_error("mosquitto does not listen: " + said);
            said.append(bytes, static_cast<std::size_t>(n));
        }
    }

    TempFolder folder_;
    std::string more_;
    int port_ = 0, log_ = -1;
    pid_t pid_ = 0;
};

/// One end of MQTT: keeps all that happens to it.
class Peer {
  private:
    template <class Read>
    auto locked(Read read) const {
        const std::lock_guard lock(mutex_);
        return read();
    }

  public:
    Peer(const std::string& url, const std::string& id, std::vector<std::string> subscriptions,
         const std::function<void(drivers::MqttSettings&)>& adjust = {}) {
        drivers::MqttSettings settings;
        settings.urls = {url};
        settings.client_id = id;
        settings.subscriptions = std::move(subscriptions);
        settings.retry_first = 20ms;
        settings.retry_most = 100ms;
        if (adjust) adjust(settings);
        link_ = drivers::open_mqtt(settings, [this](drivers::MqttEvent event) {
            take(event);
            bell().ring();
        });
    }
    [[nodiscard]] drivers::MqttLink& link() { return *link_; }
    void end() { link_.reset(); }
    [[nodiscard]] int connects() const {
        return locked([&] { return connects_; });
    }
    [[nodiscard]] int losses() const {
        return locked([&] { return losses_; });
    }
    [[nodiscard]] std::vector<drivers::MqttSubscription> subscriptions() const {
        return locked([&] { return subscriptions_; });
    }
    [[nodiscard]] std::vector<std::uint64_t> delivered() const {
        return locked([&] { return delivered_; });
    }
    [[nodiscard]] std::vector<drivers::MqttMessage> messages() const {
        return locked([&] { return messages_; });
    }
    [[nodiscard]] std::vector<drivers::MqttMessage> on(const std::string& topic) const {
        std::vector<drivers::MqttMessage> found;
        for (auto& m : messages()) {
            if (m.topic == topic) found.push_back(m);
        }
        return found;
    }
    void clear() {
        const std::lock_guard lock(mutex_);
        messages_.clear();
    }
    bool connected(int times = 1) {
        return eventually([&] { return connects() >= times; });
    }
    /// On the newest connection that this end has heard of.
    [[nodiscard]] std::uint64_t session() const {
        return locked([&] { return session_; });
    }
    /// Of that connection.
    [[nodiscard]] std::string url() const {
        return locked([&] { return url_; });
    }
    bool publish(const std::string& topic, const std::string& payload, bool retained,
                 std::uint64_t ticket, const drivers::MqttProperties& properties = {}) {
        return link_->publish(session(), topic, payload, retained, ticket, properties);
    }
    /// Publishes, trying again while the link says no.
    bool say(const std::string& topic, const std::string& payload, bool retained = false) {
        return eventually([&] { return publish(topic, payload, retained, 0); });
    }

  private:
    void take(drivers::MqttEvent& event) {
        const std::lock_guard lock(mutex_);
        if (const auto* c = std::get_if<drivers::MqttConnected>(&event)) {
            ++connects_;
            session_ = c->session;
            url_ = c->url;
        }
        if (std::holds_alternative<drivers::MqttDisconnected>(event)) ++losses_;
        if (const auto* s = std::get_if<drivers::MqttSubscription>(&event))
            subscriptions_.push_back(*s);
        if (auto* d = std::get_if<drivers::MqttDelivered>(&event)) delivered_.push_back(d->ticket);
        if (auto* m = std::get_if<drivers::MqttMessage>(&event)) messages_.push_back(std::move(*m));
    }

    mutable std::mutex mutex_;
    int connects_ = 0, losses_ = 0;
    std::uint64_t session_ = 0;
    std::string url_;
    std::vector<std::uint64_t> delivered_;
    std::vector<drivers::MqttMessage> messages_;
    std::vector<drivers::MqttSubscription> subscriptions_;
    std::unique_ptr<drivers::MqttLink> link_;
};

}  // namespace hall::test
