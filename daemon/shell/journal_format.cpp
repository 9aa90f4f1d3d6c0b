#include "daemon/shell/journal_format.hpp"

#include <sodium.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "daemon/core/zone.hpp"

namespace hall::journal_format {

const std::string kNoHash(64, '0');

namespace {

using Hash = std::array<unsigned char, crypto_hash_sha256_BYTES>;

std::string hex(const unsigned char* bytes, std::size_t size) {
    std::string text(size * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), bytes, size);
    text.pop_back();
    return text;
}

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Two decimal digits at `at`, or -1.
int two(std::string_view t, std::size_t at) {
    const auto digit = [&](std::size_t i) {
        return t[i] >= '0' && t[i] <= '9' ? t[i] - '0' : -100;
    };
    const int v = digit(at) * 10 + digit(at + 1);
    return v < 0 ? -1 : v;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    Hash h{};
    crypto_hash_sha256(h.data(), raw(bytes), bytes.size());
    return hex(h.data(), h.size());
}

std::string chain(const std::string& prev, std::string_view body) {
    Hash before{};
    std::size_t size = 0;
    if (sodium_hex2bin(before.data(), before.size(), prev.data(), prev.size(), nullptr, &size,
                       nullptr) != 0 ||
        size != before.size() || prev.size() != 2 * before.size())
        throw std::invalid_argument("not a SHA-256 in hex");
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, before.data(), before.size());
    crypto_hash_sha256_update(&state, raw("\n"), 1);
    crypto_hash_sha256_update(&state, raw(body), body.size());
    Hash h{};
    crypto_hash_sha256_final(&state, h.data());
    return hex(h.data(), h.size());
}

