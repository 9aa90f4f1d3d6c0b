// R30 under a broker that fails in every way, over days of the hall's clock: no record is lost, the
// order holds, a repetition is the same record, and what is retained at the end is what the hall
// is.
//   HALL_BROKER_FAULTS=N   how many faults (60; a thousand take some minutes)
//   HALL_SEED=N            other ones
#include <cstdlib>
#include <iostream>
#include <random>

#include "daemon/shell/journal_format.hpp"
#include "tests/support/event_consumer.hpp"
#include "tests/support/event_tap.hpp"
#include "tests/support/telemetry_rig.hpp"

namespace hall::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr const char* kOpen = "allow_anonymous true\n";

enum class Fault : std::uint8_t {
    killed,        ///< the broker dies, and comes back with nothing in its store
    killed_long,   ///< like it, and much is recorded meanwhile
    cut,           ///< the connection ends without a goodbye
    partitioned,   ///< nothing comes through, then the connection ends
    deaf,          ///< what is said arrives, no answer comes back, then the connection ends
    dumb,          ///< answers would come, what is said does not arrive
    slow,          ///< a few bytes a millisecond
    frozen,        ///< the broker stands still, and goes on
    refusing,      ///< connections end before they begin
    forbidding,    ///< the broker knows nobody any more: CONNACK says no
    denying,       ///< the broker has no right to the topic `event` for us
    halld_killed,  ///< halld dies while records are under way
};
constexpr int kKinds = 12;
constexpr const char* kNames[kKinds] = {"killed",   "killed_long", "cut",     "partitioned",
                                        "deaf",     "dumb",        "slow",    "frozen",
                                        "refusing", "forbidding",  "denying", "halld_killed"};

class BrokerFaults : public TelemetryRig {
  protected:
    BrokerFaults()
        : seed_(from_environment("HALL_SEED", 1)),
          dice_(seed_),
          wire_(broker_.port(), [this](bool to_broker, const char* bytes,
                                       std::size_t size) { tap_(to_broker, bytes, size); }),
          consumer_(broker_.url(), "hall/v1/demo/event") {
        site_.mqtt.urls = {wire_.url()};
        site_.mqtt.records_per_second = 1000;  // the outages are what is to take time
    }

    std::uint64_t roll(std::uint64_t least, std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(least, most)(dice_);
    }
    [[nodiscard]] std::uint64_t head() const { return journal_->head().seq; }

    /// Some minutes of the hall: its clock goes on, records are made, its state changes.
    void live(std::uint64_t records) {
        skip_ += std::chrono::minutes{roll(2, 12)};
        for (std::uint64_t i = 0; i < records; ++i)
            record(roll(0, 9) == 0 ? "attendance.signed_in" : "window.set");
        const auto state = static_cast<WindowState>(roll(0, 3));
        view_.windows[roll(0, 1)].state = state;
        view_.contacts[0].state = roll(0, 1) == 0 ? ContactState::open : ContactState::closed;
        view_.alarms.clear();
        for (const char* circuit : {"pc1", "pc2"}) {
            if (roll(0, 1) == 0) continue;
            AlarmView alarm = small_alarm();
            alarm.subject = circuit;
            alarm.id = std::string("meter_silent.") + circuit;
            view_.alarms.push_back(alarm);
        }
        work();
    }
    bool away() {
        return until([this] { return !telemetry_->connected(); });
    }
    bool delivered() {
        return until(
            [this] { return telemetry_->connected() && telemetry_->delivered() == head(); });
    }
    /// So that a fault finds something under way.
    bool in_the_middle() {
        const std::uint64_t before = telemetry_->delivered();
        live(roll(1, 60));
        // The one before may not be over: then it is the middle of coming back.
        return !telemetry_->connected() || until([&] {
            return !telemetry_->connected() ||
                   telemetry_->delivered() >= before + (head() - before) / 3;
        });
    }
    void live_a_little() {
        for (std::uint64_t i = roll(1, 4); i > 0; --i) live(roll(0, 10));
    }
    bool restart_broker(const std::string& configuration) {
        broker_.stop();
        if (!away()) return false;
        live_a_little();
        broker_.configure(configuration);
        broker_.start();
        return true;
    }

