#pragma once
// Everything that the rules hold at one moment, as text, exact to the last bit: what a recording
// that begins in the middle of an evening needs. (A snapshot is less: it is what a restart may
// believe.)
//
// A type lists its members once, for writing and reading alike, through a structured binding:
// a member that is added and not listed does not compile.
#include <array>
#include <bit>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/now.hpp"

namespace hall {

/// Tokens, each followed by a blank. A text's bytes other than letters, digits and the like are
/// written as %XX, so that the image is plain ASCII whatever people typed.
class ImageWriter {
  public:
    static constexpr bool kReads = false;
    void number(std::uint64_t v);
    void text(std::string_view v);
    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

/// What does not fit (too short, no number, more of something than the configuration has) makes it
/// bad for good; values that are read afterwards mean nothing.
class ImageReader {
  public:
    static constexpr bool kReads = true;
    explicit ImageReader(std::string_view image) : rest_(image) {}
    std::uint64_t number();
    std::string text();
    void fail() { good_ = false; }
    /// Nothing was wrong, and nothing is left over.
    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }
    [[nodiscard]] bool good() const { return good_; }
    /// No list of an image is longer than what is left of it.
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

  private:
    std::string_view token();
    std::string_view rest_;
    bool good_ = true;
};

namespace image {

template <class Archive, class... Ts>
void put(Archive& a, Ts&... values);

template <class Archive, class T>
void scalar(Archive& a, T& v) {
    if constexpr (Archive::kReads) {
        v = static_cast<T>(a.number());
    } else {
        a.number(static_cast<std::uint64_t>(v));
    }
}

inline void one(ImageWriter& a, std::string& v) {
    a.text(v);
}
inline void one(ImageReader& a, std::string& v) {
    v = a.text();
}

template <class Archive>
void one(Archive& a, double& v) {
    auto bits = std::bit_cast<std::uint64_t>(v);
    scalar(a, bits);
    v = std::bit_cast<double>(bits);
}

template <class Archive, class Rep, class Period>
void one(Archive& a, std::chrono::duration<Rep, Period>& v) {
    auto count = v.count();
    scalar(a, count);
    v = std::chrono::duration<Rep, Period>{count};
}

template <class Archive, class Clock, class Duration>
void one(Archive& a, std::chrono::time_point<Clock, Duration>& v) {
    Duration since = v.time_since_epoch();
    one(a, since);
    v = std::chrono::time_point<Clock, Duration>{since};
}

template <class Archive>
void one(Archive& a, std::chrono::year& v) {
    auto year = static_cast<int>(v);
    scalar(a, year);
    v = std::chrono::year{year};
}

template <class Archive>
void one(Archive& a, std::chrono::month_day& v) {
    auto month = static_cast<unsigned>(v.month());
    auto day = static_cast<unsigned>(v.day());
    scalar(a, month);
    scalar(a, day);
    v = std::chrono::month{month} / std::chrono::day{day};
}

template <class Archive, class T>
void one(Archive& a, std::optional<T>& v) {
    bool there = v.has_value();
    scalar(a, there);
    if constexpr (Archive::kReads) v = there ? std::optional<T>{T{}} : std::nullopt;
    if (v) put(a, *v);
}

template <class Archive, class A, class B>
void one(Archive& a, std::pair<A, B>& v) {
    put(a, v.first, v.second);
}

template <class Archive, class T, std::size_t N>
void one(Archive& a, std::array<T, N>& v) {
    for (T& each : v) put(a, each);
}

/// The number of things in a list; 0 when an image claims what it cannot hold.
template <class Archive>
std::size_t size(Archive& a, std::size_t n) {
    scalar(a, n);
    if constexpr (Archive::kReads) {
        if (n > a.left()) a.fail();
        if (!a.good()) return 0;
    }
    return n;
}

template <class Archive>
void one(Archive& a, std::vector<bool>& v) {
    v.resize(size(a, v.size()));
    for (auto each : v) {
        bool bit = each;
        scalar(a, bit);
        each = bit;
    }
}

template <class Archive, class T>
void one(Archive& a, std::vector<T>& v) {
    v.resize(size(a, v.size()));
    for (T& each : v) put(a, each);
}

template <class Archive, class T>
void one(Archive& a, std::deque<T>& v) {
    v.resize(size(a, v.size()));
    for (T& each : v) put(a, each);
}

template <class Archive, class K, class V>
void one(Archive& a, std::map<K, V>& v) {
    const std::size_t n = size(a, v.size());
    if constexpr (Archive::kReads) {
        v.clear();
        for (std::size_t i = 0; i < n; ++i) {
            std::pair<K, V> each;
            put(a, each);
            v.insert(std::move(each));
        }
    } else {
        for (auto& [key, value] : v) {
            K k = key;
            put(a, k, value);
        }
    }
}

template <std::size_t I = 0, class Archive, class... Ts>
void alternative(Archive& a, std::variant<Ts...>& v, std::size_t wanted) {
    if constexpr (I < sizeof...(Ts)) {
        if (I != wanted) return alternative<I + 1>(a, v, wanted);
        if constexpr (Archive::kReads) v.template emplace<I>();
        put(a, std::get<I>(v));
    } else if constexpr (Archive::kReads) {
        a.fail();
    }
}

template <class Archive, class... Ts>
void one(Archive& a, std::variant<Ts...>& v) {
    std::size_t index = v.index();
    scalar(a, index);
    alternative(a, v, index);
}

template <class Archive, class T>
void value(Archive& a, T& v) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        scalar(a, v);
    } else if constexpr (requires { v.fields(a); }) {
        v.fields(a);
    } else if constexpr (std::is_empty_v<T>) {
        // A state that carries nothing.
    } else if constexpr (requires { each_field(a, v); }) {
        each_field(a, v);
    } else {
        one(a, v);
    }
}

template <class Archive, class... Ts>
void put(Archive& a, Ts&... values) {
    (value(a, values), ...);
}

/// A list whose length the configuration gives: read in place.
template <class Archive, class T>
void in_place(Archive& a, std::vector<T>& v) {
    std::size_t n = v.size();
    scalar(a, n);
    if constexpr (Archive::kReads) {
        if (n != v.size()) return a.fail();
    }
    for (T& each : v) put(a, each);
}

template <class Archive>
void in_place(Archive& a, std::vector<bool>& v) {
    std::size_t n = v.size();
    scalar(a, n);
    if constexpr (Archive::kReads) {
        if (n != v.size()) return a.fail();
    }
    for (auto each : v) {
        bool bit = each;
        scalar(a, bit);
        each = bit;
    }
}

}  // namespace image

template <class Archive, class Tag>
void each_field(Archive& a, Index<Tag>& v) {
    image::put(a, v.value);
}
template <class Archive>
void each_field(Archive& a, PersonId& v) {
    image::put(a, v.value);
}
template <class Archive>
void each_field(Archive& a, OutputRef& v) {
    auto& [role, index, lamp] = v;
    image::put(a, role, index, lamp);
}

}  // namespace hall
