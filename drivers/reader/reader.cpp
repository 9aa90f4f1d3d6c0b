#include "drivers/reader/reader.hpp"

#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "drivers/reader/card_text.hpp"
#include "drivers/worker_thread.hpp"

namespace hall::drivers {

namespace {

namespace net = boost::asio;

struct FreeDevice {
    void operator()(libevdev* device) const { libevdev_free(device); }
};
using Device = std::unique_ptr<libevdev, FreeDevice>;

reader::CardText::Time time_of(const input_event& event) {
    return std::chrono::seconds{event.input_event_sec} +
           std::chrono::microseconds{event.input_event_usec};
}

}  // namespace

struct CardReader::Impl : std::enable_shared_from_this<Impl> {
    Impl(net::io_context& io, ReaderSettings how, std::function<void(const std::string&)> on_card,
         std::function<void(bool, const std::string&)> on_state)
        : settings(std::move(how)),
          card(std::move(on_card)),
          state(std::move(on_state)),
          descriptor(io),
          timer(io),
          retry(settings.retry_first, settings.retry_most) {}

    void open() {
        const int fd = ::open(settings.path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) return lost(std::strerror(errno));
        descriptor.assign(fd);
        libevdev* made = nullptr;
        if (const int error = libevdev_new_from_fd(fd, &made); error < 0)
            return lost("it is no input device: " + std::string(std::strerror(-error)));
        device.reset(made);
        if (libevdev_has_event_code(made, EV_KEY, KEY_ENTER) == 0)
            return lost("it is no keyboard, and so no card reader");
        if (const int error = libevdev_grab(made, LIBEVDEV_GRAB); error < 0)
            return lost("somebody else has grabbed it: " + std::string(std::strerror(-error)));
        // Times must not jump with the wall clock.
        libevdev_set_clock_id(made, CLOCK_MONOTONIC);
        retry.reset();
        tell(true, {});
        wait();
    }

    void wait() {
        descriptor.async_wait(net::posix::stream_descriptor::wait_read,
                              [me = shared_from_this()](const boost::system::error_code& error) {
                                  if (!error && !me->ended) me->read();
                              });
    }

    void read() {
        input_event event{};
        for (;;) {
            const int result = libevdev_next_event(device.get(), LIBEVDEV_READ_FLAG_NORMAL, &event);
            if (result == -EAGAIN) return wait();
            if (result < 0) return lost(std::strerror(-result));
            if (result == LIBEVDEV_READ_STATUS_SYNC) {
                catch_up();
                continue;
            }
            constexpr int kDown = 1;
            if (event.type != EV_KEY || event.value != kDown) continue;
            if (auto number = text.take(reader::key_of(event.code), time_of(event))) {
                card(*number);
                number->assign(number->size(), '0');
                if (ended) return;
            }
        }
    }

    /// The kernel dropped some keys: what is half typed is no card.
    void catch_up() {
        text.forget();
        input_event event{};
        while (libevdev_next_event(device.get(), LIBEVDEV_READ_FLAG_SYNC, &event) ==
               LIBEVDEV_READ_STATUS_SYNC) {
        }
    }

    void lost(const std::string& why) {
        close();
        tell(false, why);
        timer.expires_after(retry.next());
        timer.async_wait([me = shared_from_this()](const boost::system::error_code& error) {
            if (!error && !me->ended) me->open();
        });
    }

    void close() {
        text.forget();
        device.reset();
        boost::system::error_code ignored;
        descriptor.close(ignored);
    }

    void tell(bool up, const std::string& why) {
        if (told == up && last_why == why) return;
        told = up;
        last_why = why;
        state(up, why);
    }

    void end() {
        ended = true;
        timer.cancel();
        close();
    }

    ReaderSettings settings;
    std::function<void(const std::string&)> card;
    std::function<void(bool, const std::string&)> state;
    net::posix::stream_descriptor descriptor;  ///< of the device
    net::steady_timer timer;
    BackOff retry;
    Device device;
    reader::CardText text;
    std::optional<bool> told;
    std::string last_why;
    bool ended = false;
};

CardReader::CardReader(net::io_context& io, ReaderSettings settings,
                       std::function<void(const std::string&)> card,
                       std::function<void(bool, const std::string&)> state)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(card), std::move(state))) {
    // Not from within the constructor: who is told may still be in the making.
    impl_->timer.expires_after(std::chrono::milliseconds{0});
    impl_->timer.async_wait([impl = impl_](const boost::system::error_code& error) {
        if (!error && !impl->ended) impl->open();
    });
}

CardReader::~CardReader() {
    impl_->end();
}

}  // namespace hall::drivers
