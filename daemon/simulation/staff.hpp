#pragma once
// The people of a simulated hall. Most do their job; some come late, confirm twice, forget the
// door, come back at night.
#include <string>
#include <vector>

#include "daemon/simulation/wires.hpp"

namespace hall::simulation {

class Staff {
  public:
    Staff(const HallConfig& config, Clockwork& clock, Dice& dice, Witness& witness,
          const Weather& weather, Plant& plant, Machine& machine, std::function<void()> busy);

    /// Everything that people do on the local day that begins at this midnight.
    void live_day(LocalTime midnight);
    /// From now on everybody does everything right.
    void faults_end() { careful_ = true; }
    /// Two persons close the hall, as often as it takes.
    void close_hall(int attempts);
    void open_hall(int attempts);
    void acknowledge_all();
    [[nodiscard]] const std::vector<std::string>& persons() const { return persons_; }

  private:
    struct Attempt {
        std::vector<std::string> who;
        std::size_t next = 0;
        int left = 0;
        std::vector<AskedException> exceptions;
    };
    [[nodiscard]] Ms true_time(LocalTime t) const;
    [[nodiscard]] bool badly() { return !careful_ && dice_.chance(weather_.careless); }
    void working_day(LocalTime midnight, const Hours& hours);
    void somewhen(LocalTime midnight);
    void night(LocalTime midnight);
    void visitors(LocalTime from, LocalTime to);
    void shut_doors();
    void confirm_next(Attempt attempt);
    void confirmed(Attempt attempt, const std::string& answer);
    void again(const Attempt& attempt);
    void watch(int left, int looks);
    void settle_held(const HallView& view);
    std::string confirm(const std::string& person, const Plan& plan,
                        const std::vector<AskedException>& exceptions);
    std::string act(const Act& one, const std::function<std::string()>& ask);
    void force(const std::string& person, int circuit, const std::string& reason);
    void except(const std::string& person, const std::string& id);
    void cancel(const std::string& who);
    void extend(const std::string& person, int minutes);
    void ask_to_open(const std::string& person);
    void over_mqtt();
    void wrong_card();
    std::vector<std::string> team(std::size_t size);

    const HallConfig& config_;
    Clockwork& clock_;
    Dice& dice_;
    Witness& witness_;
    const Weather& weather_;
    Plant& plant_;
    Machine& machine_;
    std::function<void()> busy_;
    std::vector<std::string> persons_{"1001", "1002", "1003", "1004", "1005"};
    Plan old_plan_;
    bool careful_ = false;
    bool closing_ = false;
};

}  // namespace hall::simulation
