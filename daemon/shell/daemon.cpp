#include "daemon/shell/daemon.hpp"

#include <signal.h>
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "daemon/shell/notify.hpp"
#include "daemon/telemetry/device_json.hpp"

namespace hall {

#ifndef HALL_VERSION
#define HALL_VERSION "0"
#endif
const char* const kVersion = HALL_VERSION;

namespace {

/// A worker that has shown no life for this long is stuck; the watchdog is not fed any more then.
constexpr Millis kWorkerPatience{20'000};
constexpr std::chrono::milliseconds kTendEvery{1'000};

}  // namespace

Daemon::Daemon(const SiteConfig& site, Journal& journal, const std::filesystem::path& state)
    : site_(site),
      boot_id_(machine_boot_id()),
      loop_(io_, site, journal, boot_id_, state / "recorder",
            [this](const AgentRequest& request, AgentEnded ended) {
                ask_agent(request, std::move(ended));
            }),
      credentials_(state),
      actions_(io_, site, loop_, credentials_, boot_id_, [this] { return this->state(); }),
      panel_(io_, site.panel, *this),
      control_(io_, state / "halld.sock",
               [this](const std::string& request) { return control(request); }),
      certificates_(site.mqtt,
                    [this](const ConditionReported& condition) { loop_.dispatch(condition); }),
      signals_(io_, SIGINT, SIGTERM, SIGHUP),
      tending_(io_),
      telemetry_timer_(io_) {
    if (!site.mqtt.urls.empty()) {
        telemetry::Host& host = *this;
        telemetry_ = std::make_unique<telemetry::Telemetry>(
            site, journal, host, state, drivers::open_mqtt,
            [this](std::function<void()> work) { boost::asio::post(io_, std::move(work)); });
    }
    loop_.on_answer([this](const Answer& answer) {
        return telemetry_ != nullptr && telemetry_->answered(answer);
    });
    loop_.on_change([this] {
        panel_.changed();
        if (telemetry_ != nullptr) telemetry_->refresh();
    });
}

Daemon::~Daemon() = default;

bool Daemon::run(const std::string& damage) {
    loop_.start(damage);
    open_reader();
    await_signal();
    tend();
    notify_ready();
    spdlog::info("hall {} ready: panel on http://{}:{}/", site_.hall.id, site_.panel.host,
                 panel_.port());
    io_.run();
    return again_;
}

void Daemon::open_reader() {
    if (site_.panel.reader.empty()) return;
    // A card's number goes to the page that asks for it, and nowhere else.
    reader_ = std::make_unique<drivers::CardReader>(
        io_, drivers::ReaderSettings{.path = site_.panel.reader},
        [this](const std::string& number) { panel_.card_read(number); },
        [this](bool up, const std::string& why) {
            spdlog::log(up ? spdlog::level::info : spdlog::level::warn, "card reader {}: {} {}",
                        site_.panel.reader, up ? "up" : "lost", why);
            loop_.dispatch(LinkReported{site_.panel.reader_link.value(), up});
        });
}

void Daemon::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        if (error) return;
        if (number != SIGHUP) {
            spdlog::info("signal {}: stopping; outputs stay as they are", number);
            stop();
            return;
        }
        const std::string wrong = reload();
        if (!wrong.empty()) spdlog::error("configuration not loaded, the old one stays: {}", wrong);
        if (!again_) await_signal();
    });
}

void Daemon::stop() {
    if (again_) {
        notify_reloading();
    } else {
        notify_stopping();
    }
    if (telemetry_ != nullptr) telemetry_->stop();
    loop_.stop();
    io_.stop();
}

std::string Daemon::reload() {
    const Phase phase = loop_.view().closing.phase;
    if (phase != Phase::open && phase != Phase::closed && phase != Phase::partial) {
        return "a closing or an opening is under way; load it when that has ended";
    }
    const LoadedSite loaded = load_site(site_.file, default_templates(site_.file));
    if (!loaded.site) {
        std::string all;
        for (const ConfigFault& fault : loaded.faults) {
            if (!fault.warning) all += (all.empty() ? "" : "\n") + to_string(fault);
        }
        return all;
    }
    // Starting again is safe by design: nothing is switched by it, and what is interrupted is
    // resumed.
    spdlog::info("configuration {} holds: starting again with it", site_.file.string());
    again_ = true;
    boost::asio::post(io_, [this] { stop(); });
    return {};
}

