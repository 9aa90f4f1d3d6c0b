// [[post]], [attendance], [faults]: who is responsible for what visitors see, and who is told when
// it fails (R23-R25).
#include <algorithm>
#include <cmath>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

constexpr std::size_t kMostPersons = 16;
constexpr std::size_t kMostNotices = 16;

/// As staff are enrolled: see check_person() of the credential store.
bool is_staff_number(const std::string& text) {
    const auto fits = [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), fits);
}

/// @param seen everybody of this post so far
void read_role(Section& post, const char* role, std::vector<PersonId>& target,
               std::vector<PersonId>& seen) {
    const auto numbers = post.one_or_more(role);
    if (!numbers) return;
    if (numbers->size() > kMostPersons)
        post.error(post.place(role), std::string(role) + " has more than 16 persons; shorten it");
    for (const Text& number : *numbers) {
        const PersonId person{number.value};
        if (!is_staff_number(number.value)) {
            post.error(number.at, "\"" + number.value +
                                      "\" is no staff number; it has 1 to 32 letters, digits, '-', "
                                      "'_' or '.'");
        } else if (std::find(seen.begin(), seen.end(), person) != seen.end()) {
            post.error(number.at, "staff number \"" + number.value + "\" stands twice in " +
                                      post.title() + "; name each person once (R23)");
        } else {
            seen.push_back(person);
            target.push_back(person);
        }
    }
}

void read_post(Section post, Draft& draft) {
    PostConfig config;
    const auto id = post.id();
    if (id) {
        config.id = config.name = id->value;
        post.rename("post \"" + id->value + "\"");
    }
    post.name("name", config.name);
    std::vector<PersonId> seen;
    read_role(post, "primary", config.primary, seen);
    read_role(post, "backup", config.backup, seen);
    post.finish();
    if (id && draft.post_ids.add(post, *id)) draft.site.hall.posts.push_back(std::move(config));
}

void read_notices(Section& faults, FaultConfig& target) {
    const auto steps = faults.numbers("notify_after", {1, 86'400}, "s");
    if (!steps) return;
    if (steps->empty() || steps->size() > kMostNotices)
        faults.error(faults.place("notify_after"), "notify_after has 1 to 16 steps");
    target.notify_after.clear();
    Millis before{0};
    for (const double step : *steps) {
        const Millis after{std::llround(step * 1000)};
        if (after <= before) {
            faults.error(faults.place("notify_after"),
                         "notify_after must rise from step to step, by a millisecond or more");
            return;
        }
        before = after;
        target.notify_after.push_back(after);
    }
}

}  // namespace

void read_posts(Section& top, Draft& draft) {
    draft.has_posts = top.has("post");
    for (Section& post : top.tables("post")) read_post(std::move(post), draft);
    if (auto section = top.table("attendance")) {
        AttendanceConfig& attendance = draft.site.hall.attendance;
        section->seconds("unattended_after", attendance.unattended_after, {30, 3600});
        section->seconds("early_target", attendance.early_target, {0, 7200});
        section->flag("publish_names", attendance.publish_names);
        section->finish();
    }
    FaultConfig& faults = draft.site.hall.faults;
    faults.department = draft.site.locale == "en" ? "facilities" : "设备管理";
    if (auto section = top.table("faults")) {
        section->name("department", faults.department);
        read_notices(*section, faults);
        section->finish();
    }
}

}  // namespace hall::config
