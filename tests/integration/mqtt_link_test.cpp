// The MQTT link against a real broker: both protocol versions, losses of every kind, and what must
// not get through.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/broker.hpp"
#include "tests/support/wire.hpp"

namespace hall::test {
namespace {

using drivers::MqttSettings;

class MqttLinkTest : public testing::TestWithParam<int> {
  protected:
    static void version(MqttSettings& settings) { settings.version = GetParam(); }
    static void with_will(MqttSettings& settings) {
        version(settings);
        settings.will_topic = "t/status";
        settings.will_payload = "gone";
    }
};

INSTANTIATE_TEST_SUITE_P(Versions, MqttLinkTest, testing::Values(5, 3),
                         [](const auto& chosen) { return "v" + std::to_string(chosen.param); });

TEST_P(MqttLinkTest, WhatOneEndSaysTheOtherHears) {
    Broker broker;
    Peer a(broker.url(), "a", {}, version), b(broker.url(), "b", {"t/#"}, version);
    ASSERT_TRUE(a.connected() && b.connected());
    ASSERT_TRUE(a.publish("t/one", "hello", false, 7));
    ASSERT_TRUE(eventually([&] { return b.messages().size() == 1; }));
    EXPECT_EQ(b.messages()[0].topic, "t/one");
    EXPECT_EQ(b.messages()[0].payload, "hello");
    EXPECT_FALSE(b.messages()[0].retained);
    ASSERT_TRUE(eventually([&] { return a.delivered().size() == 1; }));
    EXPECT_EQ(a.delivered()[0], 7U);
}

TEST_P(MqttLinkTest, RetainedMessagesComeMarkedAndAnEmptyOneRemovesThem) {
    Broker broker;
    Peer a(broker.url(), "a", {}, version);
    ASSERT_TRUE(a.connected() && a.say("t/kept", "x", true));
    ASSERT_TRUE(eventually([&] { return a.delivered().size() == 1; }));
    Peer late(broker.url(), "late", {"t/#"}, version);
    ASSERT_TRUE(eventually([&] { return late.messages().size() == 1; }));
    EXPECT_TRUE(late.messages()[0].retained);
    ASSERT_TRUE(a.say("t/kept", "", true));
    ASSERT_TRUE(eventually([&] { return late.messages().size() == 2; }));
    Peer later(broker.url(), "later", {"t/#"}, version);
    ASSERT_TRUE(later.connected() && a.say("t/last", "y"));
    ASSERT_TRUE(eventually([&] { return !later.messages().empty(); }));
    EXPECT_EQ(later.messages()[0].topic, "t/last");
}

TEST_P(MqttLinkTest, WhatIsKeptFromNowOnSaysSoWhereTheProtocolCan) {
    Broker broker;
    Peer listener(broker.url(), "l", {"t"}, version);
    Peer speaker(broker.url(), "s", {}, version);
    ASSERT_TRUE(listener.connected() && speaker.connected());
    ASSERT_TRUE(speaker.say("t", "kept", true) && speaker.say("t", "passing"));
    ASSERT_TRUE(eventually([&] { return listener.messages().size() == 2; }));
    EXPECT_EQ(listener.messages()[0].retained, GetParam() == 5);
    EXPECT_FALSE(listener.messages()[1].retained);
}

TEST_P(MqttLinkTest, ReconnectsByItselfAndSubscribesAgain) {
    Broker broker;
    Peer a(broker.url(), "a", {}, version), b(broker.url(), "b", {"t/#"}, version);
    ASSERT_TRUE(a.connected() && b.connected());
    broker.stop();
    ASSERT_TRUE(eventually([&] { return a.losses() >= 1 && b.losses() >= 1; }));
    EXPECT_FALSE(a.publish("t/x", "lost", false, 1));
    broker.start();
    ASSERT_TRUE(a.connected(2) && b.connected(2));
    ASSERT_TRUE(a.say("t/x", "again"));
    ASSERT_TRUE(eventually([&] { return b.messages().size() == 1; }));
    EXPECT_EQ(b.messages()[0].payload, "again");
}

TEST_P(MqttLinkTest, AConnectionThatTheCallerHasNotHeardOfTakesNothing) {
    Broker broker;
    Peer a(broker.url(), "a", {}, version), b(broker.url(), "b", {"t/#"}, version);
    ASSERT_TRUE(a.connected() && b.connected());
    const std::uint64_t before = a.session();
    ASSERT_TRUE(a.link().publish(before, "t/x", "first", false, 0));
    ASSERT_TRUE(eventually([&] { return b.messages().size() == 1; }));
    EXPECT_FALSE(a.link().publish(before + 1, "t/x", "from the future", false, 0));
    broker.stop();
    ASSERT_TRUE(eventually([&] { return a.losses() >= 1 && b.losses() >= 1; }));
    EXPECT_FALSE(a.link().publish(before, "t/x", "to nobody", false, 0));
    broker.start();
    ASSERT_TRUE(a.connected(2) && b.connected(2));
    EXPECT_NE(a.session(), before);
    EXPECT_FALSE(a.link().publish(before, "t/x", "late", false, 0));
    ASSERT_TRUE(a.say("t/x", "second"));
    ASSERT_TRUE(eventually([&] { return b.messages().size() == 2; }));
    EXPECT_EQ(b.messages()[1].payload, "second");
}

TEST_P(MqttLinkTest, GoesToTheNextNodeWhenOneIsGone) {
    Broker one, other;
    Peer a(one.url(), "a", {"t"}, [&](drivers::MqttSettings& s) {
        s.version = GetParam();
        s.urls.push_back(other.url());
    });
    ASSERT_TRUE(a.connected());
    for (int times = 2; times < 6; ++times) {
        // Whichever it was: only the other one is left.
        Broker& gone = a.url() == one.url() ? one : other;
        gone.stop();
        ASSERT_TRUE(a.connected(times));
        EXPECT_EQ(a.url(), (&gone == &one ? other : one).url());
        gone.start();
    }
}

TEST_P(MqttLinkTest, ManyStartSpreadOverTheNodes) {
    Broker one, other;
    std::set<std::string> first;
    for (int i = 0; i < 40 && first.size() < 2; ++i) {
        Peer a(one.url(), "a", {}, [&](drivers::MqttSettings& s) {
            s.version = GetParam();
            s.urls.push_back(other.url());
        });
        ASSERT_TRUE(a.connected());
        first.insert(a.url());
    }
    EXPECT_EQ(first.size(), 2U);
}

TEST_P(MqttLinkTest, ARefusedSubscriptionIsAskedForAgain) {
    Broker broker;
    std::atomic<int> refusals{3};
    // What a cluster says that is choosing a new leader (3.9.3: SUBACK's reason code).
    Wire wire(broker.port(), [&](bool to_broker, char* bytes, std::size_t) {
        if (to_broker || bytes == nullptr || static_cast<unsigned char>(bytes[0]) != 0x90U) return;
        if (refusals > 0) {
            --refusals;
            bytes[1 + bytes[1]] = static_cast<char>(0x80);
        }
    });
    Peer a(wire.url(), "a", {"t/1", "t/2"}, version);
    Peer other(broker.url(), "o", {});
    ASSERT_TRUE(eventually([&] { return a.subscriptions().size() == 4; }));
    const auto told = a.subscriptions();
    EXPECT_FALSE(told[0].taken || told[1].taken);
    EXPECT_TRUE(told[2].taken && told[3].taken);
    EXPECT_EQ(a.connects(), 1) << "the connection is good enough for all else";
    ASSERT_TRUE(other.connected() && other.say("t/1", "x") && other.say("t/2", "y"));
    EXPECT_TRUE(eventually([&] { return a.messages().size() >= 2; }));
}

TEST_P(MqttLinkTest, StartsWithoutABrokerAndFindsItLater) {
    Broker broker("allow_anonymous true\n", false);
    const auto begun = std::chrono::steady_clock::now();
    Peer a(broker.url(), "a", {}, version);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    EXPECT_FALSE(a.publish("t/x", "y", false, 1));
    ASSERT_TRUE(eventually([&] { return a.losses() >= 2; }));
    broker.start();
    EXPECT_TRUE(a.connected());
}

TEST_P(MqttLinkTest, TheWillTellsOfACutConnection) {
    Broker broker;
    Wire wire(broker.port());
    Peer watcher(broker.url(), "w", {"t/status"}, version);
    ASSERT_TRUE(watcher.connected());
    Peer a(wire.url(), "a", {}, with_will);
    ASSERT_TRUE(a.connected() && a.say("t/status", "here", true));
    ASSERT_TRUE(eventually([&] { return watcher.messages().size() == 1; }));
    wire.cut();
    ASSERT_TRUE(eventually([&] { return watcher.messages().size() >= 2; }));
    EXPECT_EQ(watcher.messages()[1].payload, "gone");
    EXPECT_TRUE(a.connected(2));
    Peer late(broker.url(), "late", {"t/status"}, version);
    ASSERT_TRUE(eventually([&] { return late.messages().size() == 1; }));
    EXPECT_TRUE(late.messages()[0].retained);
}

TEST_P(MqttLinkTest, ClosingSaysGoodbyeOnce) {
    Broker broker;
    Peer watcher(broker.url(), "w", {"t/#"}, version);
    Peer a(broker.url(), "a", {}, with_will);
    ASSERT_TRUE(watcher.connected() && a.connected());
    a.link().close("bye", 5s);
    EXPECT_FALSE(a.publish("t/x", "y", false, 1));
    ASSERT_TRUE(eventually([&] { return watcher.messages().size() == 1; }));
    a.end();
    ASSERT_TRUE(watcher.say("t/marker", "m"));
    ASSERT_TRUE(eventually([&] { return watcher.messages().size() >= 2; }));
    // No will after it: the goodbye was in order.
    EXPECT_EQ(watcher.messages()[0].payload, "bye");
    EXPECT_EQ(watcher.messages()[1].topic, "t/marker");
}

TEST_P(MqttLinkTest, ClosingWithoutABrokerDoesNotHang) {
    Broker broker("allow_anonymous true\n", false);
    Peer a(broker.url(), "a", {}, with_will);
    ASSERT_TRUE(eventually([&] { return a.losses() >= 1; }));
    const auto begun = std::chrono::steady_clock::now();
    a.link().close("bye", 500ms);
    a.end();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

TEST_P(MqttLinkTest, ClosingOnAStalledWireKeepsItsPatience) {
    Broker broker;
    Wire wire(broker.port());
    Peer a(wire.url(), "a", {}, with_will);
    ASSERT_TRUE(a.connected());
    wire.stall(true);
    const auto begun = std::chrono::steady_clock::now();
    a.link().close("bye", 500ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
    wire.stall(false);
}

TEST_P(MqttLinkTest, NothingFollowsTheGoodbye) {
    Broker broker("allow_anonymous true\nmax_inflight_messages 3\n");
    Peer watcher(broker.url(), "w", {"t/status"}, version);
    ASSERT_TRUE(watcher.connected());
    for (std::size_t round = 1; round <= 4; ++round) {
        Peer a(broker.url(), "a", {}, with_will);
        ASSERT_TRUE(a.connected());
        for (int i = 0; i < 200; ++i) ASSERT_TRUE(a.publish("t/status", "on", true, 1));
        a.link().close("bye", 5s);
        a.end();
        const auto goodbyes = [&] {
            const auto heard = watcher.messages();
            return static_cast<std::size_t>(std::count_if(
                heard.begin(), heard.end(), [](const auto& m) { return m.payload == "bye"; }));
        };
        ASSERT_TRUE(eventually([&] { return goodbyes() == round; }));
        ASSERT_TRUE(watcher.say("t/status", "marker"));
        ASSERT_TRUE(eventually([&] { return watcher.messages().back().payload == "marker"; }));
        const auto heard = watcher.messages();
        EXPECT_EQ(heard.at(heard.size() - 2).payload, "bye");
    }
}

TEST_P(MqttLinkTest, TheWindowIsBounded) {
    Broker broker;
    Wire wire(broker.port());
    Peer a(wire.url(), "a", {}, version);
    ASSERT_TRUE(a.connected());
    wire.stall(true);
    int taken = 0;
    while (taken < 5000 && a.publish("t/x", "y", false, 1)) ++taken;
    EXPECT_EQ(taken, 1024);
    wire.stall(false);
    ASSERT_TRUE(eventually([&] { return a.delivered().size() == 1024; }));
    EXPECT_TRUE(a.publish("t/x", "y", false, 1));
}

TEST_P(MqttLinkTest, ABrokerThatAllowsLittleIsNotWaitedFor) {
    // What the library holds back for such a broker it looks at once a second only.
    Broker broker("allow_anonymous true\nmax_inflight_messages 3\n");
    Peer a(broker.url(), "a", {}, version);
    Peer b(broker.url(), "b", {"t/x"}, version);
    ASSERT_TRUE(a.connected() && b.connected());
    std::vector<std::string> said;
    const auto begun = std::chrono::steady_clock::now();
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < 64; ++i) {
            said.push_back(std::to_string(said.size()));
            ASSERT_TRUE(a.publish("t/x", said.back(), false, said.size()));
        }
        ASSERT_TRUE(eventually([&] { return a.delivered().size() == said.size(); }));
    }
    // It would take more than 200 s. No machine is so slow.
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 60s);
    ASSERT_TRUE(eventually([&] { return b.messages().size() == said.size(); }));
    std::vector<std::string> heard;
    for (const auto& m : b.messages()) heard.push_back(m.payload);
    EXPECT_EQ(heard, said) << "in order";
}

TEST_P(MqttLinkTest, ALossEmptiesTheWindow) {
    Broker broker;
    Wire wire(broker.port());
    Peer a(wire.url(), "a", {}, version);
    for (int round = 1; round <= 5; ++round) {
        ASSERT_TRUE(a.connected(round));
        wire.stall(true);
        while (a.publish("t/x", "y", false, 1)) {
        }
        wire.cut();
        wire.stall(false);
    }
    ASSERT_TRUE(a.connected(6));
    EXPECT_TRUE(a.publish("t/x", "y", false, 99));
    EXPECT_TRUE(eventually([&] {
        const auto all = a.delivered();
        return std::find(all.begin(), all.end(), 99U) != all.end();
    }));
}

TEST_P(MqttLinkTest, WhatWasSentWhileAwayIsNotDelivered) {
    Broker broker;
    Wire wire(broker.port());
    Peer other(broker.url(), "o", {"t/back"}, version);
    Peer a(wire.url(), "a", {"t/command"}, version);
    ASSERT_TRUE(other.connected() && a.connected());
    wire.stall(true);
    wire.cut();  // the next connection waits at the stalled wire
    ASSERT_TRUE(eventually([&] { return a.losses() >= 1; }));
    ASSERT_TRUE(other.say("t/command", "stale"));
    ASSERT_TRUE(eventually([&] { return other.delivered().size() == 1; }));
    wire.stall(false);
    ASSERT_TRUE(a.connected(2));
    ASSERT_TRUE(other.say("t/command", "fresh"));
    ASSERT_TRUE(eventually([&] { return !a.messages().empty(); }));
    EXPECT_EQ(a.messages()[0].payload, "fresh");
}

TEST_P(MqttLinkTest, LongPayloadsAreCutShort) {
    Broker broker;
    Peer a(broker.url(), "a", {}, version), b(broker.url(), "b", {"t/#"}, version);
    ASSERT_TRUE(a.connected() && b.connected());
    ASSERT_TRUE(a.say("t/x", std::string(60'000, 'x')));
    ASSERT_TRUE(eventually([&] { return b.messages().size() == 1; }));
    EXPECT_EQ(b.messages()[0].payload.size(), 16U * 1024U);
}

TEST_P(MqttLinkTest, PasswordsAreSentAndWrongOnesDoNotConnect) {
    TempFolder folder;
    const std::string passwords = (folder.path() / "passwd").string();
    // user "hall", password "right"; written by mosquitto_passwd
    ASSERT_EQ(std::system(("mosquitto_passwd -b -c " + passwords + " hall right").c_str()), 0);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    std::filesystem::permissions(passwords, std::filesystem::perms::all);
    Broker broker("allow_anonymous false\npassword_file " + passwords + "\n");
    const auto with = [](const char* password) {
        return [password](MqttSettings& s) {
            version(s);
            s.username = "hall";
            s.password = password;
        };
    };
    Peer wrong(broker.url(), "wrong", {}, with("wrong")),
        right(broker.url(), "r", {}, with("right"));
    EXPECT_TRUE(right.connected());
    EXPECT_TRUE(eventually([&] { return wrong.losses() >= 2; }));
    EXPECT_EQ(wrong.connects(), 0);
}

TEST(MqttLinkV5Test, CorrelationAndResponseTopicTravel) {
    Broker broker;
    Peer a(broker.url(), "a", {}), b(broker.url(), "b", {"t/#"});
    ASSERT_TRUE(a.connected() && b.connected());
    const std::string correlation("\x00\xff bytes", 8);
    ASSERT_TRUE(a.publish("t/x", "y", false, 0, {.correlation = correlation}));
    ASSERT_TRUE(eventually([&] { return b.messages().size() == 1; }));
    EXPECT_EQ(b.messages()[0].correlation, correlation);
    EXPECT_EQ(b.messages()[0].response_topic, "");
    const std::string command = "mosquitto_pub -V 5 -p " + std::to_string(broker.port()) +
                                " -t t/c -m z -q 1 -D publish response-topic back/here"
                                " -D publish correlation-data abc";
    ASSERT_EQ(std::system(command.c_str()), 0);
    ASSERT_TRUE(eventually([&] { return b.messages().size() == 2; }));
    EXPECT_EQ(b.messages()[1].response_topic, "back/here");
    EXPECT_EQ(b.messages()[1].correlation, "abc");
}

TEST(MqttLinkV5Test, HearsItselfUnlessToldOtherwise) {
    Broker broker;
    for (const bool echo : {true, false}) {
        Peer one(broker.url(), "one", {"t"}, [&](drivers::MqttSettings& s) { s.echo = echo; });
        Peer other(broker.url(), "other", {});
        ASSERT_TRUE(one.connected() && other.connected());
        ASSERT_TRUE(one.say("t", "mine"));
        ASSERT_TRUE(eventually([&] { return one.delivered().size() == 1; }));
        ASSERT_TRUE(other.say("t", "another's"));
        ASSERT_TRUE(eventually([&] {
            return !one.messages().empty() && one.messages().back().payload == "another's";
        }));
        EXPECT_EQ(one.messages().size(), echo ? 2U : 1U);
    }
}

TEST_P(MqttLinkTest, ADeadLinkIsNoticedAlsoWhileMuchIsSaid) {
    Broker broker;
    Wire wire(broker.port());
    Peer a(wire.url(), "a", {}, [](drivers::MqttSettings& s) {
        s.version = GetParam();
        s.keep_alive = 1s;
    });
    ASSERT_TRUE(a.connected());
    wire.stall(true);
    const auto begun = std::chrono::steady_clock::now();
    int said = 0;
    ASSERT_TRUE(bell().wait(
        [&] {
            said += a.publish("t", "x", false, 0) ? 1 : 0;
            return a.losses() > 0;
        },
        kPatience, [] { return std::chrono::steady_clock::now() + 20ms; }));
    // Twice the keep-alive, and the library looks once a second.
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s);
    EXPECT_GT(said, 10);
    wire.cut();
    wire.stall(false);
    EXPECT_TRUE(a.connected(2));
}

TEST(MqttLinkV5Test, ABrokerThatRefusesAMessageIsLeftNotIgnored) {
    TempFolder folder;
    const std::string acl = (folder.path() / "acl").string();
    std::ofstream(acl) << "topic readwrite t/allowed\n";
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    Broker broker("allow_anonymous true\nacl_file " + acl + "\n");
    Peer a(broker.url(), "a", {"t/forbidden"});
    ASSERT_TRUE(a.connected());  // a forbidden subscription alone is no reason
    ASSERT_TRUE(a.publish("t/allowed", "y", false, 1));
    ASSERT_TRUE(eventually([&] { return a.delivered().size() == 1; }));
    ASSERT_TRUE(a.publish("t/forbidden", "y", false, 2));
    ASSERT_TRUE(eventually([&] { return a.losses() == 1; }));
    EXPECT_TRUE(a.connected(2));
    EXPECT_EQ(a.delivered().size(), 1U);
}

}  // namespace
}  // namespace hall::test
