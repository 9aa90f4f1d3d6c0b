#include "daemon/shell/replay.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "daemon/core/hall.hpp"
#include "daemon/shell/event_json.hpp"
#include "daemon/shell/journal_format.hpp"
#include "daemon/shell/recording.hpp"
#include "daemon/shell/snapshot_json.hpp"

namespace hall {

namespace {

using namespace recording;

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// One file, from its header to its end.
class Segment {
  public:
    Segment(const std::filesystem::path& file, const ReplayOptions& options, ReplayResult& result)
        : file_(file), options_(options), result_(result) {}

    /// @param before what the rules held at the end of the file before, if this one goes on there
    /// Returns what the rules hold at its end, if it says that another one goes on.
    std::optional<std::string> run(const std::optional<std::string>& before);

  private:
    void take(const std::string& text);
    void begin(const Header& header);
    void effects(const Now& now, Effects effects);
    void kept(const Kept& line);
    void not_kept();
    void undo();
    void ends_here();
    bool same(const StoredRecord& made);
    void count(const StoredRecord& made);
    void depart(std::uint64_t seq, std::string what, std::string came);
    std::vector<StoredRecord> make(const Now& now) const;
    void note(const std::string& text) { result_.notes.push_back(file_.string() + ": " + text); }
    [[noreturn]] void damaged(const std::string& what) const {
        throw DamagedRecording(file_.string() + ":" + std::to_string(line_) + ": " + what);
    }

