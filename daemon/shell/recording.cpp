#include "daemon/shell/recording.hpp"

#include <sodium.h>

#include <array>
#include <nlohmann/json.hpp>

#include "daemon/shell/event_json.hpp"

namespace hall::recording {

namespace {

using nlohmann::ordered_json;
using Json = ordered_json;

constexpr int kForm = 1;

/// Texts that people or devices gave may be no UTF-8; that must not stop a recording.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const Now& now) {
    return Json::array({now.mono.time_since_epoch().count(), now.wall.time_since_epoch().count(),
                        now.wall_trusted ? 1 : 0});
}

Now now_of(const Json& j, const std::string& field) {
    const bool fits = j.is_array() && j.size() == 3 && j[0].is_number_integer() &&
                      j[1].is_number_integer() && j[2].is_number_integer();
    // Instants are added to and subtracted from: ten thousand years leave room for that.
    constexpr std::int64_t kMost = 320'000'000'000'000;
    if (fits) {
        const auto mono = j[0].get<std::int64_t>(), wall = j[1].get<std::int64_t>();
        const auto trusted = j[2].get<std::int64_t>();
        if (mono >= 0 && mono < kMost && wall > -kMost && wall < kMost && trusted >= 0 &&
            trusted <= 1)
            return {Instant{Millis{mono}}, WallTime{Millis{wall}}, trusted == 1};
    }
    throw std::runtime_error("field \"" + field +
                             "\" must be [milliseconds, milliseconds, 0 or 1]");
}

/// Over what no eye would find a change in.
std::string checksum(const Header& h) {
    std::array<unsigned char, 16> sum{};
    std::string all;
    for (const std::string& part :
         {h.version, h.hall, h.boot_id, h.config_sha256, h.config, h.journal.hash, h.journal.key_id,
          std::to_string(h.journal.seq), dump(json_of(h.at)), h.image, h.restored.value_or("")})
        all += part + '\n';
    crypto_generichash(sum.data(), sum.size(), reinterpret_cast<const unsigned char*>(all.data()),
                       all.size(), nullptr, 0);
    std::string hex(2 * sum.size() + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), sum.data(), sum.size());
    hex.pop_back();
    return hex;
}

Json json_of(const Header& h) {
    Json j{{"recording", kForm},
           {"version", h.version},
           {"hall", h.hall},
           {"boot_id", h.boot_id},
           {"config_sha256", h.config_sha256},
           {"config", h.config},
           {"journal",
            {{"seq", h.journal.seq}, {"hash", h.journal.hash}, {"key_id", h.journal.key_id}}},
           {"at", json_of(h.at)}};
    if (!h.birth) {
        j["image"] = h.image;
    } else if (h.restored) {
        j["restored"] = *h.restored;
    } else {
        j["restored"] = nullptr;
    }
    j["sum"] = checksum(h);
    return j;
}

