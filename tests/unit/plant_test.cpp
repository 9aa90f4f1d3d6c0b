// The virtual hall's plant: what relays, PCs and people do, at times that the test names.
#include "tests/support/plant_fixture.hpp"

namespace hall::sim {

TEST_F(PlantTest, TheHallBeginsInTheMiddleOfADay) {
    EXPECT_EQ(state("pc.nc"), "running");
    EXPECT_EQ(state("contactor.nc"), "closed");
    EXPECT_EQ(state("pc.no"), "off") << "normally-open wiring is cut while its coil rests";
    EXPECT_EQ(state("contactor.no"), "open");
    EXPECT_EQ(state("contact.west_door"), "closed");
    EXPECT_EQ(state("lightbox"), "off");
    EXPECT_TRUE(trace.entries().empty());
    EXPECT_FALSE(plant.next_deadline());
}

TEST_F(PlantTest, ARunningPcDrawsSixtyToAHundredAndTenWattsAndTheyMove) {
    const double first = sdm_watts();
    EXPECT_GE(first, 57);
    EXPECT_LE(first, 113);
    at(1000);
    EXPECT_NE(sdm_watts(), first);
    EXPECT_NEAR(sdm_watts(), first, 6.1);
    EXPECT_EQ(pzem_watts(), 0.0) << "no power, no watts";
}

TEST_F(PlantTest, APcThatIsAskedShutsDownAndDrawsStandbyPower) {
    at(1000);
    ASSERT_TRUE(set("pc.nc", "shutdown").done);
    EXPECT_EQ(state("pc.nc"), "stopping");
    const int ends = 1000 + static_cast<int>(nc.shutdown.count());
    at(ends - 1);
    EXPECT_EQ(state("pc.nc"), "stopping");
    EXPECT_GT(sdm_watts(), 20);
    at(ends);
    EXPECT_EQ(state("pc.nc"), "off");
    EXPECT_NEAR(sdm_watts(), 1.2, 0.1);
    EXPECT_EQ(story("pc.nc"),
              (Story{"1000 shutdown_requested", "1000 stopping", std::to_string(ends) + " off"}));
}

TEST_F(PlantTest, ShutdownTakesTwoToSixSecondsAndIsTheSameForTheSameSeed) {
    for (std::size_t i = 0; i < 200; ++i) {
        const PcNature a = nature_of(3, i);
        EXPECT_GE(a.shutdown, Instant{2000});
        EXPECT_LE(a.shutdown, Instant{6000});
        EXPECT_GE(a.idle_watts, 60);
        EXPECT_LE(a.idle_watts, 110);
        EXPECT_EQ(a.shutdown, nature_of(3, i).shutdown);
    }
    EXPECT_NE(nature_of(3, 0).shutdown, nature_of(4, 0).shutdown);
    EXPECT_NE(nature_of(3, 0).shutdown, nature_of(3, 1).shutdown);
}

TEST_F(PlantTest, APcThatHangsIgnoresTheRequestUntilItIsHealed) {
    ASSERT_TRUE(set("pc.nc", "hang").done);
    ASSERT_TRUE(set("pc.nc", "shutdown").done);
    at(60'000);
    EXPECT_EQ(state("pc.nc"), "hang");
    EXPECT_GT(sdm_watts(), 50);
    ASSERT_TRUE(set("pc.nc", "running").done);
    ASSERT_TRUE(set("pc.nc", "shutdown").done);
    at(70'000);
    EXPECT_EQ(state("pc.nc"), "off");
}

TEST_F(PlantTest, ACrashIsOffAtOnceWithThePowerStillOn) {
    at(10);
    ASSERT_TRUE(set("pc.nc", "crash").done);
    EXPECT_EQ(state("pc.nc"), "off");
    EXPECT_EQ(state("contactor.nc"), "closed");
    EXPECT_NEAR(sdm_watts(), 1.2, 0.1);
    EXPECT_EQ(story("pc.nc"), (Story{"10 crash", "10 off"}));
}

TEST_F(PlantTest, TheContactorFollowsItsCoilAfterThirtyMilliseconds) {
    ASSERT_TRUE(set("pc.nc", "off").done);
    at(100);
    coil(0, true);
    at(129);
    EXPECT_EQ(state("contactor.nc"), "closed");
    EXPECT_TRUE(input(1));
    at(130);
    EXPECT_EQ(state("contactor.nc"), "open");
    EXPECT_FALSE(input(1));
    EXPECT_EQ(sdm_watts(), 0.0);
    EXPECT_EQ(story("coil.relay1.coil1"), Story{"100 on"});
    EXPECT_EQ(story("contactor.nc"), Story{"130 open"});
    EXPECT_EQ(story("pc.nc"), Story{"0 off"}) << "it was off already: nothing was lost";
}

TEST_F(PlantTest, ACoilThatGoesBackInTimeMovesNothing) {
    coil(0, true);
    at(20);
    coil(0, false);
    at(1000);
    EXPECT_TRUE(story("contactor.nc").empty());
    EXPECT_EQ(state("pc.nc"), "running");
}

TEST_F(PlantTest, WritingWhatIsThereAlreadyIsNoChange) {
    coil(0, false);
    coil(0, false);
    EXPECT_TRUE(trace.entries().empty());
}

TEST_F(PlantTest, PowerThatIsCutUnderARunningPcIsTold) {
    for (const char* before : {"running", "hang"}) {
        SCOPED_TRACE(before);
        ASSERT_TRUE(set("pc.nc", before).done);
        coil(0, true);
        after(30);
        EXPECT_EQ(trace.entries().back().value, "off");
        EXPECT_EQ(trace.entries()[trace.entries().size() - 2].value, "power_lost_while_running");
        coil(0, false);
        after(30 + static_cast<int>(nc.boot.count()));
        EXPECT_EQ(state("pc.nc"), "running") << "a fresh boot hangs no more";
    }
}

TEST_F(PlantTest, PowerThatIsCutWhileItStopsOrBootsIsTold) {
    ASSERT_TRUE(set("pc.nc", "shutdown").done);
    coil(0, true);
    at(30);
    EXPECT_EQ(story("pc.nc").at(2), "30 power_lost_while_running");
    coil(0, false);
    at(60);
    EXPECT_EQ(state("pc.nc"), "booting");
    coil(0, true);
    at(90);
    EXPECT_EQ(story("pc.nc").at(5), "90 power_lost_while_running");
}

TEST_F(PlantTest, APcBootsWhenItsPowerComes) {
    coil(1, true);
    at(30);
    EXPECT_EQ(state("contactor.no"), "closed");
    EXPECT_EQ(state("pc.no"), "booting");
    EXPECT_TRUE(input(7)) << "power good";
    at(30 + static_cast<int>(no.boot.count()));
    EXPECT_EQ(state("pc.no"), "running");
    EXPECT_GT(pzem_watts(), 56);
}

TEST_F(PlantTest, AShutdownThatIsAskedForWhileItBootsComesAfterwards) {
    coil(1, true);
    at(30);
    ASSERT_TRUE(set("pc.no", "shutdown").done);
    EXPECT_EQ(state("pc.no"), "booting");
    at(30 + static_cast<int>(no.boot.count()));
    EXPECT_EQ(state("pc.no"), "stopping");
}

TEST_F(PlantTest, AWeldedContactorStaysClosedWhateverItsCoilSays) {
    ASSERT_TRUE(set("contactor.nc", "welded").done);
    coil(0, true);
    at(5000);
    EXPECT_EQ(state("contactor.nc"), "closed");
    EXPECT_EQ(state("contactor.nc.fault"), "welded");
    EXPECT_TRUE(input(1)) << "a mirror contact does not lie";
    EXPECT_GT(sdm_watts(), 50);
    ASSERT_TRUE(set("contactor.nc", "healthy").done);
    at(5030);
    EXPECT_EQ(state("contactor.nc"), "open");
}

TEST_F(PlantTest, AStuckContactorStaysOpen) {
    ASSERT_TRUE(set("contactor.no", "stuck_open").done);
    coil(1, true);
    at(5000);
    EXPECT_EQ(state("contactor.no"), "open");
    EXPECT_EQ(state("pc.no"), "off");
    ASSERT_TRUE(set("contactor.no", "healthy").done);
    at(5030);
    EXPECT_EQ(state("contactor.no"), "closed");
}

TEST_F(PlantTest, AWeldHoldsAtOnceAlsoWhereTheContactWasOpen) {
    ASSERT_TRUE(set("contactor.no", "welded").done);
    EXPECT_EQ(state("contactor.no"), "closed");
    EXPECT_EQ(state("pc.no"), "booting");
}

TEST_F(PlantTest, FeedbackCanLieOrBeBroken) {
    EXPECT_TRUE(input(1));
    EXPECT_TRUE(input(2)) << "inverted wire: 1 means open";
    ASSERT_TRUE(set("feedback.nc", "inverted").done);
    EXPECT_FALSE(input(1));
    ASSERT_TRUE(set("feedback.nc", "silent").done);
    EXPECT_FALSE(input(1));
    ASSERT_TRUE(set("feedback.no", "silent").done);
    EXPECT_FALSE(input(2)) << "a broken wire reads 0, inverted or not";
    ASSERT_TRUE(set("feedback.no", "healthy").done);
    EXPECT_TRUE(input(2));
}

TEST_F(PlantTest, AMeterCanBeSilentOrShowWhatItLikes) {
    ASSERT_TRUE(set("meter.nc", 2.5).done);
    EXPECT_DOUBLE_EQ(sdm_watts(), 2.5);
    EXPECT_EQ(state("meter.nc"), 2.5);
    EXPECT_FALSE(plant.is_silent(kSdm));
    ASSERT_TRUE(set("meter.nc", "silent").done);
    EXPECT_EQ(state("meter.nc"), "silent");
    EXPECT_TRUE(plant.is_silent(kSdm));
    EXPECT_FALSE(plant.is_silent(kPzem));
    ASSERT_TRUE(set("meter.nc", "healthy").done);
    EXPECT_FALSE(plant.is_silent(kSdm));
    EXPECT_GT(sdm_watts(), 50);
    ASSERT_TRUE(set("meter.no", 6553.7).done);
    EXPECT_NEAR(pzem_watts(), 6553.7, 0.01) << "more than one word, low word first";
}

TEST_F(PlantTest, APulseEndsByItselfAndPressesThePowerButton) {
    coil(1, true);
    at(10'000);
    ASSERT_EQ(state("pc.no"), "running");
    const Bytes flash{0x05, 0x02, 0x07, 0, 5};
    EXPECT_EQ(ask(kRelay, flash), flash);
    EXPECT_EQ(state("pc.no"), "stopping");
    EXPECT_EQ(plant.next_deadline(), Instant{10'500});
    at(10'499);
    EXPECT_EQ(ask(kRelay, {0x01, 0, 7, 0, 1}).at(2) & 0x80, 0x80);
    at(20'000);
    EXPECT_EQ(story("coil.relay1.coil8"), (Story{"10000 on", "10500 off"}))
        << "at its own time, however late the plant was looked at";
    EXPECT_EQ(state("pc.no"), "off");
    ask(kRelay, flash);
    EXPECT_EQ(state("pc.no"), "booting") << "the same button switches on";
}

TEST_F(PlantTest, APowerButtonThatIsHeldSwitchesOffHard) {
    coil(1, true);
    at(10'000);
    ASSERT_TRUE(set("pc.no", "hang").done);
    coil(7, true);
    at(13'999);
    EXPECT_EQ(state("pc.no"), "hang");
    at(14'000);
    EXPECT_EQ(state("pc.no"), "off");
    EXPECT_EQ(story("pc.no").at(4), "14000 hard_off");
}

TEST_F(PlantTest, APlainWriteEndsAFlash) {
    ask(kRelay, {0x05, 0x02, 0x02, 0, 50});
    EXPECT_EQ(state("lamp.window.5.green"), "on");
    at(1000);
    coil(2, false);
    coil(2, true);
    at(60'000);
    EXPECT_EQ(state("lamp.window.5.green"), "on") << "the old flash must not end it";
}

TEST_F(PlantTest, LampsLightboxAndBuzzerFollowTheirCoils) {
    EXPECT_EQ(state("lamp.window.5.red"), "on") << "inverted: an untouched 0 burns";
    coil(3, true);
    EXPECT_EQ(state("lamp.window.5.red"), "off");
    coil(3, false);
    EXPECT_EQ(state("lamp.window.5.red"), "on");
    coil(4, true);
    EXPECT_EQ(state("lightbox"), "on");
    EXPECT_TRUE(input(5));
    coil(5, true);
    EXPECT_EQ(state("buzzer"), "on");
    EXPECT_EQ(story("lightbox"), Story{"0 on"});
}

TEST_F(PlantTest, ADoorAndAButtonDriveTheirInputs) {
    EXPECT_TRUE(input(4));
    at(5);
    ASSERT_TRUE(set("contact.west_door", "open").done);
    EXPECT_FALSE(input(4));
    ASSERT_TRUE(set("contact.attested_door", "open").done);
    EXPECT_EQ(state("contact.attested_door"), "open") << "a door is a door without a sensor, too";
    EXPECT_FALSE(input(3));
    ASSERT_TRUE(set("window.5.button", "press").done);
    EXPECT_TRUE(input(3));
    at(304);
    EXPECT_TRUE(input(3));
    at(305);
    EXPECT_FALSE(input(3));
    EXPECT_EQ(story("window.5.button"), (Story{"5 pressed", "305 released"}));
    EXPECT_EQ(story("contact.west_door"), Story{"5 open"});
}

TEST_F(PlantTest, TimeNeverGoesBack) {
    at(1000);
    at(500);
    EXPECT_EQ(plant.now(), Instant{1000});
}

}  // namespace hall::sim
