#include "daemon/telemetry/outbox.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "daemon/shell/state_files.hpp"

namespace hall::telemetry {

namespace {

/// Less than the link's window: the live state keeps its place beside a long catching-up.
constexpr std::size_t kWindow = 32;
constexpr std::size_t kReadAtOnce = 16;
/// A position that is written late costs duplicates after a crash, never a gap.
constexpr Millis kWriteEvery{5'000};
constexpr std::uint64_t kWriteAfter = 1'000;
/// Before the rate counts: an evening at once.
constexpr int kAtOnce = 200;

}  // namespace

std::string event_payload(const StoredRecord& record) {
    std::string text = record.body;
    if (text.empty() || text.back() != '}') return text;
    text.pop_back();
    return text + R"(,"prev":")" + record.prev + R"(","hash":")" + record.hash + "\"}";
}

/// One number, or three.
Outbox::Position Outbox::read_position(const std::filesystem::path& file) {
    std::array<std::uint64_t, 3> read{};
    try {
        std::istringstream text(read_file(file).value_or(""));
        std::string word;
        for (std::uint64_t& number : read) {
            if (!(text >> word)) break;
            if (std::from_chars(word.data(), word.data() + word.size(), number).ec != std::errc{})
                break;
        }
    } catch (const std::exception& e) {
        spdlog::warn("{} cannot be read, all records are sent again: {}", file.string(), e.what());
    }
    return {read[0], read[1], read[2]};
}

Outbox::Outbox(const Journal& journal, std::filesystem::path file, Make make, int per_second)
    : journal_(journal),
      make_(std::move(make)),
      file_(std::move(file)),
      rate_(kAtOnce, RateLimit::Micros{std::chrono::seconds{1}} / per_second),
      written_(read_position(file_)) {
    // A journal that went on behind a damaged one may end before what was delivered.
    const std::uint64_t head = journal_.head().seq;
    new_.position = new_.sent = std::min(written_.delivered, head);
    const std::uint64_t end = std::min(written_.again_end, new_.position);
    if (written_.again < end) {
        again_.position = again_.sent = written_.again;
        again_end_ = end;
    }
    // Before anything new is sent: or the next start would take its numbers for delivered.
    if (written_.delivered > head) remember(Instant{}, true);
}

Outbox::Position Outbox::position() const {
    return again_.position < again_end_ ? Position{new_.position, again_.position, again_end_}
                                        : Position{new_.position, 0, 0};
}

std::size_t Outbox::under_way() const {
    return new_.in_flight.size() + again_.in_flight.size();
}

std::optional<Millis> Outbox::pump(Instant now, const Send& send) {
    try {
        const std::uint64_t head = journal_.head().seq;
        if (pump_lane(new_, head, now, send)) pump_lane(again_, again_end_, now, send);
        if (new_.sent < head || again_.sent < again_end_) {
            const Millis wait = rate_.wait(now);
            if (wait > Millis{0}) return wait;
        }
    } catch (const JournalUnavailable& e) {
        spdlog::warn("records cannot be read for the broker, trying again: {}", e.what());
    }
    return std::nullopt;
}

bool Outbox::pump_lane(Lane& lane, std::uint64_t end, Instant now, const Send& send) {
    while (lane.sent < end) {
        const std::size_t ready = rate_.ready(now);
        if (under_way() >= kWindow || ready == 0) return false;
        const auto room = std::min<std::size_t>(
            {kReadAtOnce, kWindow - under_way(), static_cast<std::size_t>(end - lane.sent), ready});
        const auto records = journal_.read(lane.sent + 1, room);
        if (records.empty()) return true;
        for (const StoredRecord& record : records) {
            if (record.seq > end) return true;
            if (!send_record(lane, record, send)) return false;
            rate_.take(now);
            lane.sent = record.seq;
        }
    }
    return true;
}

bool Outbox::send_record(Lane& lane, const StoredRecord& record, const Send& send) {
    const std::vector<Outgoing> messages = make_(record);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const std::uint64_t ticket = last_ticket_ + 1;
        // Noted first: the acknowledgement may be quicker than the return.
        lane.in_flight.push_back({ticket, record.seq, false, i + 1 == messages.size()});
        if (!send(messages[i], ticket)) {
            // The whole record is sent again; its first messages then arrive twice.
            lane.in_flight.pop_back();
            return false;
        }
        last_ticket_ = ticket;
    }
    return true;
}

bool Outbox::acknowledged(Lane& lane, std::uint64_t ticket) {
    auto& in_flight = lane.in_flight;
    const auto found = std::find_if(in_flight.begin(), in_flight.end(),
                                    [&](const Sent& s) { return s.ticket == ticket; });
    if (found == in_flight.end()) return false;
    found->acknowledged = true;
    while (!in_flight.empty() && in_flight.front().acknowledged) {
        if (in_flight.front().last) lane.position = in_flight.front().seq;
        in_flight.pop_front();
    }
    return true;
}

bool Outbox::acknowledged(std::uint64_t ticket) {
    return acknowledged(new_, ticket) || acknowledged(again_, ticket);
}

void Outbox::disconnected() {
    for (Lane* lane : {&new_, &again_}) {
        lane->in_flight.clear();
        lane->sent = lane->position;
    }
}

Outbox::Resend Outbox::resend(std::uint64_t from) {
    if (from == 0 || from > journal_.head().seq) return Resend::unknown;
    if (again_.position < again_end_) return Resend::busy;
    // A journal that went on behind a damaged one begins later.
    const auto first = journal_.read(from, 1);
    if (first.empty()) return Resend::unknown;
    // What was never sent is to be sent anyway.
    again_end_ = new_.sent;
    again_.position = again_.sent = std::min(first.front().seq - 1, again_end_);
    return Resend::begun;
}

void Outbox::remember(Instant now, bool at_once) {
    const Position current = position();
    if (current == written_ || (!at_once && failed_at_ && now < *failed_at_ + kWriteEvery)) return;
    const auto distance = current.delivered - written_.delivered;
    // Somebody was promised what was asked for: that is not forgotten with a crash.
    const bool asked = current.again_end != 0 &&
                       (current.again_end != written_.again_end || current.again < written_.again);
    if (!at_once && !asked && distance < kWriteAfter && now < written_at_ + kWriteEvery) return;
    written_at_ = now;
    try {
        std::string text = std::to_string(current.delivered);
        if (current.again_end != 0) {
            text += " " + std::to_string(current.again) + " " + std::to_string(current.again_end);
        }
        replace_file(file_, text + "\n");
        written_ = current;
        failed_at_.reset();
    } catch (const std::exception& e) {
        failed_at_ = now;
        spdlog::warn("delivery position not written: {}", e.what());
    }
}

}  // namespace hall::telemetry
