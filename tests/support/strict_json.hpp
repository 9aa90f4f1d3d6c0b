#pragma once
// A second reader of JSON, as strict as RFC 8259 lets one be: against it the daemon's own is held.
// No key stands twice, all text is UTF-8, and nothing follows the value.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hall::test {

struct StrictJson {
    enum class Kind { null, boolean, number, text, list, object };
    Kind kind = Kind::null;
    std::string text;  ///< a text without its escapes; a number or a boolean as it is written
    std::vector<std::pair<std::string, StrictJson>> members;
    std::vector<StrictJson> items;

    [[nodiscard]] const StrictJson* find(std::string_view key) const {
        for (const auto& [name, value] : members) {
            if (name == key) return &value;
        }
        return nullptr;
    }
    [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
};

class StrictReader {
  public:
    /// None: not one JSON value and nothing else.
    static std::optional<StrictJson> read(std::string_view bytes) {
        // A mark at the start may be ignored (RFC 8259, 8.1).
        if (bytes.substr(0, 3) == "\xEF\xBB\xBF") bytes.remove_prefix(3);
        StrictReader reader(bytes);
        StrictJson value;
        if (!is_utf8(bytes) || !reader.value(value, 0)) return std::nullopt;
        reader.space();
        if (reader.at_ != bytes.size()) return std::nullopt;
        return value;
    }

  private:
    explicit StrictReader(std::string_view bytes) : bytes_(bytes) {}
    static constexpr int kDeepest = 32;

    [[nodiscard]] char peek() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }
    bool take(char c) {
        if (at_ >= bytes_.size() || bytes_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool word(std::string_view w) {
        if (bytes_.substr(at_, w.size()) != w) return false;
        at_ += w.size();
        return true;
    }
    void space() {
        while (at_ < bytes_.size() &&
               std::string_view(" \t\r\n").find(bytes_[at_]) != std::string_view::npos)
            ++at_;
    }
    bool digits() {
        const std::size_t from = at_;
        while (at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9') ++at_;
        return at_ > from;
    }
    bool number(StrictJson& out) {
        const std::size_t from = at_;
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return false;
        }
        out.kind = StrictJson::Kind::number;
        out.text = std::string(bytes_.substr(from, at_ - from));
        return true;
    }
    bool hex4(unsigned& out) {
        out = 0;
        for (int i = 0; i < 4; ++i) {
            const auto digit = std::string_view("0123456789abcdef0123456789ABCDEF").find(peek());
            if (at_ >= bytes_.size() || digit == std::string_view::npos) return false;
            out = out * 16 + static_cast<unsigned>(digit % 16);
            ++at_;
        }
        return true;
    }
    static void put(std::string& text, unsigned c) {
        const auto add = [&](unsigned byte) { text += static_cast<char>(byte); };
        if (c < 0x80) return add(c);
        if (c < 0x800) return add(0xC0 | c >> 6), add(0x80 | (c & 63));
        if (c < 0x10000)
            return add(0xE0 | c >> 12), add(0x80 | (c >> 6 & 63)), add(0x80 | (c & 63));
        add(0xF0 | c >> 18), add(0x80 | (c >> 12 & 63)), add(0x80 | (c >> 6 & 63)),
            add(0x80 | (c & 63));
    }
    bool escape(std::string& text) {
        static constexpr std::string_view kShort = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
        if (take('u')) {
            unsigned c = 0, low = 0;
            if (!hex4(c)) return false;
            if (c >= 0xDC00 && c < 0xE000) return false;
            if (c >= 0xD800 && c < 0xDC00) {
                if (!word("\\u") || !hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            }
            put(text, c);
            return true;
        }
        const auto found = at_ < bytes_.size() ? kShort.find(peek()) : std::string_view::npos;
        if (found == std::string_view::npos) return false;
        text += kMeant[found];
        ++at_;
        return true;
    }
    bool text(std::string& out) {
        if (!take('"')) return false;
        while (at_ < bytes_.size()) {
            const char c = bytes_[at_++];
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c != '\\') {
                out += c;
            } else if (!escape(out)) {
                return false;
            }
        }
        return false;
    }
    bool list(StrictJson& out, int depth) {
        out.kind = StrictJson::Kind::list;
        space();
        if (take(']')) return true;
        do {
            if (!value(out.items.emplace_back(), depth)) return false;
            space();
        } while (take(','));
        return take(']');
    }
    bool object(StrictJson& out, int depth) {
        out.kind = StrictJson::Kind::object;
        space();
        if (take('}')) return true;
        do {
            std::string key;
            space();
            if (!text(key) || out.find(key) != nullptr) return false;
            space();
            StrictJson member;
            if (!take(':') || !value(member, depth)) return false;
            out.members.emplace_back(std::move(key), std::move(member));
            space();
        } while (take(','));
        return take('}');
    }
    bool value(StrictJson& out, int depth) {
        if (depth > kDeepest) return false;
        space();
        if (take('{')) return object(out, depth + 1);
        if (take('[')) return list(out, depth + 1);
        if (peek() == '"') {
            out.kind = StrictJson::Kind::text;
            return text(out.text);
        }
        for (const std::string_view w : {"true", "false"}) {
            if (!word(w)) continue;
            out.kind = StrictJson::Kind::boolean;
            out.text = std::string(w);
            return true;
        }
        return word("null") || number(out);
    }
    /// RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
    static bool is_utf8(std::string_view bytes) {
        for (std::size_t i = 0; i < bytes.size();) {
            const auto byte = [&](std::size_t at) {
                return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
            };
            const unsigned first = byte(i);
            const std::size_t more = first < 0x80   ? 0
                                     : first < 0xC2 ? 9
                                     : first < 0xE0 ? 1
                                     : first < 0xF0 ? 2
                                     : first < 0xF5 ? 3
                                                    : 9;
            if (more == 9) return false;
            for (std::size_t k = 1; k <= more; ++k) {
                if ((byte(i + k) & 0xC0) != 0x80) return false;
            }
            const unsigned second = byte(i + 1);
            if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
                return false;
            i += more + 1;
        }
        return true;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace hall::test
