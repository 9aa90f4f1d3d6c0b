// hallctl audit: the journal to read, to prove, and to take along.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "daemon/ctl/audit_export.hpp"
#include "daemon/ctl/backup_files.hpp"
#include "daemon/ctl/ctl.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall::ctl {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Options {
    std::string file, key, exported, out;
    std::uint64_t from = 0, last = 0;
    bool json = false;
};

constexpr std::uint64_t kShownByDefault = 50;

fs::path journal_file_of(const Context& context, const Options& o) {
    return o.file.empty() ? context.state_folder() / "journal.db" : fs::path(o.file);
}

fs::path key_file_of(const Context& context, const Options& o) {
    return o.key.empty() ? context.state_folder() / "journal.pub" : fs::path(o.key);
}

json to_json(const JournalHead& h) {
    return {{"seq", h.seq}, {"hash", h.hash}, {"signature", h.signature}, {"key_id", h.key_id}};
}

// --- show ---

/// The record as the topic `event` has it.
json event_of(const StoredRecord& r) {
    json event = json::parse(r.body, nullptr, false);
    if (!event.is_object()) event = {{"seq", r.seq}, {"damaged", r.body}};
    event["prev"] = r.prev;
    event["hash"] = r.hash;
    return event;
}

std::string word(const json& event, const char* name) {
    const auto found = event.find(name);
    if (found == event.end()) return "-";
    return found->is_string() ? found->get<std::string>() : dump(*found);
}

/// One line a record. Texts that people or devices gave are quoted, so that they cannot play tricks
/// on the terminal.
std::string line_of(const json& event) {
    std::ostringstream out;
    out << word(event, "seq") << ' ' << word(event, "ts");
    if (word(event, "clock") != "trusted") out << '?';
    out << ' ' << word(event, "type") << ' ' << word(event, "outcome") << ' '
        << word(event, "rule");
    if (const auto actors = event.find("actors"); actors != event.end() && actors->is_array()) {
        for (std::size_t i = 0; i < actors->size(); ++i)
            out << (i == 0 ? " by " : ",") << dump((*actors)[i]);
    }
    if (const auto detail = event.find("detail"); detail != event.end() && detail->is_object()) {
        for (const auto& [key, value] : detail->items()) out << ' ' << key << '=' << dump(value);
    }
    if (event.contains("damaged")) out << " DAMAGED " << dump(event["damaged"]);
    return out.str();
}

int show(const Context& context, const Options& o) {
    const JournalReader journal(journal_file_of(context, o));
    std::uint64_t from = o.from;
    const std::uint64_t last = o.last == 0 && o.from == 0 ? kShownByDefault : o.last;
    const std::uint64_t end = journal.head().seq;
    if (last > 0 && end > last) from = std::max(from, end - last + 1);
    bool first = true;
    if (o.json) std::cout << '[';
    journal.for_each(from, [&](const StoredRecord& r) {
        const json event = event_of(r);
        if (o.json) {
            std::cout << (first ? "\n" : ",\n") << dump(event);
        } else {
            std::cout << line_of(event) << '\n';
        }
        first = false;
    });
    if (o.json) std::cout << (first ? "]\n" : "\n]\n");
    return kFine;
}

// --- verify ---

struct Verdict {
    bool intact = false;
    std::uint64_t records = 0, bad_seq = 0;
    JournalHead head;
    std::string what;
};

Verdict verdict_on_journal(const fs::path& file, const fs::path& key) {
    const Verification v = verify_journal(file, key);
    Verdict verdict{v.intact, v.records, v.bad_seq, {}, v.what};
    if (v.intact) verdict.head = JournalReader(file).head();
    return verdict;
}

/// A backup: every file against its manifest, and the journal in it.
Verdict verdict_on_backup(const fs::path& path) {
    std::optional<ScratchFolder> scratch;
    fs::path folder = path;
    if (!fs::is_directory(path)) {
        scratch.emplace(fs::temp_directory_path());
        unpack(path, folder = scratch->path());
    }
    const BackupVerdict backup = check_backup(folder);
    if (!backup.intact) return {false, 0, 0, {}, backup.what};
    return verdict_on_journal(folder / "journal.db", folder / "journal.pub");
}

