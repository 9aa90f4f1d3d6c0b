#include "daemon/telemetry/commands.hpp"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

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

/// A flood leaves one record a second, not one a message.
constexpr Millis kRecordFloodEvery{1'000};
/// The rules answer within their step, unless the journal cannot be written.
constexpr Millis kAnswerPatience{5'000};
constexpr std::size_t kMostReplies = 64;
constexpr std::size_t kLongestName = 64;
/// Names and topics that a sender made up.
constexpr std::size_t kLongestTopic = 256;

/// A topic that may be published to: no wildcard, and none of our own tree, where others would
/// take it for the hall's word.
bool usable(const std::string& topic, const std::string& root) {
    return !topic.empty() && topic.size() <= kLongestTopic &&
           topic.find_first_of(std::string("+#\0", 3)) == std::string::npos && topic[0] != '$' &&
           (topic.rfind(root, 0) != 0 || topic.rfind(root + "reply/", 0) == 0);
}

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
    : site_(site), host_(host), service_(std::move(service)), seen_(seen) {}

void Commands::overrun() {
    ++rejected_;
    const Instant now = host_.now().mono;
    if (limit_recorded_ && now < *limit_recorded_ + kRecordFloodEvery) return;
    limit_recorded_ = now;
    host_.submit(CommandRefused{"", "", "rate_limited"});
}

void Commands::take(const std::string& name, const drivers::MqttMessage& message) {
    const Now now = host_.now();
    if (!limit_.take(now.mono)) {
        overrun();
        return;
    }
    ParsedCommand command = parse_command(site_, now, name, message.payload, message.retained);
    const Asker asker{command.id, name.substr(0, kLongestName), message.response_topic,
                      message.correlation};
    if (!command.action) {
        const std::string& field = command.field;
        reject(asker, command.refusal, {{"field", field}, {"id", field}});
    } else if (seen_.contains(command.key)) {
        reject(asker, "duplicate", {});
    } else if (!host_.program().journal_available) {
        reject(asker, "journal_unavailable", {});
    } else {
        switch (seen_.keep(command.key, command.forget_after, now.wall)) {
            case SeenCommands::Kept::yes:
                spdlog::info("mqtt command {} {}", asker.name, command.id);
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
    std::visit(Overloaded{
                   [&](Event& event) { submit(asker, std::move(event)); },
                   [&](const ResendEvents& resend) {
                       if (service_.resend(resend.from)) {
                           reply(asker, "", {});
                       } else {
                           reject(asker, "bad_value", {{"field", "from_seq"}});
                       }
                   },
                   [&](const RefreshStatus&) {
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
    reply(asker, answer.kind == Answer::Kind::done ? "" : answer.code, answer.args);
    return true;
}

void Commands::reject(const Asker& asker, const std::string& code, const Args& args) {
    ++rejected_;
    spdlog::warn("mqtt command {} {} rejected: {}", asker.name, asker.id, code);
    host_.submit(CommandRefused{asker.id, asker.name, code});
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
    if (asker.response_topic != own && usable(asker.response_topic, root))
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
        reply(entry->second.asker, "journal_unavailable", {});
        entry = waiting_.erase(entry);
    }
    while (!replies_.empty()) {
        const Reply& next = replies_.front();
        if (!send(next.topic, next.payload, next.correlation)) return;
        replies_.pop_front();
    }
}

}  // namespace hall::telemetry
