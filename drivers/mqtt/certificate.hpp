#pragma once
// Until when a certificate holds (OpenSSL).
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

namespace hall::drivers {

/// Why a file tells no end.
struct CertificateUnreadable {
    std::string why;
};
/// A chain breaks with the first that ends; of authorities in one file any may be the right one.
enum class CertificateEnd : std::uint8_t { first, last };
/// The first or last end (RFC 5280, 4.1.2.5: notAfter, which may be the year 9999) of the
/// certificates in a PEM file.
std::variant<std::chrono::sys_seconds, CertificateUnreadable> certificate_end(
    const std::filesystem::path& file, CertificateEnd which);

}  // namespace hall::drivers