bool is_backup(const Options& o) {
    return !o.file.empty() && (fs::is_directory(o.file) || is_archive_name(o.file));
}

Verdict verdict_on_export(const fs::path& file, const fs::path& key) {
    const ExportVerification v = verify_export(file, journal_format::read_public_key(key));
    return {v.intact, v.records, v.bad_seq, v.head, v.what};
}

int verify(const Context& context, const Options& o) {
    const fs::path key = key_file_of(context, o);
    const Verdict v = is_backup(o)         ? verdict_on_backup(o.file)
                      : o.exported.empty() ? verdict_on_journal(journal_file_of(context, o), key)
                                           : verdict_on_export(o.exported, key);
    if (o.json) {
        json answer{{"intact", v.intact}, {"records", v.records}};
        if (v.intact) {
            answer["head"] = to_json(v.head);
        } else {
            answer["bad_seq"] = v.bad_seq;
        }
        if (!v.what.empty()) answer["message"] = v.what;
        std::cout << dump(answer, 2) << '\n';
    } else if (v.intact) {
        std::cout << "intact: " << v.records << " records; head " << v.head.seq << ' '
                  << v.head.hash << ", signed with key " << v.head.key_id << '\n';
        if (!v.what.empty()) std::cout << v.what << '\n';
    } else {
        std::cout << "not intact: " << v.what << '\n';
    }
    return v.intact ? kFine : kNo;
}

// --- export ---

int export_records(const Context& context, const Options& o) {
    const auto key = journal_format::read_public_key(key_file_of(context, o));
    const JournalReader journal(journal_file_of(context, o));
    if (o.out.empty()) {
        write_export(journal, key, o.from, std::cout);
        return kFine;
    }
    // Appears whole or not at all.
    const fs::path fresh = o.out + ".new";
    try {
        std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
        write_export(journal, key, o.from, out);
        out.close();
        if (!out) throw UsageError("cannot write " + fresh.string());
        fs::rename(fresh, o.out);
    } catch (...) {
        std::error_code ignored;
        fs::remove(fresh, ignored);
        throw;
    }
    return kFine;
}

using Action = int (*)(const Context&, const Options&);

CLI::App* command(CLI::App& audit, Context& context, const std::shared_ptr<Options>& o,
                  const char* name, const char* help, Action action) {
    CLI::App* c = audit.add_subcommand(name, help);
    c->fallthrough();
    c->add_option("--file", o->file,
                  "journal file, or for verify a backup (default: journal.db in the state folder)");
    c->callback([&context, o, action] {
        context.chosen = [&context, o, action] { return action(context, *o); };
    });
    return c;
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
    auto o = std::make_shared<Options>();
    CLI::App* audit = app.add_subcommand("audit", "the journal: read it, prove it, take it along");
    audit->require_subcommand(1);
    audit->fallthrough();
    const char* const key_help = "public key (default: journal.pub in the state folder)";

    CLI::App* c =
        command(*audit, context, o, "show", "show records, the newest 50 by default", show);
    c->add_option("--from", o->from, "first record");
    c->add_option("--last", o->last, "only the newest N")->check(CLI::PositiveNumber);
    c->add_flag("--json", o->json, "as a JSON list");

    c = command(*audit, context, o, "verify", "check every record, the chain and the signature",
                verify);
    c->add_option("--key", o->key, key_help);
    c->add_option("--export", o->exported, "check this export instead of a journal file")
        ->excludes("--file");
    c->add_flag("--json", o->json, "the verdict as JSON");

    c = command(*audit, context, o, "export", "write records as JSON lines, with the signed head",
                export_records);
    c->add_option("--key", o->key, key_help);
    c->add_option("--from", o->from, "first record (default: all)");
    c->add_option("--out", o->out, "file to write (default: standard output)");
}

}  // namespace hall::ctl
