#include "daemon/shell/loop.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/shell/snapshot_json.hpp"

namespace hall {

namespace {

using namespace std::chrono_literals;

/// Wakes at least this often: the wall clock may have been set meanwhile (R19, R21), and the
/// watchdog wants food.
constexpr auto kLongestSleep = 1000ms;
constexpr auto kJournalRetry = 1s;
/// The journal's log is folded into its main file when nothing was written for this long.
constexpr auto kIdle = 1s;
constexpr std::size_t kLongestInbox = 100'000;
/// From here on an older reading makes room for a newer one of the same: a wire tells changes once,
/// so the newest must never be the one that is lost.
constexpr std::size_t kCrowdedInbox = 10'000;

/// What comes again by itself.
bool is_sample(const Event& event) {
    return std::holds_alternative<MeterReported>(event) ||
           std::holds_alternative<TimePassed>(event);
}

/// What an input of a circuit or of the building told. Several that were read at once are one step.
bool is_reading(const Event& event) {
    return std::holds_alternative<MeterReported>(event) ||
           std::holds_alternative<FeedbackReported>(event) ||
           std::holds_alternative<PowerGoodReported>(event) ||
           std::holds_alternative<ContactReported>(event) ||
           std::holds_alternative<LightboxFeedbackReported>(event);
}

/// Which reading it is; none where each event counts by itself.
struct Reading {
    std::size_t kind = 0;
    OutputRef output{};
    std::uint16_t index = 0;
    friend bool operator==(const Reading&, const Reading&) = default;
};
std::optional<Reading> reading_of(const Event& event) {
    if (!from_wires(event) || std::holds_alternative<CommandFinished>(event)) return std::nullopt;
    Reading reading;
    reading.kind = event.index();
    std::visit(
        [&](const auto& e) {
            if constexpr (requires { e.output; }) {
                reading.output = e.output;
            } else if constexpr (requires { e.circuit.value; }) {
                reading.index = e.circuit.value;
            } else if constexpr (requires { e.contact.value; }) {
                reading.index = e.contact.value;
            } else if constexpr (requires { e.link.value; }) {
                reading.index = e.link.value;
            }
        },
        event);
    return reading;
}

}  // namespace

Loop::Loop(boost::asio::io_context& io, const SiteConfig& site, Journal& journal,
           std::string boot_id, const std::filesystem::path& recordings, AskAgent ask_agent)
    : journal_(journal),
      boot_id_(std::move(boot_id)),
      config_sha256_(site.sha256),
      clock_(journal.last_trusted_time(), site.clock_from_network),
      recorder_(site.recorder, recordings),
      made_at_(clock_.now()),
      hall_(site.hall, restored_from(journal.snapshot(), {boot_id_, config_sha256_}), made_at_),
      wires_(
          io, site, [this](std::vector<Event> events) { dispatch(std::move(events)); },
          std::move(ask_agent)),
      deadline_timer_(io),
      retry_timer_(io),
      idle_timer_(io),
      showing_(io) {}

Loop::~Loop() = default;

void Loop::start(const std::string& damage) {
    begin_recording(made_at_, true);
    const Now now = clock_.now();
    recorder_.born(now);
    commit(now, hall_.born(now));
    dispatch(ConditionReported{"journal_damaged", "", !damage.empty(), damage});
    wires_.start();
    arm_timer(clock_.now());
}

RequestId Loop::expect(Answered answered) {
    const RequestId id = next_request_++;
    if (answered) waiting_[id] = std::move(answered);
    return id;
}

void Loop::dispatch(Event event) {
    admit(std::move(event));
    drain();
}

void Loop::dispatch(std::vector<Event> events) {
    for (Event& event : events) admit(std::move(event));
    drain();
}

void Loop::admit(Event event) {
    if (stalled_) {
        // Nothing can be decided that could not be recorded. Who waits is told so; samples would be
        // stale later.
        if (const RequestId id = request_of(event); id != 0) return refuse(id);
        // Of samples only the newest is worth anything later.
        if (const auto* sample = std::get_if<MeterReported>(&event)) {
            samples_.insert_or_assign(sample->circuit.value, *sample);
            return;
        }
        // A command's sender hears what became of it; there is no record while there can be none.
        if (is_sample(event) || std::holds_alternative<CommandAccepted>(event) ||
            std::holds_alternative<CommandRefused>(event))
            return;
    }
    if (inbox_.size() >= kCrowdedInbox) make_room(event);
    if (inbox_.size() >= kLongestInbox) {
        spdlog::error("inbox full: an event is lost");
        return;
    }
    inbox_.push_back(std::move(event));
}

void Loop::make_room(const Event& for_this) {
    const auto reading = reading_of(for_this);
    if (!reading) return;
    const auto older = std::find_if(inbox_.begin(), inbox_.end(), [&](const Event& event) {
        return reading_of(event) == reading;
    });
    if (older != inbox_.end()) inbox_.erase(older);
}

void Loop::drain() {
    if (busy_) return;
    busy_ = true;
    while (!inbox_.empty() && !stalled_) {
        const auto other = std::find_if_not(inbox_.begin(), inbox_.end(), is_reading);
        if (other - inbox_.begin() > 1) {
            std::vector<Event> scan(std::make_move_iterator(inbox_.begin()),
                                    std::make_move_iterator(other));
            inbox_.erase(inbox_.begin(), other);
            take(scan);
        } else {
            const Event event = std::move(inbox_.front());
            inbox_.pop_front();
            take(event);
        }
        report_recorder();
    }
    busy_ = false;
}

void Loop::begin_step(const Now& now) {
    if (clock_.doubt() != doubt_) {
        doubt_ = clock_.doubt();
        spdlog::warn("the wall clock is now: {}", to_string(doubt_));
    }
    if (recorder_.wants_segment(now)) begin_recording(now, false);
    ++steps_;
}

/// What was read together is looked at together: no rule sees half of a scan.
void Loop::take(const std::vector<Event>& scan) {
    const Now now = clock_.now();
    begin_step(now);
    recorder_.scanned(now, scan);
    const Effects effects = hall_.step(now, scan);
    const bool quiet = std::all_of(scan.begin(), scan.end(), is_sample) &&
                       effects.journal.empty() && effects.commands.empty();
    commit(now, effects);
    quiet ? showing_.sampled() : showing_.changed();
    arm_timer(now);
}

void Loop::take(const Event& event) {
    const Now now = clock_.now();
    begin_step(now);
    recorder_.took(now, event);
    const bool undoable = must_be_recorded(event);
    const std::string before = undoable ? hall_.image() : std::string();
    Effects effects = hall_.step(now, event);
    const bool quiet = is_sample(event) && effects.journal.empty() && effects.commands.empty();
    if (!settle(now, effects)) {
        if (undoable) {
            undo(before, request_of(event));
        } else {
            stall(std::move(effects));
        }
    }
    quiet ? showing_.sampled() : showing_.changed();
    arm_timer(now);
}

bool Loop::try_append(const Now& now, const Effects& effects) {
    if (effects.journal.empty()) return true;
    try {
        const auto stored = journal_.append(
            now, effects.journal, snapshot_text(hall_.snapshot(now), {boot_id_, config_sha256_}));
        clock_.recorded(now);
        if (unwritable_ && !stalled_) writable_again();
        for (std::size_t i = 0; i < stored.size(); ++i) {
            const Record& r = effects.journal[i];
            std::string detail;
            for (const auto& [key, value] : r.detail) {
                // The plan's text is in the journal; a log line stays a line.
                if (key != "text" && !value.empty())
                    detail.append(" ").append(key).append("=").append(value);
            }
            spdlog::info("#{} {} {} {}{}", stored[i].seq, r.rule, r.type, r.outcome, detail);
        }
        idle_timer_.expires_after(kIdle);
        idle_timer_.async_wait([this](const boost::system::error_code& error) {
            if (!error) journal_.checkpoint();
        });
        return true;
    } catch (const JournalUnavailable& e) {
        spdlog::error("journal cannot be written, nothing is switched until it can: {}", e.what());
        return false;
    }
}

bool Loop::settle(const Now& now, const Effects& effects) {
    if (!try_append(now, effects)) return false;
    if (!effects.journal.empty()) recorder_.kept(journal_.head().seq, journal_.head().hash);
    act(effects);
    return true;
}

void Loop::commit(const Now& now, Effects effects) {
    if (!settle(now, effects)) stall(std::move(effects));
}

void Loop::undo(const std::string& before, RequestId request) {
    // Without it only a restart, which believes the journal, could forget what was decided.
    hall_ = Hall::from_image(hall_.config(), before).value();
    recorder_.undone();
    unwritable_ = true;
    retry_soon();
    refuse(request);
}

void Loop::refuse(RequestId request) {
    const auto found = waiting_.find(request);
    if (found == waiting_.end()) return;
    const Answered answered = std::move(found->second);
    waiting_.erase(found);
    answered(std::nullopt);
}

void Loop::stall(Effects effects) {
    stalled_ = true;
    recorder_.stalled();
    pending_ = std::move(effects);
    // Nobody waits for what the wires told, nor for the passing of time.
    pending_.answers.clear();
    retry_soon();
    showing_.changed();
}

void Loop::retry_soon() {
    retry_timer_.expires_after(kJournalRetry);
    retry_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) retry_journal();
    });
}

