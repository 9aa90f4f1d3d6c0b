#include "daemon/shell/certificate_watch.hpp"

namespace hall {

namespace {
constexpr Millis kLookEvery{3'600'000};
}

void CertificateWatch::look(const Now& now, const std::function<std::string(WallTime)>& as_date) {
    if (!now.wall_trusted || (looked_ && now.mono < *looked_ + kLookEvery)) return;
    looked_ = now.mono;
    look_at("certificate_file", mqtt_.certificate_file, drivers::CertificateEnd::first, now,
            as_date);
    look_at("ca_file", mqtt_.ca_file, drivers::CertificateEnd::last, now, as_date);
}

void CertificateWatch::look_at(const char* key, const std::string& file,
                               drivers::CertificateEnd which, const Now& now,
                               const std::function<std::string(WallTime)>& as_date) {
    ConditionReported condition{"certificate_expiring", key, false, ""};
    if (!file.empty()) {
        const auto end = drivers::certificate_end(file, which);
        if (const auto* unreadable = std::get_if<drivers::CertificateUnreadable>(&end)) {
            condition.present = true;
            condition.detail = file + " " + unreadable->why;
        } else {
            const WallTime last = std::get<std::chrono::sys_seconds>(end);
            condition.present = now.wall >= last - mqtt_.certificate_warning;
            if (condition.present) condition.detail = as_date(last);
        }
    }
    tell_(condition);
}

}  // namespace hall
