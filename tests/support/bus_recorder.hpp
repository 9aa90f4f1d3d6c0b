#pragma once
// Collects what a bus reports, each point by itself, and waits for it.
#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "drivers/bus.hpp"
#include "tests/support/modbus_slave.hpp"

namespace hall::test {

class BusRecorder {
  public:
    std::function<void(drivers::BusEvent)> sink() {
        return [this](drivers::BusEvent event) {
            const std::lock_guard lock(mutex_);
            if (const auto* scan = std::get_if<drivers::ScanReported>(&event)) {
                events_.insert(events_.end(), scan->points.begin(), scan->points.end());
            } else {
                events_.push_back(std::move(event));
            }
            changed_.notify_all();
        };
    }

    std::vector<drivers::BusEvent> events() {
        const std::lock_guard lock(mutex_);
        return events_;
    }

    void forget() {
        const std::lock_guard lock(mutex_);
        events_.clear();
    }

    /// All events of one kind, in order.
    template <class T>
    std::vector<T> all() {
        std::vector<T> found;
        for (const auto& event : events()) {
            if (const T* e = std::get_if<T>(&event)) found.push_back(*e);
        }
        return found;
    }

    std::vector<std::optional<double>> values(drivers::PollIx poll) {
        std::vector<std::optional<double>> found;
        for (const auto& e : all<drivers::PointReported>()) {
            if (e.poll == poll) found.push_back(e.value);
        }
        return found;
    }

    /// Waits until `count` events satisfy `match`; false after the patience.
    template <class T>
    bool await(const std::function<bool(const T&)>& match, std::size_t count = 1) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] {
            return static_cast<std::size_t>(std::ranges::count_if(events_, [&](const auto& event) {
                       const T* e = std::get_if<T>(&event);
                       return e != nullptr && match(*e);
                   })) >= count;
        });
    }

    bool await_value(drivers::PollIx poll, std::optional<double> value, std::size_t count = 1) {
        return await<drivers::PointReported>(
            [=](const auto& e) { return e.poll == poll && e.value == value; }, count);
    }
    bool await_unit(std::uint8_t unit, bool up, std::size_t count = 1) {
        return await<drivers::UnitReported>(
            [=](const auto& e) { return e.unit == unit && e.up == up; }, count);
    }
    /// The end of an order, once it is there.
    std::optional<drivers::OrderFinished> await_end(drivers::Ticket ticket) {
        if (!await<drivers::OrderFinished>([=](const auto& e) { return e.ticket == ticket; }))
            return std::nullopt;
        for (const auto& e : all<drivers::OrderFinished>()) {
            if (e.ticket == ticket) return e;
        }
        return std::nullopt;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<drivers::BusEvent> events_;
};

}  // namespace hall::test
