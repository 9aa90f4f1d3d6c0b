#pragma once
// A USB keyboard as the kernel sees one, made through /dev/uinput. As root, in the virtual machine
// only.
#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace hall::test {

class TypingDevice {
  public:
    TypingDevice() : fd_(::open("/dev/uinput", O_WRONLY | O_CLOEXEC)) {
        if (fd_ < 0) throw std::runtime_error("no /dev/uinput");
        ask(UI_SET_EVBIT, EV_KEY);
        for (int code = 1; code < 128; ++code) ask(UI_SET_KEYBIT, code);
        uinput_setup setup{};
        setup.id.bustype = BUS_USB;
        std::strncpy(setup.name, "Test card reader", sizeof setup.name - 1);
        if (ioctl(fd_, UI_DEV_SETUP, &setup) != 0 || ioctl(fd_, UI_DEV_CREATE) != 0)
            throw std::runtime_error("uinput makes no device");
        std::array<char, 64> name{};
        if (ioctl(fd_, UI_GET_SYSNAME(name.size()), name.data()) < 0)
            throw std::runtime_error("uinput names no device");
        const std::filesystem::path folder =
            std::filesystem::path("/sys/devices/virtual/input") / name.data();
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            const std::string file = entry.path().filename().string();
            if (file.rfind("event", 0) == 0) path_ = "/dev/input/" + file;
        }
    }
    TypingDevice(const TypingDevice&) = delete;
    TypingDevice& operator=(const TypingDevice&) = delete;
    ~TypingDevice() { ::close(fd_); }

    /// /dev/input/event0
    [[nodiscard]] const std::string& path() const { return path_; }

    void key(unsigned short code) {
        emit(EV_KEY, code, 1);
        emit(EV_SYN, SYN_REPORT, 0);
        emit(EV_KEY, code, 0);
        emit(EV_SYN, SYN_REPORT, 0);
    }
    /// Digits, then Enter, as a reader does.
    void card(const std::string& digits) {
        for (const char digit : digits)
            key(static_cast<unsigned short>(digit == '0' ? KEY_0 : KEY_1 + (digit - '1')));
        key(KEY_ENTER);
    }

  private:
    void ask(unsigned long request, int value) const {
        if (ioctl(fd_, request, value) != 0) throw std::runtime_error("uinput refuses");
    }
    void emit(unsigned short type, unsigned short code, int value) const {
        input_event event{};
        event.type = type;
        event.code = code;
        event.value = value;
        if (::write(fd_, &event, sizeof event) != sizeof event)
            throw std::runtime_error("uinput takes no key");
    }

    int fd_;
    std::string path_;
};

}  // namespace hall::test
