#include "drivers/sim/pc.hpp"

#include <utility>

namespace hall::sim {

namespace {

/// splitmix64: the same numbers on every machine and library.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
    return x ^ x >> 31U;
}

/// 0 up to 1.
double fraction(std::uint64_t x) {
    return static_cast<double>(mix(x) >> 11U) / 9007199254740992.0;
}

Instant between(std::uint64_t x, double least_ms, double most_ms) {
    return Instant{static_cast<std::int64_t>(least_ms + (most_ms - least_ms) * fraction(x))};
}

}  // namespace

PcNature nature_of(std::uint64_t seed, std::size_t index) {
    const std::uint64_t own = mix(seed * 1000003 + index);
    return {between(own + 1, 3000, 6000), between(own + 2, 2000, 6000),
            60.0 + 50.0 * fraction(own + 3), own};
}

Pc::Pc(std::string thing, PcNature nature, bool powered, Trace& trace)
    : thing_(std::move(thing)),
      nature_(nature),
      trace_(trace),
      powered_(powered),
      state_(powered ? State::running : State::off) {}

const char* Pc::word() const {
    switch (state_) {
        case State::off:
            return "off";
        case State::booting:
            return "booting";
        case State::running:
            return hangs_ ? "hang" : "running";
        case State::stopping:
            return "stopping";
    }
    return "off";
}

double Pc::watts(Instant now) const {
    if (!powered_) return 0.0;
    // The load changes a few times a second, without an event for it.
    const auto tick = static_cast<std::uint64_t>(now.count() / 250);
    const double noise = fraction(nature_.seed ^ mix(tick)) - 0.5;
    switch (state_) {
        case State::off:
            return kSoftOffWatts + 0.1 * noise;
        case State::booting:
            return nature_.idle_watts * 0.7 + 20.0 * noise;
        case State::running:
            return nature_.idle_watts + 6.0 * noise;
        case State::stopping:
            return nature_.idle_watts * 0.6 + 10.0 * noise;
    }
    return 0.0;
}

void Pc::enter(State state, Instant at) {
    state_ = state;
    ends_.reset();
    if (state == State::off) {
        hangs_ = false;
        stop_asked_ = false;
    }
    if (state == State::booting) ends_ = at + nature_.boot;
    if (state == State::stopping) ends_ = at + nature_.shutdown;
    trace_.add(at, thing_, word());
}

void Pc::boot(Instant at) {
    if (powered_ && state_ == State::off) enter(State::booting, at);
}

void Pc::power(bool on, Instant at) {
    if (on == powered_) return;
    powered_ = on;
    if (on) {
        boot(at);
    } else if (is_on()) {
        trace_.add(at, thing_, "power_lost_while_running");
        enter(State::off, at);
    }
}

void Pc::ask_to_stop(Instant at) {
    trace_.add(at, thing_, "shutdown_requested");
    if (state_ == State::booting) stop_asked_ = true;
    if (state_ == State::running && !hangs_) enter(State::stopping, at);
}

void Pc::button(bool down, Instant at) {
    if (!down) {
        hard_off_.reset();
        return;
    }
    trace_.add(at, thing_, "button_pressed");
    if (!powered_) return;
    if (state_ == State::off) return boot(at);
    hard_off_ = at + kHardOff;
    if (state_ == State::running && !hangs_) enter(State::stopping, at);
}

void Pc::set_running(Instant at) {
    if (hangs_) {
        hangs_ = false;
        trace_.add(at, thing_, word());
    }
    if (state_ == State::stopping) {
        enter(State::running, at);
    } else {
        boot(at);
    }
}

void Pc::set_off(Instant at) {
    if (is_on()) enter(State::off, at);
}

void Pc::set_hang(Instant at) {
    if (state_ == State::stopping) enter(State::running, at);
    hangs_ = true;
    trace_.add(at, thing_, "hang");
}

void Pc::crash(Instant at) {
    trace_.add(at, thing_, "crash");
    if (is_on()) enter(State::off, at);
}

std::optional<Instant> Pc::deadline() const {
    if (ends_ && hard_off_) return std::min(*ends_, *hard_off_);
    return ends_ ? ends_ : hard_off_;
}

void Pc::advance(Instant now) {
    if (hard_off_ && *hard_off_ <= now) {
        const Instant at = *std::exchange(hard_off_, std::nullopt);
        if (is_on()) {
            trace_.add(at, thing_, "hard_off");
            enter(State::off, at);
        }
    }
    if (!ends_ || *ends_ > now) return;
    const Instant at = *ends_;
    if (state_ == State::booting) {
        enter(State::running, at);
        if (std::exchange(stop_asked_, false) && !hangs_) enter(State::stopping, at);
    } else {
        enter(State::off, at);
    }
}

}  // namespace hall::sim
