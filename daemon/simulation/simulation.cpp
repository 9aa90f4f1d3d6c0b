#include "daemon/simulation/simulation.hpp"

#include <algorithm>
#include <stdexcept>

#include "daemon/simulation/staff.hpp"
#include "daemon/simulation/transcript.hpp"
#include "daemon/simulation/troubles.hpp"

namespace hall::simulation {

namespace {

/// After something happened, meters are read for this long; before and after, only at the moments
/// that matter.
constexpr Ms kBusy = 45 * kSecond;
/// So long must nothing have been wrong before what is due is looked at.
constexpr Ms kCalm = 40 * kSecond;
/// After a decision its orders need some time.
constexpr Ms kSettled = 3 * kSecond;
/// Beyond the limit of freshness, until a silent meter becomes an alarm (daemon/core/hall.cpp).
constexpr Ms kMeterPatience = 10 * kSecond;

class Run {
  public:
    Run(const Scene& scene, const Options& options);
    Verdict run();

  private:
    void plan_days(int days, bool faults);
    void heal();
    void until(Ms end);
    void busy();
    void look_calmly();
    [[nodiscard]] std::vector<Ms> aging() const;
    [[nodiscard]] bool calm() const;
    [[nodiscard]] LocalTime midnight(int day) const;
    [[nodiscard]] Ms true_time(LocalTime t) const {
        return config_.zone.to_wall(t).time_since_epoch().count();
    }

