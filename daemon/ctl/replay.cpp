// hallctl replay FILE: runs a recording through the rules and compares with the journal.
#include "daemon/shell/replay.hpp"

#include <iostream>
#include <map>
#include <memory>

#include "daemon/ctl/ctl.hpp"
#include "daemon/ctl/journal_reader.hpp"
#include "daemon/shell/journal_format.hpp"
#include "daemon/shell/recorder.hpp"
#include "daemon/shell/site.hpp"

namespace hall::ctl {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> files;
    std::string config, journal;
    bool json = false;
};

/// Folders stand for the recordings in them.
std::vector<fs::path> recordings(const Context& context, const Options& o) {
    std::vector<fs::path> list;
    std::vector<fs::path> asked(o.files.begin(), o.files.end());
    if (asked.empty()) asked.push_back(context.state_folder() / "recorder");
    for (const fs::path& path : asked) {
        if (!fs::exists(path)) throw UsageError("there is no recording " + path.string());
        if (!fs::is_directory(path)) {
            list.push_back(path);
            continue;
        }
        const auto inside = segments_in(path);
        if (inside.empty())
            throw UsageError("there is no recording in the folder " + path.string());
        list.insert(list.end(), inside.begin(), inside.end());
    }
    return list;
}

/// The journal's records by number. A daemon may append to it while its recording is read, so what
/// is not there yet is looked for again.
class JournalView {
  public:
    explicit JournalView(fs::path file) : file_(std::move(file)) { look(); }
    std::optional<StoredRecord> find(std::uint64_t seq) {
        if (records_.empty() || seq > records_.rbegin()->first) look();
        const auto found = records_.find(seq);
        if (found == records_.end()) return std::nullopt;
        return found->second;
    }

  private:
    void look() {
        const std::uint64_t from = records_.empty() ? 0 : records_.rbegin()->first + 1;
        JournalReader(file_).for_each(from, [&](const StoredRecord& r) { records_[r.seq] = r; });
    }
    fs::path file_;
    std::map<std::uint64_t, StoredRecord> records_;
};

std::optional<HallConfig> configuration(const Options& o) {
    if (o.config.empty()) return std::nullopt;
    LoadedSite loaded = load_site(o.config, default_templates(o.config));
    if (!loaded.site) {
        std::string all;
        for (const ConfigFault& f : loaded.faults)
            if (!f.warning) all += (all.empty() ? "" : "\n") + to_string(f);
        throw UsageError(all);
    }
    loaded.site->hall.digest = journal_format::sha256_hex;
    return std::move(loaded.site->hall);
}

json to_json(const Departure& d) {
    const auto record = [](const std::string& body) {
        return body.empty() ? json(nullptr) : json::parse(body, nullptr, false);
    };
    return {{"file", d.file},
            {"line", d.line},
            {"event", d.event},
            {"event_text", d.event_text},
            {"seq", d.seq},
            {"what", d.what},
            {"expected", record(d.expected)},
            {"came", record(d.came)}};
}

json to_json(const ReplayResult& r) {
    json out{{"identical", !r.departure}, {"files", r.files},         {"events", r.events},
             {"records", r.records},      {"first_seq", r.first_seq}, {"last_seq", r.last_seq},
             {"notes", r.notes}};
    out["departure"] = r.departure ? to_json(*r.departure) : json(nullptr);
    return out;
}

/// Texts that people gave lie within JSON and cannot play tricks on the terminal.
std::string shown(const std::string& body) {
    if (body.empty()) return "nothing";
    const json parsed = json::parse(body, nullptr, false);
    return parsed.is_discarded() ? dump(json(body)) : dump(parsed);
}

void print(const ReplayResult& r) {
    for (const std::string& note : r.notes) std::cout << note << '\n';
    if (!r.departure) {
        std::cout << r.events << " events, " << r.records << " records: identical\n";
        return;
    }
    const Departure& d = *r.departure;
    std::cout << r.events << " events, " << r.records << " records identical, then it departs:\n"
              << d.file << ':' << d.line << ": "
              << (d.event == 0 ? "at the start" : "event " + std::to_string(d.event)) << ": "
              << d.what << '\n';
    if (d.event != 0) std::cout << "  event:    " << shown(d.event_text) << '\n';
    std::cout << "  expected: " << shown(d.expected) << '\n'
              << "  came:     " << shown(d.came) << '\n';
}

int replay_files(const Context& context, const Options& o) {
    const auto files = recordings(context, o);
    const fs::path journal =
        o.journal.empty() ? context.state_folder() / "journal.db" : fs::path(o.journal);
    JournalView records(journal);
    ReplayOptions options;
    options.journal = [&](std::uint64_t seq) { return records.find(seq); };
    options.version = HALL_VERSION;
    options.config = configuration(o);
    options.digest = journal_format::sha256_hex;
    const ReplayResult result = replay(files, options);
    if (o.json) {
        std::cout << dump(to_json(result), 2) << '\n';
    } else {
        print(result);
    }
    return result.departure ? kNo : kFine;
}

}  // namespace

void add_replay(CLI::App& app, Context& context) {
    auto o = std::make_shared<Options>();
    CLI::App* c = app.add_subcommand(
        "replay", "run a recording through the rules, and compare with the journal");
    c->fallthrough();
    c->add_option("FILE", o->files,
                  "recordings, or folders of them (default: recorder in the state folder)");
    c->add_option("--config", o->config, "this configuration instead of the recorded one");
    c->add_option("--journal", o->journal,
                  "journal file (default: journal.db in the state folder)");
    c->add_flag("--json", o->json, "the result as JSON");
    c->callback(
        [&context, o] { context.chosen = [&context, o] { return replay_files(context, *o); }; });
}

}  // namespace hall::ctl
