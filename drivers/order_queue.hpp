#pragma once
// Orders on their way from the loop to the thread of a worker. Bounded: an order that finds no
// place is refused at once, and nobody ever waits to hand one in.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include "drivers/bus.hpp"

namespace hall::drivers {

struct QueuedOrder {
    Ticket ticket = 0;
    Order order;
    std::chrono::steady_clock::time_point latest{};  ///< to be carried out
};

class OrderQueue {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// @param patience how long the order is worth carrying out
    /// @return false: the queue is full, or the worker is being stopped
    bool submit(Ticket ticket, const Order& order, std::chrono::milliseconds patience) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ || orders_.size() >= kLongest) return false;
            orders_.push_back({ticket, order, std::chrono::steady_clock::now() + patience});
        }
        wake_.notify_all();
        return true;
    }
    /// The oldest first.
    std::optional<QueuedOrder> take() {
        const std::lock_guard lock(mutex_);
        if (orders_.empty()) return std::nullopt;
        const QueuedOrder first = orders_.front();
        orders_.pop_front();
        return first;
    }
    /// Takes no more orders; what it holds can still be taken.
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
    }
    bool stopping() {
        const std::lock_guard lock(mutex_);
        return stopping_;
    }
    /// Until then, an order, or the end.
    void wait(TimePoint until) {
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, until, [this] { return stopping_ || !orders_.empty(); });
    }
    /// Until then or the end, whatever is queued.
    void wait_for_stop(TimePoint until) {
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, until, [this] { return stopping_; });
    }

  private:
    static constexpr std::size_t kLongest = 256;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<QueuedOrder> orders_;  ///< under mutex_
    bool stopping_ = false;           ///< under mutex_
};

}  // namespace hall::drivers
