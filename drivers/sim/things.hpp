#pragma once
// The flat list of everything that can be read and set in the virtual hall, by name:
// `contact.west_door`, `pc.pc3`, `bus.field` ...
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hall::sim {

using Value = std::variant<std::string, double>;

struct Thing {
    std::string name;
    /// What it is now; none: it can only be set.
    std::function<Value()> read = nullptr;
    /// Words that it can be set to; none: it can only be read.
    std::vector<std::string> words = {};
    /// It can be set to a number in these bounds, too.
    bool takes_number = false;
    double least = 0, most = 0;
    std::function<void(const Value&)> set = nullptr;
};

struct SetResult {
    bool done = false;
    std::string why;  ///< of a refusal: names what is wrong and what is known
};

class Things {
  public:
    void add(Thing thing);
    [[nodiscard]] std::string state_json() const;
    /// A flat JSON object `{"<thing>": value}`. Wholly or not at all.
    SetResult set_json(std::string_view text) const;

  private:
    [[nodiscard]] const Thing* find(const std::string& name) const;
    [[nodiscard]] std::string unknown(const std::string& name) const;

    std::deque<Thing> things_;  ///< in the order in which they are shown
    std::map<std::string, const Thing*> by_name_;
};

}  // namespace hall::sim
