#pragma once
// Alarms as one mechanism: a condition that somebody must hear of until it is cleared and
// acknowledged. A condition that flaps stays one alarm.
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/image.hpp"
#include "daemon/core/snapshot.hpp"
#include "daemon/core/turn.hpp"

namespace hall {

class Alarms {
  public:
    Alarms() = default;
    explicit Alarms(std::vector<SavedAlarm> saved) : alarms_(std::move(saved)) {}

    /// No effect while the same alarm stands. @param subject what it is about: a circuit, window,
    /// contact, link or nothing
    void raise(Turn& turn, std::string_view code, std::string_view subject,
               std::string_view detail = {});
    /// The condition is over. The alarm stays until somebody has acknowledged it.
    void clear(Turn& turn, std::string_view code, std::string_view subject);
    /// The same for every subject.
    void clear_all(Turn& turn, std::string_view code);
    /// raise() or clear().
    void set(Turn& turn, bool present, std::string_view code, std::string_view subject,
             std::string_view detail = {});
    void acknowledge(Turn& turn, const AlarmAcknowledged& event);
    [[nodiscard]] bool stands(std::string_view code, std::string_view subject) const;
    [[nodiscard]] bool acknowledged(std::string_view code, std::string_view subject) const;
    /// Somebody has still to hear of it. @param id `code.subject`
    [[nodiscard]] bool unacknowledged(std::string_view id) const;
    [[nodiscard]] const std::vector<SavedAlarm>& all() const { return alarms_; }

    /// See image.hpp.
    template <class A>
    void fields(A& a) {
        auto& [alarms] = *this;
        image::put(a, alarms);
    }

  private:
    [[nodiscard]] const SavedAlarm* find(std::string_view code, std::string_view subject) const;
    std::vector<SavedAlarm> alarms_;
};

}  // namespace hall
