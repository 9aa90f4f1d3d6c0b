#pragma once
// A state folder with staff, cheap Argon2id, and a clock that is only a number.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "daemon/shell/credentials.hpp"

namespace hall {

class CredentialsTest : public testing::Test {
  protected:
    static constexpr const char* kPin = "271828";
    static constexpr const char* kOtherPin = "314159";
    static constexpr const char* kWrong = "602214";
    static constexpr const char* kCard = "04A1B2C3D4";
    static constexpr const char* kBoot = "boot-1";

    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "hall-staff-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
        state_ = root_ / "state";
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    /// The bounds of R27, with the cheapest hash that libsodium makes.
    static Credentials::Limits cheap() {
        Credentials::Limits limits;
        limits.pin_passes = 1;
        limits.pin_bytes = 8192;
        return limits;
    }
    [[nodiscard]] Credentials open() const { return Credentials(state_, cheap()); }
    static Person person(const std::string& staff) {
        return {PersonId{staff}, "P " + staff, true, {}, false};
    }
    /// 1001 with a card and 1002 without.
    void enrol() const {
        Credentials c = open();
        c.add(person("1001"), kPin, kCard);
        c.add(person("1002"), kOtherPin, "");
    }

    static Now at(std::int64_t millis, bool trusted = true) {
        return {Instant{Millis{millis}}, WallTime{Millis{1'795'512'902'000 + millis}}, trusted};
    }
    CredentialCheck attempt(const std::string& staff, const std::string& pin, const Now& now,
                            const std::string& boot = kBoot,
                            const std::string& panel = "panel") const {
        return open().check({staff, "", pin}, panel, now, boot);
    }
    /// How many attempts are left, or -1 when this was no refusal.
    static int left(const CredentialCheck& c) {
        const auto* refused = std::get_if<Refused>(&c);
        return refused != nullptr ? refused->attempts_left : -1;
    }
    /// Seconds of the lock, or -1 when nothing is locked.
    static std::int64_t locked(const CredentialCheck& c) {
        const auto* lock = std::get_if<Locked>(&c);
        return lock != nullptr ? lock->left.count() : -1;
    }
    static bool accepted(const CredentialCheck& c) { return std::holds_alternative<Accepted>(c); }

    static std::string bytes_of(const std::filesystem::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
        std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    }
    /// All bytes of all files of the state folder, and their names.
    [[nodiscard]] std::string everything_written() const {
        std::string all;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
            all += entry.path().string() + "\n";
            if (entry.is_regular_file()) all += bytes_of(entry.path()) + "\n";
        }
        return all;
    }

    std::filesystem::path root_, state_;
};

}  // namespace hall
