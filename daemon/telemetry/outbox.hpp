#pragma once
// R30: the journal is the outbox. Records go to the broker in order, at least once, without a gap;
// how far they came is remembered in a file.
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "daemon/core/now.hpp"
#include "daemon/shell/journal.hpp"

namespace hall::telemetry {

/// A stored record as the payload of the topic `event`: its canonical body, with `prev` and `hash`.
std::string event_payload(const StoredRecord& record);

/// One message that a record becomes.
struct Outgoing {
    std::string name;  ///< `event`, `attendance`
    std::string payload;
};

class Outbox {
  public:
    /// Hands one message to the link, to be acknowledged by its ticket; false: try again later.
    using Send = std::function<bool(const Outgoing& message, std::uint64_t ticket)>;
    /// The messages that a record becomes, at least one.
    using Make = std::function<std::vector<Outgoing>(const StoredRecord& record)>;

    /// @param file  holds the number of the newest record that needs not be sent again
    Outbox(const Journal& journal, std::filesystem::path file, Make make);

    /// Sends what the window allows.
    void pump(const Send& send);
    /// The broker has taken a message. False: not one of ours.
    bool acknowledged(std::uint64_t ticket);
    /// What was on its way may be lost: it is sent again.
    void disconnected();
    /// Sends again from this record on. False: there is no such record.
    bool resend(std::uint64_t from);
    /// Writes the position, at most once in a few seconds or a thousand records.
    void remember(Instant now, bool at_once);
    /// Newest record that the broker has.
    [[nodiscard]] std::uint64_t delivered() const { return newest_; }

  private:
    struct Sent {
        std::uint64_t ticket, seq;
        bool acknowledged;
        bool last;  ///< of its record: only with it is the record delivered
    };
    bool send_record(const StoredRecord& record, const Send& send);

    const Journal& journal_;
    Make make_;
    std::filesystem::path file_;
    std::uint64_t position_ = 0;  ///< everything up to here was acknowledged
    std::uint64_t newest_ = 0;    ///< like it, but does not go back for a resend
    std::uint64_t sent_ = 0;      ///< everything up to here was handed to the link
    std::uint64_t written_ = 0;
    Instant written_at_{};
    std::uint64_t last_ticket_ = 0;
    std::deque<Sent> in_flight_;
};

}  // namespace hall::telemetry
