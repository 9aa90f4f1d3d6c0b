// One thread of our own that connects, and connects again, with a new Paho client each time. The
// library's own reconnect, persistence and buffer stay off: they forget limits and fire twice.
#include "drivers/mqtt/link.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "drivers/mqtt/connection.hpp"

namespace hall::drivers {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// For an answer to CONNECT (the library gives up a little earlier by itself) and to SUBSCRIBE.
constexpr auto kConnectPatience = 15s;
constexpr auto kSubscribePatience = 10s;
/// How often a wait for the library looks whether we are being closed.
constexpr auto kGlance = 50ms;
/// A connection that held this long was a good one: the next loss begins with a short wait again.
constexpr auto kHeldWell = 30s;

void* as_context(std::uintptr_t id) {
    return reinterpret_cast<void*>(id);  // NOLINT(performance-no-int-to-ptr): a number, not a place
}

class PahoLink final : public MqttLink, private mqtt::callback, private mqtt::iaction_listener {
  public:
    PahoLink(MqttSettings settings, std::function<void(MqttEvent)> sink)
        : settings_(std::move(settings)), sink_(std::move(sink)), random_(std::random_device{}()) {
        tried_ = random_() % settings_.urls.size();
        thread_ = std::thread([this] { run(); });
    }
    PahoLink(const PahoLink&) = delete;
    PahoLink& operator=(const PahoLink&) = delete;
    ~PahoLink() override {
        halt();
        client_.reset();  // it calls us back once more
    }

    bool publish(std::uint64_t session, const std::string& topic, const std::string& payload,
                 bool retained, std::uint64_t ticket, const MqttProperties& properties) override {
        if (!connected_) return false;
        {
            const std::lock_guard lock(mutex_);
            if (session != session_ || lost_ || in_flight_.size() >= kMqttWindow) return false;
            in_flight_[++last_id_] = ticket;
            waiting_.push_back(
                {last_id_, message_to(topic, payload, retained, properties, settings_.version)});
        }
        hand_over();
        return true;
    }

    void let_go() override { std::this_thread::yield(); }

    void close(const std::string& last, std::chrono::milliseconds patience) override {
        const auto until = Clock::now() + patience;
        const auto left = [&] {
            return std::max(
                std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()),
                std::chrono::milliseconds{1});
        };
        const bool was_connected = connected_.exchange(false);
        halt();
        if (!was_connected) return;
        try {
            if (!settings_.will_topic.empty()) {
                client_
                    ->publish(message_to(settings_.will_topic, last, true, {}, settings_.version))
                    ->wait_for(left());
            }
            client_->disconnect(1)->wait_for(left());
        } catch (const std::exception&) {
            // The connection went meanwhile: the broker publishes the will instead.
        }
    }

  private:
    // --- on our own thread ---

    void run() {
        auto pause = settings_.retry_first;
        while (!stopping_) {
            const std::string why = one_connection();
            if (stopping_) return;
            if (!why.empty()) sink_(MqttDisconnected{why, url()});
            ++tried_;
            if (held_since_ && Clock::now() - *held_since_ > kHeldWell)
                pause = settings_.retry_first;
            held_since_.reset();
            rest(pause);
            pause = std::min(pause * 2, settings_.retry_most);
        }
    }

    /// From CONNECT to the loss. Returns why it ended.
    std::string one_connection() {
        std::vector<std::string> refused;
        try {
            renew_client();
            const auto token = client_->connect(connect_options_of(settings_));
            if (!settle(token, kConnectPatience)) {
                leave();
                return "no answer to CONNECT";
            }
            open_window(token->get_connect_response());
            refused = subscribe(settings_.subscriptions);
        } catch (const std::exception& e) {
            return e.what();
        }
        if (stopping_) return {};
        std::unique_lock lock(mutex_);
        const std::uint64_t session = ++session_;
        lock.unlock();
        connected_ = true;
        held_since_ = Clock::now();
        sink_(MqttConnected{session, url()});
        for (const std::string& topic : refused) sink_(MqttSubscription{topic, false});
        lock.lock();
        wait_for_the_end(lock, std::move(refused));
        if (stopping_) return {};
        connected_ = false;
        in_flight_.clear();
        waiting_.clear();
        std::string why = why_lost_.empty() ? "connection lost" : why_lost_;
        lock.unlock();
        leave();
        return why;
    }

