#pragma once
// The certificates with which the hall reaches its broker: whoever must renew them hears of it
// before they run out.
#include <functional>
#include <optional>
#include <string>

#include "daemon/core/event.hpp"
#include "daemon/core/now.hpp"
#include "daemon/shell/site.hpp"
#include "drivers/mqtt/certificate.hpp"

namespace hall {

class CertificateWatch {
  public:
    /// @param tell hears `certificate_expiring` of each file of `mqtt`, present or over; its
    /// subject is the key that names the file
    CertificateWatch(const MqttConfig& mqtt, std::function<void(const ConditionReported&)> tell)
        : mqtt_(mqtt), tell_(std::move(tell)) {}

    /// Looks when it is due: at once, then each hour, and only by a clock that is believed.
    void look(const Now& now, const std::function<std::string(WallTime)>& as_date);

  private:
    void look_at(const char* key, const std::string& file, drivers::CertificateEnd which,
                 const Now& now, const std::function<std::string(WallTime)>& as_date);

    const MqttConfig& mqtt_;
    std::function<void(const ConditionReported&)> tell_;
    std::optional<Instant> looked_;
};

}  // namespace hall