void Daemon::wake_in(Millis delay) {
    telemetry_timer_.expires_after(delay);
    telemetry_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) telemetry_->woken();
    });
}

void Daemon::tend() {
    certificates_.look(loop_.now(), [this](WallTime t) {
        return telemetry::stamp(site_, t).substr(0, std::string_view("2026-01-31").size());
    });
    const auto sign = loop_.io().oldest_sign_of_life();
    const Millis now = loop_.now().mono.time_since_epoch();
    if (!sign || now - *sign < kWorkerPatience) {
        notify_alive();
    } else {
        spdlog::critical("a bus worker is stuck: the watchdog will end this process");
    }
    tending_.expires_after(kTendEvery);
    tending_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tend();
    });
}

void Daemon::ask_agent(const AgentRequest& request, AgentEnded ended) {
    if (telemetry_ != nullptr) return telemetry_->ask_agent(request, std::move(ended));
    boost::asio::post(
        io_, [ended = std::move(ended)] { ended(Outcome::failed, "the broker is not connected"); });
}

telemetry::ProgramState Daemon::program() {
    return {boot_id_, kVersion, telemetry_ != nullptr && telemetry_->connected(),
            loop_.journal_available()};
}

std::string Daemon::state() {
    return telemetry::state_json(site_, loop_.view(), program()).dump();
}

void Daemon::act(const std::string& action, const std::string& body,
                 std::function<void(panel::Reply)> done) {
    actions_.act(action, body, std::move(done));
}

panel::Reply Daemon::health() {
    const bool fine = loop_.journal_available();
    const nlohmann::json body{{"status", fine ? "ok" : "journal_unavailable"},
                              {"version", kVersion}};
    return {fine ? 200 : 503, body.dump()};
}

std::string Daemon::metrics() {
    std::ostringstream out;
    const auto one = [&](const char* name, const char* type, const char* help, auto value) {
        out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n'
            << name << ' ' << value << '\n';
    };
    const HallView view = loop_.view();
    one("hall_steps_total", "counter", "Events taken by the rules.", loop_.steps());
    one("hall_journal_available", "gauge", "1 while records can be written.",
        loop_.journal_available() ? 1 : 0);
    one("hall_clock_trusted", "gauge", "1 while the wall clock is believed.",
        view.now.wall_trusted ? 1 : 0);
    one("hall_alarms", "gauge", "Alarms not both cleared and acknowledged.", view.alarms.size());
    one("hall_closed", "gauge", "1 when the hall is closed or partly closed.",
        view.closing.phase == Phase::closed || view.closing.phase == Phase::partial ? 1 : 0);
    if (telemetry_ != nullptr) {
        one("hall_broker_connected", "gauge", "1 while the broker is connected.",
            telemetry_->connected() ? 1 : 0);
        one("hall_events_delivered", "counter", "Newest record that the broker has.",
            telemetry_->delivered());
        one("hall_commands_rejected_total", "counter", "Commands over MQTT without effect.",
            telemetry_->commands_rejected());
        one("hall_agent_replies_ignored_total", "counter",
            "Messages from agents on PCs that answered no request.",
            telemetry_->agent_replies_ignored());
    }
    out << telemetry::device_metrics(site_, buses());
    return out.str();
}

std::string Daemon::status() {
    auto status = telemetry::state_json(site_, loop_.view(), program());
    status["devices"] = telemetry::devices_json(telemetry::device_facts(site_, buses()));
    return status.dump();
}

std::string Daemon::control(const std::string& request) {
    const auto parsed = nlohmann::json::parse(request, nullptr, false);
    const std::string what = parsed.is_object() ? parsed.value("do", "") : "";
    if (what == "status") return status();
    if (what == "ping") return R"({"result":"done"})";
    if (what == "reload") {
        const std::string wrong = reload();
        return nlohmann::json{{"result", wrong.empty() ? "done" : "rejected"}, {"message", wrong}}
            .dump();
    }
    return nlohmann::json{{"result", "rejected"},
                          {"message", "unknown request: status, reload or ping"}}
        .dump();
}

}  // namespace hall
