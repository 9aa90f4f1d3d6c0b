#pragma once
// Configurations to load, and how their faults are read.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

#include "daemon/shell/site.hpp"

namespace hall::config_test {

namespace fs = std::filesystem;

inline const fs::path kSource = HALL_SOURCE_DIR;
inline const fs::path kDevices = kSource / "config" / "devices";
inline const fs::path kBad = kSource / "tests" / "config" / "bad";

inline std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

/// All faults, one a line; paths within the source tree are relative to it.
inline std::string told(const LoadedSite& loaded) {
    std::string text;
    for (const ConfigFault& fault : loaded.faults) text += to_string(fault) + "\n";
    return replaced(text, kSource.string() + "/", "");
}

/// The text with each of its lines rewritten.
template <class Rewrite>
std::string each_line(const std::string& text, Rewrite rewrite) {
    std::stringstream in(text);
    std::string all;
    for (std::string line; std::getline(in, line);) all += rewrite(line) + "\n";
    return all;
}

/// The example with its optional keys switched on: `#key = value` is one, `# text` is text.
inline std::string with_optional_keys(const std::string& example,
                                      const std::set<std::string>& but = {}) {
    return each_line(example, [&but](const std::string& line) {
        const std::size_t equals = line.find(" = ");
        if (line.size() < 2 || line[0] != '#' || equals == std::string::npos) return line;
        const std::string key = line.substr(1, equals - 1);
        const bool word = key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
        return word && but.count(key) == 0 ? line.substr(1) : line;
    });
}

/// A folder that ends with the test.
class Folder {
  public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "hall-config-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
        fs::create_directory_symlink(kSource / "config" / "calendar", path_ / "calendar");
    }
    ~Folder() {
        std::error_code none;
        fs::remove_all(path_, none);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    fs::path write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return path_ / name;
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

inline const std::string kHall = R"([hall]
id = "h"
timezone = "Asia/Shanghai"
latitude = 35.08
longitude = 117.16

[hours]
mon = ["08:30", "17:30"]
)";

inline const std::string kWires = R"(
[[bus]]
id = "b"
type = "modbus-tcp"
host = "127.0.0.1"

[[bus]]
id = "serial"
type = "modbus-rtu"
path = "/dev/ttyS0"

[[device]]
id = "io"
bus = "b"
template = "waveshare-io-8ch"

[[device]]
id = "six"
bus = "b"
unit = 3
template = "wirenboard-wb-mr6c"

[[device]]
id = "m"
bus = "serial"
unit = 2
template = "eastron-sdm120"
)";

inline const std::string kCircuit = R"(
[[circuit]]
id = "pc1"
output = "io.coil1"
feedback = "io.in1"
meter = "m.watts"
stop = [{ method = "command", command = ["/bin/true"] }]
)";

inline LoadedSite load(const std::string& text) {
    const Folder folder;
    return load_site(folder.write("hall.toml", text), kDevices);
}

/// The only fault of `text`, without file and place.
inline std::string only_fault(const std::string& text) {
    const LoadedSite loaded = load(text);
    if (loaded.faults.size() != 1) return std::to_string(loaded.faults.size()) + " faults";
    return (loaded.faults[0].warning ? "warning: " : "") + loaded.faults[0].message;
}

}  // namespace hall::config_test
