#pragma once
// A telemetry with a real broker and a real journal around it, and a hall that only notes what it
// is told.
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <nlohmann/json.hpp>

#include "daemon/telemetry/telemetry.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/wire.hpp"

namespace hall::test {

using nlohmann::json;

inline SiteConfig small_site(const std::string& url) {
    SiteConfig site;
    site.hall.id = "demo";
    site.hall.name = "Demo hall";
    site.hall.zone = Zone(std::chrono::hours{8}, {});
    site.locale = "en";
    site.sha256 = "c0ffee";
    site.mqtt.urls = {url};
    site.hall.circuits.resize(2);
    site.hall.circuits[0] = {
        .id = "pc1", .name = "PC 1", .has_meter = true, .stop = {}, .window = {}};
    site.hall.circuits[1] = {.id = "pc2", .name = "PC 2", .stop = {}, .window = {}};
    for (const char* id : {"1", "2"}) {
        WindowConfig window;
        window.id = window.post = id;
        window.name = std::string("Window ") + id;
        site.hall.windows.push_back(window);
    }
    site.hall.contacts.push_back({"west_door", "West door", true});
    return site;
}

inline HallView small_view() {
    HallView view;
    view.closing.plan.digest = "d1";
    view.closing.plan.cut = {"pc1", "pc2"};
    for (const char* id : {"1", "2"}) {
        CircuitView circuit;
        circuit.id = std::string("pc") + id;
        circuit.name = std::string("PC ") + id;
        circuit.target = circuit.actual = Level::on;
        circuit.pc = PcState::running;
        circuit.fresh = true;
        view.circuits.push_back(circuit);
        view.windows.push_back({id,
                                std::string("Window ") + id,
                                id,
                                WindowState::serving,
                                {{LampMode::on, Level::on}}});
    }
    view.contacts.push_back({"west_door", "West door", ContactState::closed, true});
    view.lightbox.fitted = true;
    view.lightbox.target = view.lightbox.actual = Level::off;
    view.lightbox.reason = "schedule";
    return view;
}

inline AlarmView small_alarm() {
    AlarmView alarm;
    alarm.id = "meter_silent.pc1";
    alarm.code = "meter_silent";
    alarm.subject = "pc1";
    alarm.severity = "warning";
    alarm.rule = "R8";
    alarm.clause = "7.1";
    return alarm;
}

/// Topic and payload of everything retained, as a newcomer sees it.
inline std::map<std::string, json> retained_of(const Peer& peer) {
    std::map<std::string, json> out;
    for (const auto& m : peer.messages()) {
        if (!m.payload.empty()) out[m.topic] = json::parse(m.payload);
    }
    return out;
}

class TelemetryRig : public testing::Test, protected telemetry::Host {
  protected:
    TelemetryRig()
        : site_(small_site(broker_.url())),
          view_(small_view()),
          journal_(Journal::open(state_.path(), [](WallTime) { return 8h; }).journal) {}
    ~TelemetryRig() override { telemetry_.reset(); }

    void start() {
        telemetry_ = std::make_unique<telemetry::Telemetry>(
            site_, *journal_, static_cast<telemetry::Host&>(*this), state_.path(),
            [](drivers::MqttSettings settings, auto sink) {
                settings.retry_first = 20ms;
                settings.retry_most = 100ms;
                return drivers::open_mqtt(std::move(settings), std::move(sink));
            },
            [this](std::function<void()> work) {
                {
                    const std::lock_guard lock(mutex_);
                    posted_.push_back(std::move(work));
                }
                bell().ring();
            });
    }
    /// The daemon ends in good order.
    void end() { telemetry_.reset(); }
    /// It dies: what it would have written at its end is not written.
    void crash() {
        const auto file = state_.path() / "delivered";
        const auto kept = state_.path() / "delivered.kept";
        std::error_code none;
        std::filesystem::copy_file(file, kept, std::filesystem::copy_options::overwrite_existing,
                                   none);
        telemetry_.reset();
        if (none) {
            std::filesystem::remove(file);
        } else {
            std::filesystem::rename(kept, file);
        }
    }

