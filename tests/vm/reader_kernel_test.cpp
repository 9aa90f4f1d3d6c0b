// The card reader on a real kernel's keyboard. Runs in the virtual machine of tests/vm/run, as
// root.
#include <gtest/gtest.h>
#include <linux/input.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "drivers/reader/reader.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/typing_device.hpp"

namespace hall::drivers {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::TypingDevice;

struct ReaderKernel : testing::Test {
    ReaderKernel() { plug_in(); }
    ~ReaderKernel() override { fs::remove(kLink); }

    void plug_in() {
        device = std::make_unique<TypingDevice>();
        // As udev does: a name that stays, for a device whose number changes.
        fs::remove(kLink);
        fs::create_symlink(device->path(), kLink);
    }
    void open() {
        reader = std::make_unique<CardReader>(
            io, ReaderSettings{kLink, 20ms, 100ms},
            [this](const std::string& number) { cards.push_back(number); },
            [this](bool up, const std::string& why) { states.emplace_back(up, why); });
    }
    /// Runs the loop until `holds`.
    bool until(const std::function<bool()>& holds) {
        const auto end = std::chrono::steady_clock::now() + test::kPatience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            io.restart();
            io.run_one_for(50ms);
        }
        return true;
    }
    bool until_up() {
        return until([this] { return !states.empty() && states.back().first; });
    }

    static constexpr const char* kLink = "/dev/input/reader";
    boost::asio::io_context io;
    std::unique_ptr<TypingDevice> device;
    std::vector<std::string> cards;
    std::vector<std::pair<bool, std::string>> states;
    std::unique_ptr<CardReader> reader;
};

TEST_F(ReaderKernel, ReadsCards) {
    open();
    ASSERT_TRUE(until_up());
    device->card("0012345678");
    ASSERT_TRUE(until([&] { return cards.size() == 1; }));
    device->card("0087654321");
    ASSERT_TRUE(until([&] { return cards.size() == 2; }));
    EXPECT_EQ(cards, (std::vector<std::string>{"0012345678", "0087654321"}));
}

TEST_F(ReaderKernel, NobodyElseHearsACard) {
    // Somebody has the device open before, as a desktop has.
    const int other = ::open(kLink, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(other, 0);
    device->key(KEY_5);
    input_event event{};
    ASSERT_EQ(::read(other, &event, sizeof event), static_cast<ssize_t>(sizeof event))
        << "it hears what is typed before the reader is ours";
    while (::read(other, &event, sizeof event) > 0) {
    }
    open();
    ASSERT_TRUE(until_up());
    device->card("0012345678");
    ASSERT_TRUE(until([&] { return !cards.empty(); }));
    EXPECT_EQ(::read(other, &event, sizeof event), -1);
    EXPECT_EQ(errno, EAGAIN);
    reader.reset();
    device->key(KEY_5);
    EXPECT_GT(::read(other, &event, sizeof event), 0) << "and again when we let go";
    ::close(other);
}

TEST_F(ReaderKernel, AReaderThatSomebodyElseHasIsToldAndTakenLater) {
    const int other = ::open(kLink, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_EQ(ioctl(other, EVIOCGRAB, 1), 0);
    open();
    ASSERT_TRUE(until([&] { return !states.empty(); }));
    EXPECT_FALSE(states[0].first);
    EXPECT_EQ(states[0].second, "somebody else has grabbed it: Device or resource busy");
    ::close(other);
    ASSERT_TRUE(until_up());
    EXPECT_EQ(states.size(), 2U) << "each is told once";
}

TEST_F(ReaderKernel, AReaderThatIsPulledOutAndPutBackReadsAgain) {
    open();
    ASSERT_TRUE(until_up());
    device->key(KEY_1);  // half a card
    device.reset();
    ASSERT_TRUE(until([&] { return !states.back().first; }));
    plug_in();
    ASSERT_TRUE(until_up());
    device->card("0012345678");
    ASSERT_TRUE(until([&] { return !cards.empty(); }));
    EXPECT_EQ(cards, std::vector<std::string>{"0012345678"});
}

TEST_F(ReaderKernel, AReaderThatIsNotThereIsWaitedFor) {
    device.reset();
    open();
    ASSERT_TRUE(until([&] { return !states.empty(); }));
    EXPECT_EQ(states[0].second, "No such file or directory");
    plug_in();
    ASSERT_TRUE(until_up());
}

TEST_F(ReaderKernel, WhatIsNoKeyboardIsRefused) {
    fs::remove(kLink);
    fs::create_symlink("/dev/null", kLink);
    open();
    ASSERT_TRUE(until([&] { return !states.empty(); }));
    EXPECT_FALSE(states[0].first);
    EXPECT_EQ(states[0].second.rfind("it is no input device", 0), 0U) << states[0].second;
}

}  // namespace
}  // namespace hall::drivers
