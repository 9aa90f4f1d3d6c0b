#pragma once
// Judges a simulated hall by what its plant, wires and people did and by its journal; never by what
// the daemon believes. It shares no code with the rules: it includes nothing of daemon/core.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/simulation/witness.hpp"

namespace hall::simulation {

class Checker final : public Witness {
  public:
    explicit Checker(const HallFacts& facts);

    [[nodiscard]] const std::vector<std::string>& breaks() const { return breaks_; }
    [[nodiscard]] std::uint64_t checks() const { return checks_; }
    /// At the very end, when everything was healed long enough.
    void finish(Ms t);

    struct Tally {
        std::uint64_t closings = 0, closed = 0, partial = 0, cancelled = 0, openings = 0, cuts = 0,
                      forces = 0, restarts = 0;
    };
    [[nodiscard]] const Tally& tally() const { return tally_; }

    void started(Ms t, bool rebooted) override;
    void died(Ms t, const char* why) override;
    void recorded(Ms t, const JournalLine& line) override;
    void published(Ms t, std::uint64_t seq) override;
    void ordered(Ms t, Line line, bool on) override;
    void order_ended(Ms t, Line line, bool on, const char* outcome) override;
    void told_output(Ms t, Line line, Said level) override;
    void told_feedback(Ms t, int circuit, Said level) override;
    void told_meter(Ms t, int circuit, double watts) override;
    void told_power_good(Ms t, int circuit, Said level) override;
    void told_reachable(Ms t, int circuit, Said level) override;
    void told_contact(Ms t, int contact, Said level) override;
    void told_link(Ms t, int link, bool up) override;
    void button(Ms t, int window) override;
    void stop_sent(Ms t, int circuit, bool pulse) override;
    void relay_moved(Ms t, Line line, bool on, bool by_order) override;
    void conducts(Ms t, int circuit, bool on) override;
    void pc(Ms t, int circuit, PcTruth state) override;
    void door(Ms t, int contact, bool open) override;
    void lies(Ms t, int circuit, bool lying) override;
    void fault(Ms t, const char* kind, const std::string& subject, bool begins) override;
    void clock(Ms t, Ms error, bool trusted) override;
    void did(Ms t, const Act& act) override;
    void answered(Ms t, const std::string& person, const std::string& answer) override;
    void calm(Ms t) override;
    void healed(Ms t) override;

  private:
    struct Seen {  ///< one circuit, as the wires and the plant tell
        std::optional<Ms> sample, low_since;
        double watts = 0;
        bool mute = false;  ///< its meter said nothing when last asked
        Said power_good = Said::silent, reach = Said::silent, feedback = Said::silent;
        Ms power_good_since = 0, reach_at = 0;
        PcTruth pc = PcTruth::running;
        Ms pc_since = 0;
        bool conducts = true;
        std::optional<Ms> conducts_since;  ///< none: from the beginning
        bool lying = false;
        Ms lied = INT64_MIN / 2;  ///< when it last did
        std::optional<Ms> switched_on, switched_off;
        std::optional<Ms> told_cut;  ///< when its sensors last agreed that it has no power
        std::vector<Ms> operations;
    };
    struct Done {  ///< at the panel, and what the contacts had told by then
        Ms at = 0;
        Act act;
        std::vector<Said> contacts;
    };
    struct Given {  ///< a confirmation that the journal accepted
        Done done;
        std::string plan;
    };
    struct Authorised {
        std::string plan;
        std::set<std::string> cut, already_off, excepted;
        Ms at = 0, expires = 0, may_act = 0;
        std::optional<Ms> over;  ///< ended, cancelled or void
        std::set<std::string> ordered, forced, proven, left;
        std::map<std::string, bool> asked;     ///< to shut down; the latest time by its button
        std::map<std::string, Ms> pressed_at;  ///< the latest time
        std::map<std::string, bool> pressed;   ///< its button, perhaps; heard that it was, for sure
        std::optional<Ms> started;
    };
    struct Alarm {
        bool standing = false;
        Ms since = 0;
    };