    /// The loop: does what was posted, and looks again when more is or when it was asked to, until
    /// it is so.
    bool until(const std::function<bool()>& so) {
        return bell().wait(
            [&] {
                wake_at_ = Bell::Time::max();
                work();
                return so();
            },
            kPatience, [this] { return wake_at_; });
    }
    /// What was posted alone, or what the loop does after each of its steps, too.
    void work(bool step = true) {
        std::deque<std::function<void()>> now;
        {
            const std::lock_guard lock(mutex_);
            now.swap(posted_);
        }
        for (auto& one : now) one();
        if (!telemetry_) return;
        step ? telemetry_->refresh() : telemetry_->woken();
    }
    /// The loop is busy with something else; until so many things wait for it.
    bool pile_up(std::size_t count) {
        return eventually([&] {
            const std::lock_guard lock(mutex_);
            return posted_.size() >= count;
        });
    }
    bool connected() {
        return until([&] { return telemetry_->connected(); });
    }

    void record(const std::string& type, int count = 1) {
        std::vector<Record> records(static_cast<std::size_t>(count),
                                    {type, "R1", {"1001"}, "done", {{"k", "v"}}});
        journal_->append(now(), records, "{}");
    }

    // telemetry::Host
    void submit(const Event& event) override {
        submitted_.push_back(event);
        if (std::holds_alternative<CommandAccepted>(event)) return;
        events_.push_back(event);
        std::visit(
            [&](const auto& e) {
                if constexpr (requires { e.request; }) {
                    if (!silent_) telemetry_->answered({e.request, answer_, code_, {}});
                }
            },
            event);
    }
    RequestId next_request() override { return ++requests_; }
    HallView view() override {
        ++views_;
        HallView view = view_;
        view.now = now();
        return view;
    }
    WiresView wires() override { return view(); }
    std::vector<drivers::BusStatistics> buses() override { return buses_; }
    void wake_in(Millis delay) override { wake_at_ = std::chrono::steady_clock::now() + delay; }
    telemetry::ProgramState program() override { return {"boot", "1.2.3", true, journal_fine_}; }
    Now now() override {
        const auto mono =
            std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
        // The two clocks are never read at once: a few milliseconds of jitter.
        jitter_ = (jitter_ + 1) % 5;
        const auto wall = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
        return {Instant{mono + skip_}, wall + skip_ + Millis{jitter_}, trusted_};
    }

    /// Codes of the refusals that reached the rules.
    [[nodiscard]] std::vector<std::string> refused() const {
        std::vector<std::string> codes;
        for (const Event& event : events_) {
            if (const auto* r = std::get_if<CommandRefused>(&event)) codes.push_back(r->code);
        }
        return codes;
    }
    template <class Wanted>
    [[nodiscard]] std::vector<Wanted> told() const {
        std::vector<Wanted> list;
        for (const Event& event : events_) {
            if (const auto* e = std::get_if<Wanted>(&event)) list.push_back(*e);
        }
        return list;
    }

    [[nodiscard]] static std::string uuid(int n) {
        char text[37];
        std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", n);
        return text;
    }
    std::string at(std::chrono::seconds offset) {
        return telemetry::stamp(site_, now().wall + offset);
    }
    json command(int id, json args = json::object()) {
        return {{"id", uuid(id)}, {"issued", at(0s)}, {"expires", at(30s)}, {"args", args}};
    }

    Broker broker_;
    TempFolder state_;
    SiteConfig site_;
    HallView view_;
    std::vector<drivers::BusStatistics> buses_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<telemetry::Telemetry> telemetry_;
    std::vector<Event> submitted_;
    std::vector<Event> events_;  ///< of them, all but acceptances
    RequestId requests_ = 0;
    Answer::Kind answer_ = Answer::Kind::done;
    std::string code_;
    bool silent_ = false, journal_fine_ = true, trusted_ = true;
    Millis skip_{0};
    int jitter_ = 0, views_ = 0;
    Bell::Time wake_at_ = Bell::Time::max();
    std::mutex mutex_;
    std::deque<std::function<void()>> posted_;
};

}  // namespace hall::test
