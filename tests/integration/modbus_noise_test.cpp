// A line on which every second frame is faulty, in every way that a board, a gateway or a cable
// has. Whatever a faulty frame says is a lie that can be told from the truth: no lie may ever be
// reported, no order's end may be told wrong, the worker never hangs, and afterwards everything is
// read again.
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tests/support/modbus_fixture.hpp"
#include "tests/support/modbus_noise.hpp"

namespace hall::test {
namespace {

using drivers::ReadCoil;
using drivers::WriteCoil;

/// HALL_NOISY_FRAMES=N: so many faulty frames on each kind of line, instead of `usual`.
int faulty_frames(int usual) {
    const char* said = std::getenv("HALL_NOISY_FRAMES");
    return said != nullptr ? std::stoi(said) : usual;
}

constexpr int kInputs = 12;

/// What is reported, judged as it comes.
class Judge {
  public:
    std::function<void(drivers::BusEvent)> sink(BusRecorder& recorder) {
        return [this, &recorder](drivers::BusEvent event) {
            if (const auto* e = std::get_if<PointReported>(&event)) {
                judge(*e);
            } else if (const auto* scan = std::get_if<drivers::ScanReported>(&event)) {
                for (const PointReported& point : scan->points) judge(point);
            } else {
                recorder.sink()(std::move(event));
            }
        };
    }
    /// Waits until each point has shown something that was asked for after request `number`.
    bool all_after(std::uint32_t number) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] {
            return std::ranges::all_of(last_, [&](const Last& one) {
                return one.value && (!one.counts || *one.value > number);
            });
        });
    }
    std::vector<std::string> complaints() {
        const std::lock_guard lock(mutex_);
        return complaints_;
    }
    [[nodiscard]] std::size_t values() {
        const std::lock_guard lock(mutex_);
        return values_;
    }

    /// @return the polls that it can judge
    std::vector<Poll> polls() {
        std::vector<Poll> list;
        for (std::uint8_t unit = 1; unit <= kNoisyUnits; ++unit) {
            for (const std::uint16_t address : {std::uint16_t{0}, std::uint16_t{2}}) {
                list.push_back({meter(unit, address, Encoding::u32_high_first), 1ms, true});
                last_.push_back({true, {}, 0});
            }
            for (std::uint16_t address = 0; address < kInputs; ++address) {
                list.push_back({input(unit, address), 1ms, false});
                last_.push_back({false, {}, address});
            }
        }
        return list;
    }

  private:
    struct Last {
        bool counts = false;  ///< its value is the number of the request that it answers
        std::optional<double> value;
        std::uint16_t address = 0;
        double greatest = 0;
    };
    void judge(const PointReported& e) {
        const std::lock_guard lock(mutex_);
        Last& last = last_.at(e.poll);
        last.value = e.value;
        if (e.value) {
            ++values_;
            const double truth = input_is_on(last.address) ? 1.0 : 0.0;
            const bool good =
                last.counts ? *e.value > last.greatest && *e.value < kLie : *e.value == truth;
            if (!good) {
                complaints_.push_back("poll " + std::to_string(e.poll) + " shows " +
                                      std::to_string(*e.value));
            }
            last.greatest = std::max(last.greatest, *e.value);
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Last> last_;
    std::vector<std::string> complaints_;
    std::size_t values_ = 0;
};

class ModbusNoise : public testing::Test {
  protected:
    ModbusNoise() {
        config.id = "noisy";
        config.retry_first = 1ms;
        config.retry_most = 10ms;
    }

    /// Orders one after the other, each to a coil of its own, until there was enough noise.
    void be_noisy(Noise& noise, int enough, const std::function<void()>& now_and_then = {}) {
        while (noise.faults() < enough) {
            const auto order = static_cast<std::uint16_t>(results.size());
            const Point its_own = coil(static_cast<std::uint8_t>(1 + order % kNoisyUnits), order);
            const bool on = order % 3 != 0;
            results.push_back(end_of(WriteCoil{its_own, on}).result);
            ASSERT_TRUE(results.back() != Result::done || noise.carried_out(order) == 1);
            // Twice in a row: what is left over of the first one's answer would fit the second.
            for (int again = 0; again < 2; ++again) {
                const OrderFinished read = end_of(ReadCoil{its_own});
                ASSERT_EQ(read.level.has_value(), read.result == Result::done);
                if (!read.level || results.back() == Result::unknown) continue;
                ASSERT_EQ(*read.level, on && results.back() == Result::done);
            }
            if (now_and_then && order % 300 == 299) now_and_then();
        }
    }
    void must_have_recovered(Noise& noise) {
        noise.heal();
        EXPECT_TRUE(judge.all_after(noise.requests()));
        // Even a healthy answer may miss so short a timeout on a busy machine.
        EXPECT_TRUE(await_true([&] {
            return end_of(WriteCoil{coil(1, 0xFFFF), true}).result == Result::done;
        }));
        // An order that was called unknown may have been carried out, even later; a failed one
        // never.
        std::map<Result, int> ends;
        for (std::uint16_t order = 0; order < results.size(); ++order) {
            const int times = noise.carried_out(order);
            ++ends[results[order]];
            EXPECT_GE(times, results[order] == Result::done ? 1 : 0) << order;
            EXPECT_LE(times, results[order] == Result::failed ? 0 : 1) << order;
        }
        EXPECT_EQ(ends.size(), 3U) << "a kind of end did not occur";
        EXPECT_EQ(judge.complaints(), std::vector<std::string>{});
        EXPECT_GE(judge.values(), static_cast<std::size_t>(noise.faults()) / 10);
    }
    OrderFinished end_of(const drivers::Order& order) {
        const drivers::Ticket ticket = ++last_ticket;
        EXPECT_TRUE(bus->submit(ticket, order));
        const auto end = recorder.await_end(ticket);
        EXPECT_TRUE(end.has_value()) << "it hangs";
        recorder.forget();
        return end.value_or(OrderFinished{});
    }

    Plant plant;
    drivers::BusConfig config;
    BusRecorder recorder;
    Judge judge;
    drivers::Ticket last_ticket = 0;
    std::vector<Result> results;        ///< of the orders, by their coils
    std::unique_ptr<drivers::Bus> bus;  ///< last: stops before what it reports to
};

TEST_F(ModbusNoise, OverTcpNoLieIsTakenNothingHangsAndAllComesBack) {
    Noise noise(1, false);
    plant.decide([&](const SeenRequest& r) { return noise(r); });
    auto slave = std::make_unique<TcpSlave>(plant);
    config.host = "127.0.0.1";
    config.port = slave->port();
    config.timeout = 5ms;
    bus = drivers::open_modbus(config, judge.polls(), judge.sink(recorder));
    be_noisy(noise, faulty_frames(10'000), [&] {
        // The gateway is switched off and on.
        slave.reset();
        EXPECT_NE(end_of(WriteCoil{coil(1, 0xFFFE), true}).result, Result::done);
        slave = std::make_unique<TcpSlave>(plant, config.port);
    });
    EXPECT_EQ(noise.kinds(), static_cast<std::size_t>(Fault::kinds) - 1);
    must_have_recovered(noise);
    bus.reset();
}

TEST_F(ModbusNoise, OnASerialLineNoLieIsTakenNothingHangsAndAllComesBack) {
    Noise noise(2, true);
    plant.decide([&](const SeenRequest& r) { return noise(r); });
    SerialSlave slave(plant);
    config.path = slave.path();
    config.serial.baud = 115'200;
    // Nothing on a serial line tells the request that an answer belongs to. A slave that a busy
    // machine keeps waiting beyond the timeout would lie to somebody else, undetectably: it gets
    // time.
    config.timeout = 250ms;
    bus = drivers::open_modbus(config, judge.polls(), judge.sink(recorder));
    be_noisy(noise, faulty_frames(200));
    EXPECT_EQ(noise.kinds(), static_cast<std::size_t>(Fault::twice));
    must_have_recovered(noise);
    bus.reset();
}

}  // namespace
}  // namespace hall::test
