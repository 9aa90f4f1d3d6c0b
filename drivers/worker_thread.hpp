#pragma once
// What all workers of wires share: how a thread of theirs begins, shows life, and tries again.
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

namespace hall::drivers {

/// The clock that the loop judges by: it runs on while the machine is suspended.
inline std::int64_t boot_milliseconds() {
    timespec t{};
    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec * 1'000LL + t.tv_nsec / 1'000'000;
}

/// Signals are the loop's; a worker must not be interrupted by them. A thread that is started while
/// this exists takes none.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

/// A thread that takes no signals. The kernel keeps the first 15 characters of its name.
template <class Run>
std::thread start_worker(const std::string& name, Run run) {
    const SignalsBlocked blocked;
    std::thread thread(std::move(run));
    pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
    return thread;
}

/// Waits that double from `first` to `most`.
class BackOff {
  public:
    BackOff(std::chrono::milliseconds first, std::chrono::milliseconds most)
        : first_(first), most_(most), wait_(first) {}
    std::chrono::milliseconds next() { return std::exchange(wait_, std::min(2 * wait_, most_)); }
    void reset() { wait_ = first_; }

  private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds most_;
    std::chrono::milliseconds wait_;
};

}  // namespace hall::drivers
