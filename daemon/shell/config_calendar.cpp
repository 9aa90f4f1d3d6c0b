// [calendar]: public holidays and make-up working days from yearly files (R20).
#include <algorithm>
#include <cmath>

#include "daemon/shell/config_json.hpp"
#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

constexpr int kFirstYear = 2000, kLastYear = 2100;
constexpr const char* kForm =
    "; a calendar is {\"year\": 2026, \"days\": [{\"name\", \"date\", \"isOffDay\"}]}";

/// Days of all files; each date once.
struct Found {
    std::vector<int> years;
    std::vector<CalendarDay> days;
};

const JsonValue* need(Faults& faults, const JsonValue& in, const char* name, JsonValue::Kind kind) {
    const JsonValue* found = in.member(name);
    if (found == nullptr) {
        faults.error(in.at, std::string("there is no \"") + name + "\" here" + kForm);
    } else if (found->kind != kind) {
        faults.error(found->at, std::string("\"") + name + "\" has the wrong type" + kForm);
        found = nullptr;
    }
    return found;
}

void read_one_day(Faults& faults, const JsonValue& entry, int year, Found& found) {
    if (entry.kind != JsonValue::Kind::object)
        return faults.error(entry.at, std::string("this is no day") + kForm);
    const JsonValue* date = need(faults, entry, "date", JsonValue::Kind::text);
    const JsonValue* off = need(faults, entry, "isOffDay", JsonValue::Kind::boolean);
    const JsonValue* name = need(faults, entry, "name", JsonValue::Kind::text);
    if (date == nullptr || off == nullptr || name == nullptr) return;
    const auto day = full_date(date->text);
    if (!day)
        return faults.error(date->at, "\"" + date->text + "\" is no date; write \"YYYY-MM-DD\"");
    if (static_cast<int>(day->year()) != year) {
        return faults.error(date->at, "\"" + date->text + "\" is not in the year " +
                                          std::to_string(year) + " of this file");
    }
    const std::chrono::local_days local{*day};
    for (const CalendarDay& other : found.days) {
        if (other.date == local)
            return faults.error(date->at, "\"" + date->text + "\" is listed twice; remove one");
    }
    found.days.push_back({local, off->flag, name->text});
}

void read_file(Draft& draft, Section& calendar, const Text& entry, Found& found) {
    const auto folder = draft.config_file.parent_path();
    const auto json = read_json(draft.faults, folder / entry.value);
    if (!json) return;
    if (json->kind != JsonValue::Kind::object)
        return draft.faults.error(json->at, std::string("this is no calendar") + kForm);
    const JsonValue* year = need(draft.faults, *json, "year", JsonValue::Kind::number);
    const JsonValue* days = need(draft.faults, *json, "days", JsonValue::Kind::list);
    if (year == nullptr || days == nullptr) return;
    if (!(year->number >= kFirstYear && year->number <= kLastYear) ||
        std::floor(year->number) < year->number) {
        return draft.faults.error(year->at, "\"year\" must be a whole year, 2000 to 2100");
    }
    const int number = static_cast<int>(year->number);
    if (std::count(found.years.begin(), found.years.end(), number) != 0) {
        return calendar.error(entry.at, "\"" + entry.value + "\" is a second file for the year " +
                                            std::to_string(number) + "; keep one of them");
    }
    found.years.push_back(number);
    for (const JsonValue& day : days->items) read_one_day(draft.faults, day, number, found);
}

}  // namespace

void read_calendar(Section& top, Draft& draft) {
    auto calendar = top.table("calendar");
    if (!calendar) return;
    constexpr std::size_t kMostFiles = 100;
    Found found;
    if (!calendar->has("files")) calendar->missing("files");
    const auto files = calendar->texts("files");
    if (files && files->empty()) {
        calendar->error(calendar->place("files"),
                        "files is empty; name the yearly files, or leave [calendar] out");
    } else if (files && files->size() > kMostFiles) {
        calendar->error(calendar->place("files"), "more than 100 files; one a year is enough");
    } else if (files) {
        for (const Text& entry : *files) read_file(draft, *calendar, entry, found);
    }
    calendar->finish();
    draft.site.hall.calendar = Calendar{std::move(found.years), std::move(found.days)};
}

}  // namespace hall::config
