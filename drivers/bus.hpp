#pragma once
// What the daemon sees of a field bus: points that are polled, orders that are queued, facts that
// come back. One worker a bus, with a thread of its own; nothing here decides anything.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "drivers/gpio/settings.hpp"

namespace hall::drivers {

/// Modbus tables, by function codes 01/05/0F, 02, 04, 03/06/10.
enum class Table : std::uint8_t { coil, discrete, input, holding };

/// How a value lies in its registers.
enum class Encoding : std::uint8_t {
    bit,            ///< coil or discrete input
    u16,            ///< one register
    u32_low_first,  ///< two registers, low word first (PZEM-016)
    u32_high_first,
    float32  ///< IEEE 754, high word first (SDM120, DDSU666)
};

/// One addressable quantity on a bus.
struct Point {
    std::uint8_t unit = 1;
    Table table = Table::coil;
    std::uint16_t address = 0;  ///< 0-based, as on the wire
    Encoding encoding = Encoding::bit;
    double scale = 1.0;  ///< raw value × scale = value in the point's unit (W, V, A ...)
    friend bool operator==(const Point&, const Point&) = default;
};

/// A flash-on pulse that the board itself ends (R7): FC05 to `base + channel`, value in units of
/// `unit`.
struct FlashOn {
    std::uint8_t unit = 1;
    std::uint16_t address = 0;
    std::chrono::milliseconds step{100};
};

/// A point and how often it is wanted.
struct Poll {
    Point point;
    std::chrono::milliseconds every{50};
    /// Report each sample (meters: freshness is evidence), or only changes.
    bool every_sample = false;
};

struct SerialSettings {
    /// The kernel switches the adapter's driver on while it sends (RS-485 by RTS, TIOCSRS485). A
    /// driver that cannot is a bus that is down. Adapters that turn around by themselves need none.
    bool rs485 = false;
    int baud = 9600;
    char parity = 'N';  ///< N, E, O
    int data_bits = 8;
    int stop_bits = 1;
};

/// What one register or coil of a board must hold.
struct Setting {
    Table table = Table::holding;  ///< holding or coil
    std::uint16_t address = 0;
    std::uint16_t value = 0;  ///< a coil's is 0 or 1
    /// What is written to bring that about, where it is not the value itself: some boards clear a
    /// flag when 1 is written.
    std::optional<std::uint16_t> by_writing;
    friend bool operator==(const Setting&, const Setting&) = default;
};

/// Settings of one unit, such as its watchdog's: read each time the unit has appeared, and every
/// ten minutes; written where they differ (such registers often lie in flash), and read again. In
/// this order: the first that cannot be brought about ends it, and the others are not touched.
struct UnitSetup {
    std::uint8_t unit = 1;
    std::vector<Setting> settings;
};

struct BusConfig {
    std::string id;
    /// Set: no Modbus line, but a GPIO chip of this machine, whose lines are units 1, 2 and so on.
    /// Of the rest only `order_patience` and `retry_*` count.
    std::optional<GpioSettings> gpio;
    /// Modbus TCP when `host` is set, otherwise RTU on `path`.
    std::string host;
    int port = 502;
    std::string path;
    SerialSettings serial;
    std::chrono::milliseconds timeout{300};  ///< for one response
    /// An order that waited longer for its turn is not sent any more, and has failed: what allowed
    /// it may no longer hold.
    std::chrono::milliseconds order_patience{8'000};
    std::chrono::milliseconds turn_around{0};  ///< silence that a slow adapter needs between frames
    std::chrono::milliseconds retry_first{500};    ///< reconnect and dead-unit back-off: first
    std::chrono::milliseconds retry_most{10'000};  ///< and longest
    int max_hole =
        8;  ///< unwanted bits or registers that one request may read along to save another request
    /// Units whose FC01 answers eight coils whatever was asked (a known quirk): read in whole
    /// eights.
    std::vector<std::uint8_t> eight_coil_units;
    std::vector<UnitSetup> setups;
};

/// Index into the list of polls given at construction.
using PollIx = std::size_t;
using Ticket = std::uint64_t;

enum class Result : std::uint8_t { done, failed, unknown };

/// A polled point has a new value, or (none) has stopped answering.
struct PointReported {
    PollIx poll = 0;
    std::optional<double> value;
};
/// Several points of one request have new values: one look at the wires, at one moment.
struct ScanReported {
    std::vector<PointReported> points;
};
/// A queued order ended. `unknown`: it may have happened (timeout after the request was sent).
struct OrderFinished {
    Ticket ticket = 0;
    Result result = Result::unknown;
    std::optional<bool> level;  ///< what a read-back found
    std::string why;            ///< for the log; empty when done
};
/// A unit (or, with unit 0, the whole bus) was lost or came back.
struct UnitReported {
    std::uint8_t unit = 0;
    bool up = false;
    std::string why;
};
/// All settings of a unit are as they must be, or they are not, and why. Told when that changes.
struct UnitSetUp {
    std::uint8_t unit = 0;
    bool holds = false;
    std::string why;
};
using BusEvent = std::variant<PointReported, ScanReported, OrderFinished, UnitReported, UnitSetUp>;

struct WriteCoil {
    Point point;
    bool on = false;
};
struct ReadCoil {
    Point point;
};
struct Pulse {
    FlashOn flash;
    std::chrono::milliseconds length{500};
};
using Order = std::variant<WriteCoil, ReadCoil, Pulse>;

/// What became of the requests to one unit since the start.
struct UnitStatistics {
    std::uint8_t unit = 0;
    bool up = false;             ///< it answered, and was not lost since
    std::uint64_t requests = 0;  ///< each ends as one of the next five, or is under way
    std::uint64_t answers = 0;
    std::uint64_t refusals = 0;            ///< Modbus exceptions
    std::uint64_t timeouts = 0;            ///< nothing came
    std::uint64_t garbage = 0;             ///< damaged, or no answer to this request
    std::uint64_t broken = 0;              ///< the connection was lost meanwhile
    double answers_per_second = 0;         ///< over the last ten seconds or so
    std::chrono::microseconds latency{0};  ///< from request to answer, mean of the newest
    std::chrono::microseconds slowest{0};  ///< and the longest
};

struct BusStatistics {
    /// Sums over all units; `errors` is garbage, broken connections and reads that were refused.
    std::uint64_t requests = 0, timeouts = 0, errors = 0;
    std::uint64_t reconnects = 0, scans = 0;
    std::vector<UnitStatistics> units;  ///< by rising number; those that were ever asked
};

class Bus {
  public:
    virtual ~Bus() = default;
    /// Queues an order; orders go before reads. False when the queue is full or the bus is
    /// stopping: it did not and will not happen. Never blocks.
    virtual bool submit(Ticket ticket, const Order& order) = 0;
    /// Milliseconds of the monotonic clock at the worker's last sign of life.
    [[nodiscard]] virtual std::chrono::milliseconds last_sign_of_life() const = 0;
    [[nodiscard]] virtual BusStatistics statistics() const = 0;
};

/// Starts a worker. `sink` is called on the worker's thread and must only hand the event on.
/// The destructor stops and joins; orders still queued end as `failed`.
std::unique_ptr<Bus> open_modbus(BusConfig config, std::vector<Poll> polls,
                                 std::function<void(BusEvent)> sink);
/// The same for a GPIO chip. An input is told when it changes, whatever its `every`; an output, and
/// an input of a chip without interrupts, is read that often. A line that nobody polls is left
/// alone.
std::unique_ptr<Bus> open_gpio(BusConfig config, std::vector<Poll> polls,
                               std::function<void(BusEvent)> sink);

}  // namespace hall::drivers
