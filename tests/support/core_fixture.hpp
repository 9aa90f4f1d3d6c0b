#pragma once
// One evening in a small hall: the rules, a clock that the test moves, and wires that answer as a
// scripted plant would. What must never happen is looked for in every story.
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/hall.hpp"
#include "tests/support/core_checker.hpp"
#include "tests/support/core_config.hpp"
#include "tests/support/core_text.hpp"

namespace hall::test {

using List = std::vector<std::string>;

/// How a board takes one write.
enum class Write : std::uint8_t {
    obeyed,
    refused,   ///< says that it failed, and it did
    lost,      ///< no answer, and nothing happened
    happened,  ///< no answer, but it happened
    held       ///< no answer yet: the test gives it
};

/// One circuit's plant.
struct PlantCircuit {
    bool coil = true;
    bool welded = false;
    bool stuck_open = false;
    bool running = true;
    double load = 60.0;
    double standby = 2.0;            ///< a PC that is off but powered
    std::optional<Millis> stops_in;  ///< after it was asked; none: it hangs
    std::optional<WallTime> stops_at;
    bool hook_fails = false;
    bool hook_silent = false;   ///< a request is never made, and has no end: the daemon dies first
    bool hook_unknown = false;  ///< a request is not made, and its end says nothing
    bool meter_silent = false;
    std::optional<double> meter_says;
    std::optional<Level> feedback_says;
    [[nodiscard]] bool conducts() const { return welded || (coil && !stuck_open); }
    [[nodiscard]] double watts() const { return !conducts() ? 0.0 : running ? load : standby; }
};

enum class Boot : std::uint8_t { same, rebooted, rebooted_clock_untrusted };

class Evening {
  public:
    explicit Evening(HallConfig config = small_hall(), WallTime start = november(24, 17, 35));
    ~Evening();
    Evening(const Evening&) = delete;
    Evening& operator=(const Evening&) = delete;

    // --- time: nothing happens between these calls
    /// Lets time pass: meters report every second, the rules are woken exactly when they asked.
    void pass(Millis length);
    /// Only the clocks move: the loop was busy, nobody woke the rules.
    void jump(Millis length) { true_now_ += length; }
    /// As pass(), to a time of day.
    void pass_to(WallTime t) { pass(t - true_now_); }
    [[nodiscard]] Now now() const { return {mono(), true_now_ + wall_error, wall_trusted}; }
    [[nodiscard]] WallTime time() const { return true_now_; }

    // --- what people do; all return the answer's text
    std::string confirm(const std::string& person, std::vector<AskedException> exceptions = {});
    std::string confirm_plan(const std::string& person, const std::string& digest,
                             std::vector<std::string> attested = {"roof_hatch"},
                             std::vector<AskedException> exceptions = {});
    std::string cancel(const std::string& source = "panel");
    std::string except(const std::string& person, const std::string& id,
                       const std::string& reason = "needed tonight");
    std::string force(const std::string& person, CircuitIx c, const std::string& reason = "hangs");
    std::string open(const std::string& person);
    /// Two persons, and the countdown has passed.
    void authorise();
    /// Any event with a request in it: fills it in and returns the answer's text.
    template <class E>
    std::string ask(E event) {
        event.request = ++request_;
        answer_.clear();
        feed(event);
        return answer_;
    }

    // --- what the wires tell
    void feed(const Event& event);
    void door(ContactIx c, ContactState s) { feed(ContactReported{c, s}); }
    PlantCircuit& plant(CircuitIx c) { return circuits_.at(c.value); }
    /// What changed in the plant is told at once.
    void report_changes();
    /// The answer to a write that was held back.
    void finish(CommandId command, Outcome outcome);
    /// How the next writes of an output end; afterwards it obeys.
    std::map<OutputRef, std::deque<Write>> script;
    std::set<OutputRef> dead;  ///< outputs whose board answers nothing
    std::vector<Command> held;
    std::set<OutputRef> lit;  ///< outputs other than circuits that are on
    bool wall_trusted = true;
    Millis wall_error{0};
    Millis sample_every{1000};
    bool through_image = false;  ///< before each event the hall is replaced by its image's
    bool wake_always = false;    ///< wakes the rules every 10 ms and 1 ms later, unasked

    // --- the daemon
    /// Dies and comes back; what it knows is what the journal's last record stored.
    void restart(Millis down, Boot boot = Boot::same);
    bool config_changed = false;  ///< at the next restart
    [[nodiscard]] HallView view() const { return hall_->view(now()); }
    [[nodiscard]] std::string digest() const { return view().closing.plan.digest; }
    [[nodiscard]] Phase phase() const { return view().closing.phase; }
    [[nodiscard]] bool alarm(const std::string& id) const;
    [[nodiscard]] Snapshot snapshot() const { return hall_->snapshot(now()); }
    [[nodiscard]] std::optional<Instant> next_deadline() const {
        return hall_->next_deadline(now());
    }

    // --- what came out
    /// Records and commands since the last call, in brief; alarms too, answers not.
    List take();
    /// The same without alarms, lamps and lightbox.
    List closing_only();
    /// Everything in and out, with times: the golden form.
    [[nodiscard]] const List& transcript() const { return transcript_; }
    /// Every record with the true time it was written at.
    [[nodiscard]] const std::vector<std::pair<WallTime, Record>>& records() const {
        return records_;
    }
    [[nodiscard]] const Checker& checker() const { return checker_; }
    const HallConfig config;

    [[nodiscard]] std::string image() const { return hall_->image(); }
    /// What the journal's last record stored.
    [[nodiscard]] const std::optional<Snapshot>& saved() const { return saved_; }
    /// Called after every step and birth (then without an event), before anything comes of it.
    std::function<void(const Event*, const Effects&)> observer;

  private:
    [[nodiscard]] Hall image_of_itself() const;
    [[nodiscard]] Instant mono() const {
        return Instant{true_now_.time_since_epoch() - boot_offset_};
    }
    void take_over(const Event* event, const Effects& effects);
    void work();
    void execute(const Command& command);
    void set_output(CommandId id, const SetOutput& set);
    [[nodiscard]] bool coil(OutputRef output) const;
    void set_coil(OutputRef output, bool on);
    void report_everything();
    void sample();
    void plant_moves();

    WallTime true_now_;
    Millis boot_offset_;
    WallTime next_sample_;
    Checker checker_;
    std::unique_ptr<Hall> hall_;
    std::optional<Snapshot> saved_;
    std::vector<PlantCircuit> circuits_;
    std::vector<Level> told_feedback_, told_power_good_, told_reach_;
    std::deque<Command> queue_;
    bool working_ = false;
    RequestId request_ = 0;
    std::string answer_;
    List out_, transcript_;
    std::map<std::uint16_t, std::string> last_meter_;
    std::vector<std::pair<WallTime, Record>> records_;
};

}  // namespace hall::test
