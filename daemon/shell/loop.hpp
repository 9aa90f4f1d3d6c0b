#pragma once
// The one thread that owns the hall: takes an event and the time, asks the rules, makes their
// records durable, and only then starts their commands. Everything else hands its facts to
// dispatch().
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/hall.hpp"
#include "daemon/shell/clock.hpp"
#include "daemon/shell/io.hpp"
#include "daemon/shell/journal.hpp"
#include "daemon/shell/recorder.hpp"
#include "daemon/shell/showing.hpp"
#include "daemon/shell/site.hpp"

namespace hall {

class Loop {
  public:
    /// What an answer is told: the answer, or none when the journal could not be written.
    using Answered = std::function<void(const std::optional<Answer>&)>;

    /// @param recordings folder of the flight recorder's files
    /// @param ask_agent how agents on PCs are asked; none: they cannot be
    Loop(boost::asio::io_context& io, const SiteConfig& site, Journal& journal, std::string boot_id,
         const std::filesystem::path& recordings, AskAgent ask_agent = {});
    ~Loop();

    /// Reads outputs, takes up what was interrupted, starts the workers.
    /// @param damage what was wrong with an earlier journal; empty when nothing was
    void start(const std::string& damage);

    /// The daemon stops in good order: the recording says so.
    void stop() { recorder_.stop(); }

    /// Takes one fact, now. Never called from within itself: what happens meanwhile is queued.
    void dispatch(Event event);
    /// The same for several that happened together.
    void dispatch(std::vector<Event> events);
    /// Registers who is to hear the answer; put the id into the event's `request`.
    RequestId expect(Answered answered);

    [[nodiscard]] HallView view() { return hall_.view(clock_.now()); }
    [[nodiscard]] WiresView wires() { return hall_.wires(clock_.now()); }
    [[nodiscard]] Now now() { return clock_.now(); }
    /// False from a write that failed until one succeeds.
    [[nodiscard]] bool journal_available() const { return !stalled_ && !unwritable_; }
    [[nodiscard]] const Io& io() const { return wires_; }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// Called, at most every few milliseconds, after something that can be seen has changed; the
    /// first time at once.
    void on_change(std::function<void()> changed) { showing_.watch(std::move(changed)); }
    /// Called first with every answer that nobody registered for through expect().
    void on_answer(std::function<bool(const Answer&)> answer) { answer_ = std::move(answer); }

  private:
    void admit(Event event);
    void drain();
    void begin_step(const Now& now);
    void take(const Event& event);
    void take(const std::vector<Event>& scan);
    /// Records, then acts. False: nothing could be recorded, and nothing was done.
    bool settle(const Now& now, const Effects& effects);
    void commit(const Now& now, Effects effects);
    /// Keeps what was decided until it can be recorded; nothing else is decided meanwhile.
    void stall(Effects effects);
    /// The rules are again what they were, and who asked is told that nothing came of it.
    void undo(const std::string& before, RequestId request);
    void refuse(RequestId request);
    void make_room(const Event& for_this);
    bool try_append(const Now& now, const Effects& effects);
    void retry_soon();
    void retry_journal();
    void writable_again();
    void act(const Effects& effects);
    void arm_timer(const Now& now);
    void begin_recording(const Now& now, bool birth);
    void report_recorder();

    Journal& journal_;
    std::string boot_id_;
    std::string config_sha256_;
    Clock clock_;
    Recorder recorder_;
    bool recorder_reported_ = false;  ///< the rules know that nothing is recorded
    Now made_at_;
    ClockDoubt doubt_ = ClockDoubt::none;  ///< as last told in the log
    Hall hall_;
    Io wires_;
    std::deque<Event> inbox_;
    std::map<std::uint16_t, Event> samples_;  ///< newest of each meter while stalled
    bool busy_ = false;
    bool stalled_ = false;
    bool unwritable_ = false;  ///< what was refused for it is undone, so that nothing waits
    Effects pending_;          ///< of the step whose records are not durable yet
    boost::asio::steady_timer deadline_timer_, retry_timer_, idle_timer_;
    Showing showing_;
    std::map<RequestId, Answered> waiting_;
    RequestId next_request_ = 1;
    std::uint64_t steps_ = 0;
    std::function<bool(const Answer&)> answer_;
};

}  // namespace hall
