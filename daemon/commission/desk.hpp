#pragma once
// What every step of commissioning works with, and what several of them do.
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "daemon/commission/bench.hpp"
#include "daemon/commission/ledger.hpp"
#include "daemon/commission/scribe.hpp"
#include "daemon/commission/talk.hpp"

namespace hall::commission {

struct Desk {
    const SiteConfig& site;
    const std::vector<Channel>& channels;
    Bench& bench;
    Ledger& ledger;
    Scribe& scribe;
    const Talk& talk;
    std::chrono::milliseconds measure{5'000};  ///< how long a meter is looked at
    /// How long a device that has not said anything yet may take.
    std::chrono::milliseconds patience{5'000};

    struct Watched {
        bool so = false;                   ///< what was waited for holds
        std::optional<std::string> typed;  ///< or the engineer typed this
    };
    /// Waits for `so`, for a line, or for the time to pass. `so` is asked after each news from the
    /// wires.
    /// @throws Interrupted
    Watched watch(const std::function<bool()>& so,
                  std::optional<std::chrono::milliseconds> most = {}) const;

    /// Waits for what a device says by itself; what is typed meanwhile stays typed. @throws
    /// Interrupted
    void settle(const std::function<bool()>& so) const;

    /// `circuit.pc1 1号窗口计算机 [relay1.coil1]`
    [[nodiscard]] static std::string title(const Channel& channel);
    /// The channel's level in words, or that it is silent and why.
    [[nodiscard]] std::string now(const Channel& channel) const;

    /// Writes the result into the journal and the file of results, and says it.
    void mark(const Channel& channel, bool verified, const std::string& seen,
              const std::string& note = {}, std::optional<Learned> learned = {}) const;
};

/// One channel's step each; each ends with a mark, or without one where it was skipped.
/// @throws Interrupted, Back, JournalUnavailable, std::system_error
void walk_input(const Desk& desk, const Channel& channel);
void walk_meter(const Desk& desk, const Channel& channel);
void walk_stop(const Desk& desk, const Channel& channel);
void walk_lamp(const Desk& desk, const Channel& channel);
void walk_circuit(const Desk& desk, const Channel& channel);

}  // namespace hall::commission
