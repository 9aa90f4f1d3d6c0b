#pragma once
// Reads along on the wire between halld and its broker (MQTT 5, 2.1 and 3.3; 3.1.1 alike) and
// judges the stream of the topic `event`: whatever happened before, a connection begins no later
// than behind what a broker has acknowledged, goes on one by one, and a record is the same each
// time.
#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace hall::test {

class EventTap {
  public:
    explicit EventTap(std::string topic) : topic_(std::move(topic)) {}

    /// For a Wire; `bytes` none: a new connection.
    void operator()(bool to_broker, const char* bytes, std::size_t size) {
        const std::lock_guard lock(mutex_);
        if (bytes == nullptr) return begin();
        std::string& pending = to_broker ? up_ : down_;
        pending.append(bytes, size);
        while (take_packet(pending, to_broker)) continue;
    }
    /// Somebody has asked for records again: what was acknowledged may come between what is new.
    void expect_resend(bool on) {
        const std::lock_guard lock(mutex_);
        resending_ = on;
        last_again_ = 0;
    }
    /// The newest record that came again.
    [[nodiscard]] std::uint64_t last_again() const {
        const std::lock_guard lock(mutex_);
        return last_again_;
    }
    [[nodiscard]] std::vector<std::string> faults() const {
        const std::lock_guard lock(mutex_);
        return faults_;
    }
    struct Counts {
        std::uint64_t connections = 0, events = 0, repeated = 0, acknowledged = 0;
    };
    [[nodiscard]] Counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

  private:
    void begin() {
        up_.clear();
        down_.clear();
        under_way_.clear();
        last_ = 0;
        version_ = 0;
        ++counts_.connections;
    }
    bool take_packet(std::string& pending, bool to_broker) {
        std::size_t length = 0, at = 1;
        for (int shift = 0;; shift += 7, ++at) {
            if (at >= pending.size()) return false;
            const auto byte = static_cast<unsigned char>(pending[at]);
            length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
            if ((byte & 0x80U) == 0) break;
        }
        ++at;
        if (pending.size() < at + length) return false;
        const auto head = static_cast<unsigned char>(pending[0]);
        const std::string body = pending.substr(at, length);
        pending.erase(0, at + length);
        const unsigned type = head >> 4U;
        if (to_broker && type == 1) version_ = static_cast<unsigned char>(body.at(6));
        if (to_broker && type == 3) published(body);
        if (!to_broker && type == 4) acknowledged(body);
        return true;
    }
    static std::uint16_t number(const std::string& body, std::size_t at) {
        return static_cast<std::uint16_t>(static_cast<unsigned char>(body.at(at)) << 8U |
                                          static_cast<unsigned char>(body.at(at + 1)));
    }
    /// QoS 1, as everything of ours: there is a packet identifier.
    void published(const std::string& body) {
        const std::size_t name = number(body, 0);
        if (body.compare(2, name, topic_) != 0) return;
        const std::uint16_t packet = number(body, 2 + name);
        std::size_t at = 4 + name;
        // Ours has no properties here, so that their length is one byte.
        if (version_ == 5) at += 1 + static_cast<unsigned char>(body.at(at));
        const std::string payload = body.substr(at);
        const auto seq = nlohmann::json::parse(payload).at("seq").get<std::uint64_t>();
        judge(seq, payload);
        under_way_[packet] = seq;
    }
    void judge(std::uint64_t seq, const std::string& payload) {
        ++counts_.events;
        const auto [known, first] = seen_.emplace(seq, payload);
        if (!first) ++counts_.repeated;
        if (known->second != payload) fault(seq, "is another record than before");
        if (resending_ && seq <= std::max(confirmed_, last_) && seq != last_ + 1) {
            if (last_again_ != 0 && seq > last_again_ + 1)
                fault(seq, "again follows " + std::to_string(last_again_));
            last_again_ = seq;
            return;
        }
        if (last_ == 0) {
            if (seq > confirmed_ + 1) fault(seq, "is the first of a connection");
        } else if (seq != last_ + 1) {
            fault(seq, "follows " + std::to_string(last_));
        }
        last_ = seq;
    }
    void acknowledged(const std::string& body) {
        const auto found = under_way_.find(number(body, 0));
        if (found == under_way_.end()) return;
        // MQTT 5, 3.4.2.1: from 0x80 on it was refused.
        const bool taken = body.size() < 3 || static_cast<unsigned char>(body[2]) < 0x80U;
        if (taken) {
            ++counts_.acknowledged;
            taken_.insert(found->second);
            while (taken_.erase(confirmed_ + 1) > 0) ++confirmed_;
        }
        under_way_.erase(found);
    }
    void fault(std::uint64_t seq, const std::string& what) {
        faults_.push_back("on connection " + std::to_string(counts_.connections) + " record " +
                          std::to_string(seq) + " " + what + "; acknowledged up to " +
                          std::to_string(confirmed_));
    }

    std::string topic_;
    mutable std::mutex mutex_;
    std::string up_, down_;
    unsigned version_ = 0;
    std::map<std::uint16_t, std::uint64_t> under_way_;  ///< packet identifier, record
    std::map<std::uint64_t, std::string> seen_;
    std::set<std::uint64_t> taken_;
    std::uint64_t confirmed_ = 0;  ///< every record up to it was acknowledged
    std::uint64_t last_ = 0;       ///< of this connection
    bool resending_ = false;
    std::uint64_t last_again_ = 0;
    Counts counts_;
    std::vector<std::string> faults_;
};

}  // namespace hall::test
