// Whole evenings, compared word for word with tests/golden/*.txt: what went in (>), what was
// recorded (!), ordered ($) and answered (=). Samples that say the same as before and lead to
// nothing are left out. To write them anew after a change that is meant:
//   HALL_UPDATE_GOLDEN=1 core_test --gtest_filter='Golden.*'      and read the difference
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/core_fixture.hpp"

namespace hall::test {
namespace {

void compare(const Evening& e, const std::string& name) {
    const std::string path = std::string(HALL_SOURCE_DIR) + "/tests/golden/" + name + ".txt";
    std::string is;
    for (const auto& line : e.transcript()) is += line + "\n";
    if (std::getenv("HALL_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path) << is;
        return;
    }
    std::stringstream was;
    was << std::ifstream(path).rdbuf();
    ASSERT_FALSE(was.str().empty()) << path << " is missing";
    const List old = split(was.str(), '\n');
    const List now = split(is, '\n');
    for (std::size_t i = 0; i < std::min(old.size(), now.size()); ++i)
        ASSERT_EQ(old[i], now[i]) << path << ":" << i + 1;
    EXPECT_EQ(old.size(), now.size()) << path;
}

TEST(Golden, NormalClosing) {
    Evening e;
    e.pass(5s);
    e.feed(ButtonPressed{kWindow1});
    e.confirm("1001");
    e.pass(20s);
    e.confirm("1002");
    e.pass(90s);
    compare(e, "normal_closing");
}

TEST(Golden, HungPcForced) {
    Evening e;
    e.plant(kPc2).stops_in.reset();
    e.authorise();
    e.pass(210s);
    e.force("1001", kPc2, "screen is frozen");
    e.pass(15s);
    e.force("1001", kPc2, "screen is frozen");
    e.force("1003", kPc2, "screen is frozen");
    e.pass(10s);
    compare(e, "hung_pc_forced");
}

TEST(Golden, HungPcExcepted) {
    Evening e;
    e.plant(kPc1).stops_in.reset();
    e.authorise();
    e.pass(190s);
    e.except("1001", "pc1", "installs an update");
    e.except("1002", "pc1", "installs an update");
    e.pass(60s);
    compare(e, "hung_pc_excepted");
}

TEST(Golden, WeldedContactPartial) {
    Evening e;
    e.plant(kPc1).welded = true;
    e.authorise();
    e.pass(60s);
    compare(e, "welded_contact_partial");
}

TEST(Golden, DoorOpenedBetweenTheConfirmations) {
    Evening e;
    const std::string plan = e.digest();
    e.confirm("1001");
    e.pass(8s);
    e.door(kWestDoor, ContactState::open);
    e.pass(2s);
    e.confirm_plan("1002", plan);
    e.confirm("1002");
    e.door(kWestDoor, ContactState::closed);
    e.confirm("1002");
    e.pass(3s);
    e.confirm("1001");
    e.pass(5s);
    e.cancel();
    compare(e, "door_between_confirmations");
}

TEST(Golden, RestartInTheMiddle) {
    Evening e;
    e.script[OutputRef::circuit(kPc1)] = {Write::held};
    e.plant(kPc2).stops_in = 12s;
    e.authorise();
    e.pass(35s);
    e.plant(kPc1).coil = false;
    e.restart(4s);
    e.pass(60s);
    compare(e, "restart_in_the_middle");
}

TEST(Golden, OpeningInTheMorning) {
    Evening e;
    e.authorise();
    e.pass(60s);
    e.restart(14h + 30min, Boot::rebooted);
    e.pass(5s);
    e.open("1003");
    e.pass(10s);
    e.feed(ButtonPressed{kWindow1});
    compare(e, "opening_in_the_morning");
}

}  // namespace
}  // namespace hall::test
