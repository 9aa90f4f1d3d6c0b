// The report of a commissioning, in Markdown: every channel, its result and evidence, and lines to
// sign.
#include <algorithm>

#include "daemon/commission/summary.hpp"
#include "daemon/shell/config_document.hpp"

namespace hall::commission {

namespace {

/// A cell of a table: what would end it or the row is made harmless.
std::string cell(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out.empty() ? "—" : out;
}

std::string row(const std::vector<std::string>& cells) {
    std::string out = "|";
    for (const std::string& c : cells) out += " " + cell(c) + " |";
    return out + "\n";
}

std::string table(const std::vector<std::string>& heads) {
    std::string out = row(heads) + "|";
    for (std::size_t i = 0; i < heads.size(); ++i) out += "---|";
    return out + "\n";
}

class Report {
  public:
    explicit Report(const Summary& summary) : s_(summary) {}

    std::string head(const std::string& stamp) const;
    std::string devices(const std::vector<DeviceAnswer>& answers) const;
    std::string channels() const;
    std::string thresholds() const;
    std::string end() const;

  private:
    [[nodiscard]] std::string word(std::string_view key, const Args& args = {}) const {
        return phrase(s_.zh, key, args);
    }
    const Summary& s_;
};

std::string Report::head(const std::string& stamp) const {
    std::string out = "# " + word("report.title", {{"name", s_.site.hall.name}}) + "\n\n";
    out += table({word("report.what"), ""});
    out += row({word("report.hall"), s_.site.hall.id + ", " + s_.site.hall.name});
    out += row({word("report.config"), s_.site.file.string()});
    out += row({"SHA-256", s_.site.sha256});
    out += row({word("report.made"), stamp});
    out += row({word("report.result"),
                word(s_.complete() ? "report.complete" : "report.incomplete") + " " +
                    word("so_far", {{"verified", std::to_string(s_.verified())},
                                    {"all", std::to_string(s_.channels.size())}})});
    for (const Left& l : s_.ledger.left())
        out += row({word("report.left"), l.key + " [" + l.point + "] " + l.at});
    return out + "\n";
}

std::string Report::devices(const std::vector<DeviceAnswer>& answers) const {
    std::string out = "## " + word("report.devices") + "\n\n";
    out += table({word("report.device"), word("report.bus"), word("report.unit"),
                  word("report.template"), word("report.source"), word("report.proven"),
                  word("report.answer")});
    for (const DeviceUse& d : s_.site.devices) {
        const TemplateFacts facts = template_facts(s_.site, d.template_name);
        const auto found = std::find_if(answers.begin(), answers.end(),
                                        [&](const DeviceAnswer& a) { return a.device == &d; });
        std::string answer = word("report.not_asked");
        if (found != answers.end()) {
            answer = found->answer.answers
                         ? std::to_string(found->answer.took.count() / 1000) + " ms"
                         : word("report.silent", {{"why", found->answer.why}});
        }
        out += row({d.id, s_.site.buses.at(d.bus).id, std::to_string(d.unit),
                    d.template_name + ": " + facts.title, facts.source, facts.verified, answer});
    }
    return out + "\n";
}

std::string Report::channels() const {
    std::string out = "## " + word("report.channels") + "\n\n";
    out += table({word("report.channel"), word("report.name"), word("report.wiring"),
                  word("report.result"), word("report.seen"), word("report.note"),
                  word("report.when"), word("report.who")});
    for (const Channel& c : s_.channels) {
        const Standing standing = s_.ledger.standing(c);
        const Entry* entry = s_.ledger.of(c.key);
        const Entry none;
        const Entry& e = entry != nullptr ? *entry : none;
        std::string note = e.note;
        if (standing == Standing::changed)
            note.insert(0, word("report.was_wired", {{"wiring", e.wiring}}) + " ");
        out += row({c.key, c.name, c.wiring, word(std::string("standing.") + to_string(standing)),
                    e.seen, note, e.at, e.by});
    }
    return out + "\n";
}

std::string Report::thresholds() const {
    std::string rows;
    for (const Channel& c : s_.channels) {
        const Entry* entry = s_.ledger.of(c.key);
        if (entry == nullptr || !entry->learned) continue;
        const Learned& l = *entry->learned;
        const CircuitConfig& config = s_.site.hall.circuits.at(c.index);
        rows += row({config.id, watts_text(l.off_least) + "–" + watts_text(l.off_most),
                     watts_text(l.running_least) + "–" + watts_text(l.running_most),
                     l.off_watts ? watts_text(*l.off_watts) : word("report.none"),
                     l.cut_watts ? watts_text(*l.cut_watts) : word("report.none"),
                     watts_text(config.off_watts) + ", " + watts_text(config.cut_watts),
                     word(s_.misfits(c) ? "thresholds_misfit" : "thresholds_fit")});
    }
    if (rows.empty()) return {};
    return "## " + word("report.thresholds") + "\n\n" +
           table({word("report.circuit"), word("report.soft_off"), word("report.running"),
                  "off_watts", "cut_watts", word("report.configured"), word("report.result")}) +
           rows + "\n";
}

std::string Report::end() const {
    std::string out;
    std::string attested;
    for (std::size_t i = 0; i < s_.site.contacts.size(); ++i) {
        if (!s_.site.contacts[i])
            attested += (attested.empty() ? "" : ", ") + s_.site.hall.contacts[i].id;
    }
    if (!attested.empty()) out += word("report.attested", {{"what", attested}}) + "\n\n";
    out += "## " + word("report.signatures") + "\n\n";
    for (const char* who : {"report.engineer", "report.owner"})
        out += word(who) + "  ______________________    " + word("report.date") +
               "  ______________\n\n";
    return out;
}

}  // namespace

TemplateFacts template_facts(const SiteConfig& site, const std::string& name) {
    config::Faults faults;
    const auto document =
        config::read_document(faults, default_templates(site.file) / (name + ".toml"));
    if (!document) return {};
    const auto text = [&](const char* key) { return document->table[key].value_or(std::string()); };
    return {text("title"), text("source"), text("verified")};
}

std::string Summary::report(const std::vector<DeviceAnswer>& devices,
                            const std::string& stamp) const {
    const Report report(*this);
    return report.head(stamp) + report.devices(devices) + report.channels() + report.thresholds() +
           report.end();
}

}  // namespace hall::commission