    const std::filesystem::path& file_;
    const ReplayOptions& options_;
    ReplayResult& result_;
    std::size_t line_ = 0;
    Header header_;
    std::optional<Hall> hall_;
    bool born_ = false;
    std::uint64_t n_ = 0;
    Now latest_;
    JournalPoint head_;
    std::vector<Record> unkept_;  ///< of the last step; `kept` should follow
    Now unkept_at_;
    std::vector<StoredRecord> made_;
    std::string before_;  ///< the rules' image before an event that somebody asked for
    bool stalled_ = false, retried_ = false;
    std::optional<Ended> ended_;
    /// Of the step that `unkept_` belongs to.
    std::uint64_t step_event_ = 0;
    std::size_t step_line_ = 0;
    std::string step_text_;
};

void Segment::depart(std::uint64_t seq, std::string what, std::string came) {
    Departure d{file_.string(),  step_line_, step_event_,    step_text_, seq,
                std::move(what), {},         std::move(came)};
    if (seq != 0) {
        if (const auto stored = options_.journal(seq)) d.expected = stored->body;
    }
    result_.departure = std::move(d);
}

void Segment::begin(const Header& header) {
    header_ = header;
    head_ = header.journal;
    latest_ = header.at;
    auto config =
        options_.config ? options_.config : config_from_image(header.config, options_.digest);
    if (!config)
        damaged("the recorded configuration is of another version of the program (" +
                header.version + "); replay it with that one");
    if (header.version != options_.version)
        note("recorded by version " + header.version + ", replayed by " + options_.version);
    if (header.birth) {
        try {
            hall_.emplace(std::move(*config),
                          restored_from(header.restored, {header.boot_id, header.config_sha256}),
                          header.at);
        } catch (const std::runtime_error& e) {
            damaged(e.what());
        }
        return;
    }
    hall_ = Hall::from_image(std::move(*config), header.image);
    if (!hall_)
        damaged(options_.config
                    ? "this recording begins in the middle of a run, and what the rules held then "
                      "does not fit the given configuration; leave --config out"
                    : "what the rules held is of another version of the program (" +
                          header.version + "); replay it with that one");
    born_ = true;
}

std::vector<StoredRecord> Segment::make(const Now& now) const {
    return journal_format::batch_of(
        {head_.seq, head_.hash, head_.key_id, hall_->config().zone.offset_at(now.wall)}, now,
        unkept_, snapshot_text(hall_->snapshot(now), {header_.boot_id, header_.config_sha256}));
}

void Segment::effects(const Now& now, Effects effects) {
    unkept_ = std::move(effects.journal);
    unkept_at_ = now;
    // Now, before another event changes what the snapshot holds.
    made_ = unkept_.empty() ? std::vector<StoredRecord>{} : make(now);
}

/// Whether the journal holds exactly this record.
bool Segment::same(const StoredRecord& made) {
    const auto stored = options_.journal(made.seq);
    if (stored && stored->body == made.body && stored->prev == made.prev &&
        stored->hash == made.hash)
        return true;
    const std::string name = "record " + std::to_string(made.seq);
    if (!stored) {
        depart(made.seq, "the journal has no " + name, made.body);
    } else if (stored->body != made.body) {
        depart(made.seq, name + " differs", made.body);
    } else {
        depart(made.seq, name + " is the same, but not its place in the chain", made.body);
    }
    return false;
}

void Segment::count(const StoredRecord& made) {
    ++result_.records;
    if (result_.first_seq == 0) result_.first_seq = made.seq;
    result_.last_seq = made.seq;
}

void Segment::kept(const Kept& line) {
    if (stalled_ && !retried_) damaged("records were kept, although they could not be written");
    stalled_ = retried_ = false;
    for (const StoredRecord& made : made_) {
        if (made.seq > line.seq)
            return depart(made.seq, "the rules wrote a record more than they did then", made.body);
        if (!same(made)) return;
        count(made);
        head_.seq = made.seq;
        head_.hash = made.hash;
    }
    if (head_.seq < line.seq)
        return depart(head_.seq + 1,
                      made_.empty() ? "the rules wrote nothing, and then they did"
                                    : "the rules wrote fewer records than they did then",
                      {});
    if (head_.seq != line.seq || head_.hash != line.hash)
        return depart(head_.seq, "the recording says that another record was kept here",
                      made_.empty() ? "" : made_.back().body);
    unkept_.clear();
    made_.clear();
}

/// The last event's records could not be written, and it was forgotten.
void Segment::undo() {
    if (made_.empty()) return depart(0, "the rules wrote nothing, and then they wanted to", {});
    if (before_.empty()) damaged("an event is undone that nobody asked for");
    hall_ = Hall::from_image(hall_->config(), before_);
    before_.clear();
    unkept_.clear();
    made_.clear();
}

/// The next event came, and nothing was written.
void Segment::not_kept() {
    if (made_.empty()) return;
    depart(0, "the rules wrote a record, and then they did not", made_.front().body);
}

/// The last step's records: perhaps the end came before they were durable.
void Segment::ends_here() {
    if (stalled_) {
        note("when it ends, records could not be written; what came of them is not compared");
        return;
    }
    if (made_.empty()) return;
    const auto stored = options_.journal(made_.front().seq);
    const auto other = stored ? journal_format::read_type(stored->body) : std::nullopt;
    const bool next_start =
        other == "hall.started" && journal_format::read_type(made_.front().body) != "hall.started";
    if (!stored || next_start) {
        note("the last event's records never became durable: the daemon ended before");
        return;
    }
    for (const StoredRecord& made : made_) {
        if (!same(made)) return;
        count(made);
    }
}

void Segment::take(const std::string& text) {
    Line line;
    try {
        line = parse(text);
    } catch (const std::runtime_error& e) {
        damaged(e.what());
    }
    const bool header = std::holds_alternative<Header>(line);
    if (header != !hall_)
        damaged(header ? "a second header" : "no recording: its header is missing");
    if (ended_) damaged("lines follow the end");
    const auto moment = [&](const Now& now) {
        if (now.mono < latest_.mono) damaged("time goes back");
        latest_ = now;
    };
    const auto remember_step = [&](std::uint64_t event) {
        step_event_ = event;
        step_line_ = line_;
        step_text_ = text;
    };
    const auto next_event = [&](std::uint64_t n, const Now& now, const std::vector<Event>& events) {
        if (!born_) damaged("an event before the rules were started");
        if (stalled_) damaged("an event while no record could be written");
        if (n != n_ + 1)
            damaged("event " + std::to_string(n_ + 1) + " is missing: the next one is " +
                    std::to_string(n));
        for (const Event& event : events) {
            if (const std::string fault = misfit(event, hall_->config()); !fault.empty())
                damaged(fault);
        }
        moment(now);
        not_kept();
        n_ = n;
        ++result_.events;
    };
    std::visit(Overloaded{
                   [&](const Header& l) { begin(l); },
                   [&](const Born& l) {
                       if (born_) damaged("the rules were started already");
                       moment(l.now);
                       born_ = true;
                       remember_step(0);
                       effects(l.now, hall_->born(l.now));
                   },
                   [&](const Taken& l) {
                       next_event(l.n, l.now, {l.event});
                       if (result_.departure) return;
                       remember_step(l.n);
                       if (must_be_recorded(l.event)) before_ = hall_->image();
                       effects(l.now, hall_->step(l.now, l.event));
                   },
                   [&](const Scanned& l) {
                       next_event(l.n, l.now, l.events);
                       if (result_.departure) return;
                       remember_step(l.n);
                       effects(l.now, hall_->step(l.now, l.events));
                   },
                   [&](const Kept& l) { kept(l); },
                   [&](const Undone&) { undo(); },
                   [&](const Stalled&) {
                       if (made_.empty())
                           return depart(0, "the rules wrote nothing, and then they wanted to", {});
                       stalled_ = true;
                   },
                   [&](const Retried& l) {
                       if (!stalled_) damaged("nothing was waiting to be written");
                       moment(l.now);
                       retried_ = true;
                       effects(l.now, {std::move(unkept_), {}, {}});
                   },
                   [&](const Ended& l) {
                       if (!l.goes_on) return static_cast<void>(ended_ = l);
                       not_kept();
                       ended_ = l;
                   },
               },
               line);
}

std::optional<std::string> Segment::run(const std::optional<std::string>& before) {
    std::ifstream in(file_, std::ios::binary);
    if (!in) throw DamagedRecording(file_.string() + ": cannot be read: " + std::strerror(errno));
    std::string text;
    bool torn = false;
    while (!result_.departure && std::getline(in, text)) {
        ++line_;
        if (in.eof()) {
            // Every line ends with a line feed; this one was being written when all ended.
            torn = true;
            note("the last line (" + std::to_string(line_) + ") is torn and was left out");
            break;
        }
        take(text);
        if (line_ == 1 && before && !header_.birth && *before != header_.image) {
            step_line_ = 1;
            depart(0,
                   "the rules hold something else than they did here, at the end of the file "
                   "before",
                   {});
        }
    }
    if (in.bad()) throw DamagedRecording(file_.string() + ": cannot be read to its end");
    if (!hall_) throw DamagedRecording(file_.string() + ": no recording: it has no whole header");
    if (result_.departure) return std::nullopt;
    if (!ended_ || !ended_->goes_on) ends_here();
    if (!ended_ && !torn)
        note("ends without an end mark, after event " + std::to_string(n_) +
             ": the daemon was killed, or still records");
    if (ended_ && ended_->goes_on) return hall_->image();
    return std::nullopt;
}

}  // namespace

ReplayResult replay(const std::vector<std::filesystem::path>& files, const ReplayOptions& options) {
    ReplayResult result;
    std::optional<std::string> before;
    for (const auto& file : files) {
        ++result.files;
        before = Segment(file, options, result).run(before);
        if (result.departure) break;
    }
    return result;
}

}  // namespace hall
