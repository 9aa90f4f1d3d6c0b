#include "daemon/shell/config_document.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

namespace hall::config {

namespace {

/// A hall of 200 circuits takes a tenth of it. A larger file is some other file.
constexpr std::size_t kLargestFile = std::size_t{1} << 20U;

std::optional<std::string> read_bytes(Faults& faults, Place start,
                                      const std::filesystem::path& path) {
    std::error_code none;
    if (std::filesystem::is_directory(path, none)) {
        faults.error(start, "is a folder; name the configuration file in it");
        return std::nullopt;
    }
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        faults.error(start, std::string("cannot be read: ") + std::strerror(errno) +
                                "; check its name and its permissions");
        return std::nullopt;
    }
    std::string bytes(kLargestFile + 1, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad()) {
        faults.error(start, "cannot be read to its end; check the disk");
        return std::nullopt;
    }
    if (bytes.size() > kLargestFile) {
        faults.error(start, "is larger than 1 MiB; this is no configuration file");
        return std::nullopt;
    }
    return bytes;
}

/// Length of the valid UTF-8 character at the start of `text`; 0 when there is none. Overlong
/// forms, surrogates and values above U+10FFFF are not valid.
std::size_t valid_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    const unsigned second = byte(1);
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second > 0x9F) return 0;
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;
    return size;
}

/// The place of the first byte that is not UTF-8.
std::optional<Place> bad_character(std::size_t file, std::string_view text) {
    Place at{file, 1, 1};
    while (!text.empty()) {
        const std::size_t size = valid_character(text);
        if (size == 0) return at;
        if (text.front() == '\n') {
            ++at.line;
            at.column = 1;
        } else {
            ++at.column;
        }
        text.remove_prefix(size);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> read_text(Faults& faults, std::size_t file,
                                     const std::filesystem::path& path) {
    auto bytes = read_bytes(faults, {file, 1, 1}, path);
    if (!bytes) return std::nullopt;
    if (const auto bad = bad_character(file, *bytes)) {
        faults.error(*bad, "this is not UTF-8; save the file as UTF-8");
        return std::nullopt;
    }
    return bytes;
}

std::optional<Document> read_document(Faults& faults, const std::filesystem::path& path) {
    const std::size_t file = faults.add_file(path.string());
    auto bytes = read_text(faults, file, path);
    if (!bytes) return std::nullopt;
    try {
        toml::table table = toml::parse(*bytes);
        return Document{file, std::move(*bytes), std::move(table)};
    } catch (const toml::parse_error& e) {
        faults.error({file, e.source().begin.line, e.source().begin.column},
                     "not TOML: " + std::string(e.description()));
        return std::nullopt;
    }
}

}  // namespace hall::config
