#pragma once
// Commissioning's hand in the hall's journal: the same chain and signature as the daemon's records,
// and the rules' memory left as it is, so that the daemon goes on where it was.
#include <string>
#include <utility>
#include <vector>

#include "daemon/shell/clock.hpp"
#include "daemon/shell/journal.hpp"
#include "daemon/shell/site.hpp"

namespace hall::commission {

class Scribe {
  public:
    using Detail = std::vector<std::pair<std::string, std::string>>;

    /// @param engineer as typed: a name, no credential; records call it `engineer:<name>`
    Scribe(Journal& journal, const SiteConfig& site, std::string engineer);

    /// Durable on return. @param type without `commission.`
    /// @throws JournalUnavailable; then nothing may be switched
    void record(const std::string& type, const std::string& outcome, Detail detail);

    /// Now, as RFC 3339 with the hall's offset.
    [[nodiscard]] std::string stamp();
    [[nodiscard]] std::uint64_t seq() const { return journal_.head().seq; }
    /// Whether anybody but commissioning has written behind that record: a daemon has run since.
    [[nodiscard]] bool daemon_ran_since(std::uint64_t seq) const;
    [[nodiscard]] const std::string& engineer() const { return engineer_; }

  private:
    Journal& journal_;
    const SiteConfig& site_;
    std::string engineer_;
    Clock clock_;
};

}  // namespace hall::commission
