#pragma once
// When a lightbox should be lit, found by walking through every minute: what the schedule's own
// answers are compared with. It shares no code with the schedule: it finds local times by counting
// minutes, and takes the sun from another program's table (tests/data/sun.csv).
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/config.hpp"

namespace hall::test {

constexpr long kDaySeconds = 86'400;
/// The table and our own sun differ by at most 8 s.
constexpr long kSunSlack = 10;
/// Days since 1970.
long day_number(std::chrono::year y, unsigned month, unsigned day);
/// What is compared: two years within the table.
extern const long kFirstDay, kLastDay;

/// A hall, and its clock as a list of changes, which both sides read.
struct Place {
    std::string sun;  ///< its name in the sun's table
    long offset;      ///< seconds, before the first change
    std::vector<std::pair<long, long>> changes;
    HallConfig config;
};

/// Times are seconds since 1970, days are local dates as days since 1970.
class LightboxReference {
  public:
    /// @param place must outlive it
    explicit LightboxReference(const Place& place);

    /// What the local clock shows, as seconds since its own 1970.
    [[nodiscard]] long local(long t) const;
    [[nodiscard]] bool needs_clock() const;
    [[nodiscard]] bool working(long day) const;
    /// None: too near to a moment of the sun to tell.
    [[nodiscard]] std::optional<bool> lit(long t, bool closed) const;

  private:
    using Parts = std::vector<std::pair<long, long>>;

    void read_sun();
    void count_minutes();
    [[nodiscard]] long clock(long day, long minute) const;
    [[nodiscard]] std::optional<long> moment(const DayPoint& p, long day, long late) const;
    [[nodiscard]] const NightPlan& plan(long day) const;
    [[nodiscard]] Parts night(long day, long late) const;

    const Place& place_;
    const HallConfig& hall_;
    std::map<long, std::pair<long, long>> sun_;  ///< by date: rise and set
    long base_ = 0;            ///< the first minute that the local calendar counts
    std::vector<long> first_;  ///< by minute: when the local clock reached it first
    /// With the sun early, in time and late; by date of their night.
    std::vector<std::vector<Parts>> parts_;
};

}  // namespace hall::test