void Loop::retry_journal() {
    if (!stalled_) {
        // Nothing waits to be recorded; the hall's people want to know that it can be again.
        if (!unwritable_) return;
        return journal_.writable() ? writable_again() : retry_soon();
    }
    const Now now = clock_.now();
    if (!try_append(now, pending_)) {
        retry_soon();
        return;
    }
    stalled_ = false;
    recorder_.retried(now);
    recorder_.kept(journal_.head().seq, journal_.head().hash);
    writable_again();
    // What was decided before the stall was decided on evidence of then. It did not happen; the
    // rules decide anew.
    const Effects late = std::move(pending_);
    pending_ = {};
    // What the wires told meanwhile is taken as one: nothing may be decided on an old reading while
    // a newer one, that a PC runs, still waits behind it.
    std::vector<Event> told;
    for (auto& [circuit, sample] : samples_) told.push_back(std::move(sample));
    samples_.clear();
    for (const Command& command : late.commands)
        told.emplace_back(CommandFinished{command.id, Outcome::failed});
    std::deque<Event> rest;
    for (Event& event : inbox_)
        (from_wires(event) ? static_cast<void>(told.push_back(std::move(event)))
                           : rest.push_back(std::move(event)));
    inbox_ = std::move(rest);
    inbox_.push_back(TimePassed{});
    ++steps_;
    const Now resumed = clock_.now();
    recorder_.scanned(resumed, told);
    commit(resumed, hall_.step(resumed, told));
    drain();
    showing_.changed();
}

