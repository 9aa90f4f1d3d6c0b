// What the worker does with its lines: takes them, hears them, drives them.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "drivers/gpio/worker.hpp"

namespace hall::drivers::gpio {

namespace {

/// Edges tell all that happens to an input. Its level is read now and then nevertheless: the kernel
/// forgets edges when too many wait, and a chip that has vanished may only be noticed by asking.
constexpr milliseconds kEdgesCheckedEvery{1'000};
/// A line that chatters without end must not keep the others from being told.
constexpr int kMostLooks = 16;
/// The kernel's name of a holder has so many letters.
constexpr std::size_t kLongestConsumer = 31;

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

Debounce::Time monotonic_now() {
    return SteadyClock::now().time_since_epoch();
}

enum class Waiting : std::uint8_t { nothing, edges, hang_up };

Waiting waiting_at(int descriptor) {
    pollfd asked{descriptor, POLLIN, 0};
    if (descriptor < 0 || poll(&asked, 1, 0) <= 0) return Waiting::nothing;
    return (asked.revents & POLLIN) != 0 ? Waiting::edges : Waiting::hang_up;
}

/// The kernel's ways of saying that there is no such chip any more.
bool chip_is_gone(int error) {
    return error == ENODEV || error == ENXIO || error == EBADF;
}

std::string text_of(const std::variant<unsigned, std::string>& where) {
    if (const auto* offset = std::get_if<unsigned>(&where)) return std::to_string(*offset);
    return "\"" + std::get<std::string>(where) + "\"";
}

}  // namespace

void Worker::take_line(Wire& wire) {
    std::optional<unsigned> offset;
    if (const auto* number = std::get_if<unsigned>(&wire.settings.where)) {
        if (*number < chip_->size()) offset = *number;
    } else {
        offset = chip_->find(std::get<std::string>(wire.settings.where));
    }
    const std::string consumer = ("halld " + wire.settings.name).substr(0, kLongestConsumer);
    errno = 0;
    if (offset) wire.line = chip_->take(*offset, wire.settings, consumer);
    const int error = errno;
    count(wire, wire.line != nullptr, false);
    if (wire.line != nullptr) return line_taken(wire);
    if (offset && chip_is_gone(error)) return chip_lost(std::strerror(error));
    line_lost(wire, refusal(wire, offset, error));
}

void Worker::line_taken(Wire& wire) {
    // Read before anything is driven (R14), and before any edge.
    const auto level = wire.line->read();
    if (!level) return failed(wire, errno, "cannot be read");
    wire.retry.reset();
    wire.why.clear();
    if (!wire.settings.output) {
        const auto quiet =
            wire.line->debounced() ? Debounce::Time{0} : Debounce::Time{wire.settings.debounce};
        wire.debounce.emplace(quiet, *level);
    }
    if (std::exchange(wire.up, true) != true) sink_(UnitReported{wire.unit, true, {}});
    report(wire, *level ? 1.0 : 0.0);
    wire.due =
        SteadyClock::now() + (wire.line->descriptor() >= 0 ? kEdgesCheckedEvery : wire.every);
}

void Worker::line_lost(Wire& wire, const std::string& why) {
    wire.line.reset();
    wire.debounce.reset();
    wire.due = SteadyClock::now() + wire.retry.next();
    const bool news = std::exchange(wire.up, false) != false || wire.why != why;
    wire.why = why;
    if (news) sink_(UnitReported{wire.unit, false, why});
    report(wire, std::nullopt);
}

std::string Worker::refusal(const Wire& wire, std::optional<unsigned> offset, int error) {
    const std::string chip = "chip " + chip_->name() + " [" + chip_->label() + "]";
    const std::string line = chip + " line " + text_of(wire.settings.where);
    if (!offset && std::holds_alternative<std::string>(wire.settings.where))
        return chip + " has no line named " + text_of(wire.settings.where);
    if (!offset) {
        return chip + " has no line " + text_of(wire.settings.where) + "; its last is " +
               std::to_string(chip_->size() - 1);
    }
    if (error == EBUSY) {
        const std::string holder = chip_->holder(*offset);
        return line + " is taken by " + (holder.empty() ? "somebody" : "\"" + holder + "\"");
    }
    return line + " cannot be taken: " + std::strerror(error);
}

void Worker::failed(Wire& wire, int error, const std::string& what) {
    count(wire, false, false);
    if (chip_is_gone(error)) return chip_lost(std::strerror(error));
    line_lost(wire,
              "line " + text_of(wire.settings.where) + " " + what + ": " + std::strerror(error));
}

bool Worker::collect_edges(std::vector<std::pair<Wire*, Edge>>& told) {
    bool any = false;
    for (Wire& wire : wires_) {
        if (wire.line == nullptr || wire.line->descriptor() < 0) continue;
        std::vector<Edge> edges;
        const Waiting waiting = waiting_at(wire.line->descriptor());
        if (waiting == Waiting::nothing) continue;
        if (waiting == Waiting::hang_up) {
            failed(wire, ENODEV, "is gone");
        } else if (!wire.line->take_edges(edges)) {
            failed(wire, errno, "tells no edges");
        }
        for (const Edge& edge : edges) told.emplace_back(&wire, edge);
        any = true;
    }
    return any;
}

void Worker::take_edges() {
    // All edges that wait, of all lines, in the order in which they happened. While one line is
    // read, an older edge of another may arrive: so we look until nothing waits, but not for ever.
    std::vector<std::pair<Wire*, Edge>> told;
    for (int look = 0; look < kMostLooks && collect_edges(told); ++look) {
    }
    std::stable_sort(told.begin(), told.end(),
                     [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
    for (const auto& [wire, edge] : told) {
        // What has settled before this edge is told before it, on whichever line.
        for (Wire* settled : settling(edge.at)) tell(*settled, settled->debounce->settle(edge.at));
        // Its line may have been lost meanwhile.
        if (wire->debounce) tell(*wire, wire->debounce->edge(edge));
    }
}

std::vector<Worker::Wire*> Worker::settling(Debounce::Time until) {
    std::vector<Wire*> list;
    for (Wire& wire : wires_) {
        if (wire.debounce && wire.debounce->settles_at().value_or(until + until) <= until)
            list.push_back(&wire);
    }
    std::stable_sort(list.begin(), list.end(), [](const Wire* a, const Wire* b) {
        return a->debounce->settles_at() < b->debounce->settles_at();
    });
    return list;
}

void Worker::settle() {
    const auto now = monotonic_now();
    for (Wire* wire : settling(now)) {
        if (wire->line == nullptr) continue;  // the chip was lost meanwhile
        const auto level = wire->line->read();
        if (!level) {
            failed(*wire, errno, "cannot be read");
        } else if (*level == wire->debounce->level()) {
            tell(*wire, wire->debounce->settle(now));
        } else if (wire->line->descriptor() < 0) {
            // Where no edges are told, one comes when it is seen. Where they are, this one will say
            // itself when it came.
            tell(*wire, wire->debounce->edge({*level, now}));
        }
    }
}

void Worker::read_levels() {
    for (Wire& wire : wires_) {
        if (wire.line != nullptr && SteadyClock::now() >= wire.due) read_level(wire);
    }
}

void Worker::read_level(Wire& wire) {
    const auto level = wire.line->read();
    if (!level) return failed(wire, errno, "cannot be read");
    count(wire, true, true);
    wire.due =
        SteadyClock::now() + (wire.line->descriptor() >= 0 ? kEdgesCheckedEvery : wire.every);
    if (!wire.debounce) return report(wire, *level ? 1.0 : 0.0);
    if (*level == wire.debounce->level()) return;
    if (waiting_at(wire.line->descriptor()) == Waiting::edges) return;
    // An edge that nobody told: the chip tells none, or the kernel forgot it.
    tell(wire, wire.debounce->edge({*level, monotonic_now()}));
}

void Worker::tell(Wire& wire, std::optional<bool> level) {
    if (level) report(wire, *level ? 1.0 : 0.0);
}

Worker::Wire* Worker::wire_of(const Point& point) {
    const auto found = std::find_if(wires_.begin(), wires_.end(),
                                    [&](const Wire& w) { return w.unit == point.unit; });
    return found == wires_.end() ? nullptr : &*found;
}

OrderFinished Worker::perform(const QueuedOrder& queued) {
    const Ticket ticket = queued.ticket;
    if (SteadyClock::now() > queued.latest)
        return {ticket, Result::failed, std::nullopt, "it waited too long for its turn"};
    return std::visit(Overloaded{
                          [&](const WriteCoil& o) { return drive(ticket, o); },
                          [&](const ReadCoil& o) { return read_back(ticket, o); },
                          [&](const Pulse&) -> OrderFinished {
                              // It would stick if this process died (R7).
                              return {ticket, Result::failed, std::nullopt,
                                      "a GPIO line ends no pulse by itself"};
                          },
                      },
                      queued.order);
}

OrderFinished Worker::drive(Ticket ticket, const WriteCoil& order) {
    Wire* wire = wire_of(order.point);
    if (wire == nullptr || !wire->settings.output)
        return {ticket, Result::failed, std::nullopt, "not an output"};
    if (wire->line == nullptr) return {ticket, Result::failed, std::nullopt, wire->why};
    if (!wire->line->drive(order.on)) {
        const int error = errno;
        failed(*wire, error, "cannot be driven");
        // These come before the chip is spoken to. Behind others, like those of an expander's bus,
        // the level may have changed.
        const bool known = chip_is_gone(error) || error == EPERM || error == EINVAL;
        return {ticket, known ? Result::failed : Result::unknown, std::nullopt,
                std::strerror(error)};
    }
    count(*wire, true, false);
    // What it really does is read and told at once, whatever was told last.
    wire->reported.reset();
    wire->due = SteadyClock::now();
    return {ticket, Result::done, std::nullopt, {}};
}

OrderFinished Worker::read_back(Ticket ticket, const ReadCoil& order) {
    Wire* wire = wire_of(order.point);
    if (wire == nullptr || !wire->settings.output)
        return {ticket, Result::failed, std::nullopt, "not an output"};
    if (wire->line == nullptr) return {ticket, Result::failed, std::nullopt, wire->why};
    const auto level = wire->line->read();
    if (level) {
        count(*wire, true, true);
        return {ticket, Result::done, level, {}};
    }
    const int error = errno;
    failed(*wire, error, "cannot be read");
    return {ticket, Result::failed, std::nullopt, std::strerror(error)};
}

}  // namespace hall::drivers::gpio
