#pragma once
// What the wires and the plant saw, in order, with the instant of each change: a test judges the
// daemon by this and never by what the daemon believed.
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace hall::sim {

/// The plant's clock: since the start of the virtual hall, scaled by --speed.
using Instant = std::chrono::milliseconds;

struct TraceEntry {
    std::uint64_t number = 0;  ///< 1, 2, 3 ... without a gap
    Instant since_start{0};    ///< real time since the start, not scaled
    std::chrono::system_clock::time_point wall;
    std::string thing;
    std::string value;
};

class Trace {
  public:
    /// Older entries are forgotten, so that a hall that runs for weeks stays small.
    static constexpr std::size_t kMost = 20'000;

    /// @param speed plant seconds that pass in one real second
    explicit Trace(double speed = 1.0) : speed_(speed) {}

    /// The wall clock at instant 0. Told again now and then: the wall clock may be stepped.
    void set_epoch(std::chrono::system_clock::time_point epoch) { epoch_ = epoch; }
    void add(Instant at, std::string_view thing, std::string_view value);

    [[nodiscard]] const std::deque<TraceEntry>& entries() const { return entries_; }
    /// JSON array of the entries after number `since`.
    [[nodiscard]] std::string json(std::uint64_t since) const;

  private:
    double speed_;
    std::chrono::system_clock::time_point epoch_{};
    std::uint64_t next_ = 1;
    std::deque<TraceEntry> entries_;
};

/// `2026-11-24T09:35:02.123Z`
std::string utc(std::chrono::system_clock::time_point t);

}  // namespace hall::sim