void Loop::writable_again() {
    spdlog::info("journal can be written again");
    unwritable_ = false;
    showing_.changed();
}

void Loop::act(const Effects& effects) {
    for (const Command& command : effects.commands) wires_.execute(command);
    for (const Answer& answer : effects.answers) {
        const auto found = waiting_.find(answer.request);
        if (found == waiting_.end()) {
            if (answer_) answer_(answer);
            continue;
        }
        const Answered answered = std::move(found->second);
        waiting_.erase(found);
        answered(answer);
    }
}

void Loop::arm_timer(const Now& now) {
    auto sleep = std::chrono::duration_cast<Millis>(kLongestSleep);
    if (const auto next = hall_.next_deadline(now))
        sleep = std::clamp(*next - now.mono, Millis{1}, sleep);
    deadline_timer_.expires_after(sleep);
    deadline_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        if (stalled_) {
            arm_timer(clock_.now());
        } else {
            dispatch(TimePassed{});
        }
    });
}

void Loop::begin_recording(const Now& now, bool birth) {
    if (!recorder_.enabled()) return;
    const JournalHead head = journal_.head();
    recording::Header header;
    header.version = HALL_VERSION;
    header.hall = hall_.config().id;
    header.boot_id = boot_id_;
    header.config_sha256 = config_sha256_;
    header.config = config_image(hall_.config());
    header.journal = {head.seq, head.hash, journal_.key_id()};
    header.at = now;
    header.birth = birth;
    if (birth) {
        header.restored = journal_.snapshot();
    } else {
        header.image = hall_.image();
    }
    recorder_.begin(header);
}

/// What is not recorded is worth an alarm, and no reason to stop.
void Loop::report_recorder() {
    const bool failed = !recorder_.fault().empty();
    if (failed == recorder_reported_) return;
    recorder_reported_ = failed;
    if (failed) spdlog::warn("nothing is recorded: {}", recorder_.fault());
    inbox_.push_back(ConditionReported{"recorder_failed", "", failed, recorder_.fault()});
}

}  // namespace hall
