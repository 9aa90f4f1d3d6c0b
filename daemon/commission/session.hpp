#pragma once
// One sitting at the hall: the menu, the walks, and the report. The caller holds the state folder's
// lock (through the journal), so that no daemon can start meanwhile.
#include <filesystem>
#include <memory>
#include <vector>

#include "daemon/commission/desk.hpp"
#include "daemon/commission/summary.hpp"
#include "daemon/commission/survey.hpp"

namespace hall::commission {

struct SessionOptions {
    std::chrono::milliseconds measure{5'000};
    /// Called with the report's text when it is made, and at the end; empty: no report is wanted.
    std::function<void(const std::string&)> report;
};

class Session {
  public:
    Session(const SiteConfig& site, Scribe& scribe, Ledger& ledger, const Talk& talk,
            SessionOptions options);
    ~Session();

    /// Until the engineer ends it. True: they did, and nothing is left switched; false:
    /// interrupted.
    /// @throws NotPutBack, JournalUnavailable, std::system_error
    bool run();

  private:
    using Wanted = bool (*)(Channel::Kind);
    void offer_left_or_leave();
    void menu();
    bool choose(const std::string& choice);
    void open_bench();
    [[nodiscard]] Desk desk() const;
    /// All that is not verified and `wanted`, or the one that the engineer names.
    void walk(std::string_view title, Wanted wanted);
    void step(const Channel& channel);
    /// Not verified, or its feedback is not.
    [[nodiscard]] bool is_open(const Channel& channel) const;
    void next_open();
    void scan();
    void write_report();

    const SiteConfig& site_;
    Scribe& scribe_;
    Ledger& ledger_;
    const Talk& talk_;
    SessionOptions options_;
    std::vector<Channel> channels_;
    Summary summary_;
    std::vector<DeviceAnswer> devices_;
    std::unique_ptr<Bench> bench_;
};

}  // namespace hall::commission
