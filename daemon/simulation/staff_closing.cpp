// The end of the day, as people do it: they look at the plan, confirm one after the other, watch,
// and decide about what is held.
#include <algorithm>

#include "daemon/simulation/staff.hpp"

namespace hall::simulation {

void Staff::shut_doors() {
    for (int i = 0; i < plant_.contacts(); ++i) {
        if (!badly()) plant_.move_door(i, false);
    }
}

void Staff::close_hall(int attempts) {
    if (closing_ || attempts <= 0) return;
    closing_ = true;
    busy_();
    shut_doors();
    auto size = static_cast<std::size_t>(std::max(2, config_.closing.min_persons));
    Attempt attempt;
    attempt.who = team(size);
    if (badly()) attempt.who.back() = attempt.who.front();
    attempt.left = attempts;
    clock_.in(dice_.between(2 * kSecond, 20 * kSecond), [this, attempt] { confirm_next(attempt); });
}

void Staff::again(const Attempt& attempt) {
    closing_ = false;
    if (attempt.left <= 1 && !careful_) return;  // they go home
    clock_.in(dice_.between(10 * kSecond, 3 * kMinute),
              [this, left = attempt.left] { close_hall(left - 1); });
}

void Staff::confirm_next(Attempt attempt) {
    busy_();
    if (!machine_.up() || machine_.stalled()) return again(attempt);
    const HallView view = machine_.view();
    const Plan seen = badly() ? old_plan_ : view.closing.plan;
    old_plan_ = view.closing.plan;
    if (view.closing.phase == Phase::closed && view.closing.plan.cut.empty()) {
        closing_ = false;
        return;
    }
    if (badly() && !attempt.who.empty() && attempt.next == 0)
        attempt.exceptions.push_back({dice_.of(config_.circuits).id, "needed tonight"});
    const std::string person = attempt.who[attempt.next];
    // Reading takes its time; the plan may change meanwhile.
    clock_.in(dice_.between(kSecond, 8 * kSecond), [this, attempt, seen, person] {
        confirmed(attempt, confirm(person, seen, attempt.exceptions));
    });
}

std::string Staff::confirm(const std::string& person, const Plan& plan,
                           const std::vector<AskedException>& exceptions) {
    Act one;
    one.kind = Act::Kind::confirm;
    one.person = person;
    one.plan = plan.digest;
    one.shown_cut = plan.cut;
    for (const ContactConfig& c : config_.contacts) {
        if (!c.sensed && !badly()) one.attested.push_back(c.id);
    }
    for (const auto& e : exceptions) one.exceptions.emplace_back(e.id, e.reason);
    return act(one, [&] {
        return machine_.ask(
            ClosingConfirmed{0, PersonId{person}, plan.digest, one.attested, exceptions});
    });
}

void Staff::confirmed(Attempt attempt, const std::string& answer) {
    if (answer == "done") {
        // An exception is part of the plan now: the others confirm what they see.
        attempt.exceptions.clear();
        if (++attempt.next >= attempt.who.size()) return watch(attempt.left, 0);
        Ms wait = dice_.between(2 * kSecond, config_.closing.confirm_window.count() / 3);
        if (badly()) wait = dice_.between(0, 2 * config_.closing.confirm_window.count());
        clock_.in(wait, [this, attempt] { confirm_next(attempt); });
        return;
    }
    if (answer == "contact_open" || answer == "contact_unknown") {
        const Plan plan = machine_.view().closing.plan;
        shut_doors();
        // What still says that it is not closed is a faulty contact: both except it.
        for (int i = 0; i < plant_.contacts(); ++i) {
            const std::string& id = config_.contacts[static_cast<std::size_t>(i)].id;
            const bool blocks =
                std::count(plan.open_contacts.begin(), plan.open_contacts.end(), id) +
                    std::count(plan.unknown_contacts.begin(), plan.unknown_contacts.end(), id) >
                0;
            if (blocks && !plant_.contact(i).open && plant_.contact_says(i) != Said::on &&
                attempt.exceptions.size() < 4)
                attempt.exceptions.push_back({id, "its sensor is faulty"});
        }
        attempt.next = 0;
        clock_.in(dice_.between(5 * kSecond, 40 * kSecond),
                  [this, attempt] { confirm_next(attempt); });
        return;
    }
    if (answer == "closing_under_way") return watch(attempt.left, 0);
    if (answer == "already_closed") {
        closing_ = false;
        return;
    }
    again(attempt);
}

void Staff::watch(int left, int looks) {
    const Ms wait = dice_.between(4 * kSecond, 25 * kSecond);
    clock_.in(wait, [this, left, looks] {
        busy_();
        Attempt attempt;
        attempt.left = left;
        if (!machine_.up() || machine_.stalled()) {
            if (looks > 400) return again(attempt);
            return watch(left, looks + 1);
        }
        const HallView view = machine_.view();
        switch (view.closing.phase) {
            case Phase::closed:
                closing_ = false;
                return;
            case Phase::partial:
                return careful_ ? again(attempt) : void(closing_ = false);
            case Phase::open:
            case Phase::collecting:
            case Phase::opening:
                return again(attempt);
            case Phase::countdown:
            case Phase::stopping:
            case Phase::cutting:
                if (badly() && dice_.one_in(4)) cancel(dice_.of(persons_));
                break;
            case Phase::hold:
                settle_held(view);
                break;
        }
        if (looks > 400 || (!careful_ && looks > 12 && badly())) {
            closing_ = false;  // they have gone home while it goes on
            return;
        }
        watch(left, looks + 1);
    });
}

void Staff::settle_held(const HallView& view) {
    int held = -1;
    for (std::size_t i = 0; i < view.circuits.size(); ++i) {
        if (view.circuits[i].step == Step::held) held = static_cast<int>(i);
    }
    if (held < 0) return;
    const std::string& id = config_.circuits[static_cast<std::size_t>(held)].id;
    const auto two = team(static_cast<std::size_t>(std::max(2, config_.closing.min_persons)));
    switch (dice_.below(6)) {
        case 0:
            return;  // they wait
        case 1:
            return except(two.front(), id);
        case 2:
        case 3:
            // Somebody goes and holds its power button for five seconds.
            plant_.crash_pc(held, false);
            return;
        default:
            break;
    }
    Ms wait = 0;
    for (const std::string& person : two) {
        const std::string who = badly() ? two.front() : person;
        const std::string reason = badly() ? "" : "it hangs";
        clock_.in(wait, [this, who, held, reason] { force(who, held, reason); });
        wait += badly() ? config_.closing.confirm_window.count() + kSecond
                        : dice_.between(kSecond, 12 * kSecond);
    }
}

void Staff::force(const std::string& person, int circuit, const std::string& reason) {
    Act one;
    one.kind = Act::Kind::force;
    one.person = person;
    one.circuit = config_.circuits[static_cast<std::size_t>(circuit)].id;
    one.reason = reason;
    act(one, [&] {
        return machine_.ask(ForceConfirmed{
            0, PersonId{person}, CircuitIx::of(static_cast<std::size_t>(circuit)), reason});
    });
}

void Staff::except(const std::string& person, const std::string& id) {
    Act one;
    one.kind = Act::Kind::except;
    one.person = person;
    one.exceptions.emplace_back(id, "stays on tonight");
    act(one, [&] {
        return machine_.ask(ExceptionRequested{0, PersonId{person}, {id, "stays on tonight"}});
    });
}

}  // namespace hall::simulation
