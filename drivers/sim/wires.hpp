#pragma once
// The cables between masters and boards, and what can be wrong with them.
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "drivers/sim/plant.hpp"

namespace hall::sim {

enum class Quality : std::uint8_t {
    up,
    down,   ///< TCP refuses and closes; a serial line or a device is silent
    noisy,  ///< a part of the replies is damaged or lost
    slow    ///< replies come late
};

class Wires {
  public:
    static constexpr std::chrono::milliseconds kSlow{250};  ///< real time, as the master's timeout
    static constexpr std::uint32_t kNoisyPercent = 30;

    Wires(Plant& plant, std::vector<std::string> bus_ids, std::uint64_t seed);

    /// Told when a bus was set to another quality.
    void on_bus_changed(std::function<void(std::size_t bus)> told) {
        bus_changed_ = std::move(told);
    }
    /// Asked for the plant's instant before each request.
    void set_clock(std::function<Instant()> clock) { clock_ = std::move(clock); }

    /// Told after each request, which may have set something going in the plant.
    void on_served(std::function<void()> told) { served_ = std::move(told); }

    [[nodiscard]] Quality bus(std::size_t bus) const { return buses_.at(bus); }

    struct Reply {
        Bytes pdu;
        bool damaged = false;  ///< to be spoiled on its way
        std::chrono::milliseconds delay{0};
    };
    /// What a request to that unit brings; none: silence.
    std::optional<Reply> exchange(std::size_t bus, std::uint8_t unit,
                                  std::span<const std::uint8_t> request);
    /// To all units at once (serial lines only); nobody answers.
    void broadcast(std::size_t bus, std::span<const std::uint8_t> request);

    /// Spoils a whole RTU frame so that its checksum cannot hold; may leave nothing of it.
    void spoil_rtu(Bytes& frame);
    /// Spoils a whole TCP frame as a poor gateway does. TCP's own checksum keeps single bits safe,
    /// so data are never changed silently.
    void spoil_tcp(Bytes& frame);

    void describe(Things& things, Trace& trace);

  private:
    std::uint32_t draw(std::uint32_t below);

    Plant& plant_;
    std::vector<std::string> bus_ids_;
    std::vector<Quality> buses_, devices_;
    std::mt19937_64 random_;
    std::function<void(std::size_t)> bus_changed_;
    std::function<Instant()> clock_;
    std::function<void()> served_;
};

const char* to_string(Quality quality);

}  // namespace hall::sim
