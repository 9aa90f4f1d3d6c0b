#include "daemon/commission/bench.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "daemon/shell/outcome.hpp"

namespace hall::commission {

namespace {

using std::chrono::milliseconds;

/// Outputs are looked at as often as an engineer's eye does.
constexpr milliseconds kOutputsEvery{200};
/// Longer than any order waits for its turn and its answer.
constexpr milliseconds kOrderMargin{10'000};

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

drivers::Poll poll_of(const SiteConfig& site, const Channel& channel) {
    const std::size_t bus = channel.use->bus;
    if (channel.kind == Channel::Kind::meter)
        return {channel.use->point, site.meter_intervals.at(bus), true};
    const milliseconds scan = site.scan_intervals.at(bus);
    return {channel.use->point, is_output(channel.kind) ? std::max(kOutputsEvery, scan) : scan,
            false};
}

}  // namespace

Bench::Inbox::Inbox() : event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Bench::Inbox::~Inbox() {
    ::close(event);
}

Bench::Bench(const SiteConfig& site, const std::vector<Channel>& channels)
    : site_(site), inbox_(std::make_shared<Inbox>()), told_(site.buses.size()) {
    std::vector<std::vector<drivers::Poll>> polls(site.buses.size());
    for (const Channel& channel : channels) {
        // A power button's coil tells nothing: the board ends the pulse before anybody asks.
        if (!channel.use || is_stop(channel.kind)) continue;
        const std::size_t bus = channel.use->bus;
        places_[channel.key] = {bus, polls[bus].size()};
        polls[bus].push_back(poll_of(site, channel));
    }
    for (std::size_t i = 0; i < site.buses.size(); ++i) {
        told_[i].resize(polls[i].size());
        drivers::BusConfig config = site.buses[i];
        config.setups.clear();  // nothing is written that nobody asked for
        const auto open = config.gpio ? drivers::open_gpio : drivers::open_modbus;
        buses_.push_back(open(config, polls[i], [inbox = inbox_, i](drivers::BusEvent event) {
            {
                const std::lock_guard lock(inbox->mutex);
                inbox->events.emplace_back(i, std::move(event));
            }
            const std::uint64_t one = 1;
            [[maybe_unused]] const ssize_t n = ::write(inbox->event, &one, sizeof one);
        }));
    }
}

Bench::~Bench() = default;

void Bench::take() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(inbox_->event, &count, sizeof count);
    std::vector<std::pair<std::size_t, drivers::BusEvent>> events;
    {
        const std::lock_guard lock(inbox_->mutex);
        events.swap(inbox_->events);
    }
    for (const auto& [bus, event] : events) take(bus, event);
}

void Bench::take(std::size_t bus, const drivers::BusEvent& event) {
    const auto note = [&](const drivers::PointReported& e) {
        Told& told = told_[bus].at(e.poll);
        told.value = e.value;
        ++told.times;
    };
    std::visit(Overloaded{
                   [&](const drivers::PointReported& e) { note(e); },
                   [&](const drivers::ScanReported& e) {
                       for (const drivers::PointReported& point : e.points) note(point);
                   },
                   [](const drivers::UnitSetUp&) {},  // none is asked for here
                   [&](const drivers::OrderFinished& e) { finished_[e.ticket] = e; },
                   [&](const drivers::UnitReported& e) {
                       if (e.up) {
                           troubles_.erase({bus, e.unit});
                       } else {
                           troubles_[{bus, e.unit}] = e.why;
                       }
                   },
               },
               event);
}

bool Bench::wait(const std::function<bool()>& so, milliseconds most) {
    const SteadyTime until = std::chrono::steady_clock::now() + most;
    for (;;) {
        take();
        if (so()) return true;
        const auto left =
            std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd news{inbox_->event, POLLIN, 0};
        ::poll(&news, 1, static_cast<int>(std::min<milliseconds::rep>(left, 1'000)));
    }
}

const Bench::Told* Bench::told_of(const Channel& channel) const {
    const auto place = places_.find(channel.key);
    if (place == places_.end()) return nullptr;
    return &told_[place->second.first].at(place->second.second);
}

std::optional<double> Bench::value(const Channel& channel) const {
    const Told* told = told_of(channel);
    return told == nullptr ? std::nullopt : told->value;
}

Level Bench::level(const Channel& channel) const {
    const auto now = value(channel);
    if (!now) return Level::unknown;
    return (*now != 0.0) != channel.flipped ? Level::on : Level::off;
}

std::uint64_t Bench::told(const Channel& channel) const {
    const Told* told = told_of(channel);
    return told == nullptr ? 0 : told->times;
}

std::string Bench::trouble(const Channel& channel) const {
    if (!channel.use) return {};
    for (const std::uint8_t unit : {std::uint8_t{0}, channel.use->point.unit}) {
        const auto found = troubles_.find({channel.use->bus, unit});
        if (found != troubles_.end()) return found->second;
    }
    return {};
}

drivers::OrderFinished Bench::order(std::size_t bus, const drivers::Order& order) {
    const drivers::Ticket ticket = next_ticket_++;
    if (!buses_.at(bus)->submit(ticket, order))
        return {ticket, drivers::Result::failed, std::nullopt, "the bus is busy"};
    const auto most = std::chrono::duration_cast<milliseconds>(site_.buses[bus].order_patience) +
                      site_.buses[bus].timeout + kOrderMargin;
    if (!wait([&] { return finished_.count(ticket) != 0; }, most))
        return {ticket, drivers::Result::unknown, std::nullopt, "no end of the order was told"};
    drivers::OrderFinished end = std::move(finished_.at(ticket));
    finished_.erase(ticket);
    return end;
}

std::optional<bool> Bench::read(const Channel& channel) {
    const auto end = order(channel.use->bus, drivers::ReadCoil{channel.use->point});
    return end.result == drivers::Result::done ? end.level : std::nullopt;
}

Bench::End Bench::write(const Channel& channel, bool level) {
    const auto end = order(channel.use->bus, drivers::WriteCoil{channel.use->point, level});
    // Done or unknown: the board's own word counts (R13).
    const auto read_back = read(channel);
    if (read_back == level) return {Outcome::done, {}};
    if (read_back) return {Outcome::failed, end.why.empty() ? "the board did not obey" : end.why};
    return {end.result == drivers::Result::failed ? Outcome::failed : Outcome::unknown,
            end.why.empty() ? "the board does not answer" : end.why};
}

Bench::End Bench::pulse(const Channel& channel, milliseconds length) {
    const auto end = order(channel.use->bus, drivers::Pulse{*channel.use->flash, length});
    return {outcome_of(end.result), end.why};
}

}  // namespace hall::commission
