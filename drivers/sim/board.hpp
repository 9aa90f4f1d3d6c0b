#pragma once
// One Modbus unit: its registers, and the coils that switch back by themselves.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drivers/bus.hpp"
#include "drivers/sim/trace.hpp"

namespace hall::sim {

using drivers::Encoding;
using drivers::Table;

/// A row of equal channels: coil1 .. coil8.
struct SpanSpec {
    struct Flash {
        std::uint16_t address = 0x0200;  ///< FC05 to this + channel
        Instant step{100};
    };
    std::string name;
    Table table = Table::coil;
    std::uint16_t address = 0;
    std::uint16_t count = 1;
    std::optional<Flash> flash = std::nullopt;
    /// FC01 answers the first eight coils whatever was asked.
    bool eight_coils = false;
    int first = 1;  ///< the number of the first channel in its name
};

/// A measured quantity in one or two registers.
struct ValueSpec {
    std::string name;
    Table table = Table::input;
    std::uint16_t address = 0;
    Encoding encoding = Encoding::u16;
    double scale = 1.0;  ///< raw × scale = value
    std::string unit;    ///< V, A, W, Hz ...
};

/// What a device template says that a slave must know.
struct BoardSpec {
    std::vector<SpanSpec> spans;
    std::vector<ValueSpec> values;
};

/// Registers that a quantity takes.
std::uint16_t words_of(Encoding encoding);

class Board {
  public:
    /// A coil changed: by a request, or because its flash ended.
    using CoilSink = std::function<void(std::uint16_t address, bool on, Instant at)>;

    Board(std::string id, std::size_t bus, std::uint8_t unit, BoardSpec spec);

    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] std::size_t bus() const { return bus_; }
    [[nodiscard]] std::uint8_t unit() const { return unit_; }
    [[nodiscard]] const BoardSpec& spec() const { return spec_; }
    void on_coil(CoilSink sink) { sink_ = std::move(sink); }

    /// The cell, or null where the device has none.
    std::uint16_t* cell(Table table, std::uint16_t address);
    [[nodiscard]] bool has(Table table, std::uint16_t address, std::size_t count) const;
    /// `coil3`; empty where the template names nothing.
    [[nodiscard]] std::string channel(Table table, std::uint16_t address) const;
    [[nodiscard]] bool eight_coils() const;

    /// A plain write ends a flash that is under way.
    void write_coil(std::uint16_t address, bool on, Instant at);
    /// FC05 into a flash-on window: on now, off by itself. False where the board has no such
    /// address.
    bool flash_on(std::uint16_t address, std::uint16_t steps, Instant at);
    [[nodiscard]] std::optional<Instant> deadline() const;
    /// Ends the flashes that are due.
    void advance(Instant now);

    void put(const ValueSpec& where, double value);
    void put(const drivers::Point& where, double value);

  private:
    struct Block {
        Table table;
        std::uint16_t address;
        std::vector<std::uint16_t> cells;
    };
    void set_coil(std::uint16_t address, bool on, Instant at);

    std::string id_;
    std::size_t bus_;
    std::uint8_t unit_;
    BoardSpec spec_;
    std::vector<Block> blocks_;
    std::map<std::uint16_t, Instant> flashes_;  ///< coil -> end
    CoilSink sink_;
};

}  // namespace hall::sim
