#pragma once
// Somebody who collects a hall's records from the broker, as the README tells them to: whoever sees
// that some are missing, because a broker lost what it had acknowledged, asks for them again.
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drivers/mqtt/link.hpp"
#include "tests/support/bell.hpp"

namespace hall::test {

class EventConsumer {
  public:
    EventConsumer(const std::string& url, const std::string& topic) {
        drivers::MqttSettings settings;
        settings.urls = {url};
        settings.client_id = "consumer";
        settings.subscriptions = {topic};
        settings.retry_first = std::chrono::milliseconds{20};
        settings.retry_most = std::chrono::milliseconds{100};
        link_ = drivers::open_mqtt(settings, [this](const drivers::MqttEvent& event) {
            {
                const std::lock_guard lock(mutex_);
                take(event);
            }
            bell().ring();
        });
    }
    [[nodiscard]] bool connected() const {
        const std::lock_guard lock(mutex_);
        return connected_;
    }
    /// The first record up to `head` that never came.
    [[nodiscard]] std::optional<std::uint64_t> missing(std::uint64_t head) const {
        const std::lock_guard lock(mutex_);
        std::uint64_t next = 1;
        for (const auto& [seq, payload] : records_) {
            if (seq != next) break;
            ++next;
        }
        return next > head ? std::nullopt : std::optional(next);
    }
    [[nodiscard]] std::map<std::uint64_t, std::string> records() const {
        const std::lock_guard lock(mutex_);
        return records_;
    }
    [[nodiscard]] std::uint64_t duplicates() const {
        const std::lock_guard lock(mutex_);
        return duplicates_;
    }
    [[nodiscard]] std::vector<std::string> faults() const {
        const std::lock_guard lock(mutex_);
        return faults_;
    }

  private:
    void take(const drivers::MqttEvent& event) {
        if (std::holds_alternative<drivers::MqttConnected>(event)) {
            connected_ = true;
            last_ = 0;
        } else if (std::holds_alternative<drivers::MqttDisconnected>(event)) {
            connected_ = false;
        } else if (const auto* message = std::get_if<drivers::MqttMessage>(&event)) {
            const auto seq = nlohmann::json::parse(message->payload).at("seq").get<std::uint64_t>();
            const auto [known, first] = records_.emplace(seq, message->payload);
            if (!first) ++duplicates_;
            if (known->second != message->payload)
                faults_.push_back("record " + std::to_string(seq) + " came in two versions");
            if (last_ != 0 && seq > last_ + 1)
                faults_.push_back("record " + std::to_string(seq) + " came right after " +
                                  std::to_string(last_));
            last_ = seq;
        }
    }

    mutable std::mutex mutex_;
    bool connected_ = false;
    std::uint64_t last_ = 0, duplicates_ = 0;
    std::map<std::uint64_t, std::string> records_;
    std::vector<std::string> faults_;
    std::unique_ptr<drivers::MqttLink> link_;
};

}  // namespace hall::test
