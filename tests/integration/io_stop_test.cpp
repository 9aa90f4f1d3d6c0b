// The wires' side asks PCs to shut down: each method reaches what carries it, and its end comes
// back as the end of the command, once, and never in the middle of a step.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "daemon/shell/io.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/core_config.hpp"

namespace hall {
namespace {

using namespace std::chrono_literals;

class IoStop : public testing::Test {
  protected:
    IoStop() {
        site.hall = test::small_hall();
        site.hall.circuits.resize(1);
        site.hall.windows.clear();
        site.hall.contacts.clear();
        site.buses.resize(1);
        site.scan_intervals = site.meter_intervals = {60s};
        site.circuits.resize(1);
    }
    void wire(StopWiring stop, AskAgent ask = {}) {
        site.circuits[0].stop = {std::move(stop)};
        wires = std::make_unique<Io>(
            io, site,
            [this](const std::vector<Event>& events) {
                told.insert(told.end(), events.begin(), events.end());
            },
            std::move(ask));
    }
    /// Asks, and gives the end once it is there.
    std::optional<Outcome> ask() {
        wires->execute({7, StopPc{CircuitIx{0}, 0}});
        EXPECT_TRUE(told.empty()) << "told in the middle of a step";
        io.restart();
        while (told.empty() && io.run_one_for(60s) != 0) {
        }
        const auto* end = told.size() == 1 ? std::get_if<CommandFinished>(&told[0]) : nullptr;
        EXPECT_TRUE(end != nullptr && end->command == 7);
        return end != nullptr ? std::optional(end->outcome) : std::nullopt;
    }

    SiteConfig site;
    boost::asio::io_context io;
    std::vector<Event> told;
    std::unique_ptr<Io> wires;
};

TEST_F(IoStop, ACommandIsRun) {
    StopWiring stop;
    stop.command = {"/bin/true"};
    wire(stop);
    EXPECT_EQ(ask(), Outcome::done);
}

TEST_F(IoStop, SshIsAskedWithWhatWasConfigured) {
    StopWiring stop;
    stop.kind = StopMethodKind::ssh;
    stop.ssh.emplace();
    stop.ssh->host = "127.0.0.1";
    close(test::listen_anywhere(stop.ssh->port));
    stop.ssh->user = "nobody";
    stop.ssh->key_file = stop.ssh->known_hosts = "/nowhere";
    wire(stop);
    EXPECT_EQ(ask(), Outcome::failed);
}

TEST_F(IoStop, AnAgentIsAskedAndItsAnswerEndsTheCommand) {
    for (const auto outcome : {Outcome::done, Outcome::failed, Outcome::unknown}) {
        StopWiring stop;
        stop.kind = StopMethodKind::mqtt;
        stop.timeout = 12s;
        std::vector<AgentRequest> requests;
        wire(stop, [&](const AgentRequest& request, const AgentEnded& ended) {
            requests.push_back(request);
            boost::asio::post(io, [ended, outcome] { ended(outcome, "so"); });
        });
        EXPECT_EQ(ask(), outcome);
        ASSERT_EQ(requests.size(), 1U);
        EXPECT_EQ(requests[0].circuit, site.hall.circuits[0].id);
        EXPECT_EQ(requests[0].timeout, 12s);
        told.clear();
    }
}

TEST_F(IoStop, WithoutABrokerNoAgentCanBeAsked) {
    StopWiring stop;
    stop.kind = StopMethodKind::mqtt;
    wire(stop);
    EXPECT_EQ(ask(), Outcome::failed);
}

TEST_F(IoStop, AnAnswerAfterTheEndReachesNobody) {
    StopWiring stop;
    stop.kind = StopMethodKind::mqtt;
    AgentEnded late;
    wire(stop, [&](const AgentRequest&, AgentEnded ended) { late = std::move(ended); });
    wires->execute({7, StopPc{CircuitIx{0}, 0}});
    wires.reset();
    ASSERT_TRUE(late);
    late(Outcome::done, "");
    EXPECT_TRUE(told.empty());
}

}  // namespace
}  // namespace hall
