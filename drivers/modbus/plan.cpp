#include "drivers/modbus/plan.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace hall::drivers::modbus {

namespace {

constexpr int kEight = 8;

/// First and one past the last address that must be read for a point.
struct Range {
    int first = 0;
    int end = 0;
};

Range range_of(const Point& point, bool in_eights) {
    if (!in_eights) return {point.address, point.address + width(point)};
    const int first = point.address / kEight * kEight;
    return {first, first + kEight};
}

bool in_eights(const Point& point, const std::vector<std::uint8_t>& units) {
    return point.table == Table::coil && std::ranges::find(units, point.unit) != units.end();
}

bool same_class(const Batch& batch, const Poll& poll) {
    return batch.unit == poll.point.unit && batch.table == poll.point.table &&
           batch.every == poll.every;
}

Batch batch_of(const std::vector<PollIx>& order, const std::vector<Poll>& polls) {
    const Poll& front = polls[order.front()];
    Batch batch{front.point.unit, front.point.table, front.point.address, 1, front.every, order};
    int end = 0;
    for (const PollIx ix : order) end = std::max(end, range_of(polls[ix].point, false).end);
    batch.count = static_cast<std::uint16_t>(end - batch.address);
    return batch;
}

}  // namespace

Request request_of(const Batch& batch) {
    return {batch.unit, read_function(batch.table), batch.address, batch.count};
}

std::vector<Batch> plan_batches(const std::vector<Poll>& polls, int max_hole,
                                const std::vector<std::uint8_t>& eight_coil_units) {
    std::vector<PollIx> order(polls.size());
    std::iota(order.begin(), order.end(), PollIx{0});
    std::ranges::stable_sort(order, {}, [&](PollIx ix) {
        const Poll& p = polls[ix];
        return std::tuple(p.point.unit, p.point.table, p.every, p.point.address);
    });
    std::vector<Batch> batches;
    for (const PollIx ix : order) {
        const Poll& poll = polls[ix];
        const bool eights = in_eights(poll.point, eight_coil_units);
        const Range range = range_of(poll.point, eights);
        if (!batches.empty() && same_class(batches.back(), poll)) {
            Batch& last = batches.back();
            const int end = last.address + last.count;
            const int merged = std::max(end, range.end) - last.address;
            const int most = eights                     ? kEight
                             : is_bit(poll.point.table) ? kMostBits
                                                        : kMostRegisters;
            if (range.first - end <= max_hole && merged <= most) {
                last.count = static_cast<std::uint16_t>(merged);
                last.polls.push_back(ix);
                continue;
            }
        }
        batches.push_back({poll.point.unit,
                           poll.point.table,
                           static_cast<std::uint16_t>(range.first),
                           static_cast<std::uint16_t>(range.end - range.first),
                           poll.every,
                           {ix}});
    }
    return batches;
}

std::pair<Batch, Batch> halve(const Batch& batch, const std::vector<Poll>& polls) {
    const auto middle = batch.polls.begin() + static_cast<std::ptrdiff_t>(batch.polls.size() / 2);
    return {batch_of({batch.polls.begin(), middle}, polls),
            batch_of({middle, batch.polls.end()}, polls)};
}

}  // namespace hall::drivers::modbus
