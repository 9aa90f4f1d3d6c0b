// halld: flags, configuration, the parts, the loop.
#include <sodium.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>

#include "daemon/shell/daemon.hpp"
#include "daemon/shell/log.hpp"

namespace {

constexpr int kConfigurationError = 2;
constexpr int kFailed = 1;

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    const std::string bytes(text);
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size());
    std::string hex(2 * hash.size() + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
    hex.pop_back();
    return hex;
}

/// PINs pass through this process: it leaves no core file, and no other process of the same user
/// may read its memory.
void protect_secrets() {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

int run(const std::filesystem::path& file, const std::filesystem::path& state, char** argv) {
    hall::LoadedSite loaded = hall::load_site(file, hall::default_templates(file));
    for (const auto& fault : loaded.faults) hall::print_fault(fault);
    if (!loaded.site) return kConfigurationError;
    loaded.site->hall.digest = sha256_hex;
    const hall::SiteConfig& site = *loaded.site;
    bool again = false;
    {
        auto opened = hall::Journal::open(
            state, [&site](hall::WallTime t) { return site.hall.zone.offset_at(t); });
        if (!opened.damage.empty()) {
            spdlog::error("the journal was damaged and lies aside as {}: {}",
                          opened.put_aside.string(), opened.damage);
        }
        hall::Daemon daemon(site, *opened.journal, state);
        again = daemon.run(opened.damage);
    }
    if (!again) return 0;
    execv("/proc/self/exe", argv);
    spdlog::critical("cannot start again with the new configuration");
    return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"halld: the hall's controller"};
    std::string config, state;
    const char* home = std::getenv("HALL_STATE");
    state = home != nullptr ? home : "/var/lib/halld";
    app.add_option("--config", config, "configuration file (TOML)")->required();
    app.add_option("--state", state,
                   "folder for journal, keys and staff (default: $HALL_STATE or /var/lib/halld)");
    app.set_version_flag("--version", hall::kVersion);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : kConfigurationError;
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ,
                SIG_IGN);  // a full quota is an error of a write, not the end of the daemon
    hall::log_to_stderr();
    if (sodium_init() < 0) {
        spdlog::critical("libsodium cannot be initialised");
        return kFailed;
    }
    protect_secrets();
    try {
        return run(config, state, argv);
    } catch (const std::exception& e) {
        spdlog::critical("{}", e.what());
        return kFailed;
    }
}
