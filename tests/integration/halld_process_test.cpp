// The daemon as its operating system sees it: exit codes, readiness, watchdog, locks, a full disk.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "daemon/shell/journal.hpp"
#include "tests/support/process.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;
using test::Process;

/// A socket on a loopback port that the kernel chose.
class Listener {
  public:
    Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof a;
        ::bind(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a);
        ::listen(fd_, 1);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &size);
        port_ = ntohs(a.sin_port);
    }
    ~Listener() { ::close(fd_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    [[nodiscard]] int port() const { return port_; }

  private:
    int fd_;
    int port_ = 0;
};

/// systemd's end of sd_notify.
class NotifySocket {
  public:
    explicit NotifySocket(const fs::path& path)
        : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        path.string().copy(a.sun_path, sizeof a.sun_path - 1);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
        timeval limit{test::kPatience.count(), 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    ~NotifySocket() { ::close(fd_); }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    /// Whether this is said; other messages before it are passed over.
    bool hears(const std::string& wanted) {
        std::array<char, 4096> buffer{};
        for (;;) {
            const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (n <= 0) return false;
            if (std::string(buffer.data(), static_cast<std::size_t>(n)).find(wanted) !=
                std::string::npos)
                return true;
        }
    }

    /// All that is said up to and with this; none when it is never said.
    std::vector<std::string> all_until(const std::string& last) {
        std::array<char, 4096> buffer{};
        std::vector<std::string> all;
        for (;;) {
            const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (n <= 0) return {};
            all.emplace_back(buffer.data(), static_cast<std::size_t>(n));
            if (all.back().find(last) != std::string::npos) return all;
        }
    }

  private:
    int fd_;
};

class HalldProcess : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "hall-process-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        write_config(free_port());
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }

    static int free_port() { return Listener().port(); }

    /// One circuit on a board that nobody answers for.
    void write_config(int panel_port, const std::string& more = "") {
        port_ = panel_port;
        std::ofstream(config()) << R"([hall]
id = "small"
name = "Small hall"
timezone = "Asia/Shanghai"
latitude = 35.0
longitude = 117.0
locale = "en"
[panel]
listen = "127.0.0.1:)" << panel_port
                                << R"("
[[bus]]
id = "power"
type = "modbus-tcp"
host = "127.0.0.1"
port = )" << free_port() << R"(
[[device]]
id = "relay1"
bus = "power"
unit = 1
template = "waveshare-io-8ch"
[[circuit]]
id = "pc1"
name = "PC 1"
output = "relay1.coil1"
wiring = "normally_closed"
feedback = "relay1.in1"
power_good = "relay1.in2"
stop = [{ method = "command", command = ["/bin/true"] }]
[lightbox]
output = "relay1.coil8"
policy = "after_closing"
on = "18:00"
off = "06:00"
[[window]]
id = "1"
lamps = { green = "relay1.coil2" }
serving = { green = "on" }
)" << more;
    }
    [[nodiscard]] fs::path config() const { return root_ / "hall.toml"; }
    [[nodiscard]] fs::path state() const { return root_ / "state"; }
    [[nodiscard]] std::vector<std::string> command() const {
        return {HALLD, "--config", config(), "--state", state()};
    }
    [[nodiscard]] static std::vector<std::string> environment() {
        return {std::string("HALL_DEVICES=") + HALL_SOURCE_DIR + "/config/devices"};
    }

    /// One request; the answer's status line with headers and body.
    [[nodiscard]] std::string http(const std::string& method, const std::string& target,
                                   const std::string& body = "") const {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval limit{test::kPatience.count(), 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        a.sin_port = htons(static_cast<std::uint16_t>(port_));
        std::string answer;
        if (::connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0) {
            const std::string request =
                method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) +
                "\r\nConnection: close\r\nContent-Type: application/json\r\n"
                "Content-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body;
            if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
                std::array<char, 4096> buffer{};
                for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
                    answer.append(buffer.data(), static_cast<std::size_t>(n));
            }
        }
        ::close(fd);
        return answer;
    }
    /// Asks until the answer's status is the wanted one; what it last was.
    [[nodiscard]] std::string until_health(const std::string& status) const {
        const auto until = std::chrono::steady_clock::now() + test::kPatience;
        std::string answer;
        while (std::chrono::steady_clock::now() < until) {
            answer = http("GET", "/healthz");
            if (answer.find("HTTP/1.1 " + status) == 0) break;
        }
        return answer;
    }
    [[nodiscard]] Verification verify() const {
        return verify_journal(state() / "journal.db", state() / "journal.pub");
    }

    fs::path root_;
    int port_ = 0;
};

