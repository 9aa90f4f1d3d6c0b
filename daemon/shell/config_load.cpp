// A configuration file, from bytes to a SiteConfig.
#include <sodium.h>

#include <cstdlib>

#include "daemon/shell/config_document.hpp"
#include "daemon/shell/config_parts.hpp"

namespace hall {

namespace {

std::string sha256_of(const std::string& bytes) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    char text[2 * crypto_hash_sha256_BYTES + 1];
    sodium_bin2hex(text, sizeof text, digest, sizeof digest);
    return text;
}

}  // namespace

LoadedSite load_site(const std::filesystem::path& file, const std::filesystem::path& templates) {
    config::Faults faults;
    const auto document = config::read_document(faults, file);
    if (!document) return {std::nullopt, faults.take(), faults.files()};
    config::Section top{faults, document->table, document->file, "the file"};
    config::Draft draft{faults, templates};
    draft.config_file = file;
    config::read_hall(top, draft);
    config::read_calendar(top, draft);
    config::read_closing(top, draft);
    config::read_network(top, draft);
    config::read_buses(top, draft);
    config::read_gpio(top, draft);
    config::read_posts(top, draft);
    config::read_windows(top, draft);
    config::read_circuits(top, draft);
    config::read_building(top, draft);
    config::read_failure(top, draft);
    config::read_recorder(top, draft);
    top.finish();
    config::check_rules(draft);
    if (faults.any_error()) return {std::nullopt, faults.take(), faults.files()};
    draft.site.sha256 = sha256_of(document->bytes);
    draft.site.file = file;
    return {std::move(draft.site), faults.take(), faults.files()};
}

std::filesystem::path default_templates(const std::filesystem::path& config_file) {
    const char* chosen = std::getenv("HALL_DEVICES");
    if (chosen != nullptr && *chosen != '\0') return chosen;
    std::error_code none;
    auto beside = config_file.parent_path() / "devices";
    if (std::filesystem::is_directory(beside, none)) return beside;
    // An installed program keeps to what was installed with it, also on the machine that built it.
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
    auto installed = program.parent_path().parent_path() / "share/hallkeeper/devices";
    if (std::filesystem::is_directory(installed, none)) return installed;
    if (std::filesystem::is_directory(HALL_DEVICES_DIR, none)) return HALL_DEVICES_DIR;
    return "/usr/share/hallkeeper/devices";
}

}  // namespace hall
