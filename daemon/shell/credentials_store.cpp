#include "daemon/shell/credentials_store.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/shell/state_files.hpp"

namespace hall::credentials {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int kVersion = 1;

/// Something in the file is not as we write it.
struct Broken {
    std::string what;
};

const json& field(const json& object, const char* name, json::value_t type) {
    const auto found = object.find(name);
    if (found == object.end() || found->type() != type)
        throw Broken{std::string("\"") + name + "\" is missing or of the wrong kind"};
    return *found;
}

std::string text(const json& object, const char* name) {
    return field(object, name, json::value_t::string).get<std::string>();
}

Entry entry_from(const json& object) {
    if (!object.is_object()) throw Broken{"an entry is no object"};
    Entry e;
    e.person.id.value = text(object, "staff");
    e.person.name = text(object, "name");
    e.person.enabled = field(object, "enabled", json::value_t::boolean).get<bool>();
    for (const json& right : field(object, "rights", json::value_t::array)) {
        if (!right.is_string()) throw Broken{"\"rights\" holds something that is no text"};
        e.person.rights.push_back(right.get<std::string>());
    }
    e.pin_hash = text(object, "pin");
    if (object.contains("card")) e.card_hash = text(object, "card");
    e.person.has_card = !e.card_hash.empty();
    return e;
}

json to_json(const Entry& e) {
    json object{{"staff", e.person.id.value},
                {"name", e.person.name},
                {"enabled", e.person.enabled},
                {"rights", e.person.rights},
                {"pin", e.pin_hash}};
    if (!e.card_hash.empty()) object["card"] = e.card_hash;
    return object;
}

StaffFile staff_from(const json& all) {
    if (!all.is_object()) throw Broken{"it is no JSON object"};
    const auto version = all.find("version");
    if (version == all.end() || *version != kVersion)
        throw Broken{"its version is not " + std::to_string(kVersion)};
    StaffFile staff;
    staff.pepper_id = text(all, "pepper_id");
    for (const json& object : field(all, "staff", json::value_t::array)) {
        Entry e = entry_from(object);
        if (staff.find(e.person.id) != nullptr) throw Broken{"a staff number stands there twice"};
        staff.entries.push_back(std::move(e));
    }
    return staff;
}

}  // namespace

const std::vector<std::string>& all_rights() {
    static const std::vector<std::string> kAll{"close", "open", "window", "lightbox", "alarm"};
    return kAll;
}

const Entry* StaffFile::find(const PersonId& id) const {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& e) { return e.person.id == id; });
    return found == entries.end() ? nullptr : &*found;
}

const Entry* StaffFile::find_card(const std::string& card_hash) const {
    if (card_hash.empty()) return nullptr;
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& e) { return e.card_hash == card_hash; });
    return found == entries.end() ? nullptr : &*found;
}

Entry& StaffFile::at(const PersonId& id) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& e) { return e.person.id == id; });
    if (found == entries.end())
        throw std::invalid_argument("nobody with the staff number given is enrolled");
    return *found;
}

StaffFile read_staff(const fs::path& state) {
    const fs::path file = state / "staff.json";
    const auto bytes = read_file(file);
    if (!bytes) return {};
    try {
        return staff_from(json::parse(*bytes, nullptr, false));
    } catch (const Broken& broken) {
        // What the file holds is not repeated: it may be anything.
        throw std::runtime_error(file.string() + " is damaged (" + broken.what +
                                 "): restore it from the backup, or move it away and enrol the "
                                 "staff again. It was not changed");
    }
}

void write_staff(const fs::path& state, const StaffFile& staff) {
    json list = json::array();
    for (const Entry& e : staff.entries) list.push_back(to_json(e));
    const json all{{"version", kVersion}, {"pepper_id", staff.pepper_id}, {"staff", list}};
    replace_file(state / "staff.json", all.dump(1) + "\n");
}

void check_person(const Person& person) {
    const auto fits = [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '-' || c == '_' || c == '.';
    };
    const std::string& number = person.id.value;
    if (number.empty() || number.size() > 32 || !std::all_of(number.begin(), number.end(), fits))
        throw std::invalid_argument("a staff number has 1 to 32 letters, digits, '-', '_' or '.'");
    const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
    if (person.name.empty() || person.name.size() > 100 ||
        std::any_of(person.name.begin(), person.name.end(), control))
        throw std::invalid_argument("a name has 1 to 100 bytes and no control characters");
    try {
        static_cast<void>(json(person.name).dump());
    } catch (const json::exception&) {
        throw std::invalid_argument("the name is not UTF-8");
    }
    for (const std::string& right : person.rights) {
        const auto& all = all_rights();
        if (std::find(all.begin(), all.end(), right) == all.end())
            throw std::invalid_argument(
                "an unknown right: use close, open, window, lightbox or alarm");
    }
}

void check_card(const std::string& token) {
    const auto fits = [](unsigned char c) { return c > 0x20 && c < 0x7F; };
    if (token.size() < 4 || token.size() > 128 || !std::all_of(token.begin(), token.end(), fits))
        throw std::invalid_argument(
            "a card token has 4 to 128 letters, digits or signs and no spaces");
}

}  // namespace hall::credentials
