#include "daemon/shell/credentials_lockouts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/shell/state_files.hpp"

namespace hall::credentials {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

/// Holds for every key: what is left of a file that cannot be read.
constexpr const char* kEverybody = "*";

/// Twice the longest lock at most, whatever the level.
constexpr int kHighestLevel = 30;

Millis length_of(const Credentials::Limits& limits, int level) {
    Millis length = limits.lock_first;
    for (int i = 0; i < level && length < limits.lock_most; ++i) length *= 2;
    return std::min<Millis>(length, limits.lock_most);
}

json to_json(const Tally& t) {
    json object{{"failures", t.failures}, {"level", t.level}};
    if (t.lock) {
        object["lock"] = {{"boot", t.lock->boot},
                          {"mono_end", t.lock->mono_end.time_since_epoch().count()},
                          {"length", t.lock->length.count()}};
        if (t.lock->wall_end)
            object["lock"]["wall_end"] = t.lock->wall_end->time_since_epoch().count();
    }
    return object;
}

/// @throws json::exception when the object is not as to_json() makes it
Tally tally_from(const json& object) {
    Tally t;
    t.failures = std::max(0, object.at("failures").get<int>());
    t.level = std::clamp(object.at("level").get<int>(), 0, kHighestLevel);
    if (const auto lock = object.find("lock"); lock != object.end()) {
        Lock l;
        l.boot = lock->at("boot").get<std::string>();
        l.mono_end = Instant{Millis{lock->at("mono_end").get<std::int64_t>()}};
        l.length = Millis{lock->at("length").get<std::int64_t>()};
        if (const auto wall = lock->find("wall_end"); wall != lock->end())
            l.wall_end = WallTime{Millis{wall->get<std::int64_t>()}};
        t.lock = std::move(l);
    }
    return t;
}

}  // namespace

Lockouts::Lockouts(const fs::path& state, const Credentials::Limits& limits, std::string boot_id,
                   const Now& now)
    : file_(state / "lockouts.json"), limits_(limits), boot_(std::move(boot_id)), now_(now) {
    read();
    for (auto& [key, tally] : tallies_) carry_over(tally);
}

void Lockouts::read() {
    const auto bytes = read_file(file_);
    if (!bytes) return;
    try {
        const json all = json::parse(*bytes);
        for (const auto& [key, tally] : all.at("tallies").items())
            tallies_[key] = tally_from(tally);
    } catch (const json::exception&) {
        // Nobody gains attempts by damaging this file, and no hall is shut out for good by it.
        lock_everybody();
    }
}

void Lockouts::lock_everybody() {
    tallies_.clear();
    const Millis length = limits_.lock_most;
    Tally& all = tallies_[kEverybody];
    all.lock = Lock{boot_, now_.mono + length, std::nullopt, length};
    if (now_.wall_trusted) all.lock->wall_end = now_.wall + length;
    changed_ = true;
}

/// Brings a lock of an earlier boot onto this boot's monotonic clock, once.
void Lockouts::carry_over(Tally& t) {
    if (!t.lock || t.lock->boot == boot_) return;
    // Without a clock to be believed at both ends nobody knows how long the machine was off: the
    // full time runs again.
    Millis left = t.lock->length;
    if (now_.wall_trusted && t.lock->wall_end)
        left = std::clamp(*t.lock->wall_end - now_.wall, Millis{0}, t.lock->length);
    t.lock->boot = boot_;
    t.lock->mono_end = now_.mono + left;
    changed_ = true;
}

Millis Lockouts::left(const std::string& key) const {
    Millis most{0};
    for (const std::string& k : {key, std::string(kEverybody)}) {
        const auto found = tallies_.find(k);
        if (found == tallies_.end() || !found->second.lock) continue;
        const Lock& lock = *found->second.lock;
        most = std::max(most, std::min(lock.mono_end - now_.mono, lock.length));
    }
    return most;
}

int Lockouts::charge(const std::string& key) {
    Tally& t = tallies_[key];
    t.lock.reset();
    changed_ = true;
    if (++t.failures < limits_.failures) return limits_.failures - t.failures;
    const Millis length = length_of(limits_, t.level);
    t.failures = 0;
    t.level = std::min(t.level + 1, kHighestLevel);
    t.lock = Lock{boot_, now_.mono + length, std::nullopt, length};
    if (now_.wall_trusted) t.lock->wall_end = now_.wall + length;
    return 0;
}

void Lockouts::clear(const std::string& key) {
    changed_ = tallies_.erase(key) > 0 || changed_;
}

void Lockouts::ease(const std::string& key) {
    const auto found = tallies_.find(key);
    if (found == tallies_.end()) return;
    changed_ = true;
    if (found->second.level <= 1) {
        tallies_.erase(found);
        return;
    }
    found->second = Tally{0, found->second.level - 1, std::nullopt};
}

void Lockouts::write() {
    json all{{"tallies", json::object()}};
    for (const auto& [key, tally] : tallies_) {
        const bool over = key == kEverybody && tally.lock && tally.lock->mono_end <= now_.mono;
        if (!over) all["tallies"][key] = to_json(tally);
    }
    replace_file(file_, all.dump(1) + "\n");
    changed_ = false;
}

void Lockouts::forget(const fs::path& state, const std::string& key) {
    const fs::path file = state / "lockouts.json";
    const auto bytes = read_file(file);
    json all = bytes ? json::parse(*bytes, nullptr, false) : json();
    // A damaged file is the next check's to deal with.
    if (!all.is_object() || !all.contains("tallies") || !all["tallies"].is_object()) return;
    if (all["tallies"].erase(key) > 0) replace_file(file, all.dump(1) + "\n");
}

}  // namespace hall::credentials
