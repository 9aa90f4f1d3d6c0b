#pragma once
// The form of a recording: JSON, one object a line.
//
//   {"recording":1, "version", "hall", "boot_id", "config_sha256", "config", "journal":{...},
//    "at":[mono,wall,trusted], "restored" or "image", "sum"}       the header, first
//   {"born":[mono,wall,trusted]}                                   the rules were started
//   {"n":1,"at":[mono,wall,trusted],"e":"meter_reported",...}      an event, and when it was taken
//   {"n":2,"at":[...],"scan":[{"e":...},...]}   facts of the wires that were taken as one
//   {"kept":[seq,"hash"]}      its records are durable; seq and hash of the last one
//   {"undone":true}            they could not be written; the rules forgot the event again
//   {"stalled":true}           they could not be written, and wait for it
//   {"retried":[mono,wall,trusted]}  now they could; `kept` follows
//   {"ended":"stopped"}        last: `stopped`, or `rotated` when another segment goes on
//
// Times are milliseconds of the boot clock and of 1970's; `trusted` is 0 or 1. A header stands
// alone: with `restored` the rules begin as after a start (null: the very first), with `image` they
// go on from what they held at that moment.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/core/now.hpp"

namespace hall::recording {

/// What the journal held, and whose key signs it.
struct JournalPoint {
    std::uint64_t seq = 0;
    std::string hash;
    std::string key_id;
};

struct Header {
    std::string version;  ///< of the program that recorded
    std::string hall;
    std::string boot_id;
    std::string config_sha256;
    std::string config;  ///< see config_image()
    JournalPoint journal;
    Now at;
    /// True: the rules were made at `at`, from `restored`. False: they go on from `image`.
    bool birth = true;
    std::optional<std::string> restored;  ///< the snapshot that the start believed
    std::string image;                    ///< see Hall::image()
};

struct Born {
    Now now;
};
struct Taken {
    std::uint64_t n = 0;  ///< counts from 1 in every file
    Now now;
    Event event;
};
struct Scanned {
    std::uint64_t n = 0;  ///< counts on with the events
    Now now;
    std::vector<Event> events;
};
struct Kept {
    std::uint64_t seq = 0;
    std::string hash;
};
struct Undone {};
struct Stalled {};
struct Retried {
    Now now;
};
struct Ended {
    bool goes_on = false;  ///< in the next segment
};
using Line = std::variant<Header, Born, Taken, Scanned, Kept, Undone, Stalled, Retried, Ended>;

/// Without the line's end.
std::string text_of(const Line& line);
/// As text_of(Taken); for the one line that is written all the time.
std::string text_of(std::uint64_t n, const Now& now, const Event& event);

/// @throws std::runtime_error with a sentence that names what is wrong, and the field where there
/// is one
Line parse(std::string_view text);

}  // namespace hall::recording
