#include "daemon/shell/log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

namespace hall {

namespace {

const char* priority(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return "<7>";
        case spdlog::level::info:
            return "<6>";
        case spdlog::level::warn:
            return "<4>";
        case spdlog::level::err:
            return "<3>";
        case spdlog::level::critical:
            return "<2>";
        case spdlog::level::off:
        case spdlog::level::n_levels:
            break;
    }
    return "<5>";
}

/// journald cuts what it reads at line ends, and takes a priority for one line only.
class JournalLines final : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const std::string_view prefix = priority(message.level);
        std::string_view rest(message.payload.data(), message.payload.size());
        for (;;) {
            const std::size_t end = rest.find('\n');
            const std::string_view line = rest.substr(0, end);
            out.append(prefix.data(), prefix.data() + prefix.size());
            out.append(line.data(), line.data() + line.size());
            out.push_back('\n');
            if (end == std::string_view::npos) return;
            rest.remove_prefix(end + 1);
        }
    }
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<JournalLines>();
    }
};

}  // namespace

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat s {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &s) != 0) return false;
    return stream == std::to_string(s.st_dev) + ":" + std::to_string(s.st_ino);
}

void log_to_stderr() {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("halld"));
    if (stderr_is_journal()) {
        spdlog::set_formatter(std::make_unique<JournalLines>());
    } else {
        spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    }
}

void print_fault(const ConfigFault& fault) {
    std::cerr << (stderr_is_journal() ? (fault.warning ? "<4>" : "<3>") : "") << to_string(fault)
              << '\n';
}

}  // namespace hall
