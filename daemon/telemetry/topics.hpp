#pragma once
// The retained topics: what the broker shows of the hall. Each is published when its content
// changed, and all of them again after a connect.
#include <cstdint>
#include <deque>
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
/// When a message was made, and whether that can be believed.
struct Stamped {
    std::string ts;  ///< RFC 3339, in the hall's zone
    bool trusted = false;
};
/// Adds `ts` and `clock`, and makes the payload's text.
std::string payload_text(const Stamped& stamped, nlohmann::json body);
std::string payload_text(const SiteConfig& site, const Now& now, nlohmann::json body);

/// What is going on in the hall. What takes longer to work out is asked for when its turn comes.
struct Picture {
    WiresView wires;
    std::function<HallView()> view;
    ProgramState program;
    JournalHead head;
    std::function<std::vector<DeviceFacts>()>
        devices;  ///< asked only when they are to be published
    /// What the wires told has been published: let it leave before the rest is worked out.
    std::function<void()> let_go;
};

class Topics {
  public:
    /// Publishes retained; false: try again later.
    using Send = std::function<bool(const std::string& topic, const std::string& payload)>;

    explicit Topics(const SiteConfig& site) : site_(site), root_(topic_root(site)) {}

    /// Publishes what changed. False: the link took not all of it; go on with pump().
    bool refresh(const Picture& picture, const Send& send);
    /// Publishes what the last refresh could not. False: the link took not all of it.
    bool pump(const Send& send);
    /// Everything counts as changed.
    void forget();
    /// The broker holds this alarm. It is removed at the next refresh unless it still stands: a
    /// daemon that was away while an alarm ended must not leave it there for ever.
    void held_by_broker(const std::string& topic) { alarms_.insert(topic); }

  private:
    struct Sent {
        std::uint64_t essence = 0;  ///< of the content
        std::uint64_t watts = 0;    ///< of a circuit's meter, apart: it changes all the time
        Instant at{};
    };
    /// A message that waits for the link, and what to note once it took it.
    struct Offer {
        std::string topic, payload;
        std::function<void()> taken;
    };
    /// Sends it at once if nothing waits before it.
    void put(Offer offer);
    void offer(const std::string& name, const nlohmann::json& body);
    void offer_wires(const WiresView& wires);
    void offer_circuit(const CircuitView& circuit);
    void offer_closing_and_lightbox(const HallView& view);
    void offer_alarms(const HallView& view);
    void offer_devices(const Picture& picture);
    void notice_clock(const Now& now);

    const SiteConfig& site_;
    std::string root_;
    const Send* send_ = nullptr;  ///< during refresh()
    Now now_;                     ///< of the picture
    Stamped stamped_;             ///< the same as text
    std::deque<Offer> offers_;
    std::map<std::string, Sent> sent_;
    /// By contact: there may be hundreds, and most of them are as they were.
    std::vector<std::optional<ContactState>> contacts_sent_;
    std::vector<std::optional<WindowView>> windows_sent_;
    /// Their stamps are instants of a monotonic clock as long as they are compared; as text, the
    /// jitter between two clocks that are never read at once would change them.
    std::optional<ClosingView> closing_sent_;
    std::optional<LightboxView> lightbox_sent_;
    std::set<std::string> alarms_;       ///< topics that the broker may hold
    std::optional<Instant> devices_at_;  ///< when the broker was told of the devices last
    std::vector<Level> devices_links_;   ///< and which links were up then
    Millis wall_minus_mono_{0};
    bool trusted_ = false;
};

}  // namespace hall::telemetry
