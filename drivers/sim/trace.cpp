#include "drivers/sim/trace.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace hall::sim {

void Trace::add(Instant at, std::string_view thing, std::string_view value) {
    const Instant real{std::llround(static_cast<double>(at.count()) / speed_)};
    entries_.push_back({next_++, real, epoch_ + real, std::string(thing), std::string(value)});
    if (entries_.size() > kMost) entries_.pop_front();
}

std::string Trace::json(std::uint64_t since) const {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::size_t first = 0;
    if (!entries_.empty() && since >= entries_.front().number) {
        first = static_cast<std::size_t>(
            std::min<std::uint64_t>(since - entries_.front().number + 1, entries_.size()));
    }
    for (std::size_t i = first; i < entries_.size(); ++i) {
        const TraceEntry& e = entries_[i];
        list.push_back({{"n", e.number},
                        {"t", e.since_start.count()},
                        {"wall", utc(e.wall)},
                        {"thing", e.thing},
                        {"value", e.value}});
    }
    return list.dump();
}

std::string utc(std::chrono::system_clock::time_point t) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch());
    const auto s = std::chrono::floor<std::chrono::seconds>(ms);
    const std::time_t seconds = s.count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 8> tail{};
    std::snprintf(tail.data(), tail.size(), ".%03dZ", static_cast<int>((ms - s).count()));
    return std::string(text.data(), size) + tail.data();
}

}  // namespace hall::sim
