#include "daemon/telemetry/attendance_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hall::telemetry {

namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "attendance.";

std::string place(const std::vector<PersonId>& role, const std::string& staff, const char* name) {
    const auto found = std::find(role.begin(), role.end(), PersonId{staff});
    if (found == role.end()) return {};
    const auto number = found - role.begin() + 1;
    return number == 1 ? name : std::string(name) + "." + std::to_string(number);
}

/// A yes or no of the record as JSON; null where nothing was derived.
json judged(const json& detail, const char* key) {
    const auto found = detail.find(key);
    if (found == detail.end()) return {};
    return *found == "yes";
}

json text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? json() : *found;
}

}  // namespace

std::string person_reference(const SiteConfig& site, const std::string& post,
                             const std::string& staff) {
    if (site.hall.attendance.publish_names) return staff;
    for (const PostConfig& p : site.hall.posts) {
        if (p.id != post) continue;
        std::string role = place(p.primary, staff, "primary");
        if (role.empty()) role = place(p.backup, staff, "backup");
        if (!role.empty()) return std::string(post).append("/").append(role);
    }
    return post + "/former";
}

std::optional<std::string> attendance_payload(const SiteConfig& site, const std::string& body) {
    const json record = json::parse(body, nullptr, false);
    if (!record.is_object()) return std::nullopt;
    const std::string type = record.value("type", "");
    if (type.rfind(kPrefix, 0) != 0) return std::nullopt;
    const json detail = record.value("detail", json::object());
    const json actors = record.value("actors", json::array());
    const std::string post = detail.value("post", "");
    const std::string staff = actors.empty() ? "" : actors.front().get<std::string>();
    json out{{"id", text(record, "id")},
             {"seq", text(record, "seq")},
             {"ts", text(record, "ts")},
             {"clock", text(record, "clock")},
             {"fact", type.substr(kPrefix.size())},
             {"person", person_reference(site, post, staff)},
             {"post", post},
             {"role", text(detail, "role")}};
    if (type == "attendance.count_reached") {
        out["of"] = text(detail, "fact");
        out["count"] = std::stoi(detail.value("count", "0"));
        out["month"] = text(detail, "month");
        return out.dump();
    }
    out["direction"] = text(detail, "direction");
    out["how"] = text(detail, "how");
    out["late"] = judged(detail, "late");
    out["early_target_met"] = judged(detail, "early_target_met");
    out["left_early"] = judged(detail, "left_early");
    return out.dump();
}

}  // namespace hall::telemetry
