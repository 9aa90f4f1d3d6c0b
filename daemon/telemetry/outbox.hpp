#pragma once
// R30: the journal is the outbox. Records go to the broker in order, at least once, without a gap,
// and no faster than the broker's owner wants it; how far they came is remembered in a file. What
// somebody wants to have again goes beside them, when nothing new is to be sent.
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/now.hpp"
#include "daemon/shell/journal.hpp"
#include "daemon/telemetry/command_gate.hpp"

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

    /// @param file  holds the number of the newest record that needs not be sent again, and the
    /// first and last of what somebody still wants again
    /// @param per_second records, on the long run
    Outbox(const Journal& journal, std::filesystem::path file, Make make, int per_second);

    /// Sends what the window and the rate allow. Returns how long to wait until the rate allows
    /// more; none: nothing waits for it.
    std::optional<Millis> pump(Instant now, const Send& send);
    /// The broker has taken a message. False: not one of ours.
    bool acknowledged(std::uint64_t ticket);
    /// What was on its way may be lost: it is sent again.
    void disconnected();
    enum class Resend : std::uint8_t { begun, unknown, busy };
    /// Sends again from this record on. `unknown`: there is no such record; `busy`: the last one
    /// who asked has not everything yet.
    Resend resend(std::uint64_t from);
    /// Writes the position, at most once in a few seconds or a thousand records.
    void remember(Instant now, bool at_once);
    /// Newest record that the broker has.
    [[nodiscard]] std::uint64_t delivered() const { return new_.position; }

  private:
    struct Sent {
        std::uint64_t ticket, seq;
        bool acknowledged;
        bool last;  ///< of its record: only with it is the record delivered
    };
    /// A run of records on its way.
    struct Lane {
        std::uint64_t position = 0;  ///< everything up to here was acknowledged
        std::uint64_t sent = 0;      ///< everything up to here was handed to the link
        std::deque<Sent> in_flight{};
    };
    struct Position {
        std::uint64_t delivered = 0, again = 0, again_end = 0;
        friend bool operator==(const Position&, const Position&) = default;
    };
    [[nodiscard]] static Position read_position(const std::filesystem::path& file);
    [[nodiscard]] Position position() const;
    [[nodiscard]] std::size_t under_way() const;
    /// False: stop, for this time.
    bool pump_lane(Lane& lane, std::uint64_t end, Instant now, const Send& send);
    bool send_record(Lane& lane, const StoredRecord& record, const Send& send);
    static bool acknowledged(Lane& lane, std::uint64_t ticket);

    const Journal& journal_;
    Make make_;
    std::filesystem::path file_;
    RateLimit rate_;
    Lane new_, again_;
    std::uint64_t again_end_ = 0;  ///< the last that somebody wants again
    Position written_;
    Instant written_at_{};
    std::optional<Instant> failed_at_;  ///< the last try to write it, if it failed
    std::uint64_t last_ticket_ = 0;
};

}  // namespace hall::telemetry
