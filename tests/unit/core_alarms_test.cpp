// R24, alarms: who acknowledged what and when, what flaps, and whom a fault's notices reach again.
#include "daemon/core/turn.hpp"
#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

/// No circuit, so that hours take a few steps.
HallConfig hall_with_department(std::vector<Millis> after = {300s, 900s, 1800s}) {
    HallConfig hall = small_hall();
    hall.circuits.clear();
    hall.faults.department = "IT";
    hall.faults.notify_after = std::move(after);
    return hall;
}

constexpr const char* kRecorder = "recorder_failed";

void report(Evening& e, bool present) {
    e.feed(ConditionReported{kRecorder, "", present, "disk full"});
}
std::string acknowledge(Evening& e, const std::string& who, const std::string& id = kRecorder) {
    return e.ask(AlarmAcknowledged{0, who, id});
}
/// Records of that type, each as `actors@milliseconds since start`.
List told(const Evening& e, const std::string& type, WallTime start) {
    List list;
    for (const auto& [at, r] : e.records()) {
        if (r.type == type)
            list.push_back(join(r.actors) + "@" + std::to_string((at - start).count()));
    }
    return list;
}

TEST(Alarms, AConditionThatStandsIsRaisedOnce) {
    Evening e;
    const WallTime start = e.time();
    for (int i = 0; i < 3; ++i) {
        report(e, true);
        e.pass(1s);
    }
    EXPECT_EQ((List{"halld@0"}), told(e, "alarm.raised", start));
    EXPECT_TRUE(told(e, "alarm.returned", start).empty());
    ASSERT_EQ(1U, e.view().alarms.size());
    EXPECT_EQ(1U, e.view().alarms[0].count);
}

