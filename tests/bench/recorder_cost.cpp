// What the flight recorder costs the loop: time and bytes an event, and the time of a new file.
//   recorder_cost FOLDER    writes into that folder; choose the disk that the state folder is on
#include <chrono>
#include <cstdio>

#include "daemon/core/hall.hpp"
#include "daemon/shell/recorder.hpp"
#include "tests/support/core_config.hpp"

int main(int argc, char** argv) {
    using namespace hall;
    using Clock = std::chrono::steady_clock;
    if (argc != 2) {
        std::fputs("usage: recorder_cost FOLDER\n", stderr);
        return 2;
    }
    constexpr int kEvents = 500'000;
    const auto micros = [](Clock::duration d) {
        return std::chrono::duration<double, std::micro>(d).count();
    };
    const HallConfig config = test::small_hall();
    Now now{Instant{Millis{1'000'000}}, test::november(24, 17, 35), true};
    Hall rules(config, std::nullopt, now);
    static_cast<void>(rules.born(now));
    Recorder recorder({true, std::uint64_t{64} << 20U}, argv[1]);
    Clock::duration renewing{}, longest{}, all{};
    int files = 0;
    for (int i = 0; i < kEvents; ++i) {
        now.mono += Millis{20};
        now.wall += Millis{20};
        const Event event = MeterReported{{static_cast<std::uint16_t>(i % 3)}, 61.0 + i % 7 * 0.13};
        const auto begun = Clock::now();
        if (recorder.wants_segment(now)) {
            recording::Header header;
            header.config = config_image(config);
            header.image = rules.image();
            header.birth = false;
            header.journal.hash = std::string(64, '0');
            header.at = now;
            recorder.begin(header);
            renewing += Clock::now() - begun;
            ++files;
        }
        recorder.took(now, event);
        const auto took = Clock::now() - begun;
        all += took;
        longest = std::max(longest, took);
    }
    std::uint64_t bytes = 0;
    for (const auto& file : segments_in(argv[1])) bytes += std::filesystem::file_size(file);
    std::printf(
        "%d events: %.2f us an event, the longest %.0f us; %d files, %.0f us each to begin; "
        "%.1f MiB kept\n",
        kEvents, micros(all) / kEvents, micros(longest), files, micros(renewing) / files,
        static_cast<double>(bytes) / (1U << 20U));
    return recorder.fault().empty() ? 0 : 1;
}
