#pragma once
// A chip of the kernel's gpio-sim, made through configfs and moved through sysfs, as
// Documentation/admin-guide/gpio/gpio-sim.rst says. As root, in the virtual machine only.
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace hall::test {

class GpioSim {
  public:
    /// @param names the kernel's names of lines, by offset
    GpioSim(std::string id, std::string label, std::map<unsigned, std::string> names = {},
            unsigned lines = 8)
        : root_(std::filesystem::path("/sys/kernel/config/gpio-sim") / id) {
        namespace fs = std::filesystem;
        fs::create_directory(root_);
        fs::create_directory(root_ / "bank0");
        write(root_ / "bank0/num_lines", std::to_string(lines));
        write(root_ / "bank0/label", label);
        for (const auto& [offset, name] : names) {
            const fs::path line = root_ / "bank0" / ("line" + std::to_string(offset));
            fs::create_directory(line);
            write(line / "name", name);
            lines_.push_back(line);
        }
        plug_in();
    }
    GpioSim(const GpioSim&) = delete;
    GpioSim& operator=(const GpioSim&) = delete;
    ~GpioSim() {
        std::error_code none;
        std::ofstream(root_ / "live") << "0";
        for (const auto& line : lines_) std::filesystem::remove(line, none);
        std::filesystem::remove(root_ / "bank0", none);
        std::filesystem::remove(root_, none);
    }

    void plug_in() {
        write(root_ / "live", "1");
        name_ = read(root_ / "bank0/chip_name");
        wires_ = std::filesystem::path("/sys/devices/platform") / read(root_ / "dev_name") / name_;
    }
    void unplug() { write(root_ / "live", "0"); }

    /// gpiochip0
    [[nodiscard]] const std::string& name() const { return name_; }
    /// What an input shows.
    void pull(unsigned offset, bool up) {
        write(wire(offset) / "pull", up ? "pull-up" : "pull-down");
    }
    /// What is on the wire.
    [[nodiscard]] bool level(unsigned offset) const { return read(wire(offset) / "value") == "1"; }

    /// Whether lines keep their level when they are released, as most drivers let them, or fall
    /// back to their pull.
    static void keep_at_release(bool keep) {
        write("/sys/module/gpio_sim/parameters/keep", keep ? "Y" : "N");
    }

    /// Whether chips made from now on tell edges, or have no interrupts. Only one that has none may
    /// be pulled out: Linux 6.1 corrupts its memory otherwise.
    static void tell_edges(bool tell) {
        write("/sys/module/gpio_sim/parameters/mute", tell ? "N" : "Y");
    }

  private:
    static void write(const std::filesystem::path& file, const std::string& text) {
        std::ofstream out(file);
        out << text << std::flush;
        if (!out) throw std::runtime_error("cannot write " + file.string());
    }
    static std::string read(const std::filesystem::path& file) {
        std::string text;
        std::ifstream in(file);
        if (!std::getline(in, text)) throw std::runtime_error("cannot read " + file.string());
        return text;
    }
    [[nodiscard]] std::filesystem::path wire(unsigned offset) const {
        return wires_ / ("sim_gpio" + std::to_string(offset));
    }

    std::filesystem::path root_, wires_;
    std::vector<std::filesystem::path> lines_;
    std::string name_;
};

}  // namespace hall::test
