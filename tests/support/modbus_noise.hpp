#pragma once
// Boards on a line on which every second frame is faulty, in every way that a board, a gateway or a
// cable has. Whatever a faulty frame says is a lie that can be told from the truth.
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <utility>

#include "tests/support/modbus_slave.hpp"

namespace hall::test {

/// The boards are the units 1 to this.
constexpr int kNoisyUnits = 4;
/// Input registers carry the number of the request; a lie carries this, too.
constexpr std::uint32_t kLie = 0x8000'0000;

/// What the inputs really are.
inline bool input_is_on(unsigned address) {
    return address % 3 == 0;
}

/// What is wrong with an answer.
enum class Fault : std::uint8_t {
    none,
    silent,
    late,            ///< comes when another unit has been asked
    other_unit,      ///< in another unit's name
    other_function,  ///< answers another kind of request
    short_of_cells,  ///< a whole frame, with less in it than was asked for
    long_of_cells,
    count_of_bytes,  ///< says that it has more than it has
    cut,             ///< ends somewhere in its middle
    garbage,         ///< bytes
    damaged,         ///< one bit of the frame, under a check sum or a header that no longer fits
    refused,         ///< an exception, any
    twice,           ///< the truth, and right behind it a lie
    other_transaction,
    other_protocol,
    hang_up,
    kinds
};

/// The boards, and what is done to their answers. Called by the slave's thread; asked by the
/// test's.
class Noise {
  public:
    Noise(unsigned seed, bool serial) : random_(seed), serial_(serial) {}

    Fate operator()(const SeenRequest& r) {
        const std::lock_guard lock(mutex_);
        const Fault fault = noisy_ ? draw() : Fault::none;
        Fate fate = answer(r, fault);
        // Nobody hears a late answer before somebody else is asked.
        if (kept_unit_ != r.unit && fate.kind == Fate::Kind::raw && !kept_.empty()) {
            fate.bytes.insert(fate.bytes.begin(), kept_.begin(), kept_.end());
        }
        if (fault == Fault::late) {
            kept_ = lie(r).frame;
            kept_unit_ = r.unit;
        } else if (fate.kind == Fate::Kind::raw || kept_unit_ == r.unit) {
            kept_.clear();
        }
        if (fault != Fault::none) {
            ++faults_;
            ++kinds_[fault];
        }
        return fate;
    }

    void heal() {
        const std::lock_guard lock(mutex_);
        noisy_ = false;
    }
    [[nodiscard]] int faults() {
        const std::lock_guard lock(mutex_);
        return faults_;
    }
    [[nodiscard]] std::size_t kinds() {
        const std::lock_guard lock(mutex_);
        return kinds_.size();
    }
    /// Of all requests so far.
    [[nodiscard]] std::uint32_t requests() {
        const std::lock_guard lock(mutex_);
        return number_;
    }
    /// How often a board has carried out an order to this coil.
    [[nodiscard]] int carried_out(std::uint16_t address) {
        const std::lock_guard lock(mutex_);
        const auto found = orders_.find(address);
        return found == orders_.end() ? 0 : found->second.times;
    }

  private:
    static std::uint8_t byte(unsigned v) { return static_cast<std::uint8_t>(v & 0xFFU); }
    struct Made {
        Bytes pdu, frame;
    };
    struct Carried {
        bool on = false;
        int times = 0;
    };

    unsigned chance() { return static_cast<unsigned>(random_()); }
    Fault draw() {
        if (chance() % 2 == 0) return Fault::none;
        const auto last = static_cast<unsigned>(serial_ ? Fault::twice : Fault::hang_up);
        return static_cast<Fault>(1 + chance() % last);
    }

    /// Unit, PDU and what the line puts around them.
    Bytes framed(const SeenRequest& r, std::uint8_t unit, const Bytes& pdu) const {
        Bytes frame;
        if (!serial_) {
            const unsigned size = static_cast<unsigned>(pdu.size()) + 1;
            frame = {r.frame[0], r.frame[1], 0, 0, byte(size >> 8U), byte(size)};
        }
        frame.push_back(unit);
        frame.insert(frame.end(), pdu.begin(), pdu.end());
        if (serial_) {
            const unsigned sum = crc16(frame);
            frame.push_back(byte(sum));
            frame.push_back(byte(sum >> 8U));
        }
        return frame;
    }

