// Halls to simulate: what the checker must know of one, and a family of them from seeds.
#include <algorithm>

#include "daemon/simulation/simulation.hpp"

namespace hall::simulation {

namespace {

using namespace std::chrono;

/// Changes further away than this from the simulated days are nobody's concern.
constexpr Ms kZoneSpan = 400 * kDay;

/// FNV-1a: stands in for SHA-256, which the rules have no library for.
std::string short_digest(std::string_view text) {
    std::uint64_t h = 14695981039346656037ULL;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    std::string hex;
    for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[(h >> shift) & 15U];
    return hex;
}

WallTime utc(int y, unsigned m, unsigned d, int h) {
    return sys_days{year{y} / month{m} / day{d}} + hours{h};
}

struct Place {
    Zone zone;
    WallTime change;  ///< a day worth being there
};

/// Zones as the tz database has them for 2026 (rules of the EU, the USA and Lord Howe, which moves
/// by half an hour; Samoa and China do not change).
std::vector<Place> places() {
    return {
        {Zone{8h, {}}, utc(2026, 11, 24, 0)},
        {Zone{1h, {{utc(2026, 3, 29, 1), 2h}, {utc(2026, 10, 25, 1), 1h}}}, utc(2026, 3, 29, 1)},
        {Zone{1h, {{utc(2026, 3, 29, 1), 2h}, {utc(2026, 10, 25, 1), 1h}}}, utc(2026, 10, 25, 1)},
        {Zone{-5h, {{utc(2026, 3, 8, 7), -4h}, {utc(2026, 11, 1, 6), -5h}}}, utc(2026, 3, 8, 7)},
        {Zone{-5h, {{utc(2026, 3, 8, 7), -4h}, {utc(2026, 11, 1, 6), -5h}}}, utc(2026, 11, 1, 6)},
        {Zone{11h, {{utc(2026, 4, 4, 15), 10h + 30min}, {utc(2026, 10, 3, 15) + 30min, 11h}}},
         utc(2026, 4, 4, 15)},
        {Zone{11h, {{utc(2026, 4, 4, 15), 10h + 30min}, {utc(2026, 10, 3, 15) + 30min, 11h}}},
         utc(2026, 10, 3, 15)},
        {Zone{13h, {}}, utc(2026, 2, 28, 12)},
    };
}

CircuitConfig draw_circuit(Dice& dice, int number) {
    CircuitConfig c;
    c.id = "pc" + std::to_string(number);
    c.name = "PC " + std::to_string(number);
    switch (dice.below(5)) {
        case 0:
        case 1:
            c.has_feedback = c.has_meter = true;
            break;
        case 2:
            c.has_meter = true;
            break;
        case 3:
            c.has_feedback = c.has_power_good = true;
            break;
        default:
            c.has_feedback = c.has_meter = c.has_power_good = true;
            break;
    }
    c.has_reachability = dice.one_in(3);
    c.off_for = seconds{dice.one_in(2) ? 30 : 6};
    c.min_on = seconds{dice.one_in(4) ? 300 : 0};
    c.min_off = seconds{dice.one_in(4) ? 60 : 0};
    c.max_switches_a_day = dice.one_in(5) ? 6 : 40;
    switch (dice.below(4)) {
        case 0:
            c.stop = {{StopMethodKind::pulse, 60s}};
            break;
        case 1:
            c.stop = {{StopMethodKind::command, 30s}, {StopMethodKind::pulse, 60s}};
            break;
        case 2:
            c.stop = {{StopMethodKind::ssh, 60s}};
            break;
        default:
            c.stop = {{StopMethodKind::mqtt, 60s}};
            break;
    }
    return c;
}

WindowConfig draw_window(int number) {
    WindowConfig w;
    w.id = std::to_string(number);
    w.name = "window " + w.id;
    w.post = w.id;
    w.lamps = 2;
    w.look = {std::vector{LampMode::off, LampMode::off}, std::vector{LampMode::on, LampMode::off},
              std::vector{LampMode::off, LampMode::on}, std::vector{LampMode::on, LampMode::on}};
    return w;
}

void draw_times(Dice& dice, HallConfig& hall) {
    const MinuteOfDay opens{30 * dice.below(20)},
        closes = opens + minutes{dice.between(4, 13) * 60};
    for (std::size_t d = 0; d < 7; ++d) {
        if (d < 5 || dice.one_in(4))
            hall.hours[d] = Hours{opens, std::min(closes, MinuteOfDay{1439})};
    }
    hall.closing.min_persons = dice.one_in(5) ? 3 : 2;
    hall.closing.confirm_window = seconds{dice.one_in(2) ? 120 : 30};
    hall.closing.countdown = seconds{10 * dice.below(4)};
    hall.closing.authorisation_ttl = minutes{dice.one_in(3) ? 5 : 30};
    hall.closing.stop_timeout = seconds{dice.one_in(3) ? 60 : 180};
    hall.closing.grace = minutes{dice.one_in(3) ? 5 : 30};
    hall.opening.min_persons = dice.one_in(6) ? 2 : 1;
    hall.opening.stagger = milliseconds{500 * dice.below(5)};
    hall.lightbox.policy = static_cast<LightboxPolicy>(dice.below(3));
    // Half past two is the hour that clocks skip or repeat.
    hall.lightbox.usual.on.offset = dice.one_in(3) ? 2h + 30min : 17h + minutes{dice.below(180)};
    hall.lightbox.usual.off.offset = dice.one_in(3) ? 2h + 15min : 5h + minutes{dice.below(180)};
    hall.lightbox.has_feedback = dice.one_in(2);
}

LightPolicy policy_of(LightboxPolicy policy) {
    switch (policy) {
        case LightboxPolicy::schedule:
            return LightPolicy::schedule;
        case LightboxPolicy::after_closing:
            return LightPolicy::after_closing;
        case LightboxPolicy::both:
            return LightPolicy::both;
    }
    return LightPolicy::both;
}

ZoneFacts zone_facts(const Zone& zone, Ms around) {
    ZoneFacts facts;
    const auto offset = [&](Ms t) {
        return static_cast<Ms>(zone.offset_at(WallTime{Millis{t}}).count()) * kSecond;
    };
    // Asked hour by hour what holds, and minute by minute where it changed.
    const Ms from = (around - kZoneSpan) / kHour * kHour;
    facts.before = offset(from);
    Ms last = facts.before;
    for (Ms t = from; t < around + kZoneSpan; t += kHour) {
        if (offset(t + kHour) == last) continue;
        for (Ms m = t + kMinute; m <= t + kHour; m += kMinute) {
            if (offset(m) == last) continue;
            last = offset(m);
            facts.changes.emplace_back(m, last);
        }
    }
    return facts;
}

}  // namespace

HallFacts facts_of(const HallConfig& config, WallTime around) {
    HallFacts f;
    f.min_persons = config.closing.min_persons;
    f.confirm_window = config.closing.confirm_window.count();
    f.countdown = config.closing.countdown.count();
    f.valid = config.closing.authorisation_ttl.count();
    f.stop_timeout = config.closing.stop_timeout.count();
    f.prove_within = config.closing.prove_within.count();
    f.fresh_within = config.closing.fresh_within.count();
    f.grace = config.closing.grace.count();
    f.stagger = config.opening.stagger.count();
    for (std::size_t d = 0; d < 7; ++d) {
        if (const auto& h = config.hours[d])
            f.hours[d] = std::pair{h->opens.count() * kMinute, h->closes.count() * kMinute};
    }
    f.zone = zone_facts(config.zone, around.time_since_epoch().count());
    for (const CircuitConfig& c : config.circuits)
        f.circuits.push_back({c.id, c.has_feedback, c.has_meter, c.has_power_good,
                              c.has_reachability, c.off_watts, c.cut_watts, c.off_for.count(),
                              c.min_on.count(), c.min_off.count(), c.max_switches_a_day});
    for (const ContactConfig& c : config.contacts) f.contacts.push_back({c.id, c.sensed});
    for (const WindowConfig& w : config.windows) {
        WindowFacts window{w.id, w.lamps, {}, {}, {}};
        for (const LinkIx link : w.links) window.links.push_back(link.value);
        for (const CircuitConfig& c : config.circuits) {
            if (c.window && c.window->value == f.windows.size()) window.circuits.push_back(c.id);
        }
        for (std::size_t s = 0; s < 4; ++s) {
            for (const LampMode mode : w.look[s])
                window.look[s].push_back(mode == LampMode::blink
                                             ? std::nullopt
                                             : std::optional<bool>{mode == LampMode::on});
        }
        f.outputs += w.lamps;
        f.windows.push_back(std::move(window));
    }
    for (const LinkConfig& l : config.links) f.links.push_back(l.id);
    const NightPlan& usual = config.lightbox.usual;
    f.lightbox = {config.lightbox.fitted, true, policy_of(config.lightbox.policy),
                  usual.on.offset.count() * kMinute, usual.off.offset.count() * kMinute};
    // The checker knows nights of fixed times only.
    f.lightbox.judged = usual.burns && usual.on.from == DayPoint::From::midnight &&
                        usual.off.from == DayPoint::From::midnight && usual.on != usual.off &&
                        !usual.night_off && config.lightbox.rules.empty() &&
                        !config.calendar.used();
    f.has_buzzer = config.has_buzzer;
    f.outputs += static_cast<int>(config.circuits.size()) + (f.lightbox.fitted ? 1 : 0) +
                 (f.has_buzzer ? 1 : 0);
    f.pins = {"480215937716", "905526681340", "773104859262", "318869402755", "644091238807"};
    return f;
}

Wiring usual_wiring(const HallConfig& config) {
    Wiring w;
    w.buses = 3;  // power, counter, field
    w.circuit.assign(config.circuits.size(), 0);
    w.meter.assign(config.circuits.size(), 2);
    w.window.assign(config.windows.size(), 1);
    w.contact.assign(config.contacts.size(), 2);
    w.lightbox = 2;
    w.buzzer = 1;
    w.links.resize(3);
    for (std::size_t i = 0; i < config.links.size() && i < 3; ++i)
        w.links[i] = {static_cast<int>(i)};
    w.sample_every =
        std::max<Ms>(500, std::min<Ms>({2 * kSecond, config.closing.fresh_within.count() / 2 - 100,
                                        config.closing.prove_within.count() / 2 - 100}));
    return w;
}

Scene draw_scene(std::uint64_t seed) {
    Dice dice(seed ^ 0x5ce9e5ULL);
    Scene scene;
    HallConfig& hall = scene.config;
    hall.id = "simulated";
    hall.name = "Simulated hall";
    hall.digest = &short_digest;
    const auto all = places();
    const Place& place = dice.of(all);
    hall.zone = place.zone;
    draw_times(dice, hall);
    const int circuits = 1 + dice.below(4), windows = 1 + dice.below(3);
    for (int i = 1; i <= circuits; ++i) hall.circuits.push_back(draw_circuit(dice, i));
    for (int i = 1; i <= windows; ++i) hall.windows.push_back(draw_window(i));
    hall.links = {{"power"}, {"counter"}, {"field"}};
    for (WindowConfig& w : hall.windows) {
        w.links = {LinkIx{1}};
        if (dice.one_in(2)) w.links.insert(w.links.begin(), LinkIx{0});
    }
    hall.contacts = {{"west_door", "west door", true},
                     {"north_window", "north window", true},
                     {"roof_hatch", "roof hatch", false}};
    if (dice.one_in(3)) hall.contacts.pop_back();
    hall.has_buzzer = !dice.one_in(4);
    scene.wiring = usual_wiring(hall);
    // Days around a change of the clocks, and other days.
    const auto days_before = days{dice.one_in(2) ? 1 : dice.below(60)};
    const auto first = floor<days>(hall.zone.to_local(place.change)) - days_before;
    scene.start = hall.zone.to_wall(LocalTime{first} + 1min);
    return scene;
}

}  // namespace hall::simulation
