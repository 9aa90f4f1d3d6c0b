#pragma once
// How far commissioning is: as a list, as JSON, and as a report to be signed.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "daemon/commission/ledger.hpp"
#include "daemon/commission/survey.hpp"

namespace hall::commission {

struct Summary {
    const SiteConfig& site;
    const std::vector<Channel>& channels;
    const Ledger& ledger;
    bool zh = true;

    [[nodiscard]] std::size_t verified() const;
    /// Every channel is verified on its wiring, the thresholds fit, and nothing is left switched.
    [[nodiscard]] bool complete() const;
    /// A meter that was learned, and a configuration whose thresholds do not fit what it saw.
    [[nodiscard]] bool misfits(const Channel& channel) const;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] nlohmann::json json() const;
    /// Markdown. @param devices what the survey of this session found; empty: none was made
    [[nodiscard]] std::string report(const std::vector<DeviceAnswer>& devices,
                                     const std::string& stamp) const;
};

/// What a device template says of itself.
struct TemplateFacts {
    std::string title, source, verified;
};
TemplateFacts template_facts(const SiteConfig& site, const std::string& name);

}  // namespace hall::commission
