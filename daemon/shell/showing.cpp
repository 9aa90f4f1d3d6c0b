#include "daemon/shell/showing.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace hall {

Showing::Showing(boost::asio::io_context& io, Pace pace, std::function<Clock::time_point()> now)
    : io_(io), pace_(pace), now_(std::move(now)), timer_(io) {}

Showing::~Showing() {
    *alive_ = false;
}

void Showing::changed() {
    if (!watcher_) return;
    change_waits_ = true;
    const auto now = now_();
    show_at(change_shown_ ? std::max(now, *change_shown_ + pace_.change) : now, now);
}

void Showing::sampled() {
    if (!watcher_) return;
    const auto now = now_();
    show_at(now + pace_.sample, now);
}

void Showing::show_at(Clock::time_point due, Clock::time_point now) {
    if (due_ && *due_ <= due) return;
    due_ = due;
    if (due <= now) {
        // No timer: setting one that is due takes longer than all that led here.
        timer_.cancel();
        boost::asio::post(io_, [this, alive = alive_] {
            if (*alive) show();
        });
        return;
    }
    timer_.expires_after(due - now);
    timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
        if (!error && *alive) show();
    });
}

void Showing::show() {
    // Both a timer that had already run out and what overtook it come here.
    if (!due_) return;
    due_.reset();
    if (std::exchange(change_waits_, false)) change_shown_ = now_();
    watcher_();
}

}  // namespace hall
