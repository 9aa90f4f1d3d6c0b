// Commissioning beside a daemon: never. And a daemon after commissioning, as if nothing had been.
#include <sys/un.h>

#include "tests/support/commission_fixture.hpp"

namespace hall::sim {

class CommissionAlone : public CommissionTest {
  protected:
    [[nodiscard]] std::vector<std::string> daemon() const {
        return {HALLD, "--config", config(), "--state", state_folder()};
    }
    /// Refused with code 1 before anybody is asked anything.
    void expect_refused(const std::string& why, std::vector<std::string> more = {}) {
        test::AtTerminal at(command(std::move(more)), environment());
        EXPECT_TRUE(at.shows(why)) << at.shown;
        EXPECT_EQ(at.ends(), 1) << at.shown;
        EXPECT_EQ(at.shown.find("Your name"), std::string::npos);
    }
};

TEST_F(CommissionAlone, IsRefusedWhileADaemonHoldsTheHall) {
    start();
    test::Process halld(daemon(), environment());
    ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
    expect_refused("is in use by another halld");
    // Another state folder, the same wires.
    std::filesystem::create_directory(folder / "other");
    test::AtTerminal other(
        {HALLCTL, "commission", "--config", config(), "--state", folder / "other"}, environment());
    EXPECT_TRUE(other.shows("somebody serves this hall's panel")) << other.shown;
    EXPECT_EQ(other.ends(), 1);
    halld.signal(SIGTERM);
    EXPECT_EQ(halld.ends(), 0);
    for (const Json& r : records())
        EXPECT_NE(r["type"].get<std::string>().rfind("commission.", 0), 0U) << r;
}

TEST_F(CommissionAlone, IsRefusedWhenSomebodyListensAtTheControlSocket) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    const std::string path = folder / "somebody.sock";
    path.copy(a.sun_path, sizeof a.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
    ASSERT_EQ(::listen(fd, 1), 0);
    expect_refused("a daemon answers at " + path, {"--socket", path});
    ::close(fd);
}

TEST_F(CommissionAlone, NeedsATerminalAndAConfigurationThatHolds) {
    test::Process piped(command(), environment());
    EXPECT_EQ(piped.ends(), 2);
    EXPECT_NE(piped.output().find("needs a terminal"), std::string::npos) << piped.output();
    std::ofstream(config(), std::ios::app) << "\n[closing2]\n";
    test::AtTerminal broken(command(), environment());
    EXPECT_TRUE(broken.shows("hall.toml:")) << broken.shown;
    EXPECT_EQ(broken.ends(), 2);
}

TEST_F(CommissionAlone, NoDaemonCanStartMeanwhileAndTheNextOneGoesOnAsBefore) {
    start();
    {
        test::Process halld(daemon(), environment());
        ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
        ASSERT_EQ(halld.stopped(), 0);
    }
    const auto snapshot = [&] {
        return Journal::open(state_folder(), [](WallTime) { return std::chrono::hours{8}; })
            .journal->snapshot();
    };
    const auto before = snapshot();
    ASSERT_TRUE(before);
    const auto at = sit_down();
    go(*at, "6", "buzzer");
    ASSERT_TRUE(at->answer("Switch buzzer", "y")) << at->shown;
    ASSERT_TRUE(at->shows("\"sounding\" now")) << at->shown;
    test::Process refused(daemon(), environment());
    EXPECT_EQ(refused.ends(), 1);
    EXPECT_NE(refused.output().find("hallctl commission"), std::string::npos) << refused.output();
    at->type("y");
    EXPECT_EQ(leave(*at), 0);
    EXPECT_EQ(snapshot(), before) << "the rules' memory is theirs";
    EXPECT_TRUE(verify().intact) << verify().what;
    test::Process again(daemon(), environment());
    EXPECT_TRUE(again.says("ready: panel")) << again.output();
    again.signal(SIGTERM);
    EXPECT_EQ(again.ends(), 0);
    EXPECT_EQ(again.output().find("damaged"), std::string::npos) << again.output();
    EXPECT_TRUE(verify().intact) << verify().what;
}

TEST_F(CommissionAlone, TheReportHasEveryChannelItsDeviceAndLinesToSign) {
    start();
    const std::string file = folder / "report.md";
    auto at = std::make_unique<test::AtTerminal>(command({"--report", file}), environment());
    ASSERT_TRUE(at->answer("Your name", "Zhang | Li"));
    go(*at, "6", "green");
    ASSERT_TRUE(at->answer("Switch window.5.lamp.green", "y"));
    ASSERT_TRUE(at->answer("\"lit\" now", "y"));
    EXPECT_EQ(leave(*at), 0);
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto has = [&](const std::string& what) { return text.find(what) != std::string::npos; };
    EXPECT_TRUE(
        has("| window.5.lamp.green | 5号窗口 green | relay1.coil5 (waveshare-io-8ch, power unit 1 "
            "coil 4) "
            "| verified | dark → lit → dark |"))
        << text;
    for (const char* channel :
         {"contact.west_door", "contact.east_door", "window.5.button", "window.5.fault_button",
          "circuit.pc1", "circuit.pc1.feedback", "circuit.pc1.meter", "circuit.pc1.stop.1",
          "circuit.pc2.power_good", "lightbox", "lightbox.feedback", "buzzer"})
        EXPECT_TRUE(has(std::string("| ") + channel + " |")) << channel;
    EXPECT_TRUE(has(
        "| meter1 | field | 11 | eastron-sdm120: Eastron SDM120-Modbus | vendor's register map"))
        << text;
    EXPECT_TRUE(has("Zhang \\| Li")) << "no text breaks the table";
    EXPECT_TRUE(has("## Signatures"));
    EXPECT_TRUE(has("Not complete. 1 of 16 verified.")) << text;
}

TEST_F(CommissionAlone, SpeaksTheHallsLanguage) {
    start();
    auto argv = command();
    argv.erase(argv.end() - 2, argv.end());
    test::AtTerminal at(argv, environment());
    ASSERT_TRUE(at.answer("您的姓名", "张工")) << at.shown;
    ASSERT_TRUE(at.answer("或按回车继续", "3")) << at.shown;
    ASSERT_TRUE(at.answer("或写名称", "west_door")) << at.shown;
    EXPECT_TRUE(at.answer("现在真的是“关”吗", "q")) << at.shown;
    EXPECT_TRUE(at.answer("或按回车继续", "q")) << at.shown;
    EXPECT_EQ(at.ends(), 0);
}

}  // namespace hall::sim
