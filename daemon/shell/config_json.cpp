#include "daemon/shell/config_json.hpp"

#include <iterator>
#include <nlohmann/json.hpp>

#include "daemon/shell/config_document.hpp"

namespace hall::config {

namespace {

/// Deeper than any file of ours; a hostile one must not use up the stack.
constexpr std::size_t kDeepest = 16;

/// Hands out the text and counts what was taken, so that a value's place is known when it is told.
class Counting {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Counting(const char* at, std::size_t* taken) : at_(at), taken_(taken) {}
    reference operator*() const { return *at_; }
    Counting& operator++() {
        ++at_;
        ++*taken_;
        return *this;
    }
    Counting operator++(int) {
        const Counting before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const Counting& a, const Counting& b) { return a.at_ == b.at_; }

  private:
    const char* at_;
    std::size_t* taken_;
};

/// Builds the values as the parser tells them.
class Builder : public nlohmann::json_sax<nlohmann::json> {
  public:
    Builder(Faults& faults, std::size_t file, const std::string& text)
        : faults_(faults), file_(file), text_(text) {}

    [[nodiscard]] std::size_t* taken() { return &taken_; }
    [[nodiscard]] JsonValue result() { return std::move(root_); }

    bool null() override { return add({}) != nullptr; }
    bool boolean(bool v) override {
        JsonValue value;
        value.kind = JsonValue::Kind::boolean;
        value.flag = v;
        return add(std::move(value)) != nullptr;
    }
    bool number_integer(number_integer_t v) override { return number(static_cast<double>(v)); }
    bool number_unsigned(number_unsigned_t v) override { return number(static_cast<double>(v)); }
    bool number_float(number_float_t v, const string_t&) override { return number(v); }
    bool string(string_t& v) override {
        JsonValue value;
        value.kind = JsonValue::Kind::text;
        value.text = v;
        return add(std::move(value)) != nullptr;
    }
    bool binary(binary_t&) override { return false; }  // has no form in JSON
    bool start_object(std::size_t) override { return open(JsonValue::Kind::object); }
    bool start_array(std::size_t) override { return open(JsonValue::Kind::list); }
    bool key(string_t& v) override {
        key_ = v;
        return true;
    }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception&) override {
        faults_.error(place(position == 0 ? 0 : position - 1), "not JSON; correct it here");
        return false;
    }

  private:
    bool number(double v) {
        JsonValue value;
        value.kind = JsonValue::Kind::number;
        value.number = v;
        return add(std::move(value)) != nullptr;
    }
    bool open(JsonValue::Kind kind) {
        if (open_.size() >= kDeepest) {
            faults_.error(place(taken_), "nested too deeply; this is no calendar");
            return false;
        }
        JsonValue value;
        value.kind = kind;
        // Pointers to open values stay good: their own lists do not grow while they are open.
        open_.push_back(add(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    JsonValue* add(JsonValue value) {
        value.at = place(start_of(value.kind));
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        JsonValue& parent = *open_.back();
        if (parent.kind == JsonValue::Kind::object) parent.keys.push_back(key_);
        return &parent.items.emplace_back(std::move(value));
    }
    /// Where the value begins that was just read. The parser may have looked one character ahead.
    [[nodiscard]] std::size_t start_of(JsonValue::Kind kind) const {
        const std::size_t end = std::min(taken_, text_.size());
        switch (kind) {
            case JsonValue::Kind::text: {
                std::size_t quote = text_.rfind('"', end == 0 ? 0 : end - 1);
                if (quote == std::string::npos || quote == 0) return end;
                do {
                    quote = text_.rfind('"', quote - 1);
                } while (quote != std::string::npos && quote > 0 && text_[quote - 1] == '\\');
                return quote == std::string::npos ? end : quote;
            }
            case JsonValue::Kind::list:
                return text_.rfind('[', end == 0 ? 0 : end - 1);
            case JsonValue::Kind::object:
                return text_.rfind('{', end == 0 ? 0 : end - 1);
            case JsonValue::Kind::null:
            case JsonValue::Kind::boolean:
            case JsonValue::Kind::number:
                break;
        }
        constexpr const char* kWord = "abcdefghijklmnopqrstuvwxyzE0123456789+-.";
        const std::size_t last = text_.find_last_of(kWord, end == 0 ? 0 : end - 1);
        if (last == std::string::npos) return end;
        const std::size_t before = text_.find_last_not_of(kWord, last);
        return before == std::string::npos ? 0 : before + 1;
    }
    [[nodiscard]] Place place(std::size_t offset) const {
        Place at{file_, 1, 1};
        for (std::size_t i = 0; i < offset && i < text_.size(); ++i) {
            if (text_[i] == '\n') {
                ++at.line;
                at.column = 1;
            } else if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) {
                ++at.column;
            }
        }
        return at;
    }

    Faults& faults_;
    std::size_t file_;
    const std::string& text_;
    std::size_t taken_ = 0;
    JsonValue root_;
    std::vector<JsonValue*> open_;
    std::string key_;
};

}  // namespace

const JsonValue* JsonValue::member(const std::string& name) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i] == name) return &items[i];
    }
    return nullptr;
}

std::optional<JsonValue> read_json(Faults& faults, const std::filesystem::path& path) {
    const std::size_t file = faults.add_file(path.string());
    const auto text = read_text(faults, file, path);
    if (!text) return std::nullopt;
    Builder builder(faults, file, *text);
    const char* begin = text->data();
    const Counting first(begin, builder.taken()), last(begin + text->size(), builder.taken());
    if (!nlohmann::json::sax_parse(first, last, &builder)) return std::nullopt;
    return builder.result();
}

}  // namespace hall::config
