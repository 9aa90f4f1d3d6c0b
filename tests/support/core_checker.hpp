#pragma once
// What must never happen, judged from outside: from the facts that went into the rules and the
// orders that came out, with a bookkeeping of its own. It knows no class of the core but its
// events and effects.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/command.hpp"
#include "daemon/core/config.hpp"

namespace hall::test {

class Checker {
  public:
    explicit Checker(const HallConfig& config);

    /// The daemon began anew at true time `t`: no output has been read.
    void born(WallTime t);
    /// Call before the effects of the same fact are handed over.
    void fact(WallTime t, const Event& event);
    void effects(WallTime t, const Effects& effects);
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  private:
    struct Source {
        std::optional<WallTime> sample_at, low_since;
        double watts = 0;
        Level power_good = Level::unknown;
        WallTime power_good_since{};
        Level reach = Level::unknown;
        WallTime reach_at{};
    };
    struct Given {
        ClosingConfirmed event;
        WallTime at{};
    };
    struct Authorised {
        std::set<std::string> cut;
        WallTime expires{};
        std::set<std::string> forced, ordered, given;
        std::map<std::string, WallTime> pulsed;  ///< and not known to have been given
    };

    void blame(WallTime t, const std::string& what);
    void facts_of_evidence(WallTime t, const Event& event);
    void facts_of_people(WallTime t, const Event& event);
    void facts_of_outputs(const Event& event);
    void record(WallTime t, const Record& record);
    void authorised(WallTime t, const Record& record);
    void forced(WallTime t, const Record& record);
    void order(WallTime t, const Command& command);
    void order_of_circuit(WallTime t, const std::string& id, std::size_t index, bool on);
    void order_to_stop(WallTime t, const StopPc& stop);
    [[nodiscard]] bool proven_off(WallTime t, std::size_t index) const;

    HallConfig config_;
    std::vector<std::string> violations_;
    std::vector<Source> sources_;
    std::vector<ContactState> contacts_;
    std::map<std::string, Given> asked_, confirmed_;
    /// By circuit and person.
    std::map<std::string, std::map<std::string, WallTime>> asked_force_, forcing_;
    std::optional<Authorised> authorised_;
    bool authorisation_ends_ = false;
    std::set<std::string> switched_on_, stop_recorded_;
    std::optional<std::pair<std::string, WallTime>> last_on_;  ///< the circuit ordered on last
    bool opening_ = false, opening_ends_ = false;
    std::set<std::string> explained_;  ///< types of record that were ever written
    std::map<OutputRef, Level> known_;
    std::map<CommandId, SetOutput> writing_;
    std::set<OutputRef> read_;
    WallTime born_{};
    std::size_t outputs_ = 0;
};

}  // namespace hall::test
