#include "daemon/telemetry/outbox.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "daemon/shell/state_files.hpp"

namespace hall::telemetry {

namespace {

/// Less than the link's window: the live state keeps its place beside a long catching-up.
constexpr std::size_t kWindow = 32;
constexpr std::size_t kReadAtOnce = 16;
/// A position that is written late costs duplicates after a crash, never a gap.
constexpr Millis kWriteEvery{5'000};
constexpr std::uint64_t kWriteAfter = 1'000;

std::uint64_t read_position(const std::filesystem::path& file) {
    try {
        const auto text = read_file(file);
        std::uint64_t value = 0;
        if (text) std::from_chars(text->data(), text->data() + text->size(), value);
        return value;
    } catch (const std::exception& e) {
        spdlog::warn("{} cannot be read, all records are sent again: {}", file.string(), e.what());
        return 0;
    }
}

}  // namespace

std::string event_payload(const StoredRecord& record) {
    std::string text = record.body;
    if (text.empty() || text.back() != '}') return text;
    text.pop_back();
    return text + R"(,"prev":")" + record.prev + R"(","hash":")" + record.hash + "\"}";
}

Outbox::Outbox(const Journal& journal, std::filesystem::path file, Make make)
    : journal_(journal), make_(std::move(make)), file_(std::move(file)) {
    // A journal that went on behind a damaged one may end before what was delivered.
    position_ = std::min(read_position(file_), journal_.head().seq);
    newest_ = sent_ = written_ = position_;
}

void Outbox::pump(const Send& send) {
    try {
        while (in_flight_.size() < kWindow && sent_ < journal_.head().seq) {
            const auto room = std::min(kReadAtOnce, kWindow - in_flight_.size());
            const auto records = journal_.read(sent_ + 1, room);
            if (records.empty()) return;
            for (const StoredRecord& record : records) {
                if (!send_record(record, send)) return;
                sent_ = record.seq;
            }
        }
    } catch (const JournalUnavailable& e) {
        spdlog::warn("records cannot be read for the broker, trying again: {}", e.what());
    }
}

bool Outbox::send_record(const StoredRecord& record, const Send& send) {
    const std::vector<Outgoing> messages = make_(record);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const std::uint64_t ticket = last_ticket_ + 1;
        // Noted first: the acknowledgement may be quicker than the return.
        in_flight_.push_back({ticket, record.seq, false, i + 1 == messages.size()});
        if (!send(messages[i], ticket)) {
            // The whole record is sent again; its first messages then arrive twice.
            in_flight_.pop_back();
            return false;
        }
        last_ticket_ = ticket;
    }
    return true;
}

bool Outbox::acknowledged(std::uint64_t ticket) {
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                    [&](const Sent& s) { return s.ticket == ticket; });
    if (found == in_flight_.end()) return false;
    found->acknowledged = true;
    while (!in_flight_.empty() && in_flight_.front().acknowledged) {
        if (in_flight_.front().last) position_ = in_flight_.front().seq;
        newest_ = std::max(newest_, position_);
        in_flight_.pop_front();
    }
    return true;
}

void Outbox::disconnected() {
    in_flight_.clear();
    sent_ = position_;
}

bool Outbox::resend(std::uint64_t from) {
    if (from == 0 || from > journal_.head().seq) return false;
    if (from > position_) return true;  // still to be sent anyway
    in_flight_.clear();
    position_ = sent_ = from - 1;
    return true;
}

void Outbox::remember(Instant now, bool at_once) {
    if (position_ == written_) return;
    const auto distance = position_ > written_ ? position_ - written_ : written_ - position_;
    if (!at_once && distance < kWriteAfter && now < written_at_ + kWriteEvery) return;
    written_at_ = now;
    try {
        replace_file(file_, std::to_string(position_) + "\n");
        written_ = position_;
    } catch (const std::exception& e) {
        spdlog::warn("delivery position not written: {}", e.what());
    }
}

}  // namespace hall::telemetry
