#pragma once
// The thread that owns one field bus (see drivers/bus.hpp for what it promises).
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "drivers/bus.hpp"
#include "drivers/modbus/link.hpp"
#include "drivers/modbus/schedule.hpp"
#include "drivers/modbus/setups.hpp"
#include "drivers/modbus/tally.hpp"
#include "drivers/order_queue.hpp"
#include "drivers/worker_thread.hpp"

namespace hall::drivers::modbus {

class Worker final : public Bus {
  public:
    Worker(BusConfig config, std::vector<Poll> polls, std::function<void(BusEvent)> sink);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() override;

    bool submit(Ticket ticket, const Order& order) override;
    [[nodiscard]] milliseconds last_sign_of_life() const override;
    [[nodiscard]] BusStatistics statistics() const override;

  private:
    void run();
    void show_life();
    /// Until `until`, an order, or the end.
    void wait(TimePoint until);

    void connect();
    void lost_connection(const std::string& why);
    void bus_down(const std::string& why);
    void bus_up();
    Exchange ask(const Request& request, std::optional<std::size_t> batch);
    void unit_answered(std::uint8_t unit, const Exchange& exchange);
    struct Silence {
        std::string why;
        milliseconds cost;  ///< of the bus's time
        milliseconds hold;  ///< in which a late answer may still come
    };
    void unit_silent(std::uint8_t unit, std::optional<std::size_t> batch, const Silence& silence);

    void read(std::size_t batch);
    void read_failed(std::size_t batch, const Exchange& exchange);
    void serve(const QueuedOrder& queued);
    OrderFinished perform(const QueuedOrder& queued);
    OrderFinished write(Ticket ticket, const Request& request);
    OrderFinished read_back(Ticket ticket, const Point& point);
    /// When a setting is to be looked at next; while a late answer of its unit may come, not
    /// before.
    [[nodiscard]] TimePoint next_setup_at(TimePoint now) const;
    void set_up(const Setups::Next& next);
    [[nodiscard]] std::string obstacle(std::uint8_t unit);

    /// Whether it is to be told; if so, it counts as told.
    bool is_news(PollIx poll, std::optional<double> value);
    void report(PollIx poll, std::optional<double> value);
    void report_silence(const std::vector<PollIx>& polls);

    const BusConfig config_;
    const std::vector<Poll> polls_;
    const std::function<void(BusEvent)> sink_;

    // Shared with the callers' threads.
    OrderQueue orders_;
    std::atomic<std::int64_t> sign_of_life_;
    Tally tally_;

    // The worker's own.
    Link link_;
    Schedule schedule_;
    Setups setups_;
    std::vector<std::optional<std::optional<double>>> reported_;  ///< by poll; outer none: never
    std::optional<bool> bus_is_up_;
    BackOff reconnect_;
    TimePoint reconnect_at_;
    int fruitless_ = 0;  ///< connections in a row that were lost before anything came back
    bool connected_before_ = false;

    std::thread thread_;  ///< last: everything above exists before it runs
};

}  // namespace hall::drivers::modbus
