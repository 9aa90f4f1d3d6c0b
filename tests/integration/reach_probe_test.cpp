// R8: an address that answers, one that refuses, one that is silent, one that cannot be tried.
#include "drivers/pc/reach_probe.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <vector>

namespace hall::drivers {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

class ReachProbeTest : public testing::Test {
  protected:
    /// Runs until `n` verdicts have come.
    std::vector<std::optional<bool>> verdicts(ReachSettings settings, std::size_t n) {
        std::vector<std::optional<bool>> seen;
        const ReachProbe probe(io_, std::move(settings), [&](std::optional<bool> reached) {
            seen.push_back(reached);
            if (seen.size() >= n) io_.stop();
        });
        io_.restart();
        io_.run_for(30s);
        return seen;
    }
    static ReachSettings at(int port) { return {"127.0.0.1", port, 1ms, 10'000ms}; }

    boost::asio::io_context io_{1};
    tcp::acceptor listening_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
};

TEST_F(ReachProbeTest, AListeningPortIsReachedAgainAndAgain) {
    const auto seen = verdicts(at(listening_.local_endpoint().port()), 3);
    EXPECT_EQ(seen, (std::vector<std::optional<bool>>{true, true, true}));
}

TEST_F(ReachProbeTest, ARefusalIsAnAnswerToo) {
    const int port = listening_.local_endpoint().port();
    listening_.close();
    EXPECT_EQ(verdicts(at(port), 2), (std::vector<std::optional<bool>>{true, true}));
}

TEST_F(ReachProbeTest, SilenceIsNotReached) {
    // A listener whose queue is full drops what else asks to come in, as a machine without power
    // does.
    tcp::acceptor full(io_);
    full.open(tcp::v4());
    full.bind({boost::asio::ip::address_v4::loopback(), 0});
    full.listen(0);
    std::list<tcp::socket> queue;
    for (int i = 0; i < 4; ++i) {
        tcp::socket& s = queue.emplace_back(io_);
        s.open(tcp::v4());
        s.native_non_blocking(true);
        // Asio's own connect() would wait for an answer that never comes.
        const tcp::endpoint to = full.local_endpoint();
        ::connect(s.native_handle(), to.data(), static_cast<socklen_t>(to.size()));
    }
    ReachSettings settings = at(full.local_endpoint().port());
    settings.timeout = 50ms;
    EXPECT_EQ(verdicts(settings, 2), (std::vector<std::optional<bool>>{false, false}));
}

TEST_F(ReachProbeTest, WhatCannotBeTriedSaysNothing) {
    ReachSettings settings = at(80);
    settings.host = "no.such.name.invalid";
    settings.timeout = 20'000ms;
    EXPECT_EQ(verdicts(settings, 1), (std::vector<std::optional<bool>>{std::nullopt}));
}

TEST_F(ReachProbeTest, NothingIsReportedAfterItsEnd) {
    int reports = 0;
    {
        const ReachProbe probe(io_, at(listening_.local_endpoint().port()),
                               [&](std::optional<bool>) { ++reports; });
    }
    io_.restart();
    io_.run_for(30s);  // runs out of work at once
    EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace hall::drivers
