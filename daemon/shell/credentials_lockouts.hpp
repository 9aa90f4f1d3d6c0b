#pragma once
// Failed attempts and the locks that they lead to (R27), in `<state>/lockouts.json`.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "daemon/core/now.hpp"
#include "daemon/shell/credentials.hpp"

namespace hall::credentials {

/// A lock and when it ends: on the monotonic clock of the boot it was set in, and, when the wall
/// clock was to be believed then, on that too.
struct Lock {
    std::string boot;
    Instant mono_end{};
    std::optional<WallTime> wall_end;
    Millis length{0};
};

/// What is remembered of one person or one panel.
struct Tally {
    int failures = 0;  ///< since the last success or lock
    int level = 0;     ///< locks so far: each doubles the next
    std::optional<Lock> lock;
};

/// The counters of all. Read it, change it and write it under one file lock.
class Lockouts {
  public:
    Lockouts(const std::filesystem::path& state, const Credentials::Limits& limits,
             std::string boot_id, const Now& now);

    /// How long `key` is still locked; zero when it is not.
    [[nodiscard]] Millis left(const std::string& key) const;
    /// Counts one failure and sets the lock when it was one too many. Returns the attempts left.
    int charge(const std::string& key);
    /// The attempt proved good: whoever it was begins anew.
    void clear(const std::string& key);
    /// As clear(), but the doubling goes back by one step only.
    void ease(const std::string& key);
    /// True when there is something that write() must keep.
    [[nodiscard]] bool changed() const { return changed_; }
    /// @throws std::system_error
    void write();

    /// Removes one key from the file and leaves the rest as it stands. @throws std::system_error
    static void forget(const std::filesystem::path& state, const std::string& key);

  private:
    void read();
    void carry_over(Tally& tally);
    void lock_everybody();

    std::filesystem::path file_;
    Credentials::Limits limits_;
    std::string boot_;
    Now now_;
    std::map<std::string, Tally> tallies_;
    bool changed_ = false;
};

}  // namespace hall::credentials
