#include "drivers/gpio/worker.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace hall::drivers::gpio {

namespace {

/// Even an idle worker shows life this often.
constexpr milliseconds kLongestSleep{1'000};

int milliseconds_until(TimePoint until) {
    const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now());
    return static_cast<int>(std::clamp(left, milliseconds{1}, kLongestSleep).count());
}

}  // namespace

Worker::Worker(BusConfig config, std::vector<Poll> polls, std::function<void(BusEvent)> sink,
               std::unique_ptr<Chips> chips)
    : config_(std::move(config)),
      sink_(std::move(sink)),
      chips_(std::move(chips)),
      sign_of_life_(boot_milliseconds()),
      reopen_(config_.retry_first, std::max(config_.retry_first, config_.retry_most)) {
    const std::vector<GpioLine>& lines = config_.gpio.value().lines;
    for (PollIx i = 0; i < polls.size(); ++i) {
        const std::uint8_t unit = polls[i].point.unit;
        Wire wire{
            lines.at(unit - 1U), unit, i, i, polls[i].every, reopen_, {}, nullptr, {}, {}, {}, {}};
        UnitStatistics statistics;
        statistics.unit = unit;
        counted_.units.push_back(statistics);
        wires_.push_back(std::move(wire));
    }
    thread_ = start_worker("gpio " + config_.id, [this] { run(); });
}

Worker::~Worker() {
    orders_.stop();
    waker_.wake();
    thread_.join();
}

bool Worker::submit(Ticket ticket, const Order& order) {
    const bool taken = orders_.submit(ticket, order, config_.order_patience);
    if (taken) waker_.wake();
    return taken;
}

milliseconds Worker::last_sign_of_life() const {
    return milliseconds{sign_of_life_.load()};
}

BusStatistics Worker::statistics() const {
    const std::lock_guard lock(mutex_);
    return counted_;
}

void Worker::count(const Wire& wire, bool answered, bool reading) {
    const std::lock_guard lock(mutex_);
    ++counted_.requests;
    UnitStatistics& unit = counted_.units.at(wire.ix);
    ++unit.requests;
    unit.up = answered;
    if (answered) {
        ++unit.answers;
        if (reading) ++counted_.scans;
    } else {
        ++unit.refusals;
        ++counted_.errors;
    }
}

void Worker::run() {
    while (!orders_.stopping()) {
        sign_of_life_ = boot_milliseconds();
        while (const auto order = orders_.take()) sink_(perform(*order));
        open_chip();
        take_edges();
        settle();
        read_levels();
        wait();
    }
    // Released, not set back: what the lines do then is the chip's affair (R14).
    while (const auto order = orders_.take())
        sink_(OrderFinished{order->ticket, Result::failed, std::nullopt, "the bus is stopping"});
}

void Worker::wait() {
    TimePoint until = SteadyClock::now() + kLongestSleep;
    if (chip_ == nullptr) until = std::min(until, reopen_at_);
    std::vector<pollfd> asked{{waker_.descriptor(), POLLIN, 0}};
    for (const Wire& wire : wires_) {
        if (chip_ != nullptr) until = std::min(until, wire.due);
        if (wire.line == nullptr) continue;
        if (wire.debounce && wire.debounce->settles_at())
            until = std::min(until, TimePoint{*wire.debounce->settles_at()});
        if (wire.line->descriptor() >= 0) asked.push_back({wire.line->descriptor(), POLLIN, 0});
    }
    poll(asked.data(), asked.size(), milliseconds_until(until));
    waker_.rest();
}

void Worker::open_chip() {
    if (chip_ == nullptr && SteadyClock::now() >= reopen_at_) {
        std::string why;
        chip_ = find_chip(*chips_, config_.gpio->chip, why);
        if (chip_ == nullptr) return chip_lost(why);
        if (std::exchange(opened_before_, true)) {
            const std::lock_guard lock(mutex_);
            ++counted_.reconnects;
        }
        reopen_.reset();
        if (std::exchange(chip_is_up_, true) != true) sink_(UnitReported{0, true, {}});
    }
    for (Wire& wire : wires_) {
        if (chip_ != nullptr && wire.line == nullptr && SteadyClock::now() >= wire.due)
            take_line(wire);
    }
}

void Worker::chip_lost(const std::string& why) {
    {
        const std::lock_guard lock(mutex_);
        for (UnitStatistics& unit : counted_.units) unit.up = false;
    }
    for (Wire& wire : wires_) {
        wire.line.reset();
        wire.debounce.reset();
        wire.why = "the chip is gone";
        wire.due = {};
        wire.retry.reset();
    }
    chip_.reset();
    reopen_at_ = SteadyClock::now() + reopen_.next();
    if (std::exchange(chip_is_up_, false) != false) sink_(UnitReported{0, false, why});
    for (Wire& wire : wires_) report(wire, std::nullopt);
}

void Worker::report(Wire& wire, std::optional<double> value) {
    if (wire.reported && *wire.reported == value) return;
    wire.reported = value;
    sink_(PointReported{wire.poll, value});
}

}  // namespace hall::drivers::gpio

namespace hall::drivers {

std::unique_ptr<Bus> open_gpio(BusConfig config, std::vector<Poll> polls,
                               std::function<void(BusEvent)> sink) {
    return std::make_unique<gpio::Worker>(std::move(config), std::move(polls), std::move(sink),
                                          std::make_unique<gpio::KernelChips>());
}

}  // namespace hall::drivers