    void blame(Ms t, const std::string& what);
    /// One look at an invariant.
    bool holds(bool condition) {
        ++checks_;
        return condition;
    }
    /// The record is a late one, and may have been decided at that moment: after the one before it.
    [[nodiscard]] bool late(Ms at) const { return late_since_ && at >= *late_since_; }
    /// All sensors of a circuit say now that it has no power.
    [[nodiscard]] bool told_off(Ms t, const Seen& c, const CircuitFacts& f) const;
    void note_cut(Ms t, int circuit);
    /// That person did this just now, or while nothing could be recorded.
    [[nodiscard]] const Done* act_of(Ms t, const std::string& person, Act::Kind kind) const;
    int circuit_of(const std::string& id) const;
    [[nodiscard]] bool alarm(const std::string& id) const;
    /// How much later than it should a length ends that this start took over.
    [[nodiscard]] Ms slip(Ms t) const;
    [[nodiscard]] bool seen_running(Ms t, int circuit) const;
    [[nodiscard]] bool proven_off(Ms t, int circuit) const;

    void no_pin(Ms t, const JournalLine& line);
    void person_confirmed(Ms t, const JournalLine& line);
    void record_of_closing(Ms t, const JournalLine& line);
    void record_of_opening(Ms t, const JournalLine& line);
    void record_of_rest(Ms t, const JournalLine& line);
    void authorised(Ms t, const JournalLine& line);
    void who_authorised(Ms t, const JournalLine& line);
    void forced(Ms t, const JournalLine& line);
    void ended(Ms t, const JournalLine& line);
    void circuit_ordered(Ms t, int circuit, bool on);
    void may_cut(Ms t, int circuit);
    void wait_and_limit(Ms t, int circuit, bool on);
    void calm_lightbox(Ms t);
    void calm_windows(Ms t);
    void calm_closed(Ms t);
    void calm_overdue(Ms t);

    const HallFacts& facts_;
    std::vector<std::string> breaks_;
    std::uint64_t checks_ = 0;
    Tally tally_;

    // the journal
    std::uint64_t seq_ = 0, published_ = 0, published_most_ = 0;
    std::map<std::string, Alarm> alarms_;
    std::map<std::string, std::uint64_t> raised_;  ///< alarm, the record that raised it
    std::optional<Authorised> authorised_;
    std::map<std::string, Given> confirmed_;
    std::map<std::string, std::map<std::string, Ms>> forcing_;
    bool closed_ = false;
    std::string resting_ = "open";
    std::optional<Ms> opened_at_;
    std::set<std::string> left_on_;
    bool opening_ = false;
    std::optional<Ms> opening_over_;
    std::string opener_;
    std::set<std::string> switched_;
    std::optional<std::pair<int, Ms>> switched_on_;  ///< the circuit that was last ordered on
    std::optional<bool> lightbox_recorded_;
    std::set<int> windows_recorded_;
    std::vector<int> window_shown_, window_chosen_;
    bool buzzer_recorded_ = false;
    std::optional<bool> override_lit_;
    std::optional<Ms> override_ends_, override_point_;
    Ms override_slip_ = 0;  ///< after a reboot: what no clock can tell of the time in between
    std::optional<Ms> extended_until_;
    Ms extended_by_ = 0;
    std::optional<Ms> inhibited_until_;

    // wires, plant, people
    std::vector<Seen> circuits_;
    std::vector<Said> contacts_;
    std::vector<bool> doors_open_, links_up_;
    std::map<Line, Said> known_;
    std::map<Line, bool> relays_;
    std::set<Line> told_;
    bool up_ = false;
    Ms started_ = 0;
    std::map<std::string, Done> last_act_;
    bool trusted_ = true;
    Ms trusted_until_ = 0;  ///< when trust was lost
    Ms clock_error_ = 0;
    /// The newest record: when, by a clock how wrong and trusted or not, in which boot.
    struct {
        Ms at = 0, error = 0;
        bool trusted = true;
        int boot = 0;
    } newest_;
    std::optional<Ms> late_since_;
    int boots_ = 0;
    bool just_started_ = false;
    std::optional<Ms> clock_trouble_;  ///< when the clock was last wrong or untrusted
    bool healed_ = false;
    std::set<std::string> calm_complaints_;
};

}  // namespace hall::simulation
