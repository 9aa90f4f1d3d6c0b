// The ways in which a PC is asked to shut down (R7), each tried on the PC itself.
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>

#include "daemon/commission/desk.hpp"
#include "drivers/pc/command_hook.hpp"
#include "drivers/pc/ssh_stop.hpp"

namespace hall::commission {

namespace {

using Kind = Channel::Kind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What tells whether the PC runs.
class PcEvidence {
  public:
    PcEvidence(const Desk& desk, std::uint16_t circuit)
        : desk_(desk),
          off_watts_(desk.site.hall.circuits.at(circuit).off_watts),
          meter_(find(desk.channels, Kind::meter, circuit)),
          power_good_(find(desk.channels, Kind::power_good, circuit)) {}

    /// By every source that there is; silence is neither.
    [[nodiscard]] bool is(Level wanted) const {
        bool any = false;
        if (meter_ != nullptr) {
            const auto watts = desk_.bench.value(*meter_);
            if (!watts || (*watts >= off_watts_) != (wanted == Level::on)) return false;
            any = true;
        }
        if (power_good_ != nullptr) {
            if (desk_.bench.level(*power_good_) != wanted) return false;
            any = true;
        }
        return any;
    }
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const Channel* source : {meter_, power_good_}) {
            if (source != nullptr) all += (all.empty() ? "" : ", ") + desk_.now(*source);
        }
        return all;
    }

  private:
    const Desk& desk_;
    double off_watts_;
    const Channel* meter_;
    const Channel* power_good_;
};

/// Why it could not be asked; empty: it was.
std::string ask_pc(const Desk& desk, const Channel& channel, const StopWiring& stop) {
    if (stop.kind == StopMethodKind::pulse) {
        const Bench::End end = desk.bench.pulse(channel, stop.pulse_length);
        return end.outcome == Outcome::done ? std::string() : end.why;
    }
    boost::asio::io_context io;
    std::optional<drivers::CommandEnded> ended;
    const auto note = [&](const drivers::CommandEnded& e) { ended = e; };
    if (stop.ssh) {
        drivers::ask_by_ssh(io, *stop.ssh, note);
    } else {
        drivers::run_command_hook(io, stop.command, stop.timeout, note);
    }
    io.run();
    if (!ended) return "?";
    // A connection that a PC cuts by going down says nothing: the meter is watched then.
    const bool asked = ended->result == drivers::Result::done ||
                       (stop.ssh && ended->result == drivers::Result::unknown);
    return asked ? std::string() : ended->why;
}

void watch_it_end(const Desk& desk, const Channel& channel, const PcEvidence& pc,
                  const std::string& before) {
    const auto most = std::chrono::duration_cast<milliseconds>(desk.site.hall.closing.stop_timeout);
    const auto begun = steady_clock::now();
    desk.talk.say("stop_wait", {{"seconds", std::to_string(most.count() / 1000)}});
    const Desk::Watched end = desk.watch([&] { return pc.is(Level::off); }, most);
    const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
    const std::string seen = desk.talk.text(
        "stop_seen",
        {{"before", before},
         {"after", pc.text()},
         {"seconds", fmt::format("{:.1f}", static_cast<double>(took.count()) / 1000)}});
    desk.mark(channel, end.so, seen, end.so ? "" : desk.talk.text("note.not_off"));
    if (end.so) desk.talk.say("start_again");
}

}  // namespace

void walk_stop(const Desk& desk, const Channel& channel) {
    const StopWiring& stop = desk.site.circuits.at(channel.index).stop.at(channel.sub);
    const std::string& id = desk.site.hall.circuits.at(channel.index).id;
    const PcEvidence pc(desk, channel.index);
    desk.talk.line("");
    desk.talk.say(stop.kind == StopMethodKind::pulse ? "stop_pulse" : "stop_command",
                  {{"what", Desk::title(channel)}, {"how", channel.wiring}});
    desk.settle([&] { return pc.is(Level::on) || pc.is(Level::off); });
    const std::string before = pc.text();
    if (!pc.is(Level::on)) {
        // A power button would start it, and nothing would be seen of a program.
        desk.talk.say("stop_not_running", {{"id", id}, {"seen", before}});
        return;
    }
    if (!desk.talk.typed("type_stop", {{"id", id}, {"seen", before}}, id))
        return desk.talk.say("not_switched", {{"what", channel.key}});
    desk.scribe.record("stop_asked", "done",
                       {{"channel", channel.key}, {"how", channel.wiring}, {"evidence", before}});
    const std::string why = ask_pc(desk, channel, stop);
    desk.talk.terminal().check();
    if (!why.empty())
        return desk.mark(channel, false, before, desk.talk.text("note.not_asked", {{"why", why}}));
    watch_it_end(desk, channel, pc, before);
}

}  // namespace hall::commission
