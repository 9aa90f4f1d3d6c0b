#include "daemon/telemetry/commands.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/telemetry/names.hpp"
#include "daemon/telemetry/topics.hpp"

namespace hall::telemetry {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

constexpr int kCommandsAtOnce = 20;
constexpr Millis kCommandEvery{100};
constexpr Millis kRecordFloodEvery{1'000};
/// Records of refusals: whoever sends nonsense for ever must not fill the disk. The next record
/// counts those that had none.
constexpr int kRefusalsAtOnce = 200;
constexpr Millis kRefusalEvery{60'000};
/// The rules answer within their step, unless the journal cannot be written.
constexpr Millis kAnswerPatience{5'000};
constexpr std::size_t kMostReplies = 64;
constexpr std::size_t kLongestTopic = 256;
/// It is sent back as it came, and a broker ends the connection of a client that sends too much.
constexpr std::size_t kLongestCorrelation = 1024;

/// What the library takes for a topic: it ends the connection over any other.
bool is_text(const std::string& text) {
    // MQTT 5, 1.5.4: U+0000 to U+001F and U+007F to U+009F.
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(text.begin(), text.end(), control)) return false;
    for (std::size_t at = 0; (at = text.find('\xC2', at)) != std::string::npos; ++at) {
        if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return false;
    }
    try {
        static_cast<void>(nlohmann::json(text).dump());  // throws on what is no UTF-8
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

bool begins(const std::string& text, const std::string& start) {
    return text.rfind(start, 0) == 0;
}

}  // namespace

bool may_be_answered(const SiteConfig& site, const std::string& topic) {
    if (topic.empty() || topic.size() > kLongestTopic || topic[0] == '$' ||
        topic.find_first_of("+#") != std::string::npos || !is_text(topic))
        return false;
    if (begins(topic, "hall/")) return begins(topic, topic_root(site) + "reply/");
    return !begins(topic, site.mqtt.discovery_prefix + "/");
}

namespace {

Event with_request(Event event, RequestId request) {
    std::visit(
        [&](auto& e) {
            if constexpr (requires { e.request; }) e.request = request;
        },
        event);
    return event;
}

}  // namespace

Commands::Commands(const SiteConfig& site, Host& host, const std::filesystem::path& seen,
                   SelfService service)
    : site_(site),
      host_(host),
      service_(std::move(service)),
      limit_(kCommandsAtOnce, kCommandEvery),
      refusals_(kRefusalsAtOnce, kRefusalEvery),
      seen_(seen) {}

void Commands::overrun(std::uint64_t count) {
    if (count == 0) return;
    rejected_ += count;
    const Instant now = host_.now().mono;
    if (refused_at_ && now < *refused_at_ + kRecordFloodEvery) {
        unrecorded_ += count;
        unrecorded_code_ = "rate_limited";
        return;
    }
    unrecorded_ += count - 1;
    record_refusal({}, "rate_limited");
}

void Commands::record_refusal(const Asker& asker, const std::string& code) {
    refused_at_ = host_.now().mono;
    // What cannot be recorded now is counted until it can.
    if (!host_.program().journal_available || !refusals_.take(*refused_at_)) {
        ++unrecorded_;
        unrecorded_code_ = code;
        return;
    }
    CommandRefused refused{asker.id, asker.name, code};
    if (!asker.source.empty()) refused.source = asker.source;
    refused.unrecorded = std::exchange(unrecorded_, 0);
    host_.submit(refused);
}

void Commands::take(const std::string& rest, const drivers::MqttMessage& message) {
    const Now now = host_.now();
    if (!limit_.take(now.mono)) {
        overrun();
        return;
    }
    const CommandTopic topic = command_topic(rest);
    ParsedCommand command = parse_command(site_, now, topic, message.payload, message.retained);
    const bool wordy = message.correlation.size() > kLongestCorrelation;
    const Asker asker{command.id, topic.name, topic.source(), message.response_topic,
                      wordy ? std::string() : message.correlation};
    if (wordy) {
        reject(asker, "too_large", {});
    } else if (!command.action) {
        const std::string& field = command.field;
        reject(asker, command.refusal, {{"field", field}, {"id", field}});
    } else if (seen_.contains(command.key)) {
        reject(asker, "duplicate", {});
    } else if (!host_.program().journal_available) {
        reject(asker, "journal_unavailable", {});
    } else {
        switch (seen_.keep(command.key, command.forget_after, now.wall)) {
            case SeenCommands::Kept::yes:
                spdlog::info("{} command {} {}", asker.source, asker.name, command.id);
                carry_out(asker, *command.action);
                break;
            case SeenCommands::Kept::full:
                reject(asker, "busy", {});
                break;
            case SeenCommands::Kept::not_written:
                reject(asker, "journal_unavailable", {});
                break;
        }
    }
}

void Commands::carry_out(const Asker& asker, CommandAction& action) {
    // What has no record has no effect.
    const auto recorded = [&] {
        host_.submit(CommandAccepted{asker.id, asker.name, asker.source});
        if (host_.program().journal_available) return true;
        reject(asker, "journal_unavailable", {});
        return false;
    };
    std::visit(Overloaded{
                   [&](Event& event) {
                       if (recorded()) submit(asker, std::move(event));
                   },
                   [&](const ResendEvents& resend) {
                       switch (service_.resend(resend.from)) {
                           case Outbox::Resend::begun:
                               if (recorded()) reply(asker, "", {});
                               return;
                           case Outbox::Resend::unknown:
                               return reject(asker, "bad_value", {{"field", "from_seq"}});
                           case Outbox::Resend::busy:
                               return reject(asker, "busy", {});
                       }
                   },
                   [&](const RefreshStatus&) {
                       if (!recorded()) return;
                       service_.refresh();
                       reply(asker, "", {});
                   },
               },
               action);
}

void Commands::submit(const Asker& asker, Event event) {
    const RequestId request = host_.next_request();
    // Noted first: the answer comes from within submit().
    waiting_[request] = {asker, host_.now().mono};
    host_.submit(with_request(std::move(event), request));
}

bool Commands::answered(const Answer& answer) {
    const auto found = waiting_.find(answer.request);
    if (found == waiting_.end()) return false;
    const Asker asker = std::move(found->second.asker);
    waiting_.erase(found);
    if (answer.kind == Answer::Kind::done) {
        reply(asker, "", {});
    } else {
        reject(asker, answer.code, answer.args);
    }
    return true;
}

void Commands::reject(const Asker& asker, const std::string& code, const Args& args) {
    ++rejected_;
    spdlog::warn("{} command {} {} rejected: {}", asker.source, asker.name, asker.id, code);
    record_refusal(asker, code);
    reply(asker, code, args);
}

void Commands::reply(const Asker& asker, const std::string& code, const Args& args) {
    const std::string root = topic_root(site_);
    const std::string payload =
        payload_text(site_, host_.now(),
                     {{"id", asker.id},
                      {"result", code.empty() ? "done" : "rejected"},
                      {"code", code},
                      {"message", code.empty() ? std::string() : sentence(site_, code, args)}});
    const std::string own = root + "reply/" + asker.id;
    if (!asker.id.empty()) replies_.push_back({own, payload, asker.correlation});
    if (asker.response_topic != own && may_be_answered(site_, asker.response_topic))
        replies_.push_back({asker.response_topic, payload, asker.correlation});
    while (replies_.size() > kMostReplies) replies_.pop_front();
}

void Commands::flush(const Send& send) {
    const Instant now = host_.now().mono;
    for (auto entry = waiting_.begin(); entry != waiting_.end();) {
        if (now < entry->second.since + kAnswerPatience) {
            ++entry;
            continue;
        }
        reject(entry->second.asker, "journal_unavailable", {});
        entry = waiting_.erase(entry);
    }
    // Nothing refused goes without a record in the end.
    if (unrecorded_ > 0 && now >= *refused_at_ + kRecordFloodEvery &&
        host_.program().journal_available && refusals_.wait(now) == Millis{0}) {
        --unrecorded_;
        record_refusal({}, std::exchange(unrecorded_code_, {}));
    }
    while (!replies_.empty()) {
        const Reply& next = replies_.front();
        if (!send(next.topic, next.payload, next.correlation)) return;
        replies_.pop_front();
    }
}

}  // namespace hall::telemetry
