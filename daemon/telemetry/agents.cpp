#include "daemon/telemetry/agents.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/telemetry/state_json.hpp"
#include "daemon/telemetry/topics.hpp"

namespace hall::telemetry {

namespace {

using nlohmann::json;

constexpr std::size_t kLongestReply = std::size_t{2} * 1024;
constexpr std::size_t kLongestMessage = 200;

/// A random UUID (RFC 9562, version 4): nobody can answer what he has not read.
std::string new_id() {
    std::array<unsigned char, 16> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    std::string hex(2 * bytes.size() + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
    hex.pop_back();
    for (const std::size_t at : {20U, 16U, 12U, 8U}) hex.insert(at, 1, '-');
    return hex;
}

std::string text_of(const json& object, const char* field) {
    const auto found = object.find(field);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string one_line(std::string text) {
    text.resize(std::min(text.size(), kLongestMessage));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return text;
}

}  // namespace

std::string agent_topic(const std::string& circuit) {
    return "agent/" + topic_level(circuit);
}

void Agents::ask(const AgentRequest& request, const Now& now, bool connected, AgentEnded ended) {
    if (!connected) return ended(Outcome::failed, "the broker is not connected");
    // Whoever finds the request late judges by its expiry; one by a wrong clock could hold for
    // ever.
    if (!now.wall_trusted) return ended(Outcome::failed, "the clock is not trusted");
    const std::string id = new_id();
    const json body{{"id", id},
                    {"action", "shutdown"},
                    {"issued", stamp(site_, now.wall)},
                    {"expires", stamp(site_, now.wall + request.timeout)}};
    waiting_[id] = {request.circuit, payload_text(site_, now, body), now.mono + request.timeout,
                    false, std::move(ended)};
}

void Agents::end(Entry entry, Outcome outcome, const std::string& why) {
    const AgentEnded ended = std::move(entry->second.ended);
    waiting_.erase(entry);
    ended(outcome, why);
}

void Agents::replied(const std::string& circuit, const drivers::MqttMessage& message) {
    // The library takes a NUL for the end, whatever comes behind it.
    const bool sound = !message.retained && message.payload.size() <= kLongestReply &&
                       message.payload.find('\0') == std::string::npos;
    const json reply = sound ? json::parse(message.payload, nullptr, false) : json();
    const auto entry = reply.is_object() ? waiting_.find(text_of(reply, "id")) : waiting_.end();
    const bool ours = entry != waiting_.end() && entry->second.sent &&
                      topic_level(entry->second.circuit) == circuit;
    const std::string result = ours ? text_of(reply, "result") : std::string();
    if (result == "done") return end(entry, Outcome::done, {});
    if (result == "rejected") {
        return end(entry, Outcome::failed,
                   "the agent refused: " + one_line(text_of(reply, "message")));
    }
    ++ignored_;
}

void Agents::flush(const Now& now, bool connected, const Send& send) {
    for (auto next = waiting_.begin(); next != waiting_.end();) {
        const Entry entry = next++;
        Waiting& w = entry->second;
        if (now.mono >= w.until) {
            if (w.sent) {
                end(entry, Outcome::unknown, "the agent did not answer");
            } else {
                end(entry, Outcome::failed, "the broker did not take the request in time");
            }
        } else if (!w.sent && !connected) {
            end(entry, Outcome::failed, "the broker is not connected");
        } else if (!w.sent) {
            const std::string topic = agent_topic(w.circuit);
            // With MQTT 5 the broker itself throws a late one away.
            w.sent = send(topic, w.payload,
                          {.correlation = entry->first,
                           .response_topic = topic + "/reply",
                           .expiry = std::chrono::ceil<std::chrono::seconds>(w.until - now.mono)});
        }
    }
}

}  // namespace hall::telemetry
