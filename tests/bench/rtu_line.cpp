// The bus worker on a serial line that takes its time, against a bare libmodbus loop that does the
// same reads and nothing else; and what one dead unit of four costs the others.
//   rtu_line [--rounds 5] [--requests 200] [--presses 200] [--heals 10]      exit code 1 beyond a
//   limit
#include <modbus/modbus.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "drivers/bus.hpp"
#include "tests/bench/paced_line.hpp"
#include "tests/support/bus_recorder.hpp"

namespace {

using namespace hall;
using bench::Clock;
using bench::PacedLine;
using drivers::Encoding;
using drivers::Poll;
using drivers::Table;
using namespace std::chrono_literals;

constexpr double kLeastRatio = 0.97;
constexpr double kLeastBesideADeadUnit = 0.9;
constexpr std::chrono::milliseconds kPress{200};

/// One request of the scan: what both masters ask, again and again.
struct Read {
    std::uint8_t unit;
    Table table;
    std::uint16_t address;
    std::uint16_t count;
};
/// Three boards of eight inputs and eight relays, and a meter.
const std::vector<Read> kScan{{1, Table::discrete, 0, 8}, {1, Table::coil, 0, 8},
                              {2, Table::discrete, 0, 8}, {2, Table::coil, 0, 8},
                              {3, Table::discrete, 0, 8}, {3, Table::coil, 0, 8},
                              {4, Table::input, 12, 2}};

std::size_t reply_size(const Read& read) {
    return 5 + (read.table == Table::input ? read.count * 2U : (read.count + 7U) / 8U);
}

std::vector<Poll> polls_of(const std::vector<Read>& scan) {
    std::vector<Poll> polls;
    for (const Read& read : scan) {
        if (read.table == Table::input) {
            polls.push_back(
                {{read.unit, read.table, read.address, Encoding::float32, 1.0}, 1ms, true});
            continue;
        }
        for (std::uint16_t i = 0; i < read.count; ++i) {
            const auto address = static_cast<std::uint16_t>(read.address + i);
            polls.push_back({{read.unit, read.table, address, Encoding::bit, 1.0}, 1ms, false});
        }
    }
    return polls;
}

drivers::BusConfig config_of(const PacedLine& line, int baud) {
    drivers::BusConfig config;
    config.id = "line";
    config.path = line.path();
    config.serial.baud = baud;
    return config;
}

/// Requests a second, by the line's own clock, once the first round is over.
double rate(const std::vector<PacedLine::Seen>& seen) {
    const std::size_t first = kScan.size();
    if (seen.size() < first + 2) return 0;
    const std::chrono::duration<double> took = seen.back().at - seen[first].at;
    return static_cast<double>(seen.size() - 1 - first) / took.count();
}

void await_requests(PacedLine& line, std::size_t count) {
    const timespec pause{0, 20'000'000};
    while (line.seen().size() < count) nanosleep(&pause, nullptr);
}

double worker_rate(PacedLine& line, int baud, std::size_t requests) {
    line.forget();
    const auto bus =
        drivers::open_modbus(config_of(line, baud), polls_of(kScan), [](drivers::BusEvent) {});
    await_requests(line, requests);
    return rate(line.seen());
}

bool ask(modbus_t* line, const Read& read) {
    std::uint8_t bits[64];
    std::uint16_t registers[64];
    modbus_set_slave(line, read.unit);
    switch (read.table) {
        case Table::coil:
            return modbus_read_bits(line, read.address, read.count, bits) == read.count;
        case Table::discrete:
            return modbus_read_input_bits(line, read.address, read.count, bits) == read.count;
        case Table::input:
            return modbus_read_input_registers(line, read.address, read.count, registers) ==
                   read.count;
        case Table::holding:
            return modbus_read_registers(line, read.address, read.count, registers) == read.count;
    }
    return false;
}

/// @param silence what the loop waits between a reply and the next request
double loop_rate(PacedLine& line, int baud, std::size_t requests,
                 std::chrono::nanoseconds silence) {
    line.forget();
    const std::unique_ptr<modbus_t, void (*)(modbus_t*)> context(
        modbus_new_rtu(line.path().c_str(), baud, 'N', 8, 1), modbus_free);
    if (!context || modbus_connect(context.get()) != 0) throw std::runtime_error("libmodbus");
    const timespec pause{0, silence.count()};
    for (std::size_t i = 0; i < requests; ++i) {
        if (!ask(context.get(), kScan[i % kScan.size()])) throw std::runtime_error("no answer");
        if (silence.count() > 0) clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
    }
    modbus_close(context.get());
    return rate(line.seen());
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

bool compare(int baud, int rounds, std::size_t requests) {
    test::Plant plant;
    PacedLine line(plant, baud);
    std::chrono::nanoseconds least{0};
    for (const Read& read : kScan) least += line.least(8, reply_size(read));
    const double limit =
        1e9 * static_cast<double>(kScan.size()) / static_cast<double>(least.count());
    std::vector<double> ours, polite, bare, to_polite, to_bare;
    std::uint64_t early = 0;
    for (int i = 0; i < rounds; ++i) {
        ours.push_back(worker_rate(line, baud, requests));
        polite.push_back(loop_rate(line, baud, requests, line.silence()));
        const std::uint64_t before = line.too_early();
        bare.push_back(loop_rate(line, baud, requests, 0ns));
        early += line.too_early() - before;
        to_polite.push_back(ours.back() / polite.back());
        to_bare.push_back(ours.back() / bare.back());
    }
    const auto scans = static_cast<double>(kScan.size());
    const auto share =
        100.0 * static_cast<double>(early) / (static_cast<double>(requests) * rounds);
    std::printf("%6d baud  the wire allows                %7.2f scans/s\n", baud, limit / scans);
    std::printf("             the bus worker                 %7.2f scans/s  %5.3f of that\n",
                median(ours) / scans, median(ours) / limit);
    std::printf(
        "             libmodbus, silence kept        %7.2f scans/s  worker / loop %5.3f  (>= "
        "%.2f)\n",
        median(polite) / scans, median(to_polite), kLeastRatio);
    std::printf(
        "             libmodbus, silence not kept    %7.2f scans/s  worker / loop %5.3f  "
        "(%.0f %% of its requests came within 3.5 characters)\n",
        median(bare) / scans, median(to_bare), share);
    return median(to_polite) >= kLeastRatio;
}

/// Boards of which the last is dead, or not there at all.
std::vector<Read> boards(int count) {
    std::vector<Read> scan;
    for (int unit = 1; unit <= count; ++unit)
        scan.push_back({static_cast<std::uint8_t>(unit), Table::discrete, 0, 8});
    return scan;
}

/// Requests a second to units 1 to 3, from the worker's start on.
double healthy_rate(PacedLine& line, int baud, int units, std::chrono::seconds length) {
    line.forget();
    const auto begun = Clock::now();
    {
        const auto bus = drivers::open_modbus(config_of(line, baud), polls_of(boards(units)),
                                              [](drivers::BusEvent) {});
        while (Clock::now() < begun + length) {
            const timespec pause{0, 50'000'000};
            nanosleep(&pause, nullptr);
        }
    }
    const auto seen = line.seen();
    const auto healthy = std::ranges::count_if(seen, [](const auto& s) { return s.unit <= 3; });
    return static_cast<double>(healthy) / std::chrono::duration<double>(length).count();
}

/// How many of the presses of a button on unit 1 were seen while unit 4 is dead.
int presses_seen(PacedLine& line, test::Plant& plant, int baud, int presses) {
    test::BusRecorder recorder;
    const auto bus =
        drivers::open_modbus(config_of(line, baud), polls_of(boards(4)), recorder.sink());
    recorder.await_value(0, 0.0);
    std::mt19937 dice(1);
    std::uniform_int_distribution<int> gap(150, 450);
    for (int i = 0; i < presses; ++i) {
        const auto hold = [](std::chrono::milliseconds t) {
            const timespec pause{0, std::chrono::nanoseconds{t}.count()};
            clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
        };
        hold(std::chrono::milliseconds{gap(dice)});
        plant.set_bit(1, 2, 0, true);
        hold(kPress);
        plant.set_bit(1, 2, 0, false);
    }
    recorder.await_value(0, 0.0, 2);
    int seen = 0;
    for (const auto& value : recorder.values(0)) seen += value == 1.0 ? 1 : 0;
    return seen;
}

bool beside_a_dead_unit(int baud, int presses) {
    test::Plant plant;
    PacedLine line(plant, baud);
    constexpr std::chrono::seconds kLength{30};
    line.kill(4);
    const double with = healthy_rate(line, baud, 4, kLength);
    const double without = healthy_rate(line, baud, 3, kLength);
    const int seen = presses_seen(line, plant, baud, presses);
    std::printf(
        "%6d baud  three units beside a dead one  %7.2f requests/s, without it %7.2f: %5.3f"
        "  (>= %.2f)\n",
        baud, with, without, with / without, kLeastBesideADeadUnit);
    std::printf("             presses of %lld ms seen        %d of %d\n",
                static_cast<long long>(kPress.count()), seen, presses);
    return with / without >= kLeastBesideADeadUnit && seen == presses;
}

/// From the moment at which a dead unit lives again until it is told to be up: the worst of
/// several.
bool healed_in_time(int baud, int times) {
    test::Plant plant;
    PacedLine line(plant, baud);
    test::BusRecorder recorder;
    drivers::BusConfig config = config_of(line, baud);
    config.retry_most = 2s;
    const auto bus = drivers::open_modbus(config, polls_of(boards(4)), recorder.sink());
    std::mt19937 dice(2);
    // Long enough for the retries to have grown to their longest, and then somewhere in between.
    std::uniform_int_distribution<int> dead(6'000, 9'000);
    std::chrono::duration<double> worst{0};
    for (int i = 1; i <= times; ++i) {
        const auto times_up = static_cast<std::size_t>(i);
        recorder.await_unit(4, true, times_up);
        line.kill(4);
        recorder.await_unit(4, false, times_up);
        const auto healed = Clock::now() + std::chrono::milliseconds{dead(dice)};
        const timespec pause{0, 1'000'000};
        while (Clock::now() < healed) nanosleep(&pause, nullptr);
        line.kill(0);
        if (!recorder.await_unit(4, true, times_up + 1)) return false;
        worst = std::max<std::chrono::duration<double>>(worst, Clock::now() - healed);
    }
    const std::chrono::duration<double> most = config.retry_most + config.timeout;
    std::printf(
        "%6d baud  a healed unit is up after       %7.2f s at most, of %d (retried every %.0f s)\n",
        baud, worst.count(), times, std::chrono::duration<double>(config.retry_most).count());
    return worst <= most;
}

int number(int argc, char** argv, const std::string& name, int otherwise) {
    for (int i = 1; i + 1 < argc; ++i) {
        if (name == argv[i]) return std::atoi(argv[i + 1]);
    }
    return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = number(argc, argv, "--rounds", 5);
    const int requests = number(argc, argv, "--requests", 200);
    const int presses = number(argc, argv, "--presses", 200);
    const int heals = number(argc, argv, "--heals", 10);
    bool fine = true;
    for (const int baud : {9600, 115'200}) {
        const auto enough = static_cast<std::size_t>(baud > 9600 ? requests * 5 : requests);
        fine = compare(baud, rounds, enough) && fine;
        std::fflush(stdout);
        fine = beside_a_dead_unit(baud, presses) && fine;
        fine = healed_in_time(baud, heals) && fine;
        std::fflush(stdout);
    }
    std::printf("%s\n", fine ? "all within their limits" : "BEYOND A LIMIT");
    return fine ? 0 : 1;
}
