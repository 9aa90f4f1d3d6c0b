#pragma once
// Runs a recording through the rules again and compares what they write with the journal, byte for
// byte. All records of a journal come from the rules; the daemon adds number, time and chain, and
// so does this, from what was recorded.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/core/config.hpp"
#include "daemon/shell/journal.hpp"

namespace hall {

/// The file is no recording, or is damaged elsewhere than in a torn last line; the sentence names
/// file and line.
class DamagedRecording : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Where a replay and the journal part.
struct Departure {
    std::string file;
    std::size_t line = 0;
    std::uint64_t event = 0;  ///< counts from 1 in its file; 0: the start, before any event
    std::string event_text;   ///< the line itself
    std::uint64_t seq = 0;    ///< of the first record that differs; 0: no record does
    std::string what;         ///< a sentence
    std::string expected;     ///< the journal's record; empty: none
    std::string came;         ///< what the rules wrote now; empty: none
};

struct ReplayResult {
    std::uint64_t events = 0;
    std::uint64_t records = 0;
    std::uint64_t first_seq = 0, last_seq = 0;  ///< of the records that were compared; 0: none
    std::size_t files = 0;
    std::vector<std::string> notes;  ///< what the reader should know: torn lines, sudden ends
    std::optional<Departure> departure;
};

struct ReplayOptions {
    /// The journal's record of that number.
    std::function<std::optional<StoredRecord>(std::uint64_t)> journal;
    std::string version;               ///< of this program
    std::optional<HallConfig> config;  ///< instead of the recorded one
    DigestFunction digest = nullptr;
};

/// Replays recordings in the order given; each begins from its own header. Stops at the first
/// departure. @throws DamagedRecording
ReplayResult replay(const std::vector<std::filesystem::path>& files, const ReplayOptions& options);

}  // namespace hall
