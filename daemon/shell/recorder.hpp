#pragma once
// The flight recorder: every event with its Now, in a ring of files that is bounded by size. Each
// file begins with all that is needed to run its events again (see recording.hpp and `hallctl
// replay`).
//
// It serves the hall and never stops it: what cannot be written is left out and told as a fault.
// Lines go to the kernel one by one and are never synced: a killed daemon loses none, a power loss
// the last seconds. Not thread-safe; owned by the loop.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/shell/recorder_config.hpp"
#include "daemon/shell/recording.hpp"

namespace hall {

class Recorder {
  public:
    /// The ring has about this many files.
    static constexpr std::uint64_t kSegments = 8;

    /// Writes nothing yet. @param folder of the recordings; made when it is needed
    Recorder(RecorderConfig config, std::filesystem::path folder);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    [[nodiscard]] bool enabled() const { return config_.enabled; }
    /// A new file should begin before the next event: this one is full, or after a fault it is time
    /// to try again.
    [[nodiscard]] bool wants_segment(const Now& now) const;
    /// Ends the file, if there is one, and begins another. Removes the oldest ones first.
    void begin(const recording::Header& header);

    void born(const Now& now);
    void took(const Now& now, const Event& event);
    void scanned(const Now& now, const std::vector<Event>& events);
    void kept(std::uint64_t seq, const std::string& hash);
    void undone();
    void stalled();
    void retried(const Now& now);
    /// The daemon stops in good order.
    void stop();

    /// Why nothing is recorded now; empty: it is, or it should not be.
    [[nodiscard]] const std::string& fault() const { return fault_; }

  private:
    void put(std::string line);
    void make_room();
    void open_segment(const std::string& first_line);
    void close();
    void fail(const std::string& what, int error);

    RecorderConfig config_;
    std::filesystem::path folder_;
    std::filesystem::path file_;
    int descriptor_ = -1;
    std::uint64_t written_ = 0;  ///< bytes of this file
    std::uint64_t n_ = 0;        ///< events in this file
    std::string fault_;
    std::optional<Instant> failed_at_;
    Instant latest_{};  ///< mono of the newest line
};

/// The recordings in a folder, oldest first.
std::vector<std::filesystem::path> segments_in(const std::filesystem::path& folder);

}  // namespace hall
