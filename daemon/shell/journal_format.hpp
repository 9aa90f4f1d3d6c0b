#pragma once
// How a record looks as bytes, how it is chained, and how the head is signed. Shared by the
// journal, by its verification, and by exports that are checked on another machine.
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/command.hpp"
#include "daemon/core/now.hpp"
#include "daemon/shell/journal.hpp"

namespace hall::journal_format {

/// Hex of 32 zero bytes: what the very first record follows.
extern const std::string kNoHash;

/// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// hash(n) as hex, from hash(n-1) as hex. @throws std::invalid_argument when `prev` is no hash
std::string chain(const std::string& prev, std::string_view body);

struct BodyContext {
    std::uint64_t seq = 0;
    std::string id;  ///< UUID: a record that arrives twice is recognised by it
    std::string ts;
    bool clock_trusted = false;
    std::optional<std::string> state;  ///< hash of the snapshot, in the last record of a batch
};
/// The canonical JSON of a record.
std::string body_of(const Record& record, const BodyContext& context);
/// A UUID (version 8, RFC 9562) made from what nobody else's record has together: the journal's
/// key, the record before it, its number and its time. Made this way and not drawn by lot, a record
/// can be made again from a recording, to the byte.
std::string make_id(const std::string& key_id, const std::string& prev, std::uint64_t seq,
                    const std::string& ts);

/// Where the next records go.
struct BatchPlace {
    std::uint64_t seq = 0;  ///< of the newest record
    std::string hash;       ///< and its hash
    std::string key_id;
    std::chrono::seconds zone_offset{0};
};
/// The records of one step as they are stored: numbered, stamped, chained; the last one covers the
/// snapshot, if there is one.
std::vector<StoredRecord> batch_of(const BatchPlace& place, const Now& now,
                                   const std::vector<Record>& records,
                                   const std::optional<std::string>& snapshot);

/// The fields of a body that the chain's checks need.
struct BodyFacts {
    std::uint64_t seq = 0;
    std::optional<std::string> state;
    std::optional<WallTime> ts;
    bool clock_trusted = false;
};
/// None when the text is no record body.
std::optional<BodyFacts> read_body(std::string_view body);

/// The record's type; none when the text is no record body.
std::optional<std::string> read_type(std::string_view body);

/// The instant of an RFC 3339 time stamp with offset; none when it is none.
std::optional<WallTime> parse_stamp(std::string_view text);

// --- the signature ---

using PublicKey = std::array<unsigned char, 32>;
using SecretKey = std::array<unsigned char, 64>;
struct KeyPair {
    PublicKey open{};
    SecretKey secret{};
};

/// Reads `<state>/journal.key`; none when there is none. @throws std::runtime_error
std::optional<KeyPair> read_keys(const std::filesystem::path& state);
/// Makes a new pair and writes `journal.key` (0600, PEM, as openssl reads it).
KeyPair make_keys(const std::filesystem::path& state);
/// Writes `journal.pub` again when it is missing or not the pair's.
void restore_public_key(const std::filesystem::path& state, const KeyPair& keys);
/// @throws std::runtime_error with a sentence when the file is missing or no Ed25519 public key
PublicKey read_public_key(const std::filesystem::path& file);
PublicKey parse_public_key(const std::string& pem);
std::string pem_of(const PublicKey& key);
std::string key_id(const PublicKey& key);

/// What a signature speaks of: the newest record, or where the journal takes up.
enum class Mark : std::uint8_t { head, origin };
std::string sign(const KeyPair& keys, Mark mark, std::uint64_t seq, const std::string& hash);
bool signature_holds(const PublicKey& key, Mark mark, std::uint64_t seq, const std::string& hash,
                     const std::string& signature);

/// Where the records of a file begin: 0 and kNoHash, or the end of an earlier, damaged journal.
struct Origin {
    std::uint64_t seq = 0;
    std::string hash = kNoHash;
    std::string signature;
};

/// Checks records in their order against the chain. The first fault stays.
class ChainCheck {
  public:
    ChainCheck(std::uint64_t before, std::string hash) : seq_(before), hash_(std::move(hash)) {}
    /// False when this record does not hold.
    bool take(const StoredRecord& record);
    /// False when the head is not the last record taken, or not signed by this key.
    bool take_head(const JournalHead& head, const PublicKey& key);
    [[nodiscard]] std::uint64_t seq() const { return seq_; }
    [[nodiscard]] const std::string& hash() const { return hash_; }
    [[nodiscard]] std::uint64_t bad_seq() const { return bad_seq_; }
    [[nodiscard]] const std::string& what() const { return what_; }
    /// `state` of the last record taken.
    [[nodiscard]] const std::optional<std::string>& state() const { return state_; }

  private:
    bool fault(std::uint64_t seq, std::string what);
    std::uint64_t seq_;
    std::string hash_;
    std::optional<std::string> state_;
    std::uint64_t bad_seq_ = 0;
    std::string what_;
};

}  // namespace hall::journal_format
