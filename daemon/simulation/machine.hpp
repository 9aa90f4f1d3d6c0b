#pragma once
// The controller: the real rules within a shell that does what halld's does (daemon/shell/loop),
// on virtual time. Records are durable, with the snapshot, before commands start; it dies at every
// moment that matters, and comes back with what was durable.
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/hall.hpp"
#include "daemon/simulation/clockwork.hpp"
#include "daemon/simulation/faults.hpp"
#include "daemon/simulation/witness.hpp"

namespace hall::simulation {

/// Takes a snapshot through its stored form, as a restart does. None: kept as it is.
using Stored = std::function<Snapshot(const Snapshot&)>;

class Machine {
  public:
    struct Outside {
        std::function<void(const Command&)> execute;
        std::function<void()> reborn;  ///< the drivers have started anew
        std::function<void()> busy;    ///< something was recorded
    };

    Machine(HallConfig config, Clockwork& clock, Dice& dice, Witness& witness,
            const Weather& weather, FaultCounts& counts, Stored stored);

    void connect(Outside outside) { outside_ = std::move(outside); }
    void start(bool rebooted);
    void die(const char* why);
    /// Dies, and is back after this.
    void die_for(const char* why, Ms down, bool rebooted);
    [[nodiscard]] bool up() const { return hall_.has_value(); }
    /// Counts starts: what was meant for an earlier life is nothing to this one.
    [[nodiscard]] int life() const { return life_; }

    void feed(Event event);
    void scan(const std::vector<Event>& scan);
    /// Feeds what a person did; returns the answer in a word: `done`, a code, or `offline`.
    template <class E>
    std::string ask(E event) {
        if (!hall_ || stalled_) return "offline";
        event.request = ++request_;
        answer_ = "offline";
        feed(Event{std::move(event)});
        return answer_;
    }
    [[nodiscard]] HallView view() const { return hall_->view(now()); }
    /// A closing or an opening is being carried out, or persons are confirming.
    [[nodiscard]] bool under_way() const { return under_way_; }

    /// True time of the next deadline of the rules, but none of `not_these`.
    [[nodiscard]] Ms wake(const std::vector<Ms>& not_these) const;
    void woken() { feed(TimePassed{}); }

    // --- its surroundings
    void journal_full(bool full);
    void set_clock(Ms error, bool untrusted);
    void broker(bool connected);
    void faults_end() { faulty_ = false; }
    [[nodiscard]] Ms clock_error() const { return error_; }
    [[nodiscard]] bool stalled() const { return stalled_; }
    [[nodiscard]] std::uint64_t records() const { return seq_; }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    [[nodiscard]] Now now() const;

  private:
    void take(const Event& event);
    void drain();
    void commit(Effects effects);
    bool append(const Effects& effects, bool late = false);
    void act(const Effects& effects);
    void note(const Record& record);
    void tell_clock();
    void publish();
    bool befalls(Fault fault);

    HallConfig config_;
    Clockwork& clock_;
    Dice& dice_;
    Witness& witness_;
    const Weather& weather_;
    FaultCounts& counts_;
    Stored stored_;
    Outside outside_;

    std::optional<Hall> hall_;
    std::optional<Snapshot> saved_;
    std::uint64_t seq_ = 0, published_ = 0, steps_ = 0;
    std::deque<Event> inbox_;
    std::map<std::uint16_t, Event> samples_;  ///< the newest, while nothing can be recorded
    std::optional<Effects> pending_;
    bool busy_ = false, stalled_ = false, full_ = false, faulty_ = true;
    bool under_way_ = false, connected_ = true, untrusted_ = false;
    int life_ = 0, boots_ = 0, saved_boot_ = 0;
    Ms boot_ = 0;   ///< true time at which the monotonic clock began
    Ms error_ = 0;  ///< of the wall clock
    bool told_trusted_ = true;
    std::optional<Ms> last_record_, floor_;
    RequestId request_ = 0;
    std::string answer_;
};

}  // namespace hall::simulation
