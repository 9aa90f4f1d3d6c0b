#pragma once
// The hall's wires on an engineer's bench: what all points say now, and one order at a time. The
// workers are the daemon's own (drivers/bus.hpp); nothing here decides to switch.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/commission/channels.hpp"
#include "daemon/core/command.hpp"

namespace hall::commission {

using SteadyTime = std::chrono::steady_clock::time_point;

class Bench {
  public:
    /// Opens all buses and begins to read. @throws std::system_error
    Bench(const SiteConfig& site, const std::vector<Channel>& channels);
    ~Bench();
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    /// Readable when take() has something to take.
    [[nodiscard]] int descriptor() const { return inbox_->event; }
    /// Takes what the buses told since; the rest of this class speaks of that state.
    void take();
    /// Takes until `so` holds or time is over; no signal ends it. Returns whether it holds.
    bool wait(const std::function<bool()>& so, std::chrono::milliseconds most);

    /// The newest value; none: never told, or silent.
    [[nodiscard]] std::optional<double> value(const Channel& channel) const;
    /// By the channel's meaning: on is closed, pressed, conducting, lit, powered.
    [[nodiscard]] Level level(const Channel& channel) const;
    /// How often its value was told: a meter tells every sample.
    [[nodiscard]] std::uint64_t told(const Channel& channel) const;
    /// Why the channel's unit or bus is silent; empty when it is not known to be.
    [[nodiscard]] std::string trouble(const Channel& channel) const;

    struct End {
        Outcome outcome = Outcome::unknown;
        std::string why;
    };
    /// The output's level on the wire, read now; none: it does not answer.
    std::optional<bool> read(const Channel& channel);
    /// Writes the level on the wire and reads it back: done only when the board says so.
    End write(const Channel& channel, bool level);
    /// A pulse that the board itself ends (R7).
    End pulse(const Channel& channel, std::chrono::milliseconds length);

  private:
    struct Inbox {
        std::mutex mutex;
        std::vector<std::pair<std::size_t, drivers::BusEvent>> events;  ///< under mutex
        int event = -1;                                                 ///< eventfd
        Inbox();
        ~Inbox();
    };
    struct Told {
        std::optional<double> value;
        std::uint64_t times = 0;
    };
    void take(std::size_t bus, const drivers::BusEvent& event);
    [[nodiscard]] const Told* told_of(const Channel& channel) const;
    drivers::OrderFinished order(std::size_t bus, const drivers::Order& order);

    const SiteConfig& site_;
    std::shared_ptr<Inbox> inbox_;
    std::vector<std::vector<Told>> told_;                                   ///< by bus and poll
    std::map<std::string, std::pair<std::size_t, std::size_t>> places_;     ///< by channel
    std::map<std::pair<std::size_t, std::uint8_t>, std::string> troubles_;  ///< unit 0: the bus
    std::map<drivers::Ticket, drivers::OrderFinished> finished_;
    drivers::Ticket next_ticket_ = 1;
    std::vector<std::unique_ptr<drivers::Bus>> buses_;
};

}  // namespace hall::commission
