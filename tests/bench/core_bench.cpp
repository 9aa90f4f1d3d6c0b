// How many facts a second the rules take on one core: a working day of the eight-window hall, whose
// meters are read every second, with a closing in the evening and an opening in the morning.
//   core_bench [SECONDS]        exit code 1 below the limit
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "daemon/core/hall.hpp"
#include "tests/support/core_config.hpp"

namespace {

using namespace hall;
using namespace hall::test;
/// CPU time: what others do on this machine does not count.
double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

constexpr double kLeast = 500'000;
constexpr std::uint16_t kPcs = 8;

HallConfig eight_windows() {
    HallConfig hall = small_hall();
    hall.circuits.clear();
    hall.windows.clear();
    for (int i = 1; i <= kPcs; ++i) {
        hall.circuits.push_back(small_circuit("pc" + std::to_string(i)));
        hall.circuits.back().has_feedback = hall.circuits.back().has_meter = true;
        hall.windows.push_back(small_window(std::to_string(i)));
        hall.windows.back().links = {kBus1};
    }
    return hall;
}

struct Day {
    HallConfig config = eight_windows();
    Now now{Instant{1000s}, november(24, 17, 20), true};
    Hall hall{config, std::nullopt, now};
    std::uint64_t facts = 0, records = 0;
    bool off = false;

    Day() { take(hall.born(now)); }
    void take(const Effects& effects) {
        records += effects.journal.size();
        // The plant obeys at once.
        for (const Command& c : effects.commands) {
            if (const auto* set = std::get_if<SetOutput>(&c.action)) {
                feed(CommandFinished{c.id, Outcome::done});
                if (set->output.role == OutputRef::Role::circuit)
                    feed(FeedbackReported{{set->output.index}, set->on ? Level::on : Level::off});
            } else {
                feed(CommandFinished{c.id, Outcome::done});
            }
        }
    }
    void feed(const Event& event) {
        ++facts;
        take(hall.step(now, event));
    }
    void second(double watts) {
        now.mono += 1s;
        now.wall += 1s;
        for (std::uint16_t i = 0; i < kPcs; ++i) feed(MeterReported{{i}, watts});
        feed(ContactReported{kWestDoor, ContactState::closed});
        feed(TimePassed{});
        if (!hall.next_deadline(now)) std::abort();
    }
    void begin() {
        for (std::uint16_t i = 0; i < kPcs; ++i) {
            feed(OutputReported{OutputRef::circuit({i}), Level::on});
            feed(FeedbackReported{{i}, Level::on});
            for (std::uint8_t lamp = 0; lamp < 2; ++lamp)
                feed(OutputReported{OutputRef::window_lamp({i}, lamp), Level::off});
        }
        feed(OutputReported{OutputRef::lightbox(), Level::off});
        feed(OutputReported{OutputRef::buzzer(), Level::off});
        for (const ContactIx c : {kWestDoor, kNorthWindow})
            feed(ContactReported{c, ContactState::closed});
        feed(LinkReported{kBus1, true});
    }
    void close_and_open() {
        for (int s = 0; s < 600; ++s) second(60);
        for (const char* person : {"1001", "1002"})
            feed(ClosingConfirmed{
                1, PersonId{person}, hall.view(now).closing.plan.digest, {"roof_hatch"}, {}});
        for (int s = 0; s < 60; ++s) second(60);
        for (int s = 0; s < 40; ++s) second(2);
        for (int s = 0; s < 300; ++s) second(0);
        feed(OpeningRequested{1, PersonId{"1001"}});
        for (int s = 0; s < 60; ++s) second(60);
    }
};

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
    std::uint64_t facts = 0, records = 0, days = 0;
    const double begun = cpu_seconds();
    double took = 0;
    while (took < seconds) {
        Day day;
        day.begin();
        day.close_and_open();
        facts += day.facts;
        records += day.records;
        ++days;
        took = cpu_seconds() - begun;
    }
    const double rate = static_cast<double>(facts) / took;
    std::printf(
        "%.0f facts a second on one core (%llu facts, %llu records, %llu days, %.1f s), "
        "limit %.0f\n",
        rate, static_cast<unsigned long long>(facts), static_cast<unsigned long long>(records),
        static_cast<unsigned long long>(days), took, kLeast);
    return rate >= kLeast ? 0 : 1;
}
