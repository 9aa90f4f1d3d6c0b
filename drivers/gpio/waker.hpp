#pragma once
// Wakes a thread that sleeps in poll(2).
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace hall::drivers {

class Waker {
  public:
    /// @throws std::system_error: out of descriptors
    Waker() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;
    ~Waker() { close(descriptor_); }

    /// Readable from wake() to rest().
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void wake() const { eventfd_write(descriptor_, 1); }
    void rest() const {
        eventfd_t count = 0;
        eventfd_read(descriptor_, &count);
    }

  private:
    int descriptor_;
};

}  // namespace hall::drivers
