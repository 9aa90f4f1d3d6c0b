#include "daemon/ctl/audit_export.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "daemon/ctl/ctl.hpp"

namespace hall::ctl {
namespace jf = journal_format;
using nlohmann::json;

namespace {

std::string line_of(const jf::Origin& origin) {
    json o{{"seq", origin.seq}, {"hash", origin.hash}};
    if (!origin.signature.empty()) o["signature"] = origin.signature;
    return dump(json{{"origin", std::move(o)}});
}

std::string line_of(const StoredRecord& r) {
    return dump(json{{"seq", r.seq}, {"body", r.body}, {"prev", r.prev}, {"hash", r.hash}});
}

std::string line_of(const JournalHead& h) {
    return dump(json{
        {"head",
         {{"seq", h.seq}, {"hash", h.hash}, {"signature", h.signature}, {"key_id", h.key_id}}}});
}

/// A fault of an export. `seq` 0: of no record in particular.
struct Fault {
    std::uint64_t seq = 0;
    std::string what;
};

jf::Origin origin_from(const json& line) {
    const json& o = line.at("origin");
    jf::Origin origin{o.at("seq").get<std::uint64_t>(), o.at("hash").get<std::string>(), {}};
    if (o.contains("signature")) origin.signature = o.at("signature").get<std::string>();
    return origin;
}

StoredRecord record_from(const json& line) {
    return {line.at("seq").get<std::uint64_t>(), line.at("body").get<std::string>(),
            line.at("prev").get<std::string>(), line.at("hash").get<std::string>()};
}

JournalHead head_from(const json& line) {
    const json& h = line.at("head");
    return {h.at("seq").get<std::uint64_t>(), h.at("hash").get<std::string>(),
            h.at("signature").get<std::string>(), h.at("key_id").get<std::string>()};
}

/// Takes the lines of an export in their order.
class Reader {
  public:
    explicit Reader(const jf::PublicKey& key) : key_(key) {}

    void take(const std::string& line) {
        ++line_;
        try {
            const json parsed = json::parse(line);
            if (done_) throw Fault{0, place() + " stands behind the head: it was added"};
            if (parsed.contains("origin")) {
                begin(line, origin_from(parsed));
            } else if (!check_) {
                throw Fault{0, "the export does not begin with its origin: lines were removed"};
            } else if (parsed.contains("head")) {
                end(line, head_from(parsed));
            } else {
                record(line, record_from(parsed));
            }
        } catch (const json::exception&) {
            throw Fault{due(), place() + " was changed: it is no line of an export" + near()};
        }
    }

    ExportVerification finish() {
        if (!done_) throw Fault{due(), "the end of the export is missing: it has no head" + near()};
        result_.intact = true;
        return result_;
    }
    [[nodiscard]] const ExportVerification& so_far() const { return result_; }

  private:
    void begin(const std::string& line, const jf::Origin& origin) {
        same(line, line_of(origin));
        if (check_) throw Fault{0, place() + " was added: the origin stands there twice"};
        if (origin.signature.empty() && origin.seq == 0)
            throw Fault{0, "the signature of the journal's beginning is missing"};
        if (origin.signature.empty()) {
            result_.what = "it begins at record " + std::to_string(origin.seq + 1) +
                           "; what came before is not in it";
        } else if (!jf::signature_holds(key_, jf::Mark::origin, origin.seq, origin.hash,
                                        origin.signature)) {
            throw Fault{0,
                        "the signature of the journal's beginning does not hold: the beginning was "
                        "changed, or the key is not the journal's"};
        }
        result_.first = origin.seq + 1;
        check_.emplace(origin.seq, origin.hash);
    }

    void record(const std::string& line, const StoredRecord& r) {
        bool good = false;
        try {
            good = check_->take(r);
        } catch (const std::invalid_argument&) {
            // Only the origin's hash can be none here: every later one was computed.
            throw Fault{r.seq, "what record " + std::to_string(r.seq) + " follows was changed"};
        }
        if (!good) throw Fault{check_->bad_seq(), check_->what()};
        same(line, line_of(r));
        ++result_.records;
    }

    void end(const std::string& line, const JournalHead& head) {
        if (!check_->take_head(head, key_)) throw Fault{check_->bad_seq(), check_->what()};
        same(line, line_of(head));
        result_.head = head;
        done_ = true;
    }

    /// One content has one spelling: blanks or fields that were added count as a change.
    void same(const std::string& line, const std::string& expected) const {
        if (line != expected)
            throw Fault{due(),
                        place() + " was changed: it holds more than an export writes" + near()};
    }
    [[nodiscard]] std::string place() const { return "line " + std::to_string(line_); }
    [[nodiscard]] std::uint64_t due() const { return check_ ? check_->seq() + 1 : 0; }
    [[nodiscard]] std::string near() const {
        return check_ ? " (where record " + std::to_string(due()) + " or the head is due)" : "";
    }

    const jf::PublicKey& key_;
    std::optional<jf::ChainCheck> check_;
    ExportVerification result_;
    std::uint64_t line_ = 0;
    bool done_ = false;
};

}  // namespace

void write_export(const JournalReader& journal, const jf::PublicKey& key, std::uint64_t from,
                  std::ostream& out) {
    const jf::Origin origin = journal.origin(key);
    const JournalHead head = journal.head();
    if (from > head.seq && from > origin.seq + 1)
        throw RefusedError("the journal ends at record " + std::to_string(head.seq));
    jf::ChainCheck check(origin.seq, origin.hash);
    const auto fault = [&] { return RefusedError("the journal does not hold: " + check.what()); };
    const bool whole = from <= origin.seq + 1;
    if (whole) out << line_of(origin) << '\n';
    journal.for_each(0, [&](const StoredRecord& r) {
        if (!check.take(r)) throw fault();
        if (!whole && r.seq == from) out << line_of(jf::Origin{from - 1, r.prev, {}}) << '\n';
        if (r.seq >= from) out << line_of(r) << '\n';
    });
    if (!check.take_head(head, key)) throw fault();
    out << line_of(head) << '\n';
}

ExportVerification verify_export(const std::filesystem::path& file, const jf::PublicKey& key) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw UsageError("cannot read " + file.string());
    Reader reader(key);
    try {
        for (std::string line; std::getline(in, line);) reader.take(line);
        if (in.bad()) throw UsageError("cannot read " + file.string());
        return reader.finish();
    } catch (const Fault& fault) {
        ExportVerification failed = reader.so_far();
        failed.intact = false;
        failed.bad_seq = fault.seq;
        failed.what = fault.what;
        return failed;
    }
}

}  // namespace hall::ctl
