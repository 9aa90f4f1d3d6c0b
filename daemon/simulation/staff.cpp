// A day of the hall's people. Closing it has a file of its own.
#include "daemon/simulation/staff.hpp"

#include <algorithm>

namespace hall::simulation {

Staff::Staff(const HallConfig& config, Clockwork& clock, Dice& dice, Witness& witness,
             const Weather& weather, Plant& plant, Machine& machine, std::function<void()> busy)
    : config_(config),
      clock_(clock),
      dice_(dice),
      witness_(witness),
      weather_(weather),
      plant_(plant),
      machine_(machine),
      busy_(std::move(busy)) {}

Ms Staff::true_time(LocalTime t) const {
    return config_.zone.to_wall(t).time_since_epoch().count();
}

std::vector<std::string> Staff::team(std::size_t size) {
    std::vector<std::string> all = persons_;
    for (std::size_t i = all.size(); i > 1; --i)
        std::swap(all[i - 1], all[static_cast<std::size_t>(dice_.below(static_cast<int>(i)))]);
    all.resize(std::min(size, all.size()));
    return all;
}

void Staff::live_day(LocalTime midnight) {
    const auto day = std::chrono::floor<std::chrono::days>(midnight);
    const unsigned weekday = std::chrono::weekday{day}.iso_encoding() - 1;
    if (const auto& hours = config_.hours.at(weekday)) {
        working_day(midnight, *hours);
    } else if (badly()) {
        somewhen(midnight);
    }
    night(midnight);
}

void Staff::working_day(LocalTime midnight, const Hours& hours) {
    const LocalTime opens = midnight + hours.opens, closes = midnight + hours.closes;
    const Ms at = true_time(opens);
    clock_.at(at - dice_.between(5 * kMinute, 20 * kMinute), [this] {
        plant_.move_door(dice_.below(std::max(1, plant_.contacts())), true);
        open_hall(20);
    });
    clock_.at(at - dice_.between(0, 4 * kMinute), [this] { shut_doors(); });
    clock_.at(at + dice_.between(0, 10 * kMinute), [this] {
        for (int i = 0; i < plant_.circuits(); ++i) {
            if (plant_.circuit(i).pc == PcTruth::standby) plant_.press_power_button(i);
        }
        acknowledge_all();
    });
    visitors(opens, closes);
    Ms end = true_time(closes);
    if (badly()) {
        const int minutes = 15 * (1 + dice_.below(8));
        clock_.at(end - dice_.between(0, 30 * kMinute),
                  [this, minutes] { extend(dice_.of(persons_), minutes); });
        if (dice_.one_in(2)) end += minutes * kMinute;
    }
    if (badly()) return;  // nobody closes the hall today
    Ms starts = end + dice_.between(-2 * kMinute, 12 * kMinute);
    if (badly()) starts = end - dice_.between(0, 3 * kHour);  // an early closing
    if (badly()) starts = end + dice_.between(20 * kMinute, 4 * kHour);
    // Some PCs are shut down by those who sit at them.
    for (int i = 0; i < plant_.circuits(); ++i) {
        if (!dice_.one_in(4)) continue;
        clock_.at(starts - dice_.between(0, 5 * kMinute), [this, i] { plant_.ask_to_stop(i); });
    }
    clock_.at(starts, [this] { close_hall(4); });
}

void Staff::visitors(LocalTime from, LocalTime to) {
    const Ms begin = true_time(from), end = std::max(true_time(to), begin + kMinute);
    const int presses = config_.windows.empty() ? 0 : 2 + dice_.below(6);
    for (int i = 0; i < presses; ++i) {
        const int window = dice_.below(static_cast<int>(config_.windows.size()));
        clock_.at(dice_.between(begin, end), [this, window] {
            if (!machine_.up()) return;
            witness_.button(clock_.now(), window);
            machine_.feed(ButtonPressed{WindowIx::of(static_cast<std::size_t>(window))});
        });
    }
    for (int i = dice_.below(3); i > 0 && plant_.contacts() > 0; --i) {
        const int door = dice_.below(plant_.contacts());
        clock_.at(dice_.between(begin, end), [this, door] {
            plant_.move_door(door, true);
            // Forgotten sometimes: then the closing finds it open.
            if (!badly())
                clock_.in(dice_.between(kMinute, 2 * kHour),
                          [this, door] { plant_.move_door(door, false); });
        });
    }
    if (dice_.one_in(3)) clock_.at(dice_.between(begin, end), [this] { over_mqtt(); });
}

/// Somebody comes on a day off.
void Staff::somewhen(LocalTime midnight) {
    const Ms at = true_time(midnight) + dice_.between(7 * kHour, 15 * kHour);
    clock_.at(at, [this] { open_hall(3); });
    if (!badly()) clock_.at(at + dice_.between(kHour, 4 * kHour), [this] { close_hall(3); });
}

void Staff::night(LocalTime midnight) {
    const Ms late = true_time(midnight) + 20 * kHour;
    if (badly()) clock_.at(late + dice_.between(0, 10 * kHour), [this] { wrong_card(); });
    if (badly() && plant_.contacts() > 0) {
        const int door = dice_.below(plant_.contacts());
        clock_.at(late + dice_.between(0, 10 * kHour), [this, door] {
            plant_.move_door(door, true);
            clock_.in(dice_.between(10 * kSecond, kHour),
                      [this, door] { plant_.move_door(door, false); });
        });
    }
    if (!badly()) return;
    // Somebody forgot an umbrella, opens the hall, and closes it again or not.
    const Ms at = late + dice_.between(0, 8 * kHour);
    clock_.at(at, [this] { ask_to_open(dice_.of(persons_)); });
    if (!badly()) clock_.at(at + dice_.between(2 * kMinute, kHour), [this] { close_hall(3); });
}

std::string Staff::act(const Act& one, const std::function<std::string()>& ask) {
    busy_();
    if (!machine_.up()) return "offline";
    witness_.did(clock_.now(), one);
    std::string answer = ask();
    witness_.answered(clock_.now(), one.person, answer);
    return answer;
}

void Staff::ask_to_open(const std::string& person) {
    Act one;
    one.kind = Act::Kind::open;
    one.person = person;
    act(one, [&] { return machine_.ask(OpeningRequested{0, PersonId{person}}); });
}

void Staff::open_hall(int attempts) {
    const auto who = team(static_cast<std::size_t>(std::max(1, config_.opening.min_persons)));
    std::string answer;
    for (const std::string& person : who) {
        Act one;
        one.kind = Act::Kind::open;
        one.person = person;
        answer = act(one, [&] { return machine_.ask(OpeningRequested{0, PersonId{person}}); });
    }
    if (answer == "done" || answer == "already_open" || attempts <= 0) return;
    if (answer == "closing_under_way") cancel(who.front());
    clock_.in(dice_.between(20 * kSecond, 2 * kMinute),
              [this, attempts] { open_hall(attempts - 1); });
}

void Staff::extend(const std::string& person, int minutes) {
    Act one;
    one.kind = Act::Kind::extend;
    one.person = person;
    one.length = minutes * kMinute;
    act(one, [&] {
        return machine_.ask(DayExtended{0, PersonId{person}, std::chrono::minutes{minutes}});
    });
}

void Staff::cancel(const std::string& who) {
    Act one;
    one.kind = Act::Kind::cancel;
    one.person = who;
    act(one, [&] { return machine_.ask(ClosingCancelled{0, "panel"}); });
}

void Staff::wrong_card() {
    Act one;
    one.person = "nobody";
    one.reason = "wrong card";
    act(one, [&] {
        machine_.feed(CredentialRefused{"panel", PersonId{}, "opening.open", dice_.one_in(4)});
        return std::string("credential");
    });
}

void Staff::acknowledge_all() {
    busy_();
    if (!machine_.up()) return;
    for (const AlarmView& alarm : machine_.view().alarms) {
        if (dice_.one_in(8)) continue;
        machine_.ask(AlarmAcknowledged{0, dice_.of(persons_), alarm.id});
        if (!machine_.up()) return;
    }
}

void Staff::over_mqtt() {
    busy_();
    if (!machine_.up()) return;
    switch (dice_.below(5)) {
        case 0:
            machine_.ask(LightboxOverridden{
                0, "mqtt", dice_.one_in(2), static_cast<OverrideUntil>(dice_.below(4)),
                Millis{dice_.between(kMinute,
                                     std::max<Ms>(kHour, config_.lightbox.max_override.count()))}});
            return;
        case 1:
            machine_.ask(ClosingInhibited{0, "mqtt", Millis{dice_.between(kMinute, kHour)}});
            return;
        case 2:
            machine_.ask(ClosingCancelled{0, "mqtt"});
            return;
        case 3:
            machine_.feed(CommandRefused{"c-1", "closing.confirm", "unknown"});
            return;
        default:
            break;
    }
    if (config_.windows.empty()) return;
    const auto window = WindowIx::of(
        static_cast<std::size_t>(dice_.below(static_cast<int>(config_.windows.size()))));
    machine_.ask(WindowSet{0, "mqtt", window, static_cast<WindowState>(dice_.below(4))});
}

}  // namespace hall::simulation
