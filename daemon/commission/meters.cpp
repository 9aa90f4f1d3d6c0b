// A meter: what it shows of a PC that runs and of one that is off, and which thresholds follow.
#include <fmt/format.h>

#include <algorithm>

#include "daemon/commission/desk.hpp"
#include "daemon/commission/thresholds.hpp"

namespace hall::commission {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kFewestSamples = 3;
/// A slow bus still gives some samples within this beyond the time of measuring.
constexpr milliseconds kMargin{30'000};

/// None: the meter fell silent or gave too few samples.
std::optional<Reading> measure(const Desk& desk, const Channel& meter) {
    desk.talk.say(
        "measuring",
        {{"seconds", fmt::format("{:g}", static_cast<double>(desk.measure.count()) / 1000)}});
    Reading reading;
    std::uint64_t told = desk.bench.told(meter);
    const auto enough = steady_clock::now() + desk.measure;
    bool silent = false;
    const Desk::Watched end = desk.watch(
        [&] {
            if (desk.bench.told(meter) == told) return false;
            told = desk.bench.told(meter);
            const auto watts = desk.bench.value(meter);
            silent = !watts;
            if (silent) return true;
            reading.least = reading.samples == 0 ? *watts : std::min(reading.least, *watts);
            reading.most = reading.samples == 0 ? *watts : std::max(reading.most, *watts);
            ++reading.samples;
            return reading.samples >= kFewestSamples && steady_clock::now() >= enough;
        },
        desk.measure + kMargin);
    if (end.typed == "q" || end.typed == "返回") throw Back();
    if (silent || !end.so) {
        desk.talk.say("meter", {{"what", meter.key}, {"level", desk.now(meter)}});
        return std::nullopt;
    }
    desk.talk.say("measured", {{"least", watts_text(reading.least)},
                               {"most", watts_text(reading.most)},
                               {"samples", std::to_string(reading.samples)}});
    return reading;
}

/// Off has to be steady: a PC that is still shutting down would lift the threshold.
bool steady(const Reading& off) {
    return off.most - off.least <= std::max(1.0, off.least);
}

/// Asks for a state, waits for Enter, measures; again until an off is steady. None: skipped or
/// silent.
std::optional<Reading> measure_when(const Desk& desk, const Channel& meter, const char* question,
                                    bool off) {
    for (;;) {
        const std::string answer = desk.talk.ask(question, {{"what", meter.name}});
        if (answer == "q" || answer == "返回") throw Back();
        if (answer == "s" || answer == "跳过") return std::nullopt;
        const auto reading = measure(desk, meter);
        if (!reading || !off || steady(*reading)) return reading;
        desk.talk.say("unsteady");
    }
}

std::string range(const Desk& desk, const Reading& off, const Reading& running) {
    return desk.talk.text(
        "meter_seen", {{"off", watts_text(off.least) + "–" + watts_text(off.most)},
                       {"running", watts_text(running.least) + "–" + watts_text(running.most)}});
}

const char* reason(NoThresholds why) {
    switch (why) {
        case NoThresholds::too_near:
            return "note.too_near";
        case NoThresholds::swapped:
            return "note.swapped";
        case NoThresholds::out_of_bounds:
            break;
    }
    return "note.out_of_bounds";
}

void conclude(const Desk& desk, const Channel& meter, const Reading& off, const Reading& running) {
    const CircuitConfig& config = desk.site.hall.circuits.at(meter.index);
    Learned learned{off.least, off.most, running.least, running.most, std::nullopt, std::nullopt};
    const auto proposal = propose(off, running);
    if (const auto* why = std::get_if<NoThresholds>(&proposal)) {
        desk.talk.say(reason(*why));
        return desk.mark(meter, false, range(desk, off, running), desk.talk.text(reason(*why)),
                         learned);
    }
    const Thresholds& found = std::get<Thresholds>(proposal);
    learned.off_watts = found.off_watts;
    learned.cut_watts = found.cut_watts;
    const std::string off_line = fmt::format("off_watts = {:.1f}", found.off_watts);
    const std::string cut_line = fmt::format("cut_watts = {:.1f}", found.cut_watts);
    desk.talk.say("proposal", {{"off_most", watts_text(off.most)},
                               {"running_least", watts_text(running.least)},
                               {"off_watts", watts_text(found.off_watts)},
                               {"cut_watts", watts_text(found.cut_watts)},
                               {"off_least", watts_text(off.least)}});
    if (!found.meter_proves_cut) desk.talk.say("meter_proves_no_cut");
    const bool fit = fits(config.off_watts, config.cut_watts, off, running);
    desk.talk.say(
        fit ? "config_fits" : "config_differs",
        {{"off_watts", watts_text(config.off_watts)}, {"cut_watts", watts_text(config.cut_watts)}});
    desk.talk.line("    [[circuit]]          # id = \"" + config.id + "\"");
    desk.talk.line("    " + off_line);
    desk.talk.line("    " + cut_line);
    desk.mark(meter, true, range(desk, off, running),
              fit ? "" : desk.talk.text("note.enter", {{"line", off_line + ", " + cut_line}}),
              learned);
}

}  // namespace

void walk_meter(const Desk& desk, const Channel& meter) {
    desk.talk.line("");
    desk.settle([&] { return desk.bench.value(meter).has_value(); });
    desk.talk.say("meter", {{"what", Desk::title(meter)}, {"level", desk.now(meter)}});
    if (!desk.bench.value(meter))
        return desk.mark(meter, false, desk.now(meter), desk.talk.text("note.silent"));
    std::string state;
    while (state != "r" && state != "o") {
        state = desk.talk.ask("runs_or_off", {{"what", meter.name}});
        if (state == "q" || state == "返回") throw Back();
        if (state == "s" || state == "跳过") return;
    }
    const bool runs_first = state == "r";
    const auto first = measure(desk, meter);
    if (!first) return;
    const auto second =
        measure_when(desk, meter, runs_first ? "then_off" : "then_running", runs_first);
    if (!second) return;
    conclude(desk, meter, runs_first ? *second : *first, runs_first ? *first : *second);
}

}  // namespace hall::commission
