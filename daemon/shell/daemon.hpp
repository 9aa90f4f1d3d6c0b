#pragma once
// The running daemon: the loop with everything that speaks to it.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "daemon/panel/server.hpp"
#include "daemon/shell/actions.hpp"
#include "daemon/shell/certificate_watch.hpp"
#include "daemon/shell/control_socket.hpp"
#include "daemon/shell/credentials.hpp"
#include "daemon/shell/journal.hpp"
#include "daemon/shell/loop.hpp"
#include "daemon/shell/site.hpp"
#include "daemon/telemetry/telemetry.hpp"
#include "drivers/reader/reader.hpp"

namespace hall {

class Daemon final : private panel::Host, private telemetry::Host {
  public:
    /// @throws std::runtime_error with a sentence for the operator: port taken, socket in use
    Daemon(const SiteConfig& site, Journal& journal, const std::filesystem::path& state);
    ~Daemon() override;

    /// @param damage what was wrong with an earlier journal
    /// Returns when a signal ends the daemon. True: a new configuration is to be loaded by starting
    /// again.
    bool run(const std::string& damage);

  private:
    // panel::Host
    std::string state() override;
    void act(const std::string& action, const std::string& body,
             std::function<void(panel::Reply)> done) override;
    panel::Reply health() override;
    std::string metrics() override;
    // telemetry::Host
    void submit(const Event& event) override { loop_.dispatch(event); }
    RequestId next_request() override { return loop_.expect({}); }
    HallView view() override { return loop_.view(); }
    WiresView wires() override { return loop_.wires(); }
    telemetry::ProgramState program() override;
    Now now() override { return loop_.now(); }
    std::vector<drivers::BusStatistics> buses() override { return loop_.io().statistics(); }
    void wake_in(Millis delay) override;

    void open_reader();
    void ask_agent(const AgentRequest& request, AgentEnded ended);
    void await_signal();
    void tend();
    std::string control(const std::string& request);
    /// The panel's state, and what became of the devices' requests.
    std::string status();
    /// Loads the file again as a whole or not at all. Returns what is wrong; empty: the daemon
    /// starts again with it.
    std::string reload();
    void stop();

    boost::asio::io_context io_{1};
    const SiteConfig& site_;
    std::string boot_id_;
    Loop loop_;
    Credentials credentials_;
    Actions actions_;
    panel::Server panel_;
    ControlSocket control_;
    std::unique_ptr<telemetry::Telemetry> telemetry_;
    CertificateWatch certificates_;
    std::unique_ptr<drivers::CardReader> reader_;  ///< none is fitted, perhaps
    boost::asio::signal_set signals_;
    boost::asio::steady_timer tending_, telemetry_timer_;
    bool again_ = false;
};

/// The program's version, as status and --version show it.
extern const char* const kVersion;

}  // namespace hall