TEST_F(HalldProcess, TellsReadinessLifeAndStopAndExitsWithZero) {
    NotifySocket systemd(root_ / "notify");
    auto env = environment();
    env.push_back("NOTIFY_SOCKET=" + (root_ / "notify").string());
    env.push_back("WATCHDOG_USEC=30000000");
    Process halld(command(), env);
    EXPECT_TRUE(systemd.hears("READY=1"));
    EXPECT_TRUE(systemd.hears("WATCHDOG=1"));
    EXPECT_TRUE(systemd.hears("WATCHDOG=1"));
    EXPECT_EQ(until_health("200").find("HTTP/1.1 200"), 0U);
    halld.signal(SIGTERM);
    EXPECT_TRUE(systemd.hears("STOPPING=1"));
    EXPECT_EQ(halld.ends(), 0) << halld.output();
    EXPECT_TRUE(verify().intact) << verify().what;
    EXPECT_FALSE(fs::exists(state() / "halld.sock"));
}

TEST_F(HalldProcess, AConfigurationWithFaultsEndsWithTwoAndListsThemAll) {
    write_config(free_port(), "[closing]\nmin_persons = 1\nconfirm_windw = 60\n");
    Process halld(command(), environment());
    EXPECT_EQ(halld.ends(), 2);
    EXPECT_NE(halld.output().find("hall.toml:39:"), std::string::npos) << halld.output();
    EXPECT_NE(halld.output().find("confirm_window"), std::string::npos) << halld.output();
    EXPECT_NE(halld.output().find("hall.toml:38:"), std::string::npos) << halld.output();
    EXPECT_FALSE(fs::exists(state())) << "nothing is made before the configuration holds";
}

TEST_F(HalldProcess, WrongFlagsEndWithTwo) {
    Process nothing({HALLD}, environment());
    EXPECT_EQ(nothing.ends(), 2);
    Process unknown({HALLD, "--config", config(), "--frobnicate"}, environment());
    EXPECT_EQ(unknown.ends(), 2);
    Process help({HALLD, "--help"}, environment());
    EXPECT_EQ(help.ends(), 0);
}

TEST_F(HalldProcess, ATakenPortIsNamedWithTheRemedy) {
    const Listener taken;
    write_config(taken.port());
    Process halld(command(), environment());
    EXPECT_EQ(halld.ends(), 1);
    EXPECT_NE(halld.output().find(std::to_string(taken.port())), std::string::npos)
        << halld.output();
}

TEST_F(HalldProcess, TwoDaemonsNeverShareAStateFolder) {
    Process first(command(), environment());
    ASSERT_TRUE(first.says("ready: panel")) << first.output();
    write_config(free_port());
    Process second(command(), environment());
    EXPECT_EQ(second.ends(), 1);
    EXPECT_NE(second.output().find("in use by another halld"), std::string::npos)
        << second.output();
    first.signal(SIGTERM);
    EXPECT_EQ(first.ends(), 0);
    EXPECT_TRUE(verify().intact);
}

TEST_F(HalldProcess, AKilledDaemonLeavesNoLockBehind) {
    {
        Process first(command(), environment());
        ASSERT_TRUE(first.says("ready: panel")) << first.output();
        first.signal(SIGKILL);
        EXPECT_EQ(first.ends(), 128 + SIGKILL);
    }
    Process second(command(), environment());
    ASSERT_TRUE(second.says("ready: panel")) << second.output();
    second.signal(SIGINT);
    EXPECT_EQ(second.ends(), 0);
    EXPECT_TRUE(verify().intact);
}

