#include "drivers/modbus/worker.hpp"

#include <algorithm>
#include <utility>

namespace hall::drivers::modbus {

namespace {

/// Even an idle worker shows life this often.
constexpr milliseconds kLongestSleep{1'000};
/// A gateway that accepts connections and drops them unused is as good as none.
constexpr int kFruitlessToLose = 2;

}  // namespace

Worker::Worker(BusConfig config, std::vector<Poll> polls, std::function<void(BusEvent)> sink)
    : config_(std::move(config)),
      polls_(std::move(polls)),
      sink_(std::move(sink)),
      sign_of_life_(boot_milliseconds()),
      link_(config_),
      schedule_(plan_batches(polls_, config_.max_hole, config_.eight_coil_units),
                config_.retry_first, config_.retry_most),
      setups_(config_.setups, std::max(config_.retry_first, config_.retry_most)),
      reported_(polls_.size()),
      reconnect_(config_.retry_first, std::max(config_.retry_first, config_.retry_most)) {
    thread_ = start_worker("bus " + config_.id, [this] { run(); });
}

Worker::~Worker() {
    orders_.stop();
    thread_.join();
}

bool Worker::submit(Ticket ticket, const Order& order) {
    return orders_.submit(ticket, order, config_.order_patience);
}

milliseconds Worker::last_sign_of_life() const {
    return milliseconds{sign_of_life_.load()};
}

BusStatistics Worker::statistics() const {
    return tally_.statistics(SteadyClock::now());
}

void Worker::show_life() {
    sign_of_life_ = boot_milliseconds();
}

void Worker::wait(TimePoint until) {
    orders_.wait(std::min(until, SteadyClock::now() + kLongestSleep));
}

void Worker::run() {
    while (!orders_.stopping()) {
        show_life();
        // Looked at between any two reads: a button's lamp waits for one request at most.
        if (const auto order = orders_.take()) {
            if (SteadyClock::now() > order->latest) {
                sink_(OrderFinished{order->ticket, Result::failed, std::nullopt,
                                    "it waited too long for its turn"});
            } else {
                serve(*order);
            }
            continue;
        }
        const TimePoint now = SteadyClock::now();
        if (link_.peer_is_gone()) lost_connection("closed by the peer");
        if (!link_.is_open()) {
            if (now >= reconnect_at_) {
                connect();
            } else {
                wait(reconnect_at_);
            }
            continue;
        }
        const TimePoint setup_at = next_setup_at(now);
        if (setup_at <= now) {
            set_up(*setups_.next(now));
        } else if (const auto batch = schedule_.next(now)) {
            read(*batch);
        } else {
            wait(std::min(schedule_.wake(now), setup_at));
        }
    }
    link_.close();
    while (const auto order = orders_.take())
        sink_(OrderFinished{order->ticket, Result::failed, std::nullopt, "the bus is stopping"});
}

void Worker::connect() {
    std::string why;
    if (!link_.open(why)) {
        bus_down(why);
        return;
    }
    if (std::exchange(connected_before_, true)) tally_.reconnected();
    if (fruitless_ < kFruitlessToLose) bus_up();
}

void Worker::bus_up() {
    if (bus_is_up_ == true) return;
    bus_is_up_ = true;
    schedule_.restart(SteadyClock::now());
    sink_(UnitReported{0, true, {}});
}

void Worker::bus_down(const std::string& why) {
    link_.close();
    reconnect_at_ = SteadyClock::now() + reconnect_.next();
    if (bus_is_up_ == false) return;
    bus_is_up_ = false;
    tally_.lost(0);
    setups_.lost(0);
    sink_(UnitReported{0, false, why});
    for (PollIx poll = 0; poll < polls_.size(); ++poll) report(poll, std::nullopt);
}

void Worker::lost_connection(const std::string& why) {
    link_.close();
    ++fruitless_;
    if (fruitless_ < kFruitlessToLose) {
        reconnect_at_ = SteadyClock::now();
    } else {
        bus_down(why);
    }
}

Exchange Worker::ask(const Request& request, std::optional<std::size_t> batch) {
    const TimePoint start = SteadyClock::now();
    const milliseconds patience =
        schedule_.patience(request.unit, config_.timeout, link_.is_serial());
    Exchange result = link_.exchange(request, patience);
    const TimePoint end = SteadyClock::now();
    // On a serial line nothing marks a late reply as late: the unit rests until none can come,
    // however short the wait for it was.
    const Silence silence{
        result.why, std::chrono::ceil<milliseconds>(end - start),
        link_.is_serial() ? config_.timeout + (config_.timeout - patience) : milliseconds{0}};
    tally_.count(request.unit, result, end);
    const bool gateway_got_none =
        result.reply == Reply::exception &&
        (result.exception == kNoPath || result.exception == kNoAnswerBehindGateway);
    if (result.reply == Reply::broken) {
        unit_silent(request.unit, batch, silence);
        lost_connection(result.why);
        return result;
    }
    // Whatever this was, the line itself carries. A connection that was closed to get rid of a late
    // reply is opened again at once.
    reconnect_at_ = {};
    reconnect_.reset();
    if (result.reply == Reply::answer || result.reply == Reply::exception) fruitless_ = 0;
    bus_up();
    if (result.reply == Reply::answer || (result.reply == Reply::exception && !gateway_got_none)) {
        unit_answered(request.unit, result);
    } else {
        unit_silent(request.unit, batch, silence);
    }
    if (link_.take_stray()) schedule_.stray(end);
    return result;
}

void Worker::unit_answered(std::uint8_t unit, const Exchange& exchange) {
    setups_.answered(unit, SteadyClock::now());
    if (schedule_.unit_answered(unit, std::chrono::ceil<milliseconds>(exchange.latency)))
        sink_(UnitReported{unit, true, {}});
}

void Worker::unit_silent(std::uint8_t unit, std::optional<std::size_t> batch,
                         const Silence& silence) {
    const TimePoint now = SteadyClock::now();
    const bool known = schedule_.lost(unit) || (batch && schedule_.failing(*batch));
    if (known) schedule_.probe_failed(now, silence.cost);
    if (batch) schedule_.repeat_soon(*batch, now);
    // A request that always fails says nothing new about its unit.
    if (batch && !schedule_.lost(unit) && schedule_.failing(*batch)) {
        schedule_.batch_failed(*batch, now);
        return;
    }
    if (schedule_.unit_silent(unit, now, silence.hold)) {
        tally_.lost(unit);
        setups_.lost(unit);
        sink_(UnitReported{unit, false, silence.why});
        for (PollIx poll = 0; poll < polls_.size(); ++poll) {
            if (polls_[poll].point.unit == unit) report(poll, std::nullopt);
        }
    } else if (batch && !schedule_.lost(unit) && schedule_.batch_failed(*batch, now)) {
        report_silence(schedule_.batch(*batch).polls);
    }
}

bool Worker::is_news(PollIx poll, std::optional<double> value) {
    const bool wanted = value && polls_[poll].every_sample;
    if (!wanted && reported_[poll] && *reported_[poll] == value) return false;
    reported_[poll] = value;
    return true;
}

void Worker::report(PollIx poll, std::optional<double> value) {
    if (is_news(poll, value)) sink_(PointReported{poll, value});
}

void Worker::report_silence(const std::vector<PollIx>& polls) {
    for (const PollIx poll : polls) report(poll, std::nullopt);
}

}  // namespace hall::drivers::modbus

namespace hall::drivers {

std::unique_ptr<Bus> open_modbus(BusConfig config, std::vector<Poll> polls,
                                 std::function<void(BusEvent)> sink) {
    return std::make_unique<modbus::Worker>(std::move(config), std::move(polls), std::move(sink));
}

}  // namespace hall::drivers
