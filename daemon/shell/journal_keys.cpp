// The journal's Ed25519 pair. Both files are PEM (RFC 8410), so that openssl can check a head
// without any program of ours.
#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "daemon/shell/journal_format.hpp"
#include "daemon/shell/state_files.hpp"

namespace hall::journal_format {
namespace fs = std::filesystem;
namespace {

// The fixed ASN.1 wrapping of an Ed25519 key: SubjectPublicKeyInfo and PKCS#8 (RFC 8410).
constexpr std::array<unsigned char, 12> kPublicWrap{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::array<unsigned char, 16> kSecretWrap{0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                    0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

std::string base64(const unsigned char* bytes, std::size_t size) {
    std::string text(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes, size, sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return text;
}

template <std::size_t N>
std::string pem(const char* label, const std::array<unsigned char, N>& wrap,
                const unsigned char* key) {
    std::array<unsigned char, N + 32> der{};
    std::copy(wrap.begin(), wrap.end(), der.begin());
    std::copy(key, key + 32, der.begin() + N);
    std::string text = std::string("-----BEGIN ") + label + "-----\n" +
                       base64(der.data(), der.size()) + "\n-----END " + label + "-----\n";
    sodium_memzero(der.data(), der.size());
    return text;
}

/// The 32 bytes inside a PEM of exactly this kind.
template <std::size_t N>
std::optional<std::array<unsigned char, 32>> unwrap(const std::string& text, const char* label,
                                                    const std::array<unsigned char, N>& wrap) {
    const std::string begin = std::string("-----BEGIN ") + label + "-----";
    const std::string end = std::string("-----END ") + label + "-----";
    const auto from = text.find(begin);
    const auto to = text.find(end);
    if (from == std::string::npos || to == std::string::npos || to < from) return std::nullopt;
    const std::string inner = text.substr(from + begin.size(), to - from - begin.size());
    std::array<unsigned char, N + 32> der{};
    std::size_t size = 0;
    if (sodium_base642bin(der.data(), der.size(), inner.data(), inner.size(), " \r\n", &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != der.size() || !std::equal(wrap.begin(), wrap.end(), der.begin()))
        return std::nullopt;
    std::array<unsigned char, 32> key{};
    std::copy(der.begin() + N, der.end(), key.begin());
    sodium_memzero(der.data(), der.size());
    return key;
}

std::string signed_text(Mark mark, std::uint64_t seq, const std::string& hash) {
    const char* word = mark == Mark::head ? "hall-journal-head\n" : "hall-journal-origin\n";
    return word + std::to_string(seq) + "\n" + hash;
}

const unsigned char* raw(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

constexpr const char* kPublicLabel = "PUBLIC KEY";
constexpr const char* kSecretLabel = "PRIVATE KEY";

}  // namespace

std::optional<KeyPair> read_keys(const fs::path& state) {
    auto text = read_file(state / "journal.key");
    if (!text) return std::nullopt;
    auto seed = unwrap(*text, kSecretLabel, kSecretWrap);
    sodium_memzero(text->data(), text->size());
    if (!seed)
        throw std::runtime_error((state / "journal.key").string() +
                                 " is damaged: restore it from the backup, or move it away to "
                                 "begin a new journal with a new key");
    KeyPair keys;
    crypto_sign_seed_keypair(keys.open.data(), keys.secret.data(), seed->data());
    sodium_memzero(seed->data(), seed->size());
    return keys;
}

KeyPair make_keys(const fs::path& state) {
    KeyPair keys;
    std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
    randombytes_buf(seed.data(), seed.size());
    crypto_sign_seed_keypair(keys.open.data(), keys.secret.data(), seed.data());
    std::string text = pem(kSecretLabel, kSecretWrap, seed.data());
    sodium_memzero(seed.data(), seed.size());
    replace_file(state / "journal.key", text);
    sodium_memzero(text.data(), text.size());
    return keys;
}

void restore_public_key(const fs::path& state, const KeyPair& keys) {
    const std::string text = pem_of(keys.open);
    if (read_file(state / "journal.pub") != text) replace_file(state / "journal.pub", text);
}

PublicKey parse_public_key(const std::string& text) {
    const auto key = unwrap(text, kPublicLabel, kPublicWrap);
    if (!key) throw std::runtime_error("not an Ed25519 public key in PEM");
    return *key;
}

PublicKey read_public_key(const fs::path& file) {
    const auto text = read_file(file);
    if (!text) throw std::runtime_error("there is no public key " + file.string());
    try {
        return parse_public_key(*text);
    } catch (const std::runtime_error& e) {
        throw std::runtime_error(file.string() + " is " + e.what());
    }
}

std::string pem_of(const PublicKey& key) {
    return pem(kPublicLabel, kPublicWrap, key.data());
}

std::string key_id(const PublicKey& key) {
    return sha256_hex({reinterpret_cast<const char*>(key.data()), key.size()}).substr(0, 16);
}

std::string sign(const KeyPair& keys, Mark mark, std::uint64_t seq, const std::string& hash) {
    const std::string text = signed_text(mark, seq, hash);
    std::array<unsigned char, crypto_sign_BYTES> s{};
    crypto_sign_detached(s.data(), nullptr, raw(text), text.size(), keys.secret.data());
    return base64(s.data(), s.size());
}

bool signature_holds(const PublicKey& key, Mark mark, std::uint64_t seq, const std::string& hash,
                     const std::string& signature) {
    std::array<unsigned char, crypto_sign_BYTES> s{};
    std::size_t size = 0;
    if (sodium_base642bin(s.data(), s.size(), signature.data(), signature.size(), nullptr, &size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != s.size())
        return false;
    // One value has one spelling: stray bits in the padding count as a change.
    if (base64(s.data(), s.size()) != signature) return false;
    const std::string text = signed_text(mark, seq, hash);
    return crypto_sign_verify_detached(s.data(), raw(text), text.size(), key.data()) == 0;
}

}  // namespace hall::journal_format
