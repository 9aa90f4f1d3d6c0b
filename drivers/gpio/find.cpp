// Which chip is meant. Names (gpiochip0) follow the order in which the kernel found the chips; a
// label stays with the kind of chip.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "drivers/gpio/lines.hpp"

namespace hall::drivers::gpio {

std::vector<std::string> KernelChips::list() {
    std::vector<std::string> paths;
    std::error_code error;
    for (std::filesystem::directory_iterator at("/dev", error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().filename().string().rfind("gpiochip", 0) == 0)
            paths.push_back(at->path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::unique_ptr<Chip> find_chip(Chips& chips, const std::string& wanted, std::string& why) {
    if (wanted.rfind('/', 0) == 0) {
        auto chip = chips.open(wanted);
        if (chip == nullptr) why = wanted + ": " + std::strerror(errno);
        return chip;
    }
    std::unique_ptr<Chip> labelled;
    std::string others;
    for (const std::string& path : chips.list()) {
        auto chip = chips.open(path);
        if (chip == nullptr) {
            others += ", " + path + ": " + std::strerror(errno);
            continue;
        }
        if (chip->name() == wanted) return chip;
        others += ", " + chip->name() + " [" + chip->label() + "]";
        if (chip->label() != wanted) continue;
        if (labelled != nullptr) {
            why = "both " + labelled->name() + " and " + chip->name() + " are labelled \"" +
                  wanted + "\"; name the chip by its path";
            return nullptr;
        }
        labelled = std::move(chip);
    }
    if (labelled == nullptr) {
        why = "no GPIO chip is named or labelled \"" + wanted + "\"; " +
              (others.empty() ? "this machine has none" : "there are " + others.substr(2));
    }
    return labelled;
}

}  // namespace hall::drivers::gpio
