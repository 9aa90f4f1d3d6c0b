#include "daemon/telemetry/command_gate.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/shell/state_files.hpp"

namespace hall::telemetry {

RateLimit::Micros RateLimit::credit(Instant now) const {
    // Never so long that the sum could overflow.
    const Millis since =
        last_ ? std::clamp(now - *last_, Millis{0}, Millis{86'400'000}) : Millis{0};
    return std::min(most_, credit_ + since);
}

Millis RateLimit::wait(Instant now) const {
    return std::max(Millis{0}, std::chrono::ceil<Millis>(pause_ - credit(now)));
}

bool RateLimit::take(Instant now) {
    credit_ = credit(now);
    last_ = now;
    if (credit_ < pause_) return false;
    credit_ -= pause_;
    return true;
}

SeenCommands::SeenCommands(std::filesystem::path file) : file_(std::move(file)) {
    try {
        const auto text = read_file(file_);
        if (!text) return;
        const auto list = nlohmann::json::parse(*text, nullptr, false);
        if (!list.is_object()) {
            spdlog::warn("{} is damaged; it begins anew", file_.string());
            return;
        }
        for (const auto& [id, until] : list.items()) {
            if (until.is_number_integer() && until_.size() < kMost)
                until_[id] = WallTime{Millis{until.get<std::int64_t>()}};
        }
    } catch (const std::exception& e) {
        spdlog::warn("{} cannot be read: {}", file_.string(), e.what());
    }
}

void SeenCommands::drop_old(WallTime now) {
    for (auto entry = until_.begin(); entry != until_.end();) {
        entry = entry->second < now ? until_.erase(entry) : std::next(entry);
    }
}

SeenCommands::Kept SeenCommands::keep(const std::string& id, WallTime until, WallTime now) {
    drop_old(now);
    if (until_.size() >= kMost) return Kept::full;
    until_[id] = until;
    auto list = nlohmann::json::object();
    for (const auto& [known, end] : until_) list[known] = end.time_since_epoch().count();
    try {
        replace_file(file_, list.dump());
        return Kept::yes;
    } catch (const std::exception& e) {
        spdlog::error("{} not written, the command has no effect: {}", file_.string(), e.what());
        until_.erase(id);
        return Kept::not_written;
    }
}

}  // namespace hall::telemetry
