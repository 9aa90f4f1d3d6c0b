#include "daemon/shell/config_parts.hpp"

namespace hall::config {

bool Ids::add(Section& section, const Text& id) {
    for (const Text& other : ids_) {
        if (other.value != id.value) continue;
        section.error(id.at, "there is a " + kind_ + " \"" + id.value + "\" already (line " +
                                 std::to_string(other.at.line) + "); give each its own id");
        return false;
    }
    ids_.push_back(id);
    return true;
}

std::optional<std::size_t> Ids::find(const std::string& id) const {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        if (ids_[i].value == id) return i;
    }
    return std::nullopt;
}

std::vector<std::string> Ids::all() const {
    std::vector<std::string> list;
    for (const Text& id : ids_) list.push_back(id.value);
    return list;
}

}  // namespace hall::config
