#include "daemon/core/image.hpp"

namespace hall {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || c == ':' || c == '/' || c == ',';
}

/// 0-15, or 16 when it is no digit.
std::size_t nibble(char c) {
    const std::size_t at = kHex.find(c);
    return at == std::string_view::npos ? 16 : at;
}

}  // namespace

void ImageWriter::number(std::uint64_t v) {
    // Negative numbers, which are rare, stay short as well.
    const bool negative = (v >> 63U) != 0;
    if (negative) out_ += '-';
    out_ += std::to_string(negative ? ~v : v);
    out_ += ' ';
}

void ImageWriter::text(std::string_view v) {
    for (const char c : v) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain(c)) {
            out_ += c;
        } else {
            out_ += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
        }
    }
    out_ += ' ';
}

std::string_view ImageReader::token() {
    const std::size_t end = rest_.find(' ');
    if (!good_ || end == std::string_view::npos) {
        fail();
        return {};
    }
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return found;
}

std::uint64_t ImageReader::number() {
    std::string_view digits = token();
    const bool negative = !digits.empty() && digits.front() == '-';
    if (negative) digits.remove_prefix(1);
    // 2^63 has nineteen digits.
    if (digits.empty() || digits.size() > 19) fail();
    std::uint64_t v = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') fail();
        v = v * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if ((v >> 63U) != 0) fail();
    if (!good_) return 0;
    return negative ? ~v : v;
}

std::string ImageReader::text() {
    const std::string_view from = token();
    std::string out;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (plain(from[i])) {
            out += from[i];
            continue;
        }
        const std::string_view code = from.substr(i, 3);
        const std::size_t high = code.size() == 3 && code[0] == '%' ? nibble(code[1]) : 16;
        const std::size_t low = code.size() == 3 ? nibble(code[2]) : 16;
        if (high > 15 || low > 15) {
            fail();
            return {};
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace hall