    /// Returns those that the broker refused: it still takes the others.
    std::vector<std::string> subscribe(const std::vector<std::string>& topics) {
        std::vector<std::string> refused;
        for (const std::string& topic : topics) {
            try {
                const auto token = client_->subscribe(topic, settings_.subscribe_qos,
                                                      subscribe_options_of(settings_));
                if (!settle(token, kSubscribePatience)) refused.push_back(topic);
            } catch (const mqtt::exception&) {
                if (!client_->is_connected()) throw;
                refused.push_back(topic);
            }
        }
        return refused;
    }

    /// Of the connection. Meanwhile asks again for what was refused.
    void wait_for_the_end(std::unique_lock<std::mutex>& lock, std::vector<std::string> refused) {
        const auto over = [this] { return lost_ || stopping_; };
        for (auto pause = settings_.retry_first; !refused.empty();
             pause = std::min(pause * 2, settings_.retry_most)) {
            if (wake_.wait_for(lock, pause, over)) return;
            lock.unlock();
            std::vector<std::string> still = refused;
            try {
                still = subscribe(refused);
            } catch (const std::exception&) {
                // The connection goes, and we are told so.
            }
            for (const std::string& topic : refused) {
                if (std::find(still.begin(), still.end(), topic) == still.end())
                    sink_(MqttSubscription{topic, true});
            }
            refused = std::move(still);
            lock.lock();
        }
        wake_.wait(lock, over);
    }

    [[nodiscard]] const std::string& url() const {
        return settings_.urls[tried_ % settings_.urls.size()];
    }

    /// A client of its own for each connection: the library keeps what it had accepted and not
    /// sent, and would send it on the next connection before anything of ours, out of order and
    /// stale. The old one goes only when the new one is there: the library's threads end with its
    /// last client, and take their time.
    void renew_client() {
        auto next = std::make_shared<mqtt::async_client>(paho_uri(url()), settings_.client_id,
                                                         create_options_of(settings_));
        next->set_callback(*this);
        {
            const std::lock_guard lock(mutex_);
            client_.swap(next);
        }
        next.reset();  // its last calls of us are over when this returns
        const std::lock_guard lock(mutex_);
        lost_ = false;
        why_lost_.clear();
        in_flight_.clear();
        waiting_.clear();
    }

    void open_window(const mqtt::connect_response& response) {
        const std::lock_guard lock(mutex_);
        window_ = std::min(kMqttWindow, receive_maximum_of(response));
    }

    // --- on any thread ---

    /// Gives the library as much as the broker lets be under way. It would take more, but then it
    /// looks only once a second whether it may go on. One thread at a time, so that the order
    /// holds, and the others do not wait: the library holds locks of its own while it calls us
    /// back.
    void hand_over() {
        for (;;) {
            Waiting next;
            std::shared_ptr<mqtt::async_client> client;
            {
                const std::lock_guard lock(mutex_);
                const std::size_t under_way = in_flight_.size() - waiting_.size();
                // In bursts: one for one, the library's two threads would wait for each other.
                if (under_way <= window_ / 2) filling_ = true;
                if (under_way >= window_) filling_ = false;
                // While a connection is taken down the library reports what it gives up; no more
                // of ours follows.
                if (stopping_ || handing_over_ || lost_ || waiting_.empty() || !filling_) return;
                handing_over_ = true;
                next = std::move(waiting_.front());
                waiting_.pop_front();
                client = client_;
            }
            std::string why;
            try {
                client->publish(next.message, as_context(next.id), *this);
            } catch (const std::exception& e) {
                why = e.what();
            }
            const std::lock_guard lock(mutex_);
            handing_over_ = false;
            // It was promised to go out, or the connection to go.
            if (!why.empty() && client == client_) lose(why);
        }
    }