    bool inflict(Fault fault) {
        switch (fault) {
            case Fault::killed:
                return restart_broker(kOpen);
            case Fault::killed_long:
                broker_.stop();
                for (int i = 0; i < 5; ++i) live(roll(50, 200));
                broker_.start();
                return true;
            case Fault::cut:
                wire_.cut();
                return true;
            case Fault::partitioned:
                return stalled(true, true);
            case Fault::deaf:
                return stalled(false, true);
            case Fault::dumb:
                return stalled(true, false);
            case Fault::slow:
                return slowed();
            case Fault::frozen:
                broker_.freeze(true);
                live_a_little();
                broker_.freeze(false);
                return true;
            case Fault::refusing:
                return refused();
            case Fault::forbidding:
                return restart_broker("allow_anonymous false\n") && still_away() &&
                       restart_broker(kOpen);
            case Fault::denying:
                return denied();
            case Fault::halld_killed:
                crash();
                for (int i = 0; i < 3; ++i) record("window.set");
                site_.mqtt.version = roll(0, 1) == 0 ? 3 : 5;
                start();
                return true;
        }
        return false;
    }
    bool stalled(bool to_broker, bool to_client) {
        wire_.stall(to_broker, to_client);
        live_a_little();
        wire_.cut();
        wire_.stall(false);
        return true;
    }
    bool slowed() {
        if (!delivered()) return false;
        wire_.slow(64);
        live(10);
        const bool arrived = delivered();
        wire_.slow(0);
        return arrived;
    }
    bool refused() {
        wire_.refuse(true);
        wire_.cut();
        live_a_little();
        const bool tried = until([this] { return wire_.refused() >= 2; });
        wire_.refuse(false);
        return tried;
    }
    bool still_away() {
        live_a_little();
        return !telemetry_->connected();
    }
    /// The broker says no to a record, and is left.
    bool denied() {
        const auto access = broker_.folder() / "access";
        // Started as root, it becomes another user.
        std::filesystem::permissions(broker_.folder(), std::filesystem::perms::all);
        std::ofstream(access) << "topic readwrite hall/v1/demo/#\ntopic deny hall/v1/demo/event\n";
        if (!restart_broker(std::string(kOpen) + "acl_file " + access.string() + "\n"))
            return false;
        const auto before = telemetry_->delivered();
        record("window.set");
        const auto connections = tap_.counts().connections;
        const bool left = until([&] { return tap_.counts().connections >= connections + 2; });
        EXPECT_EQ(telemetry_->delivered(), before);
        return left && restart_broker(kOpen);
    }

    /// The daemon knows that all of it was acknowledged; until then a new connection says it again.
    bool nothing_wanted_again() {
        skip_ += 6s;  // so that it writes its position when it next looks
        std::ifstream file(state_.path() / "delivered");
        std::string delivered, again;
        file >> delivered >> again;
        return !delivered.empty() && again.empty();
    }

    /// What a broker has lost after it had acknowledged it is asked for again.
    bool catch_up() {
        Peer manager(broker_.url(), "manager", {"hall/v1/demo/reply/+"});
        if (!manager.connected() || !delivered()) return false;
        if (!until([this] { return consumer_.connected(); })) return false;
        while (const auto missing = consumer_.missing(head())) {
            // It may still be on its way: only silence after a later one says that it is not.
            record("window.set");
            const auto newest = head();
            if (!until([&] { return consumer_.records().count(newest) != 0; })) return false;
            if (consumer_.missing(head()) != missing) continue;
            ++recoveries_;
            // All that was sent comes again, and no more: nothing is under way.
            if (!delivered()) return false;
            const auto wanted = head();
            tap_.expect_resend(true);
            skip_ += 10s;
            json ask = command(++asked_, {{"from_seq", *missing}});
            ask["id"] = uuid(asked_);
            if (!manager.say("hall/v1/demo/command/events.resend", ask.dump())) return false;
            if (!until([&] {
                    return !manager.on("hall/v1/demo/reply/" + uuid(asked_)).empty() &&
                           telemetry_->connected();
                }))
                return false;
            if (!until([&] {
                    return consumer_.missing(newest) == std::nullopt &&
                           tap_.last_again() >= wanted && nothing_wanted_again();
                }))
                return false;
            tap_.expect_resend(false);
        }
        return true;
    }

    std::uint64_t seed_;
    std::mt19937_64 dice_;
    EventTap tap_{"hall/v1/demo/event"};
    Wire wire_;
    EventConsumer consumer_;
    int recoveries_ = 0, asked_ = 0;
};

