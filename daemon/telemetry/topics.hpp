#pragma once
// The retained topics: what the broker shows of the hall. Each is published when its content
// changed, and all of them again after a connect.
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/shell/journal.hpp"
#include "daemon/telemetry/device_json.hpp"
#include "daemon/telemetry/state_json.hpp"

namespace hall::telemetry {

/// `hall/v1/<hall id>/`
std::string topic_root(const SiteConfig& site);
/// An id as one level of a topic: no separator, no wildcard.
std::string topic_level(const std::string& id);
/// Adds `ts` and `clock`, and makes the payload's text.
std::string payload_text(const SiteConfig& site, const Now& now, nlohmann::json body);

/// What was going on when a picture of the hall was taken.
struct Picture {
    HallView view;
    ProgramState program;
    JournalHead head;
    std::function<std::vector<DeviceFacts>()>
        devices;  ///< asked only when they are to be published
};

class Topics {
  public:
    /// Publishes retained; false: try again later.
    using Send = std::function<bool(const std::string& topic, const std::string& payload)>;

    explicit Topics(const SiteConfig& site) : site_(site), root_(topic_root(site)) {}

    /// Publishes what changed. False: the link took not all of it, call again.
    bool refresh(const Picture& picture, const Send& send);
    /// Everything counts as changed.
    void forget() {
        sent_.clear();
        devices_at_.reset();
    }
    /// The broker holds this alarm. It is removed at the next refresh unless it still stands: a
    /// daemon that was away while an alarm ended must not leave it there for ever.
    void held_by_broker(const std::string& topic) { alarms_.insert(topic); }

  private:
    struct Sent {
        std::uint64_t essence = 0;  ///< of the content without what a clock's jitter changes
        std::uint64_t watts = 0;    ///< of a circuit's meter, apart: it changes all the time
        Instant at{};
    };
    bool offer(const std::string& name, const nlohmann::json& essence, const nlohmann::json& body,
               const Send& send);
    bool offer_circuit(const CircuitView& circuit, const Send& send);
    bool offer_closing_and_lightbox(const Send& send);
    bool offer_alarms(const Send& send);
    bool offer_devices(const Send& send);
    void notice_clock(const Now& now);

    const SiteConfig& site_;
    std::string root_;
    const Picture* picture_ = nullptr;  ///< during refresh()
    std::map<std::string, Sent> sent_;
    std::set<std::string> alarms_;       ///< topics that the broker may hold
    std::optional<Instant> devices_at_;  ///< when the devices were published last
    std::vector<Level> devices_links_;   ///< and which links were up then
    Millis wall_minus_mono_{0};
    bool trusted_ = false;
};

}  // namespace hall::telemetry
