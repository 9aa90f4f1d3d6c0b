// Random evenings. What must never happen is judged by the fixture's Checker; here it is also
// shown that the evenings are worth judging, that the rules are woken in time, and that the Checker
// can see.
//   HALL_SEED=n        runs that one seed
#include "tests/support/core_random.hpp"

namespace hall::test {
namespace {

std::vector<std::uint64_t> seeds(std::uint64_t count) {
    if (const char* one = std::getenv("HALL_SEED")) return {std::strtoull(one, nullptr, 10)};
    std::vector<std::uint64_t> list;
    for (std::uint64_t i = 1; i <= count; ++i) list.push_back(i);
    return list;
}

std::size_t count(const Evening& e, const std::string& type) {
    std::size_t n = 0;
    for (const auto& [t, r] : e.records()) n += r.type == type ? 1U : 0U;
    return n;
}

TEST(RandomEvenings, NothingForbiddenHappens) {
    std::map<std::string, std::size_t> seen;
    for (const std::uint64_t seed : seeds(90)) {
        SCOPED_TRACE("HALL_SEED=" + std::to_string(seed));
        Dice dice(seed);
        HallConfig hall = hasty_hall();
        // Every other evening's authorisation ends while PCs are still held.
        if (seed % 2 == 0) hall.closing.authorisation_ttl = 24s;
        Evening e(hall, november(24, 17, 34));
        for (int step = 0; step < 250; ++step) {
            happen(e, dice);
            if (dice.one_in(3)) e.pass(dice.below(6) * 1000ms + dice.below(1000) * 1ms);
            if (dice.one_in(80)) {
                e.restart(dice.below(50) * 1000ms, dice.one_in(2)   ? Boot::same
                                                   : dice.one_in(3) ? Boot::rebooted_clock_untrusted
                                                                    : Boot::rebooted);
            }
        }
        for (const char* type : {"closing.authorised", "closing.cut_proven", "closing.forced",
                                 "closing.held", "closing.void", "closing.resumed",
                                 "closing.cut_withdrawn", "opening.ended", "closing.left_on"})
            seen[type] += count(e, type);
        if (std::getenv("HALL_SEED") != nullptr)
            for (const auto& line : e.transcript()) std::puts(line.c_str());
        ASSERT_TRUE(e.checker().violations().empty()) << e.checker().violations().front();
    }
    if (std::getenv("HALL_SEED") != nullptr) return;
    for (const auto& [type, n] : seen) EXPECT_GT(n, 0U) << type << " never happened";
}

/// Heals the plant; two persons and a reason bring every hall to its end.
TEST(RandomEvenings, OnceFaultsEndTheHallFinishes) {
    for (const std::uint64_t seed : seeds(15)) {
        SCOPED_TRACE("HALL_SEED=" + std::to_string(seed));
        Dice dice(seed * 7919);
        HallConfig hall = hasty_hall();
        for (auto& c : hall.circuits) c.max_switches_a_day = 1000;
        Evening e(hall, november(24, 17, 34));
        for (int step = 0; step < 80; ++step) {
            happen(e, dice);
            if (dice.one_in(3)) e.pass(dice.below(4000) * 1ms);
        }
        e.script.clear();
        e.dead.clear();
        while (!e.held.empty()) e.finish(e.held.front().id, Outcome::done);
        for (std::uint16_t i = 0; i < 3; ++i) {
            PlantCircuit healed;
            healed.coil = e.plant({i}).coil;
            healed.running = healed.coil;
            healed.stops_in = 2s;
            e.plant({i}) = healed;
            e.feed(OutputReported{OutputRef::circuit({i}), healed.coil ? Level::on : Level::off});
        }
        e.report_changes();
        for (const ContactIx c : {kWestDoor, kNorthWindow}) e.door(c, ContactState::closed);
        e.pass(90s);  // what was under way ends or expires
        EXPECT_TRUE(e.phase() == Phase::open || e.phase() == Phase::closed ||
                    e.phase() == Phase::partial)
            << to_string(e.phase());
        e.open("1003");
        e.pass(30s);
        ASSERT_EQ(Phase::open, e.phase());
        e.cancel();  // no exceptions are left from before
        e.authorise();
        e.pass(60s);
        EXPECT_EQ(Phase::closed, e.phase());
        for (std::uint16_t i = 0; i < 3; ++i) EXPECT_FALSE(e.plant({i}).coil);
    }
}

/// The records with their times, from a run that is woken only when the rules asked, and from one
/// that is woken all the time.
List run_of(std::uint64_t seed, bool always) {
    Dice dice(seed);
    Evening e(hasty_hall(), november(24, 17, 34));
    e.wake_always = always;
    for (int step = 0; step < 40; ++step) {
        happen(e, dice);
        // 250 ms apart, so that no random fact meets a deadline by one millisecond.
        if (dice.one_in(2)) e.pass(dice.below(12) * 250ms);
    }
    e.pass(70s);
    List lines;
    for (const auto& [t, r] : e.records())
        lines.push_back(clock_text(e.config, t) + " " + text_of(r));
    return lines;
}

TEST(Waking, AtItsDeadlinesIsAsGoodAsAllTheTime) {
    for (const std::uint64_t seed : seeds(6)) {
        SCOPED_TRACE("HALL_SEED=" + std::to_string(seed));
        const List asked = run_of(seed, false), always = run_of(seed, true);
        for (std::size_t i = 0; i < std::min(asked.size(), always.size()); ++i)
            ASSERT_EQ(always[i], asked[i]);
        ASSERT_EQ(always.size(), asked.size());
    }
}

TEST(Waking, TheRulesNeverAskForAMomentThatHasPassedAndNeverSpin) {
    for (const std::uint64_t seed : seeds(5)) {
        Dice dice(seed);
        Evening e(hasty_hall());
        for (int step = 0; step < 60; ++step) {
            happen(e, dice);
            const auto next = e.next_deadline();
            EXPECT_TRUE(!next || *next > e.now().mono);
            e.pass(dice.below(3000) * 1ms);
        }
    }
}

// --- the Checker itself sees what it looks for

struct Judged {
    HallConfig config = small_hall();
    Checker checker{config};
    WallTime t = november(24, 18, 0);
    Judged() {
        checker.born(t - 10s);
        for (std::uint16_t i = 0; i < 3; ++i)
            checker.fact(t, OutputReported{OutputRef::circuit({i}), Level::on});
    }
    std::string order(const Command& command, std::vector<Record> records = {}) {
        checker.effects(t, {std::move(records), {command}, {}});
        std::string all;
        for (const auto& v : checker.violations()) all += v.substr(13) + ";";
        return all;
    }
};

TEST(TheChecker, SeesACutWithoutAuthorisation) {
    Judged j;
    EXPECT_EQ("an order before any record;R1 cut without an authorisation: pc1;",
              j.order({1, SetOutput{OutputRef::circuit(kPc1), false}}));
}

TEST(TheChecker, SeesOnePersonTwice) {
    Judged j;
    j.order({1, ReadOutput{OutputRef::circuit(kPc1)}},
            {{"closing.authorised", "R1", {"1001", "1001"}, "done", {{"text", " cut=pc1 "}}}});
    ASSERT_FALSE(j.checker.violations().empty());
    EXPECT_NE(std::string::npos, j.checker.violations().front().find("R1 authorised by too few"));
}

TEST(TheChecker, SeesPowerWithoutAnOpening) {
    Judged j;
    EXPECT_EQ("R15 switched on without an opening: pc2;R29 switched on without a record: pc2;",
              j.order({1, SetOutput{OutputRef::circuit(kPc2), true}},
                      {{"hall.started", "R14", {"halld"}, "done", {}}}));
}

}  // namespace
}  // namespace hall::test