/// The member `field`, taken out.
Json take(Json& j, const std::string& field) {
    const auto found = j.find(field);
    if (found == j.end()) throw std::runtime_error("field \"" + field + "\" is missing");
    Json value = std::move(*found);
    j.erase(found);
    return value;
}
std::string take_text(Json& j, const std::string& field) {
    const Json value = take(j, field);
    if (!value.is_string()) throw std::runtime_error("field \"" + field + "\" must be a text");
    return value.get<std::string>();
}
std::uint64_t take_count(Json& j, const std::string& field) {
    const Json value = take(j, field);
    if (!value.is_number_unsigned())
        throw std::runtime_error("field \"" + field + "\" must be a whole number from 0 on");
    return value.get<std::uint64_t>();
}
Now take_now(Json& j, const std::string& field) {
    return now_of(take(j, field), field);
}
bool is_hash(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Header header_of(Json& j) {
    if (take(j, "recording") != kForm)
        throw std::runtime_error("the recording has a form that this version does not know");
    Header h;
    h.version = take_text(j, "version");
    h.hall = take_text(j, "hall");
    h.boot_id = take_text(j, "boot_id");
    h.config_sha256 = take_text(j, "config_sha256");
    h.config = take_text(j, "config");
    Json journal = take(j, "journal");
    h.journal = {take_count(journal, "seq"), take_text(journal, "hash"),
                 take_text(journal, "key_id")};
    if (!is_hash(h.journal.hash)) throw std::runtime_error("field \"hash\" must be a hash");
    h.at = take_now(j, "at");
    h.birth = !j.contains("image");
    if (!h.birth) {
        h.image = take_text(j, "image");
    } else if (const Json restored = take(j, "restored"); restored.is_string()) {
        h.restored = restored.get<std::string>();
    } else if (!restored.is_null()) {
        throw std::runtime_error("field \"restored\" must be a text or null");
    }
    if (take_text(j, "sum") != checksum(h))
        throw std::runtime_error("the header was changed: its checksum does not hold");
    return h;
}

Line kept_of(Json& j) {
    const Json kept = take(j, "kept");
    if (!kept.is_array() || kept.size() != 2 || !kept[0].is_number_unsigned() ||
        !kept[1].is_string() || !is_hash(kept[1].get<std::string>()))
        throw std::runtime_error("field \"kept\" must be [number, hash]");
    return Kept{kept[0].get<std::uint64_t>(), kept[1].get<std::string>()};
}

Line ended_of(Json& j) {
    const std::string how = take_text(j, "ended");
    if (how != "stopped" && how != "rotated")
        throw std::runtime_error(R"(field "ended" must be "stopped" or "rotated")");
    return Ended{how == "rotated"};
}

std::vector<Event> scan_of(Json& j) {
    Json list = take(j, "scan");
    if (!list.is_array()) throw std::runtime_error("field \"scan\" must be a list of events");
    std::vector<Event> events;
    for (Json& one : list) {
        if (!one.is_object()) throw std::runtime_error("field \"scan\" must be a list of events");
        events.push_back(take_event(one));
        if (!one.empty())
            throw std::runtime_error("field \"" + one.begin().key() + "\" does not belong here");
    }
    return events;
}

Line line_of(Json& j) {
    if (j.contains("recording")) return header_of(j);
    if (j.contains("born")) return Born{take_now(j, "born")};
    if (j.contains("kept")) return kept_of(j);
    if (j.contains("retried")) return Retried{take_now(j, "retried")};
    if (j.contains("ended")) return ended_of(j);
    for (const char* mark : {"undone", "stalled"}) {
        if (!j.contains(mark)) continue;
        if (take(j, mark) != true)
            throw std::runtime_error("field \"" + std::string(mark) + "\" must be true");
        return *mark == 'u' ? Line{Undone{}} : Line{Stalled{}};
    }
    Taken taken;
    taken.n = take_count(j, "n");
    taken.now = take_now(j, "at");
    if (j.contains("scan")) return Scanned{taken.n, taken.now, scan_of(j)};
    taken.event = take_event(j);
    return taken;
}

struct TextOf {
    std::string operator()(const Header& h) const { return dump(json_of(h)); }
    std::string operator()(const Born& l) const { return dump({{"born", json_of(l.now)}}); }
    std::string operator()(const Taken& l) const { return text_of(l.n, l.now, l.event); }
    std::string operator()(const Scanned& l) const {
        Json list = Json::array();
        for (const Event& event : l.events) add_event(list.emplace_back(Json::object()), event);
        return dump({{"n", l.n}, {"at", json_of(l.now)}, {"scan", std::move(list)}});
    }
    std::string operator()(const Kept& l) const {
        return dump({{"kept", Json::array({l.seq, l.hash})}});
    }
    std::string operator()(const Undone&) const { return dump({{"undone", true}}); }
    std::string operator()(const Stalled&) const { return dump({{"stalled", true}}); }
    std::string operator()(const Retried& l) const { return dump({{"retried", json_of(l.now)}}); }
    std::string operator()(const Ended& l) const {
        return dump({{"ended", l.goes_on ? "rotated" : "stopped"}});
    }
};

}  // namespace

std::string text_of(std::uint64_t n, const Now& now, const Event& event) {
    Json j{{"n", n}, {"at", json_of(now)}};
    add_event(j, event);
    return dump(j);
}

std::string text_of(const Line& line) {
    return std::visit(TextOf{}, line);
}

Line parse(std::string_view text) {
    Json j = Json::parse(text, nullptr, false);
    if (j.is_discarded()) throw std::runtime_error("this is not JSON");
    if (!j.is_object()) throw std::runtime_error("this is not a JSON object");
    Line line = line_of(j);
    if (!j.empty())
        throw std::runtime_error("field \"" + j.begin().key() + "\" does not belong here");
    return line;
}

}  // namespace hall::recording
