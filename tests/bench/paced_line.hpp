#pragma once
// A serial line that takes as long as a real one: a pseudo terminal does not pace, so the slaves
// behind it let each character pass in its time (8N1, ten bits), notice the end of a request by the
// silence of 3.5 characters (above 19200 baud 1.75 ms), and answer byte by byte. (Modbus over
// Serial Line V1.02, 2.5.1.1.)
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/modbus_slave.hpp"

namespace hall::bench {

using Clock = std::chrono::steady_clock;

class PacedLine {
  public:
    /// @throws std::runtime_error when no pseudo terminal can be had
    PacedLine(test::Plant& plant, int baud);
    PacedLine(const PacedLine&) = delete;
    PacedLine& operator=(const PacedLine&) = delete;
    ~PacedLine();

    /// The master's end.
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::chrono::nanoseconds character() const { return character_; }
    [[nodiscard]] std::chrono::nanoseconds silence() const { return silence_; }
    /// What this exchange takes on the wire at least, both silences included.
    [[nodiscard]] std::chrono::nanoseconds least(std::size_t request, std::size_t reply) const;

    /// This unit says nothing from now on; 0: all of them live.
    void kill(std::uint8_t unit) { dead_ = unit; }

    struct Seen {
        Clock::time_point at;  ///< the request's first byte
        std::uint8_t unit = 0;
    };
    [[nodiscard]] std::vector<Seen> seen();
    void forget();
    /// Requests that began before the line had been silent for long enough: a slave may miss them.
    [[nodiscard]] std::uint64_t too_early() const { return too_early_; }

  private:
    void run();
    void answer(const test::Bytes& request, Clock::time_point begun);
    void deliver(const test::Bytes& reply, Clock::time_point from);
    static void sleep_until(Clock::time_point when);

    test::Plant& plant_;
    std::chrono::nanoseconds character_;
    std::chrono::nanoseconds silence_;
    int near_ = -1, far_ = -1, stop_ = -1;
    std::string path_;
    std::atomic<std::uint8_t> dead_ = 0;
    std::atomic<std::uint64_t> too_early_ = 0;
    Clock::time_point quiet_from_;
    std::mutex mutex_;
    std::vector<Seen> seen_;  ///< under mutex_
    std::thread thread_;
};

}  // namespace hall::bench
