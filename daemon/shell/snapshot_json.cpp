#include "daemon/shell/snapshot_json.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

// Conversions live beside the types that they convert, where nlohmann-json looks for them.
namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
    static void to_json(json& j, const std::optional<T>& v) {
        if (v) {
            j = *v;
        } else {
            j = nullptr;
        }
    }
    static void from_json(const json& j, std::optional<T>& v) {
        if (j.is_null()) {
            v.reset();
        } else {
            v = j.get<T>();
        }
    }
};

template <class Clock>
struct adl_serializer<std::chrono::time_point<Clock, hall::Millis>> {
    using Point = std::chrono::time_point<Clock, hall::Millis>;
    static void to_json(json& j, const Point& t) { j = t.time_since_epoch().count(); }
    static void from_json(const json& j, Point& t) {
        t = Point{hall::Millis{j.get<hall::Millis::rep>()}};
    }
};

}  // namespace nlohmann

namespace hall {

using nlohmann::json;

namespace {

template <class E>
E checked(const json& j, E last) {
    const auto v = j.get<unsigned>();
    if (v > static_cast<unsigned>(last))
        throw std::runtime_error("snapshot: a word of unknown meaning");
    return static_cast<E>(v);
}

}  // namespace

void to_json(json& j, const PersonId& v) {
    j = v.value;
}
void from_json(const json& j, PersonId& v) {
    v.value = j.get<std::string>();
}

void to_json(json& j, const Phase& v) {
    j = static_cast<unsigned>(v);
}
void from_json(const json& j, Phase& v) {
    v = checked(j, Phase::opening);
}
void to_json(json& j, const Step& v) {
    j = static_cast<unsigned>(v);
}
void from_json(const json& j, Step& v) {
    v = checked(j, Step::on);
}
void to_json(json& j, const StopAnswer& v) {
    j = static_cast<unsigned>(v);
}
void from_json(const json& j, StopAnswer& v) {
    v = checked(j, StopAnswer::lost);
}
void to_json(json& j, const WindowState& v) {
    j = static_cast<unsigned>(v);
}
void from_json(const json& j, WindowState& v) {
    v = checked(j, WindowState::fault);
}
void to_json(json& j, const OverrideUntil& v) {
    j = static_cast<unsigned>(v);
}
void from_json(const json& j, OverrideUntil& v) {
    v = checked(j, OverrideUntil::cleared);
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Now, mono, wall, wall_trusted)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanException, id, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plan, attempt, early, cut, already_off, excepted, open_contacts,
                                   unknown_contacts, excepted_contacts, to_attest, digest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedConfirmation, person, at, attested)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedClosing::Circuit, id, step, why, method, asked,
                                   method_asked, answer, forced, forced_by)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedClosing, plan, confirmations, authorised, expires,
                                   countdown_ends, circuits, started)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedCircuit, id, switches, recent, last_on, last_off)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AlarmView, id, code, subject, severity, rule, clause, detail,
                                   raised, raised_trusted, cleared, acknowledged_by, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedAlarm, view, present)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedWindow, id, state)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedPresence, person, post, day)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedWait, window, since, serving, over)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedAttendance, person, post, day, left_before, month, late,
                                   left_early)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedNotice, alarm, since, attempts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SavedOverride, lit, until, ends, next_switch)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Snapshot, at, resting, phase, attempt, collecting, closing,
                                   ended, left_on, extended_until, inhibited_until, circuits,
                                   alarms, windows, posts, waits, attendance, notices, lightbox,
                                   lightbox_lit, lightbox_policy, first_start, opening, opened_by,
                                   opening_until, next_command)

std::string snapshot_text(const Snapshot& snapshot, const SavedUnder& under) {
    json j = snapshot;
    j["boot_id"] = under.boot_id;
    j["config_sha256"] = under.config_sha256;
    j["format"] = 1;
    return j.dump();
}

ReadSnapshot read_snapshot(const std::string& text) {
    try {
        json j = json::parse(text);
        if (j.at("format") != 1)
            throw std::runtime_error("snapshot: format not known to this version");
        // What an older version did not know yet is as it is at the first start.
        for (const char* added_later : {"posts", "waits", "attendance", "notices"}) {
            if (!j.contains(added_later)) j[added_later] = json::array();
        }
        if (!j.contains("config_sha256")) j["config_sha256"] = "";
        if (json& closing = j.at("closing"); !closing.is_null()) {
            // Its circuits had numbers, not names: with another configuration's hash it is void.
            for (json& circuit : closing.at("circuits")) {
                if (!circuit.contains("id"))
                    circuit.update({{"id", ""}, {"why", ""}, {"answer", StopAnswer::given}});
            }
        }
        return {j.get<Snapshot>(),
                {j.at("boot_id").get<std::string>(), j.at("config_sha256").get<std::string>()}};
    } catch (const json::exception& e) {
        throw std::runtime_error(std::string("snapshot: ") + e.what());
    }
}

std::optional<Restored> restored_from(const std::optional<std::string>& text,
                                      const SavedUnder& now) {
    if (!text) return std::nullopt;
    ReadSnapshot read = read_snapshot(*text);
    return Restored{std::move(read.snapshot),
                    !now.boot_id.empty() && read.under.boot_id == now.boot_id,
                    read.under.config_sha256 == now.config_sha256};
}

}  // namespace hall
