#include "daemon/commission/ledger.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "daemon/shell/state_files.hpp"

namespace hall::commission {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kVersion = 1;

std::string text_of(const json& value) {
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

json to_json(const Learned& l) {
    json j{{"off_least", l.off_least},
           {"off_most", l.off_most},
           {"running_least", l.running_least},
           {"running_most", l.running_most}};
    if (l.off_watts) j["off_watts"] = *l.off_watts;
    if (l.cut_watts) j["cut_watts"] = *l.cut_watts;
    return j;
}

Learned learned_of(const json& j) {
    Learned l{j.at("off_least"),    j.at("off_most"), j.at("running_least"),
              j.at("running_most"), std::nullopt,     std::nullopt};
    if (j.contains("off_watts")) l.off_watts = j.at("off_watts").get<double>();
    if (j.contains("cut_watts")) l.cut_watts = j.at("cut_watts").get<double>();
    return l;
}

json to_json(const Entry& e) {
    json j{{"result", e.verified ? "verified" : "failed"},
           {"at", e.at},
           {"by", e.by},
           {"wiring", e.wiring},
           {"seen", e.seen}};
    if (!e.note.empty()) j["note"] = e.note;
    if (e.learned) j["learned"] = to_json(*e.learned);
    return j;
}

Entry entry_of(const json& j) {
    Entry e;
    const auto result = j.at("result").get<std::string>();
    if (result != "verified" && result != "failed")
        throw std::runtime_error("an unknown result \"" + result + "\"");
    e.verified = result == "verified";
    e.at = j.at("at");
    e.by = j.at("by");
    e.wiring = j.at("wiring");
    e.seen = j.at("seen");
    e.note = j.value("note", "");
    if (j.contains("learned")) e.learned = learned_of(j.at("learned"));
    return e;
}

/// None: there is no such file.
std::optional<json> read_versioned(const fs::path& file, const std::string& hall) {
    const auto text = read_file(file);
    if (!text) return std::nullopt;
    const std::string remedy = "; move it away to begin anew";
    json j = json::parse(*text, nullptr, false);
    if (!j.is_object()) throw std::runtime_error(file.string() + " is damaged" + remedy);
    if (j.value("version", 0) != kVersion)
        throw std::runtime_error(file.string() + " is of another version of this program" + remedy);
    if (j.value("hall", "") != hall)
        throw std::runtime_error(file.string() + " is of the hall \"" + j.value("hall", "") +
                                 "\", not of \"" + hall + "\"" + remedy);
    return j;
}

template <class Read>
void parsed(const fs::path& file, Read read) {
    try {
        read();
    } catch (const std::exception& e) {
        throw std::runtime_error(file.string() + " is damaged (" + e.what() +
                                 "); move it away to begin anew");
    }
}

}  // namespace

const char* to_string(Standing standing) {
    switch (standing) {
        case Standing::open:
            return "open";
        case Standing::verified:
            return "verified";
        case Standing::failed:
            return "failed";
        case Standing::changed:
            return "changed";
    }
    return "";
}

Ledger::Ledger(const fs::path& state, std::string hall)
    : file_(state / "commissioning.json"),
      left_file_(state / "commissioning.left.json"),
      hall_(std::move(hall)) {
    read();
    read_left();
}

void Ledger::read() {
    const auto found = read_versioned(file_, hall_);
    if (!found) return;
    parsed(file_, [&] {
        for (const auto& [key, value] : found->at("channels").items())
            entries_.emplace(key, entry_of(value));
    });
}

void Ledger::read_left() {
    const auto found = read_versioned(left_file_, hall_);
    if (!found) return;
    parsed(left_file_, [&] {
        for (const json& j : found->at("left"))
            left_.push_back({j.at("channel"), j.at("point"), j.at("wiring"), j.at("was"),
                             j.at("by"), j.at("at"), j.at("seq")});
    });
}

void Ledger::write() const {
    json channels = json::object();
    for (const auto& [key, entry] : entries_) channels[key] = to_json(entry);
    replace_file(file_, text_of({{"version", kVersion}, {"hall", hall_}, {"channels", channels}}));
}

void Ledger::write_left() const {
    json list = json::array();
    for (const Left& l : left_)
        list.push_back({{"channel", l.key},
                        {"point", l.point},
                        {"wiring", l.wiring},
                        {"was", l.was},
                        {"by", l.by},
                        {"at", l.at},
                        {"seq", l.seq}});
    replace_file(left_file_, text_of({{"version", kVersion}, {"hall", hall_}, {"left", list}}));
}

const Entry* Ledger::of(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
}

Standing Ledger::standing(const Channel& channel) const {
    const Entry* entry = of(channel.key);
    if (entry == nullptr) return Standing::open;
    if (entry->wiring != channel.wiring) return Standing::changed;
    return entry->verified ? Standing::verified : Standing::failed;
}

void Ledger::mark(const Channel& channel, Entry entry) {
    entry.wiring = channel.wiring;
    const auto before = entries_;
    entries_[channel.key] = std::move(entry);
    try {
        write();
    } catch (...) {
        entries_ = before;
        throw;
    }
}

void Ledger::note_left(Left left) {
    forget_left(left.key);
    left_.push_back(std::move(left));
    write_left();
}

void Ledger::forget_left(const std::string& key) {
    const auto gone =
        std::remove_if(left_.begin(), left_.end(), [&](const Left& l) { return l.key == key; });
    if (gone == left_.end()) return;
    left_.erase(gone, left_.end());
    write_left();
}

}  // namespace hall::commission