    /// Under the lock.
    void lose(const std::string& why) {
        lost_ = true;
        why_lost_ = why;
        wake_.notify_all();
    }

    /// No half-open connection may stand beside the next one.
    void leave() {
        try {
            if (client_->is_connected()) settle(client_->disconnect(1), kSubscribePatience);
        } catch (const std::exception&) {
            // It went by itself.
        }
    }

    /// True once the token is done. @throws mqtt::exception
    bool settle(const mqtt::token_ptr& token, std::chrono::seconds patience) {
        const auto until = Clock::now() + patience;
        while (!stopping_ && Clock::now() < until) {
            if (token->wait_for(kGlance)) return true;
        }
        return false;
    }

    /// Waits between half of `pause` and all of it: a hundred halls must not come back in step.
    void rest(std::chrono::milliseconds pause) {
        std::uniform_int_distribution<std::int64_t> jitter(pause.count() / 2, pause.count());
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, std::chrono::milliseconds{jitter(random_)},
                       [this] { return stopping_.load(); });
    }

    void halt() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    // --- on the library's threads: hand on, nothing else ---

    void connection_lost(const std::string& cause) override {
        const std::lock_guard lock(mutex_);
        lose(cause);
    }
    void message_arrived(mqtt::const_message_ptr message) override {
        if (!stopping_) sink_(message_from(*message, settings_.version));
    }
    void on_success(const mqtt::token& token) override {
        std::uint64_t ticket = 0;
        {
            const std::lock_guard lock(mutex_);
            const auto sent =
                in_flight_.find(reinterpret_cast<std::uintptr_t>(token.get_user_context()));
            if (sent == in_flight_.end()) return;
            ticket = sent->second;
            in_flight_.erase(sent);
        }
        hand_over();
        if (!stopping_) sink_(MqttDelivered{ticket});
    }
    /// A broker that refuses a message which somebody counts on (no right, no space) is left and
    /// tried again later: going on would leave a gap.
    void on_failure(const mqtt::token& token) override {
        {
            const std::lock_guard lock(mutex_);
            const auto sent =
                in_flight_.find(reinterpret_cast<std::uintptr_t>(token.get_user_context()));
            if (sent == in_flight_.end()) return;
            const bool wanted = sent->second != 0;
            in_flight_.erase(sent);
            if (wanted) {
                return lose("the broker refused a message, reason " +
                            std::to_string(static_cast<int>(token.get_reason_code())));
            }
        }
        hand_over();
        // There is room again.
        if (!stopping_) sink_(MqttDelivered{0});
    }

    const MqttSettings settings_;
    const std::function<void(MqttEvent)> sink_;
    std::mutex mutex_;
    std::condition_variable wake_;
    struct Waiting {
        std::uintptr_t id = 0;
        mqtt::message_ptr message;
    };
    std::map<std::uintptr_t, std::uint64_t> in_flight_;  ///< our number of a message, its ticket
    std::deque<Waiting> waiting_;  ///< of them, those that the library has not got yet
    bool handing_over_ = false, filling_ = true;
    std::uintptr_t last_id_ = 0;
    std::size_t window_ = kMqttWindow;  ///< under way on the connection that stands
    std::uint64_t session_ = 0;         ///< the number of that connection
    bool lost_ = false;
    std::string why_lost_;
    std::atomic<bool> connected_{false}, stopping_{false};
    std::shared_ptr<mqtt::async_client> client_;  ///< under the lock while our thread runs
    std::mt19937 random_;
    // Of our own thread:
    std::size_t tried_ = 0;  ///< which address
    std::optional<Clock::time_point> held_since_;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<MqttLink> open_mqtt(MqttSettings settings, std::function<void(MqttEvent)> sink) {
    return std::make_unique<PahoLink>(std::move(settings), std::move(sink));
}

}  // namespace hall::drivers
