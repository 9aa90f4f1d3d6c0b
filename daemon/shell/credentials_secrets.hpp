#pragma once
// What is computed from PINs and card tokens, and the key (pepper) that goes into it (R26).
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace hall::credentials {

/// Cost of one Argon2id computation.
struct PinCost {
    unsigned long long passes = 0;
    std::size_t bytes = 0;
};

/// 32 secret bytes in locked memory, wiped when they go.
class Pepper {
  public:
    static constexpr std::size_t kSize = 32;

    /// Reads $CREDENTIALS_DIRECTORY/pepper or else `<state>/pepper.key`; none when neither is
    /// there.
    /// @throws std::runtime_error with a sentence when the file is no pepper
    static std::optional<Pepper> read(const std::filesystem::path& state);
    static bool exists(const std::filesystem::path& state);
    /// Makes `<state>/pepper.key` (0600). @throws std::system_error
    static Pepper make(const std::filesystem::path& state);

    Pepper(Pepper&& other) noexcept;
    Pepper& operator=(Pepper&& other) noexcept;
    Pepper(const Pepper&) = delete;
    Pepper& operator=(const Pepper&) = delete;
    ~Pepper();

    [[nodiscard]] const unsigned char* data() const { return bytes_; }
    /// Names the pepper without telling it: a staff file remembers which one it was made with.
    [[nodiscard]] std::string id() const;
    /// The card's keyed hash, hex. Tokens have few bits: without the key they could be guessed.
    [[nodiscard]] std::string card_hash(const std::string& token) const;
    /// A number below `buckets`, the same for the same text.
    [[nodiscard]] unsigned bucket(const std::string& text, unsigned buckets) const;

  private:
    Pepper();
    unsigned char* bytes_;
};

/// The line that the staff file keeps for a PIN. Bound to the person: it proves nothing in the
/// entry of another.
std::string hash_pin(const Pepper& pepper, const std::string& staff, const std::string& pin,
                     const PinCost& cost);
/// Compares in constant time.
bool pin_holds(const Pepper& pepper, const std::string& staff, const std::string& pin,
               const std::string& hash);
/// A well-formed line that no PIN fits and that costs as much to check as a real one.
std::string nobodys_hash(const PinCost& cost);

/// Why this PIN may not be used; empty when it may. The sentence never shows a digit of it.
std::string pin_objection(const std::string& staff, const std::string& pin);

}  // namespace hall::credentials
