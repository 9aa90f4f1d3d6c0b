#include "drivers/sim/wires.hpp"

#include <utility>

namespace hall::sim {

namespace {

/// A gateway's own words: "the device behind me did not answer".
constexpr std::uint8_t kGatewayNoAnswer = 0x0B;

Quality quality_of(const Value& value) {
    const auto& word = std::get<std::string>(value);
    if (word == "down") return Quality::down;
    if (word == "noisy") return Quality::noisy;
    if (word == "slow") return Quality::slow;
    return Quality::up;
}

}  // namespace

Wires::Wires(Plant& plant, std::vector<std::string> bus_ids, std::uint64_t seed)
    : plant_(plant),
      bus_ids_(std::move(bus_ids)),
      buses_(bus_ids_.size(), Quality::up),
      devices_(plant.boards().size(), Quality::up),
      random_(seed) {}

std::uint32_t Wires::draw(std::uint32_t below) {
    return static_cast<std::uint32_t>(random_() % below);
}

std::optional<Wires::Reply> Wires::exchange(std::size_t bus, std::uint8_t unit,
                                            std::span<const std::uint8_t> request) {
    if (clock_) plant_.advance(clock_());
    const auto board = plant_.board_at(bus, unit);
    if (!board || request.empty()) return std::nullopt;
    const Quality line = buses_.at(bus);
    const Quality device = devices_.at(*board);
    if (line == Quality::down || device == Quality::down || plant_.is_silent(*board))
        return std::nullopt;
    Reply reply;
    reply.pdu = plant_.serve(*board, request);
    if (served_) served_();
    const bool noisy = line == Quality::noisy || device == Quality::noisy;
    reply.damaged = noisy && draw(100) < kNoisyPercent;
    if (line == Quality::slow || device == Quality::slow) reply.delay = kSlow;
    return reply;
}

void Wires::broadcast(std::size_t bus, std::span<const std::uint8_t> request) {
    if (clock_) plant_.advance(clock_());
    // A read that nobody answers changes nothing.
    if (request.empty() || request[0] < 0x05 || buses_.at(bus) == Quality::down) return;
    for (std::size_t i = 0; i < plant_.boards().size(); ++i) {
        if (plant_.boards()[i].bus() != bus || devices_.at(i) == Quality::down) continue;
        plant_.serve(i, request);
    }
    if (served_) served_();
}

void Wires::spoil_rtu(Bytes& frame) {
    if (frame.empty()) return;
    switch (draw(4)) {
        case 0:
            frame.clear();
            return;
        case 1:
            frame.resize(1 + draw(static_cast<std::uint32_t>(frame.size())));
            if (frame.size() > 1) frame.pop_back();
            return;
        case 2:
            frame.insert(frame.begin(), static_cast<std::uint8_t>(0xFF));
            return;
        default:
            // One changed bit is always seen by CRC-16.
            frame[draw(static_cast<std::uint32_t>(frame.size()))] ^=
                static_cast<std::uint8_t>(1U << draw(8));
            return;
    }
}

void Wires::spoil_tcp(Bytes& frame) {
    constexpr std::size_t kUnit = 6;
    constexpr std::size_t kFunction = 7;
    if (frame.size() <= kFunction + 1) return;
    switch (draw(4)) {
        case 0:
            frame.clear();
            return;
        case 1:
            frame[1] ^= 0x55U;  // the transaction: an answer to something else
            return;
        case 2:
            frame[kUnit] ^= 0x40U;
            return;
        default:
            frame.resize(kFunction + 2);
            frame[4] = 0;
            frame[5] = 3;
            frame[kFunction] |= 0x80U;
            frame[kFunction + 1] = kGatewayNoAnswer;
            return;
    }
}

void Wires::describe(Things& things, Trace& trace) {
    const auto add = [&](const std::string& name, Quality& quality, std::function<void()> told) {
        things.add({.name = name,
                    .read = [&quality] { return std::string(to_string(quality)); },
                    .words = {"up", "down", "noisy", "slow"},
                    .set =
                        [this, &quality, &trace, name, told = std::move(told)](const Value& value) {
                            const Quality wanted = quality_of(value);
                            if (quality == wanted) return;
                            quality = wanted;
                            trace.add(plant_.now(), name, to_string(wanted));
                            if (told) told();
                        }});
    };
    for (std::size_t i = 0; i < buses_.size(); ++i) {
        add("bus." + bus_ids_[i], buses_[i], [this, i] {
            if (bus_changed_) bus_changed_(i);
        });
    }
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        add("device." + plant_.boards()[i].id(), devices_[i], nullptr);
    }
}

const char* to_string(Quality quality) {
    switch (quality) {
        case Quality::up:
            return "up";
        case Quality::down:
            return "down";
        case Quality::noisy:
            return "noisy";
        case Quality::slow:
            return "slow";
    }
    return "up";
}

}  // namespace hall::sim
