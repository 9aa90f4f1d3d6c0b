#pragma once
// What can be seen of a simulated hall from outside the daemon: its wires, its plant, its people,
// its journal. The checker is one witness, the transcript another. Calls come in the order of time.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/simulation/facts.hpp"

namespace hall::simulation {

enum class Role : std::uint8_t { circuit, lamp, lightbox, buzzer };

/// One output, by what it is for.
struct Line {
    Role role = Role::buzzer;
    int index = 0;  ///< circuit or window
    int lamp = 0;
    friend auto operator<=>(const Line&, const Line&) = default;
};

/// On, off or not known.
enum class Said : std::uint8_t { off, on, silent };

enum class PcTruth : std::uint8_t { no_power, standby, booting, running, shutting_down, hung };

/// One durable record of the journal.
struct JournalLine {
    std::uint64_t seq = 0;
    const std::string& type;
    const std::string& rule;
    const std::vector<std::string>& actors;
    const std::string& outcome;
    const std::vector<std::pair<std::string, std::string>>& detail;
    bool late = false;  ///< decided earlier, while nothing could be recorded

    [[nodiscard]] const std::string& word(const char* key) const {
        static const std::string none;
        for (const auto& [name, value] : detail) {
            if (name == key) return value;
        }
        return none;
    }
};

/// What somebody did at the panel, with what the panel had shown.
struct Act {
    enum class Kind : std::uint8_t { confirm, cancel, except, force, extend, open, other };
    Kind kind = Kind::other;
    std::string person;
    std::string plan;                    ///< the digest of the plan that this person looked at
    std::vector<std::string> shown_cut;  ///< the circuits that it would cut
    std::vector<std::string> attested;
    std::vector<std::pair<std::string, std::string>> exceptions;
    std::string circuit;  ///< of a force
    std::string reason;
    Ms length = 0;  ///< of an extension
};

class Witness {
  public:
    Witness() = default;
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    virtual ~Witness() = default;

    // --- the daemon, as its machine sees it
    virtual void started(Ms t, bool rebooted) = 0;
    virtual void died(Ms t, const char* why) = 0;
    virtual void recorded(Ms t, const JournalLine& line) = 0;
    /// The broker has received the record of that number.
    virtual void published(Ms t, std::uint64_t seq) = 0;

    // --- the wires
    /// An order has left for an output.
    virtual void ordered(Ms t, Line line, bool on) = 0;
    virtual void order_ended(Ms t, Line line, bool on, const char* outcome) = 0;
    virtual void told_output(Ms t, Line line, Said level) = 0;
    virtual void told_feedback(Ms t, int circuit, Said level) = 0;
    /// NaN: no answer.
    virtual void told_meter(Ms t, int circuit, double watts) = 0;
    virtual void told_power_good(Ms t, int circuit, Said level) = 0;
    virtual void told_reachable(Ms t, int circuit, Said level) = 0;
    /// On: closed. Off: open.
    virtual void told_contact(Ms t, int contact, Said level) = 0;
    virtual void told_link(Ms t, int link, bool up) = 0;
    virtual void button(Ms t, int window) = 0;
    /// A PC's shutdown request, or the press of its power button, has left.
    virtual void stop_sent(Ms t, int circuit, bool pulse) = 0;

    // --- the plant
    virtual void relay_moved(Ms t, Line line, bool on, bool by_order) = 0;
    virtual void conducts(Ms t, int circuit, bool on) = 0;
    virtual void pc(Ms t, int circuit, PcTruth state) = 0;
    virtual void door(Ms t, int contact, bool open) = 0;
    /// A sensor of the circuit tells something that is not so, from now on or no longer.
    virtual void lies(Ms t, int circuit, bool lying) = 0;
    virtual void fault(Ms t, const char* kind, const std::string& subject, bool begins) = 0;
    virtual void clock(Ms t, Ms error, bool trusted) = 0;

    // --- people
    virtual void did(Ms t, const Act& act) = 0;
    virtual void answered(Ms t, const std::string& person, const std::string& answer) = 0;

    // --- the simulation
    /// Nothing has been wrong with boards, wires, daemon and clock for a while: what the rules want
    /// must be so.
    virtual void calm(Ms t) = 0;
    /// Faults have ended for good.
    virtual void healed(Ms t) = 0;
};

}  // namespace hall::simulation
