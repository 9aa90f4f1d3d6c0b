#pragma once
// The thread that owns one GPIO chip (see drivers/bus.hpp for what it promises). To the daemon a
// chip is a bus, and each of its lines a unit: the number in the configuration, from 1 on.
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "drivers/bus.hpp"
#include "drivers/gpio/debounce.hpp"
#include "drivers/gpio/lines.hpp"
#include "drivers/gpio/waker.hpp"
#include "drivers/order_queue.hpp"
#include "drivers/worker_thread.hpp"

namespace hall::drivers::gpio {

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;
using std::chrono::milliseconds;

class Worker final : public Bus {
  public:
    Worker(BusConfig config, std::vector<Poll> polls, std::function<void(BusEvent)> sink,
           std::unique_ptr<Chips> chips);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() override;

    bool submit(Ticket ticket, const Order& order) override;
    [[nodiscard]] milliseconds last_sign_of_life() const override;
    [[nodiscard]] BusStatistics statistics() const override;

  private:
    /// A line that somebody polls. Others are left alone.
    struct Wire {
        GpioLine settings;
        std::uint8_t unit = 1;
        std::size_t ix = 0;  ///< of its statistics
        PollIx poll = 0;
        milliseconds every{0};  ///< between two readings of its level
        BackOff retry;
        TimePoint due{};             ///< the next reading; while the line is not ours, the next try
        std::unique_ptr<Line> line;  ///< null: not ours
        std::optional<Debounce> debounce;               ///< of an input that is ours
        std::optional<bool> up;                         ///< as told; none: never
        std::string why;                                ///< the reason, while it is not ours
        std::optional<std::optional<double>> reported;  ///< outer none: never
    };

    void run();
    void wait();

    void open_chip();
    void chip_lost(const std::string& why);
    void take_line(Wire& wire);
    void line_taken(Wire& wire);
    void line_lost(Wire& wire, const std::string& why);
    [[nodiscard]] std::string refusal(const Wire& wire, std::optional<unsigned> offset, int error);

    /// Reads what waits on each line. False: nothing did.
    bool collect_edges(std::vector<std::pair<Wire*, Edge>>& told);
    void take_edges();
    /// The lines whose level counts from before `until` on, the first to settle first.
    std::vector<Wire*> settling(Debounce::Time until);
    void settle();
    void read_levels();
    void read_level(Wire& wire);
    void failed(Wire& wire, int error, const std::string& what);
    /// One request to the line ended. Its line is up, or has failed.
    void count(const Wire& wire, bool answered, bool reading);
    void report(Wire& wire, std::optional<double> value);
    void tell(Wire& wire, std::optional<bool> level);

    OrderFinished perform(const QueuedOrder& queued);
    OrderFinished drive(Ticket ticket, const WriteCoil& order);
    OrderFinished read_back(Ticket ticket, const ReadCoil& order);
    Wire* wire_of(const Point& point);

    const BusConfig config_;
    const std::function<void(BusEvent)> sink_;
    const std::unique_ptr<Chips> chips_;

    // Shared with the callers' threads.
    OrderQueue orders_;
    Waker waker_;
    std::atomic<std::int64_t> sign_of_life_;
    mutable std::mutex mutex_;
    BusStatistics counted_;  ///< under mutex_

    // The worker's own.
    std::unique_ptr<Chip> chip_;
    std::vector<Wire> wires_;
    std::optional<bool> chip_is_up_;
    BackOff reopen_;
    TimePoint reopen_at_;
    bool opened_before_ = false;

    std::thread thread_;  ///< last: everything above exists before it runs
};

}  // namespace hall::drivers::gpio
