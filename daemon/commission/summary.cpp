#include "daemon/commission/summary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/commission/thresholds.hpp"

namespace hall::commission {

namespace {

nlohmann::json to_json(const Learned& l) {
    nlohmann::json j{{"off", {l.off_least, l.off_most}},
                     {"running", {l.running_least, l.running_most}}};
    j["off_watts"] = l.off_watts ? nlohmann::json(*l.off_watts) : nlohmann::json(nullptr);
    j["cut_watts"] = l.cut_watts ? nlohmann::json(*l.cut_watts) : nlohmann::json(nullptr);
    return j;
}

std::string standing_word(bool zh, Standing standing) {
    return phrase(zh, std::string("standing.") + to_string(standing));
}

}  // namespace

bool Summary::misfits(const Channel& channel) const {
    const Entry* entry = ledger.of(channel.key);
    if (channel.kind != Channel::Kind::meter || entry == nullptr || !entry->learned) return false;
    const Learned& l = *entry->learned;
    const CircuitConfig& config = site.hall.circuits.at(channel.index);
    return !fits(config.off_watts, config.cut_watts, {l.off_least, l.off_most, 0},
                 {l.running_least, l.running_most, 0});
}

std::size_t Summary::verified() const {
    return static_cast<std::size_t>(
        std::count_if(channels.begin(), channels.end(),
                      [&](const Channel& c) { return ledger.standing(c) == Standing::verified; }));
}

bool Summary::complete() const {
    return verified() == channels.size() && ledger.left().empty() &&
           std::none_of(channels.begin(), channels.end(),
                        [&](const Channel& c) { return misfits(c); });
}

std::string Summary::text() const {
    std::string out;
    for (const Channel& c : channels) {
        const Entry* entry = ledger.of(c.key);
        out += standing_word(zh, ledger.standing(c)) + '\t' + c.key + '\t' +
               (c.use ? c.use->name : "-");
        if (entry != nullptr) {
            out += '\t' + entry->at + '\t' + entry->by + '\t' + entry->seen;
            if (!entry->note.empty()) out += '\t' + entry->note;
        }
        if (misfits(c)) out += '\t' + phrase(zh, "thresholds_misfit");
        out += '\n';
    }
    for (const Left& l : ledger.left())
        out +=
            phrase(zh, "left", {{"what", l.key}, {"point", l.point}, {"by", l.by}, {"at", l.at}}) +
            '\n';
    out += phrase(zh, "so_far",
                  {{"verified", std::to_string(verified())},
                   {"all", std::to_string(channels.size())}}) +
           '\n';
    return out;
}

nlohmann::json Summary::json() const {
    nlohmann::json list = nlohmann::json::array();
    for (const Channel& c : channels) {
        nlohmann::json j{{"channel", c.key},
                         {"name", c.name},
                         {"point", c.use ? nlohmann::json(c.use->name) : nlohmann::json(nullptr)},
                         {"wiring", c.wiring},
                         {"standing", to_string(ledger.standing(c))}};
        if (const Entry* entry = ledger.of(c.key)) {
            j["at"] = entry->at;
            j["by"] = entry->by;
            j["seen"] = entry->seen;
            j["note"] = entry->note;
            if (entry->learned) {
                j["learned"] = to_json(*entry->learned);
                j["thresholds_fit"] = !misfits(c);
            }
        }
        list.push_back(std::move(j));
    }
    nlohmann::json left = nlohmann::json::array();
    for (const Left& l : ledger.left())
        left.push_back({{"channel", l.key},
                        {"point", l.point},
                        {"wire_was", l.was},
                        {"by", l.by},
                        {"at", l.at}});
    return {{"hall", site.hall.id},
            {"complete", complete()},
            {"verified", verified()},
            {"channels", std::move(list)},
            {"left", std::move(left)}};
}

}  // namespace hall::commission
