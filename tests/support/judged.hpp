#pragma once
// The simulation's checker, told small stories by hand.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "daemon/simulation/checker.hpp"

namespace hall::simulation {

inline HallFacts small_facts() {
    HallFacts f;
    f.confirm_window = 120 * kSecond;
    f.countdown = 30 * kSecond;
    f.valid = 30 * kMinute;
    f.fresh_within = 5 * kSecond;
    f.prove_within = 5 * kSecond;
    f.stagger = 2 * kSecond;
    f.circuits = {{"pc1", true, true}, {"pc2", true, true}};
    f.contacts = {{"door", true}};
    f.outputs = 2;
    f.pins = {"480215937716"};
    return f;
}

struct Judged : testing::Test {
    HallFacts facts = small_facts();
    Checker checker{facts};
    Ms t = 1'000'000'000;
    std::uint64_t seq = 0;
    const Line pc1{Role::circuit, 0, 0};

    Judged() {
        checker.started(t, false);
        for (int i = 0; i < 2; ++i) {
            checker.told_output(t, {Role::circuit, i, 0}, Said::on);
            checker.told_feedback(t, i, Said::on);
        }
        checker.told_contact(t, 0, Said::on);
    }
    void record(const std::string& type, const std::vector<std::string>& actors,
                const std::vector<std::pair<std::string, std::string>>& detail = {},
                bool late = false) {
        const std::string rule, outcome = "done";
        checker.recorded(t, {++seq, type, rule, actors, outcome, detail, late});
    }
    void says_yes(const std::string& person) {
        Act act;
        act.kind = Act::Kind::confirm;
        act.person = person;
        act.plan = "d1";
        act.shown_cut = {"pc1"};
        checker.did(t, act);
    }
    void confirm(const std::string& person) {
        says_yes(person);
        record("closing.confirmed", {person}, {{"plan", "d1"}, {"text", "x cut=pc1 y"}});
    }
    void authorise() {
        confirm("1001");
        confirm("1002");
        record("closing.authorised", {"1001", "1002"},
               {{"plan", "d1"}, {"text", "x cut=pc1 already_off=pc2 y"}});
    }
    /// The PC is off, and its meter has said so for long enough.
    void off() {
        checker.pc(t, 0, PcTruth::standby);
        for (int s = 0; s <= 30; ++s, t += kSecond) checker.told_meter(t, 0, 2.0);
    }
    void cut() {
        record("closing.cut_ordered", {"1001", "1002"}, {{"circuit", "pc1"}});
        checker.ordered(t, pc1, false);
    }
    void press() {
        record("closing.stop_asked", {}, {{"circuit", "pc1"}, {"method", "pulse"}});
        checker.stop_sent(t, 0, true);
    }
    /// The PC runs, may be asked, and its button is pressed.
    void first_press() {
        authorise();
        t += 30 * kSecond;
        checker.told_meter(t, 0, 60.0);
        press();
    }
    /// The second confirmation, while nothing can be recorded; `told` comes before or after it.
    void confirmed_late(Said told, bool before) {
        confirm("1001");
        t += kSecond;
        if (before) checker.told_contact(t, 0, told);
        says_yes("1002");
        t += kSecond;
        if (!before) checker.told_contact(t, 0, told);
        const std::vector<std::pair<std::string, std::string>> detail{{"plan", "d1"},
                                                                      {"text", "x cut=pc1 y"}};
        record("closing.confirmed", {"1002"}, detail, true);
        record("closing.authorised", {"1001", "1002"}, detail, true);
    }
    void open_both(Ms apart) {
        Act act;
        act.kind = Act::Kind::open;
        act.person = "1003";
        checker.did(t, act);
        record("opening.requested", {"1003"});
        for (const char* id : {"pc1", "pc2"}) record("power.switched", {}, {{"circuit", id}});
        checker.ordered(t, pc1, true);
        t += apart;
        checker.ordered(t, {Role::circuit, 1, 0}, true);
    }
    /// An override of a minute; the machine is off for its first half.
    void overridden(bool trusted, Ms calm) {
        facts.lightbox.fitted = true;
        facts.lightbox.policy = LightPolicy::after_closing;
        record("lightbox.overridden", {},
               {{"lit", "on"}, {"until", "duration"}, {"seconds", "60"}});
        checker.relay_moved(t, {Role::lightbox, 0, 0}, true, true);
        checker.died(t, "power failed");
        checker.started(t + 30 * kSecond, true);
        checker.clock(t + 30 * kSecond, 0, trusted);
        checker.clock(t + 31 * kSecond, 0, true);
        t += calm;
        checker.calm(t);
    }
    std::string first() {
        return checker.breaks().empty() ? "" : checker.breaks().front().substr(11);
    }
};

}  // namespace hall::simulation
