#pragma once
// When those who watch the hall are told to look again: at once after a change, and what follows it
// closely is shown together.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace hall {

/// Belongs to the loop's thread. The watcher is called from the context, never from within a call
/// of this.
class Showing {
  public:
    using Clock = std::chrono::steady_clock;

    /// A closing must not be drawn once a relay; samples of meters may wait longer.
    struct Pace {
        std::chrono::milliseconds change{10};  ///< from one change that was shown to the next
        std::chrono::milliseconds sample{1000};
    };

    explicit Showing(boost::asio::io_context& io)
        : Showing(io, Pace{}, [] { return Clock::now(); }) {}
    /// @param now the time; for tests
    Showing(boost::asio::io_context& io, Pace pace, std::function<Clock::time_point()> now);
    Showing(const Showing&) = delete;
    Showing& operator=(const Showing&) = delete;
    ~Showing();

    /// Until there is a watcher, nothing is kept for it.
    void watch(std::function<void()> watcher) { watcher_ = std::move(watcher); }
    /// What can be seen has changed.
    void changed();
    /// A value that moves all the time is a new one.
    void sampled();

  private:
    void show_at(Clock::time_point due, Clock::time_point now);
    void show();

    boost::asio::io_context& io_;
    Pace pace_;
    std::function<Clock::time_point()> now_;
    boost::asio::steady_timer timer_;
    std::function<void()> watcher_;
    std::optional<Clock::time_point> due_;
    bool change_waits_ = false;
    /// A sample that was shown holds no change back.
    std::optional<Clock::time_point> change_shown_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace hall
