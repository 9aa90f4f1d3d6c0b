#include "daemon/shell/config_faults.hpp"

#include <algorithm>

namespace hall {

std::string to_string(const ConfigFault& fault) {
    return fault.file + ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column) +
           ": " + (fault.warning ? "warning: " : "") + fault.message;
}

namespace config {

std::size_t Faults::add_file(std::string path) {
    files_.push_back(std::move(path));
    return files_.size() - 1;
}

void Faults::add(Place at, std::string message, bool warning) {
    // One line a fault, whatever the file's texts hold: logs are read line by line.
    std::replace_if(
        message.begin(), message.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    entries_.push_back({at, std::move(message), warning});
}

bool Faults::any_error() const {
    return std::any_of(entries_.begin(), entries_.end(), [](const Entry& e) { return !e.warning; });
}

std::vector<ConfigFault> Faults::take() {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.at < b.at; });
    std::vector<ConfigFault> list;
    for (Entry& e : entries_) {
        list.push_back(
            {files_.at(e.at.file), e.at.line, e.at.column, std::move(e.message), e.warning});
    }
    entries_.clear();
    return list;
}

}  // namespace config

}  // namespace hall
