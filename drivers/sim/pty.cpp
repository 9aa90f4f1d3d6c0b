#include "drivers/sim/pty.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace hall::sim {

namespace {

[[noreturn]] void fail(const std::filesystem::path& link, const std::string& what, int error) {
    throw std::runtime_error(link.string() + ": " + what + ": " +
                             std::system_category().message(error));
}

}  // namespace

Pty::Pty(std::filesystem::path link) : link_(std::move(link)) {
    try {
        make_pair();
        make_link();
    } catch (...) {
        close_both();
        throw;
    }
}

void Pty::make_pair() {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master_ < 0) fail(link_, "no pseudo-terminal to be had", errno);
    std::array<char, 128> name{};
    if (::grantpt(master_) != 0 || ::unlockpt(master_) != 0)
        fail(link_, "pseudo-terminal not usable", errno);
    if (const int error = ::ptsname_r(master_, name.data(), name.size()); error != 0)
        fail(link_, "pseudo-terminal without a name", error);
    far_end_ = name.data();
    slave_ = ::open(far_end_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave_ < 0) fail(link_, "cannot open " + far_end_, errno);
    termios settings{};
    if (::tcgetattr(slave_, &settings) != 0) fail(link_, "no terminal settings", errno);
    ::cfmakeraw(&settings);
    if (::tcsetattr(slave_, TCSANOW, &settings) != 0) fail(link_, "cannot be made raw", errno);
}

void Pty::make_link() {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::file_status there = fs::symlink_status(link_, error);
    if (fs::is_symlink(there)) {
        fs::remove(link_, error);
    } else if (fs::exists(there)) {
        throw std::runtime_error(link_.string() +
                                 ": is there already and is no symbolic link; it is left alone: "
                                 "move it away, or choose another `path` for the bus");
    }
    fs::create_symlink(far_end_, link_, error);
    if (error) {
        throw std::runtime_error(link_.string() + ": cannot make the link: " + error.message() +
                                 "; does its folder exist?");
    }
}

Pty::~Pty() {
    std::error_code error;
    if (std::filesystem::read_symlink(link_, error) == far_end_ && !error)
        std::filesystem::remove(link_, error);
    close_both();
}

void Pty::close_both() {
    if (slave_ >= 0) ::close(slave_);
    if (master_ >= 0) ::close(master_);
    slave_ = master_ = -1;
}

}  // namespace hall::sim