TEST_F(HalldProcess, AFullDiskStopsDecisionsLosesNothingAndHealsByItself) {
    Process halld(command(), environment());
    ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
    ASSERT_EQ(until_health("200").find("HTTP/1.1 200"), 0U);
    // Files may not grow any more: what a full disk does to a write, for this process alone.
    const rlimit full{0, RLIM_INFINITY};
    ASSERT_EQ(::prlimit(halld.pid(), RLIMIT_FSIZE, &full, nullptr), 0);
    // Nothing to record: refused for what it is, unless the daemon itself waits to record
    // something.
    const std::string cancel = http("POST", "/api/closing/cancel", "{}");
    EXPECT_TRUE(cancel.starts_with("HTTP/1.1 409") ||
                cancel.find("journal_unavailable") != std::string::npos)
        << cancel;
    // Something that must be recorded.
    const std::string set = http("POST", "/api/window/set", R"({"window":"1","state":"serving"})");
    EXPECT_EQ(set.find("HTTP/1.1 503"), 0U) << set;
    EXPECT_EQ(until_health("503").find("HTTP/1.1 503"), 0U) << halld.output();
    const rlimit room{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(::prlimit(halld.pid(), RLIMIT_FSIZE, &room, nullptr), 0);
    EXPECT_EQ(until_health("200").find("HTTP/1.1 200"), 0U) << halld.output();
    halld.signal(SIGTERM);
    EXPECT_EQ(halld.ends(), 0);
    EXPECT_TRUE(verify().intact) << verify().what;
}

TEST_F(HalldProcess, ADamagedJournalIsKeptAsideAndSaid) {
    {
        Process halld(command(), environment());
        ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
        halld.signal(SIGTERM);
        ASSERT_EQ(halld.ends(), 0);
    }
    const fs::path db = state() / "journal.db";
    {
        std::fstream file(db, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(static_cast<std::streamoff>(fs::file_size(db) / 2));
        file.write("\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a", 8);
    }
    EXPECT_FALSE(verify().intact);
    Process halld(command(), environment());
    ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
    EXPECT_NE(halld.output().find("damaged"), std::string::npos) << halld.output();
    EXPECT_NE(http("GET", "/api/state").find("journal_damaged"), std::string::npos);
    halld.signal(SIGTERM);
    EXPECT_EQ(halld.ends(), 0);
    EXPECT_TRUE(verify().intact) << verify().what;
    int aside = 0;
    for (const auto& entry : fs::directory_iterator(state()))
        aside += entry.path().filename().string().rfind("journal.db.damaged-", 0) == 0 &&
                         entry.path().extension() != ".db-wal"
                     ? 1
                     : 0;
    EXPECT_GE(aside, 1);
}

TEST_F(HalldProcess, ANewConfigurationIsLoadedWholeOrNotAtAll) {
    Process halld(command(), environment());
    ASSERT_TRUE(halld.says("ready: panel")) << halld.output();
    const int port = port_;
    write_config(port, "[closing]\nmin_persons = 1\n");
    halld.signal(SIGHUP);
    ASSERT_TRUE(halld.says("configuration not loaded, the old one stays")) << halld.output();
    EXPECT_NE(http("GET", "/api/state").find("\"needed\":2"), std::string::npos);
    write_config(port, "[closing]\nmin_persons = 3\n");
    halld.signal(SIGHUP);
    ASSERT_TRUE(halld.says("starting again with it")) << halld.output();
    const auto until = std::chrono::steady_clock::now() + test::kPatience;
    std::string seen;
    while (seen.find("\"needed\":3") == std::string::npos &&
           std::chrono::steady_clock::now() < until)
        seen = http("GET", "/api/state");
    EXPECT_NE(seen.find("\"needed\":3"), std::string::npos) << seen;
    halld.signal(SIGTERM);
    EXPECT_EQ(halld.ends(), 0);
}

TEST_F(HalldProcess, SystemdIsToldOfAReloadAndOfNoStop) {
    NotifySocket systemd(root_ / "notify");
    auto env = environment();
    env.push_back("NOTIFY_SOCKET=" + (root_ / "notify").string());
    Process halld(command(), env);
    ASSERT_TRUE(systemd.hears("READY=1"));
    write_config(port_, "[closing]\nmin_persons = 3\n");
    halld.signal(SIGHUP);
    const auto said = systemd.all_until("READY=1");
    ASSERT_FALSE(said.empty()) << halld.output();
    const auto has = [&](const std::string& word) {
        return std::any_of(said.begin(), said.end(),
                           [&](const std::string& m) { return m.find(word) != std::string::npos; });
    };
    EXPECT_TRUE(has("RELOADING=1\nMONOTONIC_USEC="));
    // Systemd would take that for the end, and kill what goes on.
    EXPECT_FALSE(has("STOPPING=1"));
    halld.signal(SIGTERM);
    EXPECT_TRUE(systemd.hears("STOPPING=1"));
    EXPECT_EQ(halld.ends(), 0);
}

}  // namespace
}  // namespace hall