TEST_F(BrokerFaults, LoseNoRecordAndLeaveNothingStale) {
    const auto wanted = from_environment("HALL_BROKER_FAULTS", 60);
    const Millis begun = now().wall.time_since_epoch();
    start();
    ASSERT_TRUE(connected());
    int counts[kKinds] = {};
    for (std::uint64_t i = 0; i < wanted; ++i) {
        // Each kind as often as the others, in an order of chance.
        auto fault = static_cast<Fault>(i < kKinds ? i : roll(0, kKinds - 1));
        // 3.1.1 has no word for a refusal: a broker acknowledges what it throws away.
        if (fault == Fault::denying && site_.mqtt.version != 5) fault = Fault::killed;
        const auto kind = static_cast<std::size_t>(fault);
        SCOPED_TRACE("seed " + std::to_string(seed_) + ", fault " + std::to_string(i) + ": " +
                     kNames[kind]);
        ASSERT_TRUE(in_the_middle());
        ASSERT_TRUE(inflict(fault));
        ++counts[kind];
        ASSERT_EQ(tap_.faults(), std::vector<std::string>{});
        // The next one often comes before this one is over.
        ASSERT_TRUE(roll(0, 2) != 0 || delivered());
        ASSERT_TRUE(i % 25 != 24 || catch_up());
    }
    ASSERT_TRUE(catch_up());
    EXPECT_EQ(tap_.faults(), std::vector<std::string>{});
    EXPECT_EQ(consumer_.faults(), std::vector<std::string>{});

    std::string prev = journal_format::kNoHash;
    const auto records = consumer_.records();
    EXPECT_EQ(records.size(), head());
    for (const auto& [seq, payload] : records) {
        json event = json::parse(payload);
        const std::string hash = event.at("hash");
        ASSERT_EQ(event.at("prev"), prev) << seq;
        event.erase("prev");
        event.erase("hash");
        ASSERT_EQ(journal_format::chain(prev, event.dump()), hash) << seq;
        prev = hash;
    }
    EXPECT_EQ(prev, journal_->head().hash);

    // A newcomer sees the hall as it is now.
    ASSERT_TRUE(delivered());
    Peer newcomer(broker_.url(), "newcomer", {"hall/v1/demo/#"});
    ASSERT_TRUE(newcomer.connected());
    const std::string root = "hall/v1/demo/";
    std::map<std::string, json> shown;
    const auto current = [&] {
        shown = retained_of(newcomer);
        const auto field = [&](const std::string& topic, const char* name) {
            const auto found = shown.find(root + topic);
            return found == shown.end() ? json() : found->second.at(name);
        };
        for (std::size_t w = 0; w < 2; ++w) {
            if (field("window/" + view_.windows[w].id, "state") !=
                to_string(view_.windows[w].state))
                return false;
        }
        std::set<std::string> alarms, standing;
        for (const auto& [topic, payload] : shown) {
            if (topic.rfind(root + "alarm/", 0) == 0) alarms.insert(topic);
        }
        for (const AlarmView& alarm : view_.alarms) standing.insert(root + "alarm/" + alarm.id);
        return alarms == standing && field("status", "state") != "offline" &&
               field("journal/head", "seq") == head() &&
               field("contact/west_door", "state") ==
                   (view_.contacts[0].state == ContactState::open ? "open" : "closed");
    };
    EXPECT_TRUE(until(current)) << json(shown).dump(1);

    const auto tapped = tap_.counts();
    EXPECT_GT(tapped.connections, wanted / 4) << "the faults did not reach the connection";
    EXPECT_GT(tapped.repeated, 0U);
    const auto days =
        static_cast<double>((now().wall.time_since_epoch() - begun).count()) / 86'400'000.0;
    std::cout << wanted << " faults (seed " << seed_ << ") over " << days
              << " days of the hall: " << head() << " records, 0 lost; " << tapped.connections
              << " connections, " << tapped.repeated << " repeated on the wire, "
              << consumer_.duplicates() << " at the consumer, who asked " << recoveries_
              << " times for what a broker had lost\n";
    for (int kind = 0; kind < kKinds; ++kind)
        std::cout << kNames[kind] << " " << counts[kind] << "; ";
    std::cout << "\n";
}

}  // namespace
}  // namespace hall::test
