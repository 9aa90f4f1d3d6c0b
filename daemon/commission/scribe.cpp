#include "daemon/commission/scribe.hpp"

#include "daemon/shell/journal_format.hpp"

namespace hall::commission {

Scribe::Scribe(Journal& journal, const SiteConfig& site, std::string engineer)
    : journal_(journal),
      site_(site),
      engineer_(std::move(engineer)),
      clock_(journal.last_trusted_time(), site.clock_from_network) {}

void Scribe::record(const std::string& type, const std::string& outcome, Detail detail) {
    const Now now = clock_.now();
    // The snapshot travels with every record; this one decides nothing, so that it stays what it
    // was.
    journal_.append(
        now, {{"commission." + type, "R29", {"engineer:" + engineer_}, outcome, std::move(detail)}},
        journal_.snapshot());
    clock_.recorded(now);
}

std::string Scribe::stamp() {
    const WallTime wall = clock_.now().wall;
    return rfc3339(wall, site_.hall.zone.offset_at(wall));
}

bool Scribe::daemon_ran_since(std::uint64_t seq) const {
    constexpr std::size_t kChunk = 500;
    for (std::uint64_t from = seq + 1;; from += kChunk) {
        const auto some = journal_.read(from, kChunk);
        for (const StoredRecord& r : some) {
            if (journal_format::read_type(r.body).value_or("").rfind("commission.", 0) != 0)
                return true;
        }
        if (some.size() < kChunk) return false;
    }
}

}  // namespace hall::commission
