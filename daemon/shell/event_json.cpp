#include "daemon/shell/event_json.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "daemon/shell/event_json_fields.hpp"

namespace hall {

namespace {

using nlohmann::ordered_json;

// --- enumerations as words ---

const char* word_of(OverrideUntil v) {
    switch (v) {
        case OverrideUntil::next_switch:
            return "next_switch";
        case OverrideUntil::duration:
            return "duration";
        case OverrideUntil::permanent:
            return "permanent";
        case OverrideUntil::cleared:
            return "cleared";
    }
    return "?";
}
const char* word_of(OutputRef::Role v) {
    switch (v) {
        case OutputRef::Role::circuit:
            return "circuit";
        case OutputRef::Role::lamp:
            return "lamp";
        case OutputRef::Role::lightbox:
            return "lightbox";
        case OutputRef::Role::buzzer:
            return "buzzer";
    }
    return "?";
}
template <class E>
const char* word_of(E v) {
    return to_string(v);
}

template <class E>
constexpr E kLast = E{};
template <>
constexpr Level kLast<Level> = Level::unknown;
template <>
constexpr Outcome kLast<Outcome> = Outcome::unknown;
template <>
constexpr ContactState kLast<ContactState> = ContactState::unknown;
template <>
constexpr WindowState kLast<WindowState> = WindowState::fault;
template <>
constexpr OverrideUntil kLast<OverrideUntil> = OverrideUntil::cleared;
template <>
constexpr OutputRef::Role kLast<OutputRef::Role> = OutputRef::Role::buzzer;

template <class E>
std::string words() {
    std::string all;
    for (unsigned i = 0; i <= static_cast<unsigned>(kLast<E>); ++i)
        all.append(i == 0 ? "" : ", ").append(word_of(static_cast<E>(i)));
    return all;
}

[[noreturn]] void wrong(const std::string& field, const std::string& wanted) {
    throw std::runtime_error("field \"" + field + "\" must be " + wanted);
}

// --- writing ---

template <class E>
ordered_json json_of(E v) requires std::is_enum_v<E> {
    return word_of(v);
}
template <class T>
ordered_json json_of(T v) requires std::is_integral_v<T> {
    return v;
}
ordered_json json_of(const std::string& v) {
    return v;
}
ordered_json json_of(const PersonId& v) {
    return v.value;
}
template <class Tag>
ordered_json json_of(Index<Tag> v) {
    return v.value;
}
template <class Rep, class Period>
ordered_json json_of(std::chrono::duration<Rep, Period> v) {
    return v.count();
}
ordered_json json_of(const std::optional<double>& v) {
    if (!v) return nullptr;
    // JSON has no words for what a meter may say in its worst hour.
    if (std::isnan(*v)) return "nan";
    if (std::isinf(*v)) return *v > 0 ? "inf" : "-inf";
    return *v;
}
ordered_json json_of(const OutputRef& v) {
    ordered_json list = ordered_json::array({word_of(v.role)});
    if (v.role == OutputRef::Role::circuit || v.role == OutputRef::Role::lamp)
        list.push_back(v.index);
    if (v.role == OutputRef::Role::lamp) list.push_back(v.lamp);
    return list;
}
ordered_json json_of(const AskedException& v) {
    const auto& [id, reason] = v;
    return {{"id", id}, {"reason", reason}};
}
template <class T>
ordered_json json_of(const std::vector<T>& v) {
    ordered_json list = ordered_json::array();
    for (const T& each : v) list.push_back(json_of(each));
    return list;
}

struct Writer {
    ordered_json& out;
    template <class T>
    Writer& operator()(const char* name, T& v) {
        out[name] = json_of(v);
        return *this;
    }
    template <class T>
    Writer& later(const char* name, T& v) {
        return (*this)(name, v);
    }
};

// --- reading ---

/// A whole number from `least` to `most`.
std::int64_t whole(const ordered_json& j, const std::string& field, std::int64_t least,
                   std::int64_t most) {
    const bool fits = j.is_number_unsigned()
                          ? j.get<std::uint64_t>() <= static_cast<std::uint64_t>(most)
                          : j.is_number_integer();
    const std::int64_t v = fits ? j.get<std::int64_t>() : 0;
    if (!fits || v < least || v > most)
        wrong(field,
              "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return v;
}

template <class E>
void read(const ordered_json& j, const std::string& field, E& v) requires std::is_enum_v<E> {
    if (j.is_string()) {
        for (unsigned i = 0; i <= static_cast<unsigned>(kLast<E>); ++i) {
            v = static_cast<E>(i);
            if (j.get_ref<const std::string&>() == word_of(v)) return;
        }
    }
    wrong(field, "one of " + words<E>());
}
void read(const ordered_json& j, const std::string& field, bool& v) {
    if (!j.is_boolean()) wrong(field, "true or false");
    v = j.get<bool>();
}
void read(const ordered_json& j, const std::string& field, std::uint64_t& v) {
    if (!j.is_number_unsigned()) wrong(field, "a whole number from 0 on");
    v = j.get<std::uint64_t>();
}
void read(const ordered_json& j, const std::string& field, std::string& v) {
    if (!j.is_string()) wrong(field, "a text");
    v = j.get<std::string>();
}
void read(const ordered_json& j, const std::string& field, PersonId& v) {
    read(j, field, v.value);
}
template <class Tag>
void read(const ordered_json& j, const std::string& field, Index<Tag>& v) {
    v.value = static_cast<std::uint16_t>(whole(j, field, 0, UINT16_MAX));
}
template <class Rep, class Period>
void read(const ordered_json& j, const std::string& field, std::chrono::duration<Rep, Period>& v) {
    // A thousand years of milliseconds: sums with it stay in bounds.
    constexpr std::int64_t kMost = 32'000'000'000'000;
    v = std::chrono::duration<Rep, Period>{whole(j, field, -kMost, kMost)};
}
void read(const ordered_json& j, const std::string& field, std::optional<double>& v) {
    if (j.is_null()) {
        v.reset();
    } else if (j.is_number()) {
        v = j.get<double>();
    } else if (j == "nan") {
        v = std::numeric_limits<double>::quiet_NaN();
    } else if (j == "inf" || j == "-inf") {
        const double infinity = std::numeric_limits<double>::infinity();
        v = j == "inf" ? infinity : -infinity;
    } else {
        wrong(field, "a number, null, \"nan\", \"inf\" or \"-inf\"");
    }
}
void read(const ordered_json& j, const std::string& field, OutputRef& v) {
    const char* const wanted =
        "[\"circuit\", n], [\"lamp\", window, n], [\"lightbox\"] or [\"buzzer\"]";
    if (!j.is_array() || j.empty()) wrong(field, wanted);
    v = {};
    read(j.at(0), field, v.role);
    const std::size_t size = v.role == OutputRef::Role::lamp      ? 3U
                             : v.role == OutputRef::Role::circuit ? 2U
                                                                  : 1U;
    if (j.size() != size) wrong(field, wanted);
    if (size > 1) v.index = static_cast<std::uint16_t>(whole(j.at(1), field, 0, UINT16_MAX));
    if (size > 2) v.lamp = static_cast<std::uint8_t>(whole(j.at(2), field, 0, UINT8_MAX));
}
void read(const ordered_json& j, const std::string& field, AskedException& v) {
    if (!j.is_object() || j.size() != 2 || !j.contains("id") || !j.contains("reason"))
        wrong(field, R"({"id": ..., "reason": ...})");
    read(j.at("id"), field + ".id", v.id);
    read(j.at("reason"), field + ".reason", v.reason);
}
template <class T>
void read(const ordered_json& j, const std::string& field, std::vector<T>& v) {
    if (!j.is_array()) wrong(field, "a list");
    v.resize(j.size());
    for (std::size_t i = 0; i < v.size(); ++i)
        read(j.at(i), field + "[" + std::to_string(i) + "]", v[i]);
}

struct Reader {
    ordered_json& in;
    template <class T>
    Reader& operator()(const char* name, T& v) {
        const auto found = in.find(name);
        if (found == in.end())
            throw std::runtime_error(std::string("field \"") + name + "\" is missing");
        read(*found, name, v);
        in.erase(found);
        return *this;
    }
    template <class T>
    Reader& later(const char* name, T& v) {
        return in.contains(name) ? (*this)(name, v) : *this;
    }
};

/// Tries one kind of event after the other until the name fits.
template <std::size_t I = 0>
Event read_named(const std::string& name, ordered_json& object) {
    if constexpr (I < std::variant_size_v<Event>) {
        using E = std::variant_alternative_t<I, Event>;
        if (name != event_fields::Name<E>::k) return read_named<I + 1>(name, object);
        E event{};
        Reader reader{object};
        event_fields::each(reader, event);
        return event;
    } else {
        throw std::runtime_error("\"" + name + "\" is no event that this version knows");
    }
}

// --- checking against a hall ---

struct Check {
    const HallConfig& hall;
    std::string fault;

    void index(const char* field, std::size_t v, std::size_t size) {
        if (v < size || !fault.empty()) return;
        fault = std::string("field \"") + field + "\" is " + std::to_string(v) +
                ", and the hall has only " + std::to_string(size) + " of that kind";
    }
    Check& operator()(const char* field, CircuitIx& v) {
        index(field, v.value, hall.circuits.size());
        return *this;
    }
    Check& operator()(const char* field, WindowIx& v) {
        index(field, v.value, hall.windows.size());
        return *this;
    }
    Check& operator()(const char* field, ContactIx& v) {
        index(field, v.value, hall.contacts.size());
        return *this;
    }
    Check& operator()(const char* field, LinkIx& v) {
        index(field, v.value, hall.links.size());
        return *this;
    }
    Check& operator()(const char* field, OutputRef& v) {
        if (v.role == OutputRef::Role::circuit) index(field, v.index, hall.circuits.size());
        if (v.role == OutputRef::Role::lamp) {
            index(field, v.index, hall.windows.size());
            if (fault.empty()) index(field, v.lamp, hall.windows[v.index].lamps);
        }
        const bool none = (v.role == OutputRef::Role::lightbox && !hall.lightbox.fitted) ||
                          (v.role == OutputRef::Role::buzzer && !hall.has_buzzer);
        if (none && fault.empty())
            fault = std::string("field \"") + field + "\": the hall has no " + word_of(v.role);
        return *this;
    }
    template <class T>
    Check& operator()(const char*, T&) {
        return *this;
    }
    template <class T>
    Check& later(const char* name, T& v) {
        return (*this)(name, v);
    }
};

}  // namespace

void add_event(ordered_json& object, const Event& event) {
    std::visit(
        [&](auto e) {
            object["e"] = event_fields::Name<decltype(e)>::k;
            Writer writer{object};
            event_fields::each(writer, e);
        },
        event);
}

Event take_event(ordered_json& object) {
    std::string name;
    Reader{object}("e", name);
    return read_named(name, object);
}

std::string misfit(const Event& event, const HallConfig& config) {
    Check check{config, {}};
    std::visit([&](auto e) { event_fields::each(check, e); }, event);
    return check.fault;
}

const char* event_name(const Event& event) {
    return std::visit(
        [](const auto& e) { return event_fields::Name<std::remove_cvref_t<decltype(e)>>::k; },
        event);
}

}  // namespace hall