std::string body_of(const Record& record, const BodyContext& context) {
    nlohmann::json detail = nlohmann::json::object();
    for (const auto& [key, value] : record.detail) {
        // A key that stands twice keeps both values, in their order.
        if (!detail.contains(key)) {
            detail[key] = value;
        } else if (detail[key].is_array()) {
            detail[key].push_back(value);
        } else {
            detail[key] = nlohmann::json::array({detail[key], value});
        }
    }
    nlohmann::json body = {{"seq", context.seq},        {"id", context.id},
                           {"ts", context.ts},          {"type", record.type},
                           {"rule", record.rule},       {"actors", record.actors},
                           {"outcome", record.outcome}, {"detail", std::move(detail)}};
    body["clock"] = context.clock_trusted ? "trusted" : "untrusted";
    if (context.state) body["state"] = *context.state;
    // Bytes that are no UTF-8 (a person typed them, a device sent them) must not stop the journal.
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string make_id(const std::string& key_id, const std::string& prev, std::uint64_t seq,
                    const std::string& ts) {
    std::string h = sha256_hex("hall-record-id\n" + key_id + '\n' + prev + '\n' +
                               std::to_string(seq) + '\n' + ts)
                        .substr(0, 32);
    h[12] = '8';                                            // version: made by a rule of our own
    h[16] = "89ab"[static_cast<unsigned char>(h[16]) % 4];  // variant
    for (const std::size_t at : {20U, 16U, 12U, 8U}) h.insert(at, 1, '-');
    return h;
}

std::vector<StoredRecord> batch_of(const BatchPlace& place, const Now& now,
                                   const std::vector<Record>& records,
                                   const std::optional<std::string>& snapshot) {
    std::vector<StoredRecord> batch;
    batch.reserve(records.size());
    BodyContext context{.seq = place.seq,
                        .id = {},
                        .ts = rfc3339(now.wall, place.zone_offset),
                        .clock_trusted = now.wall_trusted,
                        .state = {}};
    std::string prev = place.hash;
    for (const Record& record : records) {
        ++context.seq;
        context.id = make_id(place.key_id, prev, context.seq, context.ts);
        if (&record == &records.back() && snapshot) context.state = sha256_hex(*snapshot);
        std::string body = body_of(record, context);
        std::string hash = chain(prev, body);
        batch.push_back({context.seq, std::move(body), prev, hash});
        prev = std::move(hash);
    }
    return batch;
}

std::optional<BodyFacts> read_body(std::string_view body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    const auto seq = json.find("seq");
    if (seq == json.end() || !seq->is_number_unsigned()) return std::nullopt;
    BodyFacts facts;
    facts.seq = seq->get<std::uint64_t>();
    if (const auto s = json.find("state"); s != json.end() && s->is_string())
        facts.state = s->get<std::string>();
    if (const auto t = json.find("ts"); t != json.end() && t->is_string())
        facts.ts = parse_stamp(t->get_ref<const std::string&>());
    if (const auto c = json.find("clock"); c != json.end()) facts.clock_trusted = *c == "trusted";
    return facts;
}

std::optional<std::string> read_type(std::string_view body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    const auto type = json.find("type");
    if (type == json.end() || !type->is_string()) return std::nullopt;
    return type->get<std::string>();
}

std::optional<WallTime> parse_stamp(std::string_view t) {
    // 2026-11-24T17:35:02.123+08:00; the fraction may be missing, `Z` is accepted.
    using namespace std::chrono;
    if (t.size() < 20 || t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' || t[16] != ':')
        return std::nullopt;
    const int century = two(t, 0), years = two(t, 2), mon = two(t, 5), mday = two(t, 8);
    const int h = two(t, 11), m = two(t, 14), s = two(t, 17);
    if (century < 0 || years < 0 || mon < 0 || mday < 0 || h < 0 || m < 0 || s < 0)
        return std::nullopt;
    const year_month_day date{year{century * 100 + years}, month{static_cast<unsigned>(mon)},
                              day{static_cast<unsigned>(mday)}};
    if (!date.ok() || h > 23 || m > 59 || s > 60) return std::nullopt;
    std::size_t at = 19;
    milliseconds fraction{0};
    if (t[at] == '.') {
        if (at + 1 >= t.size() || t[at + 1] < '0' || t[at + 1] > '9') return std::nullopt;
        int unit = 100;
        for (++at; at < t.size() && t[at] >= '0' && t[at] <= '9'; ++at, unit /= 10)
            fraction += milliseconds{(t[at] - '0') * unit};
    }
    seconds offset{0};
    if (at + 6 == t.size() && (t[at] == '+' || t[at] == '-') && t[at + 3] == ':') {
        const int oh = two(t, at + 1), om = two(t, at + 4);
        if (oh < 0 || oh > 23 || om < 0 || om > 59) return std::nullopt;
        offset = hours{oh} + minutes{om};
        if (t[at] == '-') offset = -offset;
    } else if (at + 1 != t.size() || t[at] != 'Z') {
        return std::nullopt;
    }
    return WallTime{sys_days{date} + hours{h} + minutes{m} + seconds{s} + fraction - offset};
}

bool ChainCheck::fault(std::uint64_t seq, std::string what) {
    bad_seq_ = seq;
    what_ = std::move(what);
    return false;
}

bool ChainCheck::take(const StoredRecord& r) {
    const std::string name = "record " + std::to_string(r.seq);
    const std::uint64_t due = seq_ + 1;
    if (r.seq > due)
        return fault(due, "record " + std::to_string(due) +
                              " is missing: it was removed, or the records were reordered");
    if (r.seq < due) return fault(r.seq, name + " stands out of order or was inserted");
    const auto facts = read_body(r.body);
    if (!facts) return fault(r.seq, name + " was changed: its text is no record any more");
    if (facts->seq != r.seq)
        return fault(r.seq, name + " was moved: its text says that it is record " +
                                std::to_string(facts->seq));
    if (r.prev != hash_)
        return fault(r.seq, name +
                                " does not follow the record before it: one of the two was "
                                "changed, inserted or removed");
    if (chain(hash_, r.body) != r.hash)
        return fault(r.seq, name + " was changed: its hash does not match its text");
    seq_ = r.seq;
    hash_ = r.hash;
    state_ = facts->state;
    return true;
}

bool ChainCheck::take_head(const JournalHead& head, const PublicKey& key) {
    const std::string name = "record " + std::to_string(head.seq);
    if (head.key_id != key_id(key))
        return fault(head.seq, "the head at " + name + " was signed with another key (" +
                                   head.key_id + ") than the one given (" + key_id(key) + ")");
    if (!signature_holds(key, Mark::head, head.seq, head.hash, head.signature))
        return fault(head.seq, "the signature of the head at " + name + " does not hold");
    if (head.seq > seq_)
        return fault(seq_ + 1, "record " + std::to_string(seq_ + 1) +
                                   " and what follows is missing: the head was signed at " + name);
    if (head.seq < seq_)
        return fault(head.seq + 1, "record " + std::to_string(head.seq + 1) +
                                       " stands behind the signed head at " + name +
                                       ": it was inserted, or the head is an older one");
    if (head.hash != hash_)
        return fault(head.seq, name + " is not the one that was signed as the head");
    return true;
}

}  // namespace hall::journal_format
