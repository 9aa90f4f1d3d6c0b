#pragma once
// What was seen, as text: a witness that lets the checker see it first and keeps the last lines.
#include <deque>

#include "daemon/simulation/checker.hpp"

namespace hall::simulation {

class Transcript final : public Witness {
  public:
    /// @param judge told everything, too
    /// @param keep  whether lines are made at all; it is slow
    Transcript(const HallFacts& facts, Checker& judge, bool keep)
        : facts_(facts), judge_(judge), keep_(keep) {}

    [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

    void started(Ms t, bool rebooted) override;
    void died(Ms t, const char* why) override;
    void recorded(Ms t, const JournalLine& line) override;
    void published(Ms t, std::uint64_t seq) override { judge_.published(t, seq); }
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
    void lies(Ms t, int circuit, bool lying) override { judge_.lies(t, circuit, lying); }
    void fault(Ms t, const char* kind, const std::string& subject, bool begins) override;
    void clock(Ms t, Ms error, bool trusted) override;
    void did(Ms t, const Act& act) override;
    void answered(Ms t, const std::string& person, const std::string& answer) override;
    void calm(Ms t) override { judge_.calm(t), judged(t); }
    void healed(Ms t) override;
    /// The time as the hall's people read it.
    [[nodiscard]] std::string time(Ms t) const;

  private:
    void say(Ms t, const std::string& what);
    void judged(Ms t);
    [[nodiscard]] std::string name(Line line) const;
    [[nodiscard]] const std::string& circuit(int i) const {
        return facts_.circuits[static_cast<std::size_t>(i)].id;
    }

    const HallFacts& facts_;
    Checker& judge_;
    bool keep_;
    std::size_t blamed_ = 0;
    int after_ = 0;  ///< lines since the first break
    std::deque<std::string> lines_;
    std::vector<std::string> last_watts_ = std::vector<std::string>(facts_.circuits.size());
};

}  // namespace hall::simulation