TEST(Alarms, TheRecordSaysWhoAcknowledgedAndWhen) {
    Evening e;
    const WallTime start = e.time();
    report(e, true);
    e.pass(5'001ms);
    EXPECT_EQ("", e.view().alarms.at(0).acknowledged_by);
    EXPECT_EQ("done", acknowledge(e, "1001"));
    EXPECT_EQ((List{"1001@5001"}), told(e, "alarm.acknowledged", start));
    EXPECT_EQ("1001", e.view().alarms.at(0).acknowledged_by);
    // Its rule is the alarm's.
    const Record& record = e.records().back().second;
    EXPECT_EQ("R29", record.rule);
    EXPECT_EQ(kRecorder, detail(record, "alarm"));
}

TEST(Alarms, TheFirstAcknowledgementIsTheRecord) {
    Evening e;
    const WallTime start = e.time();
    report(e, true);
    EXPECT_EQ("done", acknowledge(e, "mqtt"));
    e.pass(1s);
    EXPECT_EQ("done", acknowledge(e, "1002"));
    EXPECT_EQ((List{"mqtt@0"}), told(e, "alarm.acknowledged", start));
    EXPECT_EQ("mqtt", e.view().alarms.at(0).acknowledged_by);
}

TEST(Alarms, WhatNobodyRaisedNobodyAcknowledges) {
    Evening e;
    report(e, true);
    e.take();
    EXPECT_EQ("conflict alarm_unknown id=recorder_failed.x",
              acknowledge(e, "1001", "recorder_failed.x"));
    EXPECT_EQ("conflict alarm_unknown id=", acknowledge(e, "1001", ""));
    EXPECT_TRUE(e.take().empty());
}

TEST(Alarms, AFlappingConditionKeepsItsCountOverARestart) {
    Evening e;
    const WallTime start = e.time();
    for (const bool present : {true, false, true, false}) report(e, present);
    e.restart(1s);
    report(e, true);
    ASSERT_EQ(1U, e.view().alarms.size());
    EXPECT_EQ(3U, e.view().alarms[0].count);
    EXPECT_EQ(1U, told(e, "alarm.raised", start).size());
    EXPECT_EQ(2U, told(e, "alarm.returned", start).size());
}

TEST(Alarms, AnAcknowledgementSurvivesARestart) {
    for (const Boot boot : {Boot::same, Boot::rebooted}) {
        Evening e(hall_with_department());
        e.feed(FaultButtonPressed{kWindow1});
        acknowledge(e, "1001", "window_fault.1");
        e.restart(10s, boot);
        ASSERT_EQ(1U, e.view().alarms.size());
        EXPECT_EQ("1001", e.view().alarms[0].acknowledged_by);
        EXPECT_TRUE(e.alarm("window_fault.1"));
        e.feed(FaultButtonPressed{kWindow1});
        EXPECT_TRUE(e.view().alarms.empty());
    }
}

TEST(Alarms, WhatReturnsAfterItWasAcknowledgedAndOverIsANewAlarm) {
    Evening e;
    report(e, true);
    acknowledge(e, "1001");
    report(e, false);
    EXPECT_TRUE(e.view().alarms.empty());
    e.take();
    report(e, true);
    EXPECT_EQ((List{"alarm.raised halld alarm=recorder_failed detail=disk full"}), e.take());
    ASSERT_EQ(1U, e.view().alarms.size());
    EXPECT_EQ(1U, e.view().alarms[0].count);
    EXPECT_EQ("", e.view().alarms[0].acknowledged_by);
}

/// `alarm@seconds since 10:00` of each notice.
List notices(const Evening& e) {
    List list;
    for (const auto& [at, r] : e.records()) {
        if (r.type != "fault.notified") continue;
        list.push_back(detail(r, "alarm") + "@" +
                       std::to_string((at - november(24, 10, 0)).count() / 1000));
    }
    return list;
}

TEST(Notices, OneFaultsAcknowledgementIsNotAnothers) {
    Evening e(hall_with_department(), november(24, 10, 0));
    e.feed(FaultButtonPressed{kWindow1});
    e.pass(60s);
    e.feed(FaultButtonPressed{kWindow2});
    acknowledge(e, "1001", "window_fault.1");
    e.pass(900s);
    EXPECT_EQ(
        (List{"window_fault.1@0", "window_fault.2@60", "window_fault.2@360", "window_fault.2@960"}),
        notices(e));
}

TEST(Notices, AnAcknowledgementStopsTheNextOneUpToItsMillisecond) {
    Evening before(hall_with_department(), november(24, 10, 0));
    before.feed(FaultButtonPressed{kWindow1});
    before.pass(300s - 1ms);
    acknowledge(before, "1001", "window_fault.1");
    before.pass(1h);
    EXPECT_EQ((List{"window_fault.1@0"}), notices(before));
    // What time brings comes before what somebody does in the same moment.
    Evening at(hall_with_department(), november(24, 10, 0));
    at.feed(FaultButtonPressed{kWindow1});
    at.pass(299s);
    at.jump(1s);
    acknowledge(at, "1001", "window_fault.1");
    at.pass(1h);
    EXPECT_EQ((List{"window_fault.1@0", "window_fault.1@300"}), notices(at));
}

TEST(Notices, RepeatAtTheDistanceThatIsConfigured) {
    Evening one(hall_with_department({60s}), november(24, 10, 0));
    one.feed(FaultButtonPressed{kWindow1});
    one.pass(180s);
    EXPECT_EQ(
        (List{"window_fault.1@0", "window_fault.1@60", "window_fault.1@120", "window_fault.1@180"}),
        notices(one));
    Evening two(hall_with_department({60s, 90s}), november(24, 10, 0));
    two.feed(FaultButtonPressed{kWindow1});
    two.pass(120s);
    EXPECT_EQ(
        (List{"window_fault.1@0", "window_fault.1@60", "window_fault.1@90", "window_fault.1@120"}),
        notices(two));
}

TEST(Alarms, AConditionThatFlapsIsOneAlarm) {
    Evening e;
    for (int i = 0; i < 3; ++i) {
        e.feed(LinkReported{kBus1, false});
        e.feed(LinkReported{kBus1, true});
    }
    ASSERT_EQ(1U, e.view().alarms.size());
    EXPECT_EQ(3U, e.view().alarms[0].count);
    List alarms;
    for (const auto& line : e.take()) {
        if (line.rfind("alarm.", 0) == 0) alarms.push_back(line);
    }
    EXPECT_EQ((List{"alarm.raised halld alarm=link_lost.bus1",
                    "alarm.cleared halld alarm=link_lost.bus1 count=1",
                    "alarm.returned halld alarm=link_lost.bus1 count=2",
                    "alarm.cleared halld alarm=link_lost.bus1 count=2",
                    "alarm.returned halld alarm=link_lost.bus1 count=3",
                    "alarm.cleared halld alarm=link_lost.bus1 count=3"}),
              alarms);
}

TEST(Alarms, StayUntilClearedAndAcknowledgedInEitherOrder) {
    for (const bool acknowledge_first : {true, false}) {
        Evening e;
        e.feed(LinkReported{kBus1, false});
        if (!acknowledge_first) e.feed(LinkReported{kBus1, true});
        EXPECT_EQ("done", e.ask(AlarmAcknowledged{0, "1001", "link_lost.bus1"}));
        EXPECT_EQ(acknowledge_first ? 1U : 0U, e.view().alarms.size());
        e.feed(LinkReported{kBus1, true});
        EXPECT_EQ(0U, e.view().alarms.size());
        EXPECT_EQ("conflict alarm_unknown id=link_lost.bus1",
                  e.ask(AlarmAcknowledged{0, "1001", "link_lost.bus1"}));
    }
}

}  // namespace
}  // namespace hall::test
