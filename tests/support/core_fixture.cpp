#include "tests/support/core_fixture.hpp"

#include <algorithm>

namespace hall::test {

namespace {

std::vector<OutputRef> outputs_of(const HallConfig& config) {
    std::vector<OutputRef> list;
    for (std::uint16_t i = 0; i < config.circuits.size(); ++i)
        list.push_back(OutputRef::circuit({i}));
    for (std::uint16_t i = 0; i < config.windows.size(); ++i) {
        for (std::uint8_t lamp = 0; lamp < config.windows[i].lamps; ++lamp)
            list.push_back(OutputRef::window_lamp({i}, lamp));
    }
    if (config.lightbox.fitted) list.push_back(OutputRef::lightbox());
    if (config.has_buzzer) list.push_back(OutputRef::buzzer());
    return list;
}

Level level_of(bool on) {
    return on ? Level::on : Level::off;
}

}  // namespace

Evening::Evening(HallConfig c, WallTime start)
    : config(std::move(c)),
      true_now_(start),
      boot_offset_(start.time_since_epoch() - 1000s),
      next_sample_(start + 1000ms),
      checker_(config),
      circuits_(config.circuits.size()) {
    for (std::uint16_t i = 0; i < config.circuits.size(); ++i) circuits_[i].stops_in = 4000ms;
    hall_ = std::make_unique<Hall>(config, std::nullopt, now());
    checker_.born(true_now_);
    take_over(nullptr, hall_->born(now()));
    report_everything();
    out_.clear();
}

Evening::~Evening() {
    for (const auto& v : checker_.violations()) ADD_FAILURE() << "must never happen: " << v;
}

void Evening::report_everything() {
    told_feedback_.assign(circuits_.size(), Level::unknown);
    told_power_good_ = told_reach_ = told_feedback_;
    for (const OutputRef& output : outputs_of(config)) {
        if (dead.count(output) == 0) feed(OutputReported{output, level_of(coil(output))});
    }
    for (std::uint16_t i = 0; i < config.contacts.size(); ++i) {
        if (config.contacts[i].sensed) door({i}, ContactState::closed);
    }
    for (std::uint16_t i = 0; i < config.links.size(); ++i) feed(LinkReported{{i}, true});
    report_changes();
    sample();
}

void Evening::report_changes() {
    for (std::uint16_t i = 0; i < circuits_.size(); ++i) {
        PlantCircuit& p = circuits_[i];
        if (!p.conducts()) p.running = false;
        const CircuitIx c{i};
        const Level feedback = p.feedback_says.value_or(level_of(p.conducts()));
        if (config.circuits[i].has_feedback && feedback != told_feedback_[i]) {
            told_feedback_[i] = feedback;
            feed(FeedbackReported{c, feedback});
        }
        const Level running = level_of(p.running);
        if (config.circuits[i].has_power_good && running != told_power_good_[i]) {
            told_power_good_[i] = running;
            feed(PowerGoodReported{c, running});
        }
        if (config.circuits[i].has_reachability && running != told_reach_[i]) {
            told_reach_[i] = running;
            feed(ReachabilityReported{c, running});
        }
    }
}

void Evening::sample() {
    for (std::uint16_t i = 0; i < circuits_.size(); ++i) {
        PlantCircuit& p = circuits_[i];
        if (config.circuits[i].has_meter && !p.meter_silent)
            feed(MeterReported{{i}, p.meter_says.value_or(p.watts())});
        if (config.circuits[i].has_reachability)
            feed(ReachabilityReported{{i}, level_of(p.running)});
    }
}

void Evening::plant_moves() {
    for (PlantCircuit& p : circuits_) {
        if (p.stops_at && true_now_ >= *p.stops_at) {
            p.stops_at.reset();
            p.running = false;
        }
    }
    report_changes();
}

void Evening::pass(Millis length) {
    const WallTime end = true_now_ + length;
    while (true) {
        WallTime next = std::min(end, next_sample_);
        for (const PlantCircuit& p : circuits_) {
            if (p.stops_at) next = std::min(next, *p.stops_at);
        }
        const auto wake = hall_->next_deadline(now());
        if (wake_always) {
            const Millis phase = true_now_.time_since_epoch() % 10ms;
            next = std::min(next, true_now_ + (phase == 0ms ? 1ms : 10ms - phase));
        } else if (wake) {
            next = std::min(next, WallTime{wake->time_since_epoch() + boot_offset_});
        }
        true_now_ = std::max(next, true_now_);
        plant_moves();
        if (true_now_ >= next_sample_) {
            next_sample_ += sample_every;
            sample();
        }
        if (wake_always || (wake && mono() >= *wake)) feed(TimePassed{});
        if (true_now_ >= end) return;
    }
}

Hall Evening::image_of_itself() const {
    auto copy = config_from_image(config_image(config), config.digest);
    EXPECT_TRUE(copy);
    auto hall = Hall::from_image(std::move(copy.value()), hall_->image());
    EXPECT_TRUE(hall);
    EXPECT_EQ(hall->image(), hall_->image());
    return std::move(hall.value());
}

void Evening::feed(const Event& event) {
    checker_.fact(true_now_, event);
    if (through_image) hall_ = std::make_unique<Hall>(image_of_itself());
    take_over(&event, hall_->step(now(), event));
    work();
}

void Evening::take_over(const Event* event, const Effects& effects) {
    checker_.effects(true_now_, effects);
    if (observer) observer(event, effects);
    const std::string time = clock_text(config, true_now_);
    const bool quiet =
        effects.journal.empty() && effects.commands.empty() && effects.answers.empty();
    bool dull = event == nullptr || (std::holds_alternative<TimePassed>(*event) && quiet) ||
                (std::holds_alternative<ReachabilityReported>(*event) && quiet);
    if (event != nullptr) {
        const std::string text = text_of(config, *event);
        if (const auto* meter = std::get_if<MeterReported>(event)) {
            std::string& last = last_meter_[meter->circuit.value];
            dull = quiet && last == text;
            last = text;
        }
        if (!dull) transcript_.push_back(time + " > " + text);
    }
    for (const Record& r : effects.journal) {
        out_.push_back(brief(r));
        transcript_.push_back(time + "   ! " + text_of(r));
        records_.emplace_back(true_now_, r);
    }
    for (const Command& c : effects.commands) {
        out_.push_back(text_of(config, c));
        transcript_.push_back(time + "   $ " + text_of(config, c));
        queue_.push_back(c);
    }
    for (const Answer& a : effects.answers) {
        if (a.request == request_) answer_ = text_of(a).substr(7);
        transcript_.push_back(time + "   = " + text_of(a));
    }
    // Stored with the records, as the shell does.
    if (!effects.journal.empty()) saved_ = hall_->snapshot(now());
}

void Evening::work() {
    if (working_) return;
    working_ = true;
    while (!queue_.empty()) {
        const Command command = queue_.front();
        queue_.pop_front();
        execute(command);
    }
    working_ = false;
    report_changes();
}

void Evening::execute(const Command& command) {
    if (const auto* set = std::get_if<SetOutput>(&command.action)) {
        set_output(command.id, *set);
    } else if (const auto* read = std::get_if<ReadOutput>(&command.action)) {
        if (dead.count(read->output) != 0)
            return feed(CommandFinished{command.id, Outcome::unknown});
        feed(OutputReported{read->output, level_of(coil(read->output))});
        feed(CommandFinished{command.id, Outcome::done});
    } else if (const auto* stop = std::get_if<StopPc>(&command.action)) {
        PlantCircuit& p = circuits_.at(stop->circuit.value);
        if (p.hook_silent) return;
        if (p.hook_unknown) return feed(CommandFinished{command.id, Outcome::unknown});
        if (!p.hook_fails && p.stops_in && p.running && !p.stops_at)
            p.stops_at = true_now_ + *p.stops_in;
        feed(CommandFinished{command.id, p.hook_fails ? Outcome::failed : Outcome::done});
    }
}

void Evening::set_output(CommandId id, const SetOutput& set) {
    Write how = dead.count(set.output) != 0 ? Write::lost : Write::obeyed;
    if (auto& next = script[set.output]; !next.empty()) {
        how = next.front();
        next.pop_front();
    }
    switch (how) {
        case Write::obeyed:
            set_coil(set.output, set.on);
            return feed(CommandFinished{id, Outcome::done});
        case Write::refused:
            return feed(CommandFinished{id, Outcome::failed});
        case Write::happened:
            set_coil(set.output, set.on);
            return feed(CommandFinished{id, Outcome::unknown});
        case Write::lost:
            return feed(CommandFinished{id, Outcome::unknown});
        case Write::held:
            held.push_back({id, set});
            return;
    }
}

void Evening::finish(CommandId command, Outcome outcome) {
    const auto found =
        std::find_if(held.begin(), held.end(), [&](const Command& c) { return c.id == command; });
    if (found != held.end()) {
        const auto set = std::get<SetOutput>(found->action);
        held.erase(found);
        if (outcome == Outcome::done) set_coil(set.output, set.on);
    }
    feed(CommandFinished{command, outcome});
}

bool Evening::coil(OutputRef output) const {
    if (output.role == OutputRef::Role::circuit) return circuits_.at(output.index).coil;
    return lit.count(output) != 0;
}

void Evening::set_coil(OutputRef output, bool on) {
    if (output.role == OutputRef::Role::circuit) {
        PlantCircuit& p = circuits_.at(output.index);
        // A PC that gets power boots.
        if (on && !p.coil) p.running = true;
        p.coil = on;
    } else if (on) {
        lit.insert(output);
    } else {
        lit.erase(output);
    }
}

void Evening::restart(Millis down, Boot boot) {
    queue_.clear();
    held.clear();
    hall_.reset();
    true_now_ += down;
    transcript_.push_back(clock_text(config, true_now_) + " > the daemon starts again");
    if (boot != Boot::same) boot_offset_ = true_now_.time_since_epoch() - 20s;
    wall_trusted = boot != Boot::rebooted_clock_untrusted;
    for (PlantCircuit& p : circuits_) {
        if (p.stops_at && true_now_ >= *p.stops_at) {
            p.stops_at.reset();
            p.running = false;
        }
    }
    next_sample_ = true_now_ + sample_every;
    hall_ = std::make_unique<Hall>(config, Restored{*saved_, boot == Boot::same, !config_changed},
                                   now());
    checker_.born(true_now_);
    take_over(nullptr, hall_->born(now()));
    work();
    report_everything();
}

std::string Evening::confirm(const std::string& person, std::vector<AskedException> exceptions) {
    return confirm_plan(person, digest(), {"roof_hatch"}, std::move(exceptions));
}

std::string Evening::confirm_plan(const std::string& person, const std::string& plan,
                                  std::vector<std::string> attested,
                                  std::vector<AskedException> exceptions) {
    return ask(
        ClosingConfirmed{0, PersonId{person}, plan, std::move(attested), std::move(exceptions)});
}

std::string Evening::cancel(const std::string& source) {
    return ask(ClosingCancelled{0, source});
}

std::string Evening::except(const std::string& person, const std::string& id,
                            const std::string& reason) {
    return ask(ExceptionRequested{0, PersonId{person}, {id, reason}});
}

std::string Evening::force(const std::string& person, CircuitIx c, const std::string& reason) {
    return ask(ForceConfirmed{0, PersonId{person}, c, reason});
}

std::string Evening::open(const std::string& person) {
    return ask(OpeningRequested{0, PersonId{person}});
}

void Evening::authorise() {
    ASSERT_EQ("done", confirm("1001"));
    ASSERT_EQ("done", confirm("1002"));
    pass(config.closing.countdown);
}

bool Evening::alarm(const std::string& id) const {
    const HallView v = view();
    return std::any_of(v.alarms.begin(), v.alarms.end(),
                       [&](const AlarmView& a) { return a.id == id && !a.cleared; });
}

List Evening::take() {
    return std::exchange(out_, {});
}

List Evening::closing_only() {
    List list;
    for (const auto& line : take()) {
        const bool other =
            line.rfind("alarm.", 0) == 0 || line.rfind("lightbox.", 0) == 0 ||
            line.rfind("window.", 0) == 0 || line.find(" lightbox") != std::string::npos ||
            line.find(" window.") != std::string::npos || line.find(" buzzer") != std::string::npos;
        if (!other) list.push_back(line);
    }
    return list;
}

}  // namespace hall::test