    /// @param cells instead of those that were asked for
    Bytes cells(const SeenRequest& r, bool true_ones, unsigned count) const {
        Bytes pdu{r.function};
        if (r.function == 4) {
            pdu.push_back(byte(count * 2));
            const std::uint32_t value = true_ones ? number_ : number_ | kLie;
            for (unsigned i = 0; i < count; ++i) {
                const unsigned word = i % 2 == 0 ? value >> 16U : value & 0xFFFFU;
                pdu.push_back(byte(word >> 8U));
                pdu.push_back(byte(word));
            }
            return pdu;
        }
        pdu.push_back(byte((count + 7) / 8));
        pdu.resize(2 + (count + 7) / 8);
        for (unsigned i = 0; i < count; ++i) {
            const bool truth = r.function == 2 ? input_is_on(r.address + i) : coil(r.address + i);
            if (truth == true_ones) pdu[2 + i / 8] = byte(pdu[2 + i / 8] | 1U << i % 8);
        }
        return pdu;
    }
    Made lie(const SeenRequest& r) const {
        Bytes pdu{r.function, byte(r.address >> 8U), byte(r.address), byte(r.value >> 8U ^ 0xFFU),
                  byte(r.value)};
        if (r.function != 5) pdu = cells(r, false, r.value);
        return {pdu, framed(r, r.unit, pdu)};
    }
    Bytes truth(const SeenRequest& r) {
        if (r.function != 5) return framed(r, r.unit, cells(r, true, r.value));
        carry_out(r);
        return framed(r, r.unit,
                      Bytes(r.frame.end() - (serial_ ? 7 : 5), r.frame.end() - (serial_ ? 2 : 0)));
    }
    void carry_out(const SeenRequest& r) {
        Carried& order = orders_[r.address];
        order.on = r.value != 0;
        ++order.times;
    }
    [[nodiscard]] bool coil(unsigned address) const {
        const auto found = orders_.find(address);
        return found != orders_.end() && found->second.on;
    }

    static Fate raw(Bytes bytes) { return {Fate::Kind::raw, 0, std::move(bytes)}; }

    Fate answer(const SeenRequest& r, Fault fault) {
        ++number_;
        if (fault == Fault::none) return raw(truth(r));
        if (fault == Fault::twice) {
            Bytes both = truth(r);
            const Bytes second = lie(r).frame;
            both.insert(both.end(), second.begin(), second.end());
            return raw(both);
        }
        if (fault == Fault::refused) {
            const auto code = byte(1 + chance() % 11);
            // "Under way", and "the gateway heard nothing": it may have been done.
            if (r.function == 5 && (code == 5 || code == 11) && chance() % 2 == 0) carry_out(r);
            return raw(framed(r, r.unit, {byte(r.function | 0x80U), code}));
        }
        // Whether the board did what it was told is as open as what it says.
        if (r.function == 5 && chance() % 2 == 0) carry_out(r);
        auto [pdu, frame] = lie(r);
        switch (fault) {
            case Fault::silent:
            case Fault::late:
                return {Fate::Kind::silent, 0, {}};
            case Fault::hang_up:
                return {Fate::Kind::hang_up, 0, {}};
            case Fault::other_unit:
                return raw(framed(r, byte(r.unit % kNoisyUnits + 1U), pdu));
            case Fault::other_function:
                pdu[0] = byte(r.function == 4 ? 3 : r.function + 1U);
                return raw(framed(r, r.unit, pdu));
            case Fault::short_of_cells:
                if (r.function != 5) pdu = cells(r, false, r.value > 8 ? r.value - 8U : 0);
                return raw(framed(r, r.unit, pdu));
            case Fault::long_of_cells:
                if (r.function != 5) pdu = cells(r, false, r.value + 8U);
                return raw(framed(r, r.unit, pdu));
            case Fault::count_of_bytes:
                pdu[1] = byte(pdu[1] + 2U);
                return raw(framed(r, r.unit, pdu));
            case Fault::cut:
                frame.resize(1 + chance() % (frame.size() - 1));
                return raw(frame);
            case Fault::garbage:
                frame.resize(1 + chance() % 64);
                for (auto& one : frame) one = byte(chance());
                return raw(frame);
            case Fault::damaged: {
                // Over TCP nothing but the header is under a check: what is behind it, TCP guards.
                const std::size_t size = serial_ ? frame.size() : 6;
                const std::size_t bit = chance() % (size * 8);
                frame[bit / 8] = byte(frame[bit / 8] ^ 1U << bit % 8);
                return raw(frame);
            }
            case Fault::other_transaction:
                frame[1] = byte(frame[1] - 1U);
                return raw(frame);
            case Fault::other_protocol:
                frame[3] = 1;
                return raw(frame);
            case Fault::none:
            case Fault::refused:
            case Fault::twice:
            case Fault::kinds:
                break;
        }
        return {};
    }

    std::mutex mutex_;
    std::mt19937 random_;
    const bool serial_;
    bool noisy_ = true;
    std::uint32_t number_ = 0;
    int faults_ = 0;
    std::map<Fault, int> kinds_;
    std::map<unsigned, Carried> orders_;  ///< by coil: each order has one of its own
    Bytes kept_;
    int kept_unit_ = 0;
};

}  // namespace hall::test