    Options options_;
    HallConfig config_;
    Wiring wiring_;
    HallFacts facts_;
    Dice dice_;
    Weather weather_;
    FaultCounts counts_;
    Checker checker_;
    Transcript witness_;
    Clockwork clock_;
    Plant plant_;
    Machine machine_;
    Wires wires_;
    Staff staff_;
    Troubles troubles_;
    std::chrono::local_days first_day_;
    int day_ = 0;
    Ms busy_until_ = 0, next_sample_ = 0, born_ = 0, recorded_ = 0;
    bool calm_pending_ = false;
};

HallConfig without_blinking(HallConfig config) {
    // A blink a second would be most of what is simulated, and no rule hangs on it.
    for (WindowConfig& w : config.windows) {
        for (auto& look : w.look) {
            for (LampMode& mode : look) {
                if (mode == LampMode::blink) mode = LampMode::on;
            }
        }
    }
    return config;
}

Run::Run(const Scene& scene, const Options& options)
    : options_(options),
      config_(without_blinking(scene.config)),
      wiring_(scene.wiring),
      facts_(facts_of(config_, scene.start)),
      dice_(options.seed * 0x2545f4914f6cdd1dULL + 17),
      weather_(draw_weather(dice_, options.severity)),
      checker_(facts_),
      witness_(facts_, checker_, options.transcript),
      clock_(scene.start.time_since_epoch().count()),
      plant_(facts_, clock_, dice_, witness_, [this] { wires_.look_again(); }),
      machine_(config_, clock_, dice_, witness_, weather_, counts_, options.stored),
      wires_(config_, wiring_, clock_, dice_, witness_, weather_, counts_, plant_, machine_),
      staff_(config_, clock_, dice_, witness_, weather_, plant_, machine_, [this] { busy(); }),
      troubles_(config_, clock_, dice_, witness_, weather_, counts_, plant_, machine_, wires_,
                wiring_.buses, [this] { busy(); }),
      first_day_(std::chrono::floor<std::chrono::days>(config_.zone.to_local(scene.start))) {
    machine_.connect({[this](const Command& c) { wires_.execute(c); },
                      [this] {
                          born_ = clock_.now();
                          wires_.reborn();
                          busy();
                      },
                      [this] {
                          recorded_ = clock_.now();
                          look_calmly();
                      }});
    wires_.on_trouble([this] { busy(); });
}

LocalTime Run::midnight(int day) const {
    return LocalTime{first_day_ + std::chrono::days{day}};
}

void Run::busy() {
    busy_until_ = clock_.now() + kBusy;
    look_calmly();
}

void Run::look_calmly() {
    if (calm_pending_) return;
    calm_pending_ = true;
    clock_.in(kCalm + 3 * kSecond, [this] {
        calm_pending_ = false;
        if (calm()) {
            witness_.calm(clock_.now());
        } else if (clock_.now() < busy_until_ || troubles_.none()) {
            look_calmly();
        }
    });
}

bool Run::calm() const {
    const Ms now = clock_.now();
    return machine_.up() && !machine_.stalled() && now - born_ >= kCalm && troubles_.none() &&
           now - troubles_.last() >= kCalm && now - recorded_ >= kSettled &&
           now - wires_.last_trouble() >= kCalm;
}

/// When evidence would grow old by its age alone. While nothing happens meters go on telling the
/// same, so that it does not; to simulate each of these samples would be most of the work.
std::vector<Ms> Run::aging() const {
    const Ms sampled = wires_.sampled(), fresh = facts_.fresh_within;
    std::vector<Ms> list{sampled + fresh + 1, sampled + 4 * fresh + 1,
                         sampled + fresh + kMeterPatience + 1};
    for (const CircuitFacts& c : facts_.circuits) list.push_back(sampled + c.off_for);
    return list;
}

void Run::until(Ms end) {
    while (clock_.now() < end) {
        const bool active = clock_.now() < busy_until_ || machine_.under_way();
        const Ms wake = machine_.wake(active ? std::vector<Ms>{} : aging());
        Ms next = std::min({end, clock_.next(), wake});
        if (active) next = std::min(next, std::max(next_sample_, clock_.now()));
        const bool jumped = !active && next > clock_.now() + wiring_.sample_every;
        clock_.advance_to(next);
        // What the meters told all the while is told once, at its end.
        if (jumped) wires_.scan();
        if (clock_.next() <= clock_.now()) {
            clock_.run_one();
            // What is due in this very millisecond is due all the same.
            if (machine_.up() && wake <= clock_.now()) machine_.woken();
            continue;
        }
        if (active && next_sample_ <= clock_.now()) {
            next_sample_ = clock_.now() + wiring_.sample_every;
            wires_.sample();
        }
        if (machine_.up() && wake <= clock_.now()) {
            machine_.woken();
            if (!active) look_calmly();
        }
    }
}

void Run::plan_days(int days, bool faults) {
    for (int i = 0; i < days; ++i, ++day_) {
        const LocalTime begin = midnight(day_);
        const Ms end = true_time(midnight(day_ + 1));
        staff_.live_day(begin);
        if (faults) {
            std::vector<Ms> peaks;
            const auto weekday =
                std::chrono::weekday{std::chrono::floor<std::chrono::days>(begin)}.iso_encoding();
            if (const auto& hours = config_.hours.at(weekday - 1)) {
                peaks.push_back(true_time(begin + hours->closes));
                peaks.push_back(true_time(begin + hours->closes) + 5 * kMinute);
                peaks.push_back(true_time(begin + hours->opens));
            }
            troubles_.plan_day(std::max(clock_.now(), true_time(begin)), end, peaks);
        }
        until(end);
    }
}

void Run::heal() {
    machine_.faults_end();
    wires_.faults_end();
    staff_.faults_end();
    troubles_.end();
    witness_.healed(clock_.now());
    busy();
    // Whatever the evening left behind: the hall is opened, closed by two persons, and so it ends.
    clock_.in(2 * kMinute, [this] { staff_.open_hall(30); });
    clock_.in(40 * kMinute, [this] { staff_.close_hall(12); });
}

Verdict Run::run() {
    machine_.start(true);
    plan_days(options_.days, true);
    heal();
    plan_days(kHealedDays, false);
    checker_.finish(clock_.now());
    Verdict out;
    for (const std::string& b : checker_.breaks()) {
        const auto blank = b.find(' ');
        out.breaks.push_back(witness_.time(std::stoll(b.substr(0, blank))) + b.substr(blank));
    }
    out.transcript.assign(witness_.lines().begin(), witness_.lines().end());
    out.faults = counts_;
    out.days = options_.days + kHealedDays;
    out.checks = checker_.checks();
    out.events = machine_.steps();
    out.records = machine_.records();
    out.tally = checker_.tally();
    return out;
}

}  // namespace

Verdict simulate(const Scene& scene, const Options& options) {
    return Run(scene, options).run();
}

}  // namespace hall::simulation
