// What a restart believes must come back as it was written, and damage must not pass for memory.
#include "daemon/shell/snapshot_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace hall {
namespace {

using nlohmann::json;

Instant at(std::int64_t ms) {
    return Instant{Millis{ms}};
}
WallTime wall(std::int64_t ms) {
    return WallTime{Millis{1'795'512'902'000 + ms}};
}

Plan plan() {
    Plan p;
    p.attempt = 7;
    p.early = true;
    p.cut = {"pc1", "pc2"};
    p.already_off = {"pc3"};
    p.excepted = {{"pc4", "更新中 \"quoted\""}};
    p.open_contacts = {"west_door"};
    p.unknown_contacts = {"east_door"};
    p.excepted_contacts = {{"north_window", "sensor broken"}};
    p.to_attest = {"south_window"};
    p.digest = "d16e57";
    return p;
}

/// Every field set to something that is not its default.
Snapshot full() {
    Snapshot s;
    s.at = {at(1000), wall(0), true};
    s.resting = Phase::partial;
    s.phase = Phase::hold;
    s.attempt = 8;
    s.collecting = {"1001"};
    SavedClosing closing;
    closing.plan = plan();
    closing.confirmations = {{PersonId{"1001"}, at(10), {"south_window"}},
                             {PersonId{"1002"}, at(20), {}}};
    closing.authorised = at(20);
    closing.expires = at(1'800'020);
    closing.countdown_ends = at(3020);
    closing.started = at(3021);
    SavedClosing::Circuit c;
    c.id = "pc2";
    c.step = Step::held;
    c.why = "switch_limit";
    c.method = 2;
    c.asked = at(3030);
    c.method_asked = at(4030);
    c.answer = StopAnswer::unknown;
    c.forced = true;
    c.forced_by = {"1003", "1004"};
    closing.circuits = {c};
    s.closing = closing;
    s.ended = wall(5);
    s.left_on = {"pc4"};
    s.extended_until = wall(6);
    s.inhibited_until = at(7);
    s.circuits = {{"pc1", 42, {at(1), at(2)}, at(2), at(1)}};
    SavedAlarm alarm;
    alarm.view = {"welded_contact.pc1",
                  "welded_contact",
                  "pc1",
                  "critical",
                  "R10",
                  "7.9",
                  "detail",
                  wall(8),
                  true,
                  wall(9),
                  "1001",
                  3};
    alarm.present = false;
    s.alarms = {alarm};
    s.windows = {{"1", WindowState::paused}};
    s.posts = {{{"1001"}, "1", 20'000}, {{"1002"}, "2", std::nullopt}};
    s.waits = {{"1", at(15), true, false}};
    s.attendance = {{{"1001"}, "1", 20'000, wall(16), "2026-11", 2, 9}};
    s.notices = {{"window_fault.1", at(17), 3}};
    s.lightbox = SavedOverride{true, OverrideUntil::duration, at(11), wall(12)};
    s.lightbox_lit = true;
    s.lightbox_policy = false;
    s.first_start = wall(13);
    s.opening = {"pc1"};
    s.opened_by = "1001";
    s.opening_until = at(14);
    s.next_command = 99;
    return s;
}

TEST(Snapshot, WhatAnOlderVersionDidNotKnowIsAsAtTheFirstStart) {
    json older = json::parse(snapshot_text(full(), {"boot", "hash"}));
    for (const char* key : {"posts", "waits", "attendance", "notices"})
        ASSERT_EQ(older.erase(key), 1U) << key;
    const Snapshot s = read_snapshot(older.dump()).snapshot;
    EXPECT_TRUE(s.posts.empty() && s.waits.empty() && s.attendance.empty() && s.notices.empty());
    EXPECT_EQ(s.windows.size(), 1U);
}

TEST(Snapshot, AnOlderClosingIsOneOfAnotherConfiguration) {
    json older = json::parse(snapshot_text(full(), {"boot", "hash"}));
    older.erase("config_sha256");
    json& circuit = older["closing"]["circuits"][0];
    for (const char* key : {"id", "why", "answer"}) ASSERT_EQ(circuit.erase(key), 1U) << key;
    circuit["index"] = 1;
    const auto restored = restored_from(older.dump(), {"boot", "hash"});
    ASSERT_TRUE(restored);
    EXPECT_TRUE(restored->same_boot);
    EXPECT_FALSE(restored->same_config);
}

TEST(Snapshot, AStartKnowsWhetherBootAndConfigurationAreTheSame) {
    const std::string text = snapshot_text(full(), {"boot", "hash"});
    const auto same = restored_from(text, {"boot", "hash"});
    EXPECT_TRUE(same->same_boot && same->same_config);
    const auto rebooted = restored_from(text, {"another", "hash"});
    EXPECT_TRUE(!rebooted->same_boot && rebooted->same_config);
    const auto edited = restored_from(text, {"boot", "another"});
    EXPECT_TRUE(edited->same_boot && !edited->same_config);
    EXPECT_FALSE(restored_from(snapshot_text(full(), {}), {})->same_boot);
}

TEST(Snapshot, ComesBackFieldByField) {
    const std::string text = snapshot_text(full(), {"boot", "hash"});
    const ReadSnapshot read = read_snapshot(text);
    EXPECT_EQ(read.under.boot_id, "boot");
    EXPECT_EQ(read.under.config_sha256, "hash");
    // The text covers every field, so writing again what was read must give the same text.
    EXPECT_EQ(snapshot_text(read.snapshot, read.under), text);
    const Snapshot& s = read.snapshot;
    EXPECT_EQ(s.phase, Phase::hold);
    EXPECT_EQ(s.resting, Phase::partial);
    EXPECT_EQ(s.at.mono, at(1000));
    EXPECT_TRUE(s.at.wall_trusted);
    ASSERT_TRUE(s.closing);
    EXPECT_EQ(s.closing->plan, plan());
    ASSERT_EQ(s.closing->confirmations.size(), 2U);
    EXPECT_EQ(s.closing->confirmations[1].person.value, "1002");
    EXPECT_EQ(s.closing->expires, at(1'800'020));
    EXPECT_EQ(s.closing->circuits.at(0).forced_by, (std::vector<std::string>{"1003", "1004"}));
    EXPECT_EQ(s.closing->circuits.at(0).asked, at(3030));
    EXPECT_EQ(s.circuits.at(0).switches, 42U);
    EXPECT_EQ(s.circuits.at(0).recent.size(), 2U);
    EXPECT_EQ(s.alarms.at(0).view.acknowledged_by, "1001");
    EXPECT_FALSE(s.alarms.at(0).present);
    EXPECT_EQ(s.lightbox->ends, at(11));
    EXPECT_EQ(s.first_start, wall(13));
    EXPECT_EQ(s.next_command, 99U);
}

TEST(Snapshot, AnEmptyOneComesBackEmpty) {
    const ReadSnapshot read = read_snapshot(snapshot_text(Snapshot{}, {}));
    EXPECT_EQ(read.under.boot_id, "");
    EXPECT_FALSE(read.snapshot.closing);
    EXPECT_FALSE(read.snapshot.ended);
    EXPECT_FALSE(read.snapshot.opening_until);
    EXPECT_TRUE(read.snapshot.circuits.empty());
}

TEST(Snapshot, EveryMissingFieldIsDamage) {
    const json whole = json::parse(snapshot_text(full(), {"boot", "hash"}));
    for (const auto& [key, value] : whole.items()) {
        const std::set<std::string> added_later{"posts", "waits", "attendance", "notices",
                                                "config_sha256"};
        if (added_later.count(key) != 0) continue;
        json cut = whole;
        cut.erase(key);
        EXPECT_THROW((void)read_snapshot(cut.dump()), std::runtime_error) << key;
    }
    for (const auto& [key, value] : whole.at("closing").items()) {
        json cut = whole;
        cut["closing"].erase(key);
        EXPECT_THROW((void)read_snapshot(cut.dump()), std::runtime_error) << key;
    }
}

TEST(Snapshot, WordsOfUnknownMeaningAreDamage) {
    const json whole = json::parse(snapshot_text(full(), {"boot", "hash"}));
    const auto with = [&](const json::json_pointer& where, const json& value) {
        json changed = whole;
        changed[where] = value;
        return changed.dump();
    };
    using Pointer = json::json_pointer;
    EXPECT_NO_THROW((void)read_snapshot(with(Pointer("/phase"), 8)));
    EXPECT_THROW((void)read_snapshot(with(Pointer("/phase"), 9)), std::runtime_error);
    EXPECT_THROW((void)read_snapshot(with(Pointer("/closing/circuits/0/step"), 11)),
                 std::runtime_error);
    EXPECT_THROW((void)read_snapshot(with(Pointer("/windows/0/state"), 4)), std::runtime_error);
    EXPECT_THROW((void)read_snapshot(with(Pointer("/format"), 2)), std::runtime_error);
    EXPECT_THROW((void)read_snapshot(with(Pointer("/at/mono"), "soon")), std::runtime_error);
}

TEST(Snapshot, TextThatIsNoSnapshotIsDamage) {
    for (const char* text : {"", "{", "[]", "null", "{}", "\"x\""}) {
        EXPECT_THROW((void)read_snapshot(text), std::runtime_error) << text;
    }
}

}  // namespace
}  // namespace hall
