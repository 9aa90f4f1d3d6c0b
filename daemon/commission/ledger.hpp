#pragma once
// What commissioning has proven, kept in the state folder (`commissioning.json`), and what it has
// switched and not yet put back (`commissioning.left.json`). Both are replaced as a whole and
// durable on return.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/commission/channels.hpp"

namespace hall::commission {

/// A meter's readings of one PC, in W, over some seconds each.
struct Learned {
    double off_least = 0, off_most = 0;          ///< soft-off
    double running_least = 0, running_most = 0;  ///< running or idle
    /// What was proposed; none: the two are too near.
    std::optional<double> off_watts, cut_watts;
};

struct Entry {
    bool verified = false;
    std::string at;      ///< RFC 3339, local offset
    std::string by;      ///< as the engineer typed it
    std::string wiring;  ///< Channel::wiring of then
    std::string seen;    ///< the values, in words
    std::string note;    ///< why it is not verified; or what else to know
    std::optional<Learned> learned;
};

enum class Standing : std::uint8_t {
    open,      ///< nobody has looked yet
    verified,  ///< on this wiring
    failed,    ///< looked at on this wiring, and not right
    changed    ///< looked at on other wiring: does not count any more
};
const char* to_string(Standing standing);

/// An output that was switched: its level on the wire before.
struct Left {
    std::string key, point, wiring;
    bool was = false;
    std::string by, at;
    std::uint64_t seq = 0;  ///< the journal's newest record then
};

class Ledger {
  public:
    /// @throws std::runtime_error with a sentence when a file is damaged, of a newer version or of
    /// another hall; std::system_error
    Ledger(const std::filesystem::path& state, std::string hall);

    [[nodiscard]] const Entry* of(const std::string& key) const;
    [[nodiscard]] Standing standing(const Channel& channel) const;
    /// @throws std::system_error; the file is as before then
    void mark(const Channel& channel, Entry entry);

    [[nodiscard]] const std::vector<Left>& left() const { return left_; }
    void note_left(Left left);
    void forget_left(const std::string& key);

  private:
    void read();
    void read_left();
    void write() const;
    void write_left() const;

    std::filesystem::path file_, left_file_;
    std::string hall_;
    std::map<std::string, Entry> entries_;
    std::vector<Left> left_;
};

}  // namespace hall::commission
