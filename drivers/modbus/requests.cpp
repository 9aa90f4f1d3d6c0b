// What the worker asks: reads of batches, and orders.
#include <algorithm>

#include "drivers/modbus/worker.hpp"

namespace hall::drivers::modbus {

namespace {

constexpr std::uint8_t kIllegalAddress = 0x02;
constexpr std::uint8_t kIllegalValue = 0x03;
constexpr std::uint8_t kAcknowledged = 0x05;

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::uint8_t unit_of(const Order& order) {
    return std::visit(Overloaded{
                          [](const WriteCoil& o) { return o.point.unit; },
                          [](const ReadCoil& o) { return o.point.unit; },
                          [](const Pulse& o) { return o.flash.unit; },
                      },
                      order);
}

Result result_of(const Exchange& exchange) {
    switch (exchange.reply) {
        case Reply::answer:
            return Result::done;
        case Reply::exception:
            // These two say that the order is under way, or may have reached the board.
            return exchange.exception == kAcknowledged ||
                           exchange.exception == kNoAnswerBehindGateway
                       ? Result::unknown
                       : Result::failed;
        case Reply::timeout:
        case Reply::garbage:
        case Reply::broken:
            return Result::unknown;
    }
    return Result::unknown;
}

}  // namespace

void Worker::read(std::size_t ix) {
    const Batch batch = schedule_.batch(ix);
    const Exchange exchange = ask(request_of(batch), ix);
    if (exchange.reply == Reply::answer) {
        tally_.scanned();
        schedule_.batch_answered(ix);
        ScanReported scan;
        for (const PollIx poll : batch.polls) {
            const auto value = decode(polls_[poll].point, batch.address, exchange.pdu);
            if (is_news(poll, value)) scan.points.push_back({poll, value});
        }
        if (scan.points.size() == 1) {
            sink_(scan.points.front());
        } else if (!scan.points.empty()) {
            sink_(std::move(scan));
        }
    } else if (exchange.reply == Reply::exception) {
        read_failed(ix, exchange);
    }
}

void Worker::read_failed(std::size_t ix, const Exchange& exchange) {
    if (exchange.exception == kNoPath || exchange.exception == kNoAnswerBehindGateway) return;
    const Batch& batch = schedule_.batch(ix);
    const TimePoint now = SteadyClock::now();
    const bool range_refused =
        exchange.exception == kIllegalAddress || exchange.exception == kIllegalValue;
    const auto& eights = config_.eight_coil_units;
    const bool whole_eight =
        batch.table == Table::coil && std::ranges::find(eights, batch.unit) != eights.end();
    if (range_refused && batch.polls.size() > 1 && !whole_eight) {
        // Many boards refuse a whole range for one address that they do not have, a hole that we
        // read along perhaps. The others must not suffer for it.
        schedule_.replace(ix, halve(batch, polls_), now);
        return;
    }
    tally_.read_refused();
    if (schedule_.batch_failed(ix, now)) report_silence(batch.polls);
}

void Worker::serve(const QueuedOrder& queued) {
    // A peer that has hung up meanwhile is noticed before the order leaves, not after: then its end
    // is known.
    if (link_.peer_is_gone()) lost_connection("closed by the peer");
    if (!link_.is_open() && SteadyClock::now() >= reconnect_at_) connect();
    sink_(perform(queued));
}

std::string Worker::obstacle(std::uint8_t unit) {
    if (!link_.is_open()) return "the bus is down";
    // Another order to the dead would cost everybody else a timeout.
    if (schedule_.quarantined(unit, SteadyClock::now())) return "the unit does not answer";
    return {};
}

OrderFinished Worker::perform(const QueuedOrder& queued) {
    const Ticket ticket = queued.ticket;
    if (std::string why = obstacle(unit_of(queued.order)); !why.empty())
        return {ticket, Result::failed, std::nullopt, std::move(why)};
    return std::visit(
        Overloaded{
            [&](const WriteCoil& o) -> OrderFinished {
                if (o.point.table != Table::coil)
                    return {ticket, Result::failed, std::nullopt, "not a coil"};
                return write(
                    ticket, {o.point.unit, kWriteCoil, o.point.address, o.on ? kCoilOn : kCoilOff});
            },
            [&](const ReadCoil& o) { return read_back(ticket, o.point); },
            [&](const Pulse& o) -> OrderFinished {
                const auto value = pulse_value(o.flash, o.length);
                if (!value) return {ticket, Result::failed, std::nullopt, "no such pulse length"};
                return write(ticket, {o.flash.unit, kWriteCoil, o.flash.address, *value});
            },
        },
        queued.order);
}

OrderFinished Worker::write(Ticket ticket, const Request& request) {
    const Exchange exchange = ask(request, std::nullopt);
    return {ticket, result_of(exchange), std::nullopt, exchange.why};
}

OrderFinished Worker::read_back(Ticket ticket, const Point& point) {
    if (!is_bit(point.table)) return {ticket, Result::failed, std::nullopt, "not a coil"};
    // What a late reply to an earlier read says must not be taken for the state after a write.
    orders_.wait_for_stop(schedule_.hold_until(point.unit));
    const Batch batch =
        plan_batches({Poll{point}}, config_.max_hole, config_.eight_coil_units).front();
    const Exchange exchange = ask(request_of(batch), std::nullopt);
    OrderFinished finished{ticket, result_of(exchange), std::nullopt, exchange.why};
    if (exchange.reply == Reply::answer) {
        if (const auto value = decode(point, batch.address, exchange.pdu))
            finished.level = *value != 0.0;
    }
    return finished;
}

TimePoint Worker::next_setup_at(TimePoint now) const {
    const auto next = setups_.next(now);
    return next ? std::max(now, schedule_.hold_until(next->unit)) : setups_.wake(now);
}

void Worker::set_up(const Setups::Next& next) {
    const Setting& setting = next.setting;
    const bool coil = setting.table == Table::coil;
    const std::string name = (coil ? "coil " : "holding register ") +
                             std::to_string(setting.address) + " (wire address)";
    const auto tell = [this](const std::optional<UnitSetUp>& news) {
        if (news) sink_(*news);
    };
    const auto refused = [&](const Exchange& exchange) {
        // A lost answer says nothing about the setting; the unit is asked again, or it is lost.
        if (exchange.reply == Reply::exception)
            tell(setups_.failed(SteadyClock::now(), name + ": " + exchange.why));
    };
    const Request read{next.unit, read_function(setting.table), setting.address, 1};
    const auto found = [&](const Exchange& exchange) -> unsigned {
        const unsigned first = exchange.pdu[2];
        return coil ? first & 1U : first << 8U | exchange.pdu[3];
    };
    Exchange exchange = ask(read, std::nullopt);
    if (exchange.reply != Reply::answer) return refused(exchange);
    if (found(exchange) == setting.value) return tell(setups_.held(SteadyClock::now()));
    const std::uint16_t value = setting.by_writing.value_or(setting.value);
    const Request write{next.unit, coil ? kWriteCoil : kWriteRegister, setting.address,
                        coil ? (value != 0 ? kCoilOn : kCoilOff) : value};
    exchange = ask(write, std::nullopt);
    if (exchange.reply != Reply::answer) return refused(exchange);
    exchange = ask(read, std::nullopt);
    if (exchange.reply != Reply::answer) return refused(exchange);
    if (found(exchange) == setting.value) return tell(setups_.held(SteadyClock::now()));
    tell(setups_.failed(SteadyClock::now(), name + " is " + std::to_string(found(exchange)) +
                                                " although " + std::to_string(value) +
                                                " was written"));
}

}  // namespace hall::drivers::modbus
