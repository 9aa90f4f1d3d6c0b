#include "drivers/mqtt/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>

namespace hall::drivers {

namespace {

using TimePoint = std::chrono::sys_seconds;

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};

std::optional<TimePoint> end_of(const X509* certificate) {
    std::tm broken_down{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &broken_down) != 1) return std::nullopt;
    return TimePoint{std::chrono::seconds{timegm(&broken_down)}};
}

}  // namespace

std::variant<TimePoint, CertificateUnreadable> certificate_end(const std::filesystem::path& file,
                                                               CertificateEnd which) {
    const std::unique_ptr<BIO, Free> bio(BIO_new_file(file.c_str(), "r"));
    if (!bio) {
        ERR_clear_error();
        return CertificateUnreadable{"cannot be read"};
    }
    std::optional<TimePoint> found;
    for (;;) {
        const std::unique_ptr<X509, Free> one(
            PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!one) break;
        const auto end = end_of(one.get());
        if (!end) return CertificateUnreadable{"says no end that can be read"};
        if (!found) found = *end;
        found = which == CertificateEnd::first ? std::min(*found, *end) : std::max(*found, *end);
    }
    // At the end of the file there is no further one, which is no error; damage in the midst is.
    const unsigned long error = ERR_peek_last_error();
    ERR_clear_error();
    if (found && ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
        return CertificateUnreadable{"is damaged"};
    if (!found) return CertificateUnreadable{"holds no certificate"};
    return *found;
}

}  // namespace hall::drivers
