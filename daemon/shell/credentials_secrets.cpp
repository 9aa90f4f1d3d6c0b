#include "daemon/shell/credentials_secrets.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "daemon/shell/state_files.hpp"

namespace hall::credentials {
namespace fs = std::filesystem;
namespace {

const unsigned char* raw(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hex(const unsigned char* bytes, std::size_t size) {
    std::string text(size * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), bytes, size);
    text.pop_back();
    return text;
}

using Digest = std::array<unsigned char, 32>;

/// BLAKE2b under the pepper over a purpose and up to two texts. The lengths go in, so that no two
/// inputs look alike.
Digest keyed(const Pepper& pepper, const char* purpose, const std::string& first,
             const std::string& second = {}) {
    crypto_generichash_state state;
    Digest digest{};
    const auto number = static_cast<std::uint64_t>(first.size());
    crypto_generichash_init(&state, pepper.data(), Pepper::kSize, digest.size());
    crypto_generichash_update(&state, raw(purpose), std::strlen(purpose) + 1);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&number),
                              sizeof number);
    crypto_generichash_update(&state, raw(first), first.size());
    crypto_generichash_update(&state, raw(second), second.size());
    crypto_generichash_final(&state, digest.data(), digest.size());
    sodium_memzero(&state, sizeof state);
    return digest;
}

/// What systemd hands the service comes first: it may be sealed to the machine.
fs::path pepper_file(const fs::path& state) {
    if (const char* given = std::getenv("CREDENTIALS_DIRECTORY"); given != nullptr) {
        fs::path credential = fs::path(given) / "pepper";
        if (fs::exists(credential)) return credential;
    }
    return state / "pepper.key";
}

void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
}

}  // namespace

// --- the pepper ---

Pepper::Pepper() : bytes_(static_cast<unsigned char*>(sodium_malloc(kSize))) {
    if (bytes_ == nullptr) throw std::bad_alloc();
}

Pepper::Pepper(Pepper&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}

Pepper& Pepper::operator=(Pepper&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}

Pepper::~Pepper() {
    sodium_free(bytes_);
}

bool Pepper::exists(const fs::path& state) {
    return fs::exists(pepper_file(state));
}

std::optional<Pepper> Pepper::read(const fs::path& state) {
    const fs::path file = pepper_file(state);
    auto text = read_file(file);
    if (!text) return std::nullopt;
    Pepper pepper;
    bool good = text->size() == kSize;
    if (good) {
        std::memcpy(pepper.bytes_, text->data(), kSize);
    } else {
        std::size_t size = 0;
        good = sodium_hex2bin(pepper.bytes_, kSize, text->data(), text->size(), " \r\n", &size,
                              nullptr) == 0 &&
               size == kSize;
    }
    wipe(*text);
    if (!good)
        throw std::runtime_error(file.string() +
                                 " is damaged: it must hold 64 hex digits. Restore it from the "
                                 "backup; without it no PIN can be checked");
    return pepper;
}

Pepper Pepper::make(const fs::path& state) {
    Pepper pepper;
    randombytes_buf(pepper.bytes_, kSize);
    std::string text = hex(pepper.bytes_, kSize) + "\n";
    replace_file(state / "pepper.key", text);
    wipe(text);
    return pepper;
}

std::string Pepper::id() const {
    return hex(keyed(*this, "pepper-id", {}).data(), 8);
}

std::string Pepper::card_hash(const std::string& token) const {
    const Digest digest = keyed(*this, "card", token);
    return hex(digest.data(), digest.size());
}

unsigned Pepper::bucket(const std::string& text, unsigned buckets) const {
    return keyed(*this, "bucket", text)[0] % buckets;
}

// --- PINs ---

std::string hash_pin(const Pepper& pepper, const std::string& staff, const std::string& pin,
                     const PinCost& cost) {
    Digest digest = keyed(pepper, "pin", staff, pin);
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int failed =
        crypto_pwhash_argon2id_str(text.data(), reinterpret_cast<const char*>(digest.data()),
                                   digest.size(), cost.passes, cost.bytes);
    sodium_memzero(digest.data(), digest.size());
    if (failed != 0) throw std::runtime_error("not enough memory to hash a PIN");
    return text.data();
}

bool pin_holds(const Pepper& pepper, const std::string& staff, const std::string& pin,
               const std::string& hash) {
    Digest digest = keyed(pepper, "pin", staff, pin);
    const int failed = crypto_pwhash_argon2id_str_verify(
        hash.c_str(), reinterpret_cast<const char*>(digest.data()), digest.size());
    sodium_memzero(digest.data(), digest.size());
    return failed == 0;
}

std::string nobodys_hash(const PinCost& cost) {
    // Salt and hash of zero bytes: 22 and 43 digits of base64.
    return "$argon2id$v=19$m=" + std::to_string(cost.bytes / 1024) +
           ",t=" + std::to_string(cost.passes) + ",p=1$" + std::string(22, 'A') + "$" +
           std::string(43, 'A');
}

std::string pin_objection(const std::string& staff, const std::string& pin) {
    constexpr std::size_t kShortest = 6, kLongest = 12;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (pin.size() < kShortest || pin.size() > kLongest ||
        !std::all_of(pin.begin(), pin.end(), digit))
        return "a PIN has 6 to 12 digits and nothing else";
    if (pin == staff) return "the PIN must not be the staff number";
    // Steps from digit to digit, 9 to 0 included: all 0, all 1 or all -1 is what everybody tries.
    const auto step = [&](std::size_t i) { return (pin[i] - pin[i - 1] + 10) % 10; };
    const int first = step(1);
    bool even = first == 0 || first == 1 || first == 9;
    for (std::size_t i = 2; even && i < pin.size(); ++i) even = step(i) == first;
    if (even) return "the PIN is too simple: not one digit repeated, and no digits in a row";
    return {};
}

}  // namespace hall::credentials
