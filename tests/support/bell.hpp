#pragma once
// How a test waits for what happens on another thread.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "tests/support/patience.hpp"

namespace hall::test {

using namespace std::chrono_literals;

/// Rung by whatever happens on another thread; who waits looks again only then.
class Bell {
  public:
    void ring() {
        {
            const std::lock_guard lock(mutex_);
            ++rung_;
        }
        heard_.notify_all();
    }
    using Time = std::chrono::steady_clock::time_point;
    /// Waits until it is so, or `patience` is over. Everything that `so` asks about must ring.
    /// @param look_again when to look though nothing rang, asked after each look
    bool wait(
        const std::function<bool()>& so, std::chrono::milliseconds patience,
        const std::function<Time()>& look_again = [] { return Time::max(); }) {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < until) {
            const std::uint64_t before = rung();
            if (so()) return true;
            const Time next = std::min(until, look_again());
            std::unique_lock lock(mutex_);
            heard_.wait_until(lock, next, [&] { return rung_ != before; });
        }
        return so();
    }

  private:
    std::uint64_t rung() {
        const std::lock_guard lock(mutex_);
        return rung_;
    }
    std::mutex mutex_;
    std::condition_variable heard_;
    std::uint64_t rung_ = 0;
};
inline Bell& bell() {
    static Bell one;
    return one;
}

inline bool eventually(const std::function<bool()>& so,
                       std::chrono::milliseconds patience = kPatience) {
    return bell().wait(so, patience);
}

}  // namespace hall::test
