// How PCs are asked to shut down, as the configuration says it; what is warned of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/shell/config_known_hosts.hpp"
#include "tests/unit/config_fixture.hpp"

namespace hall {
namespace {

using namespace config_test;
using config::host_pinned;
using config::Pinned;
using testing::HasSubstr;

class ConfigStop : public testing::Test {
  protected:
    void SetUp() override {
        write("key", "not looked into", 0600);
        write("known", "pc1.example ssh-ed25519 AAAA\n[pc1.example]:2222 ssh-ed25519 AAAA\n", 0644);
    }
    void write(const std::string& name, const std::string& text, int mode) {
        const auto path = folder_.write(name, text);
        fs::permissions(path, static_cast<fs::perms>(mode));
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (folder_.path() / name).string();
    }
    [[nodiscard]] std::string ssh(const std::string& more = "") const {
        return R"(method = "ssh", host = "{circuit}.example", user = "halld", key_file = ")" +
               path("key") + R"(", known_hosts = ")" + path("known") + "\"" + more;
    }
    static std::string hall(const std::string& stop) {
        return kHall + kWires +
               replaced(kCircuit, R"(method = "command", command = ["/bin/true"])", stop);
    }
    static StopWiring wiring(const std::string& stop) {
        const LoadedSite loaded = load(hall(stop));
        EXPECT_EQ(told(loaded), "");
        return loaded.site.value().circuits.at(0).stop.at(0);
    }

    Folder folder_;
};

TEST_F(ConfigStop, SshHasItsDefaults) {
    const StopWiring stop = wiring(ssh());
    EXPECT_EQ(stop.kind, StopMethodKind::ssh);
    ASSERT_TRUE(stop.ssh);
    EXPECT_EQ(stop.ssh->host, "pc1.example");
    EXPECT_EQ(stop.ssh->port, 22);
    EXPECT_EQ(stop.ssh->user, "halld");
    EXPECT_EQ(stop.ssh->key_file, path("key"));
    EXPECT_EQ(stop.ssh->known_hosts, path("known"));
    EXPECT_EQ(stop.ssh->remote_command, "shutdown /s /t 0 || systemctl poweroff");
    EXPECT_EQ(stop.ssh->timeout, Millis{30'000});
}

TEST_F(ConfigStop, SshTakesWhatItIsTold) {
    const StopWiring stop =
        wiring(ssh(R"(, port = 2222, timeout = 45, remote_command = "sudo /sbin/poweroff")"));
    EXPECT_EQ(stop.ssh->port, 2222);
    EXPECT_EQ(stop.ssh->timeout, Millis{45'000});
    EXPECT_EQ(stop.ssh->remote_command, "sudo /sbin/poweroff");
}

TEST_F(ConfigStop, AnAgentNeedsABrokerAndNothingElse) {
    const LoadedSite loaded =
        load("[mqtt]\nurl = \"mqtt://127.0.0.1\"\n" + hall(R"(method = "mqtt", timeout = 12)"));
    EXPECT_EQ(told(loaded), "");
    EXPECT_EQ(loaded.site.value().hall.circuits.at(0).stop.at(0).kind, StopMethodKind::mqtt);
    EXPECT_EQ(loaded.site.value().circuits.at(0).stop.at(0).timeout, Millis{12'000});
}

TEST_F(ConfigStop, FilesThatAreNotHereAreWarnedOf) {
    fs::remove(path("key"));
    EXPECT_EQ(only_fault(hall(ssh())),
              "warning: key_file: there is no file \"" + path("key") + "\" here");
    SetUp();
    fs::remove(path("known"));
    EXPECT_EQ(only_fault(hall(ssh())),
              "warning: known_hosts: there is no file \"" + path("known") + "\" here");
}

TEST_F(ConfigStop, ModesThatSshRefusesOrThatOthersCouldUseAreWarnedOf) {
    for (const int mode : {0640, 0604, 0620}) {
        write("key", "k", mode);
        EXPECT_THAT(only_fault(hall(ssh())), HasSubstr("warning: key_file: ")) << mode;
        EXPECT_THAT(only_fault(hall(ssh())), HasSubstr("chmod 600")) << mode;
    }
    write("key", "k", 0400);
    EXPECT_EQ(told(load(hall(ssh()))), "");
    for (const int mode : {0664, 0646}) {
        fs::permissions(path("known"), static_cast<fs::perms>(mode));
        EXPECT_THAT(only_fault(hall(ssh())), HasSubstr("chmod 644")) << mode;
    }
}

TEST_F(ConfigStop, AHostWhoseKeyIsNotPinnedIsWarnedOf) {
    write("known", "pc2.example ssh-ed25519 AAAA\n", 0644);
    EXPECT_THAT(only_fault(hall(ssh())), HasSubstr("has no key of pc1.example"));
    write("known", "pc1.example ssh-ed25519 AAAA\n", 0644);
    EXPECT_THAT(only_fault(hall(ssh(", port = 2222"))), HasSubstr("has no key of pc1.example"))
        << "on another port it is another host";
}

TEST(KnownHosts, NamesAreFoundAsSshFindsThem) {
    const auto pinned = [](const std::string& text, int port = 22) {
        return host_pinned(text, "pc1.example", port);
    };
    EXPECT_EQ(pinned(""), Pinned::no);
    EXPECT_EQ(pinned("pc1.example ssh-ed25519 AAAA"), Pinned::yes);
    EXPECT_EQ(pinned("# x\n\n  PC1.Example\tssh-ed25519 AAAA\r\n"), Pinned::yes);
    EXPECT_EQ(pinned("pc1,pc1.example,192.0.2.7 ssh-ed25519 AAAA"), Pinned::yes);
    EXPECT_EQ(pinned("*.example ssh-ed25519 AAAA"), Pinned::yes);
    EXPECT_EQ(pinned("pc?.example ssh-ed25519 AAAA"), Pinned::yes);
    EXPECT_EQ(pinned("*.example,!pc1.example ssh-ed25519 AAAA"), Pinned::no);
    EXPECT_EQ(pinned("pc11.example ssh-ed25519 AAAA"), Pinned::no);
    EXPECT_EQ(pinned("pc1.example"), Pinned::no) << "no key behind it";
    EXPECT_EQ(pinned("#pc1.example ssh-ed25519 AAAA"), Pinned::no);
    EXPECT_EQ(pinned("@revoked pc1.example ssh-ed25519 AAAA"), Pinned::no);
    EXPECT_EQ(pinned("pc1.example ssh-ed25519 AAAA", 2222), Pinned::no);
    EXPECT_EQ(pinned("[pc1.example]:2222 ssh-ed25519 AAAA", 2222), Pinned::yes);
    EXPECT_EQ(pinned("|1|F1E1|C0DE ssh-ed25519 AAAA"), Pinned::hidden);
    EXPECT_EQ(pinned("|1|F1E1|C0DE ssh-ed25519 AAAA\npc1.example ssh-ed25519 AAAA"), Pinned::yes);
}

}  // namespace
}  // namespace hall
