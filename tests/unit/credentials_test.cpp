// Who is accepted, what is stored, and what is never written (R26).
#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cctype>

#include "daemon/shell/credentials_secrets.hpp"
#include "tests/unit/credentials_fixture.hpp"

namespace hall {
namespace {

namespace fs = std::filesystem;

/// The message of what `action` throws; fails the test when it throws nothing.
template <class Error, class Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const Error& e) {
        return e.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

TEST_F(CredentialsTest, ANumberOrACardTogetherWithThePinIsAccepted) {
    enrol();
    Credentials c = open();
    const auto by_number = c.check({"1001", "", kPin}, "panel", at(0), kBoot);
    ASSERT_TRUE(accepted(by_number));
    EXPECT_EQ(std::get<Accepted>(by_number).person.id.value, "1001");
    EXPECT_EQ(std::get<Accepted>(by_number).person.name, "P 1001");
    EXPECT_EQ(std::get<Accepted>(by_number).person.rights.size(), 5U);
    EXPECT_TRUE(accepted(c.check({"", kCard, kPin}, "panel", at(0), kBoot)));
    EXPECT_TRUE(accepted(c.check({"1001", kCard, kPin}, "panel", at(0), kBoot)));
}

TEST_F(CredentialsTest, ACardAloneOrSomebodyElsesPinOrCardIsRefused) {
    enrol();
    Credentials c = open();
    EXPECT_EQ(left(c.check({"", kCard, ""}, "p1", at(0), kBoot)), 4);
    EXPECT_EQ(left(c.check({"1001", "", kOtherPin}, "p2", at(0), kBoot)), 3);
    // What nobody has is counted in drawers, and two of these may share one: no number to expect.
    EXPECT_FALSE(accepted(c.check({"1002", kCard, kPin}, "p3", at(0), kBoot)));
    EXPECT_FALSE(accepted(c.check({"", "04A1B2C3D5", kPin}, "p4", at(0), kBoot)));
    EXPECT_FALSE(accepted(c.check({"", "", kPin}, "p5", at(0), kBoot)));
}

TEST_F(CredentialsTest, NobodyIsAcceptedWhileNobodyIsEnrolled) {
    const auto refused = attempt("1001", kPin, at(0));
    EXPECT_EQ(left(refused), 4);
    EXPECT_TRUE(std::get<Refused>(refused).person.value.empty());
    EXPECT_TRUE(open().list().empty());
    EXPECT_FALSE(fs::exists(state_ / "staff.json"));
}

TEST_F(CredentialsTest, AnUnknownNumberLooksLikeAWrongPinAndCostsTheSame) {
    enrol();
    EXPECT_EQ(left(attempt("1001", kWrong, at(0), kBoot, "a")),
              left(attempt("4711", kWrong, at(0), kBoot, "b")));
    EXPECT_EQ(left(attempt("1001", kWrong, at(0), kBoot, "c")),
              left(attempt("4711", kWrong, at(0), kBoot, "d")));
    // What stands in for a missing person is a whole hash of the same cost.
    const Credentials::Limits real;
    const std::string nobody = credentials::nobodys_hash({real.pin_passes, real.pin_bytes});
    EXPECT_EQ(crypto_pwhash_str_needs_rehash(nobody.c_str(), 2, 19U * 1024 * 1024), 0);
}

TEST_F(CredentialsTest, TheDefaultCostIsAtLeastTheRecommendedOne) {
    Credentials c(state_);
    c.add(person("1001"), kPin, "");
    const std::string file = bytes_of(state_ / "staff.json");
    EXPECT_NE(file.find("$argon2id$v=19$m=19456,t=2,p=1$"), std::string::npos);
    EXPECT_TRUE(accepted(c.check({"1001", "", kPin}, "panel", at(0), kBoot)));
}

TEST_F(CredentialsTest, APinHasSixToTwelveDigitsAndIsNotWhatEverybodyTries) {
    Credentials c = open();
    const std::vector<std::string> bad{"",       "27182",     "2718281828459", "27182a",
                                       "271 28", "000000",    "111111",        "123456",
                                       "654321", "456789012", "098765",        "２７１８２８"};
    for (const std::string& pin : bad) {
        const std::string what =
            message_of<std::invalid_argument>([&] { c.add(person("1001"), pin, ""); });
        EXPECT_NE(what.find("PIN"), std::string::npos) << what;
        if (pin.size() > 4) {
            EXPECT_EQ(what.find(pin.substr(0, 4)), std::string::npos) << what;
        }
    }
    message_of<std::invalid_argument>([&] { c.add(person("271828"), "271828", ""); });
    EXPECT_TRUE(c.list().empty());
    c.add(person("1001"), "271828182845", "");
    c.add(person("1002"), "123457", "");
    EXPECT_TRUE(accepted(c.check({"1001", "", "271828182845"}, "panel", at(0), kBoot)));
}

TEST_F(CredentialsTest, NumbersCardsAndRightsAreChecked) {
    enrol();
    Credentials c = open();
    const auto refused = [&](Person p, const std::string& card) {
        message_of<std::invalid_argument>([&] { c.add(p, kPin, card); });
    };
    refused(person("1001"), "");
    refused(person("1003"), kCard);
    refused(person("1003"), "a b c d");
    refused(person("1003"), "123");
    refused(person(""), "");
    refused(person("10 03"), "");
    refused({PersonId{"1003"}, "", true, {}, false}, "");
    refused({PersonId{"1003"}, "\xff\xfe", true, {}, false}, "");
    refused({PersonId{"1003"}, "a\nb", true, {}, false}, "");
    refused({PersonId{"1003"}, "C", true, {"close", "everything"}, false}, "");
    message_of<std::invalid_argument>([&] { c.set_card(PersonId{"1002"}, kCard); });
    message_of<std::invalid_argument>([&] { c.set_pin(PersonId{"1003"}, kPin); });
    message_of<std::invalid_argument>([&] { c.set_pin(PersonId{"1001"}, "000000"); });
    message_of<std::invalid_argument>([&] { c.disable(PersonId{"1003"}); });
    EXPECT_EQ(c.list().size(), 2U);
    c.add({PersonId{"1003"}, "李四", true, {"window"}, false}, kPin, "");
    EXPECT_EQ(c.list()[2].rights, std::vector<std::string>{"window"});
    EXPECT_EQ(c.list()[2].name, "李四");
}

TEST_F(CredentialsTest, ANewPinOrCardReplacesTheOldOne) {
    enrol();
    Credentials running = open();
    EXPECT_TRUE(accepted(running.check({"", kCard, kPin}, "panel", at(0), kBoot)));
    {
        Credentials c = open();
        c.set_pin(PersonId{"1001"}, kOtherPin);
        c.set_card(PersonId{"1001"}, "NEW-CARD");
    }
    // The daemon's object sees what hallctl wrote.
    EXPECT_EQ(left(running.check({"1001", "", kPin}, "p1", at(0), kBoot)), 4);
    EXPECT_EQ(left(running.check({"", kCard, kOtherPin}, "p2", at(0), kBoot)), 4);
    EXPECT_TRUE(accepted(running.check({"", "NEW-CARD", kOtherPin}, "p3", at(0), kBoot)));
    open().set_card(PersonId{"1001"}, "");
    EXPECT_FALSE(open().list()[0].has_card);
    EXPECT_FALSE(accepted(running.check({"", "NEW-CARD", kOtherPin}, "p4", at(0), kBoot)));
}

TEST_F(CredentialsTest, ADisabledPersonIsToldSoOnlyWithTheRightPin) {
    enrol();
    open().disable(PersonId{"1001"});
    EXPECT_EQ(left(attempt("1001", kWrong, at(0))), 4);
    const auto held = attempt("1001", kPin, at(0));
    ASSERT_TRUE(accepted(held));
    EXPECT_FALSE(std::get<Accepted>(held).person.enabled);
    // It is no good attempt of the panel's: two of five are used.
    EXPECT_EQ(left(attempt("1002", kWrong, at(0))), 2);
}

TEST_F(CredentialsTest, AnEnabledPersonComesBackWithTheSamePin) {
    enrol();
    open().disable(PersonId{"1001"});
    open().enable(PersonId{"1001"});
    EXPECT_FALSE(accepted(attempt("1001", kWrong, at(0))));
    const auto held = attempt("1001", kPin, at(0));
    ASSERT_TRUE(accepted(held));
    EXPECT_TRUE(std::get<Accepted>(held).person.enabled);
    message_of<std::invalid_argument>([&] { open().enable(PersonId{"1003"}); });
}

TEST_F(CredentialsTest, OneHashCannotBeMovedToAnotherPerson) {
    enrol();
    std::string file = bytes_of(state_ / "staff.json");
    const auto first = file.find("$argon2id"), second = file.rfind("$argon2id");
    ASSERT_NE(first, second);
    const auto size = file.find('"', first) - first;
    file.replace(second, size, file.substr(first, size));
    write_bytes(state_ / "staff.json", file);
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(0))));
    EXPECT_EQ(left(attempt("1002", kPin, at(0))), 4);
}

TEST_F(CredentialsTest, ADamagedStaffFileIsAnErrorAndIsNeverOverwritten) {
    enrol();
    const std::string good = bytes_of(state_ / "staff.json");
    std::string no_pin = good;
    no_pin.replace(no_pin.find("\"pin\""), 5, "\"pim\"");
    std::string twice = good;
    twice.replace(twice.find("\"1002\""), 6, "\"1001\"");
    const std::vector<std::string> damaged{"",
                                           "{",
                                           "[]",
                                           "{}",
                                           good.substr(0, good.size() / 2),
                                           no_pin,
                                           twice,
                                           "{\"version\":2,\"pepper_id\":\"\",\"staff\":[]}",
                                           "{\"version\":1,\"pepper_id\":\"\",\"staff\":{}}"};
    for (const std::string& bytes : damaged) {
        write_bytes(state_ / "staff.json", bytes);
        const std::string what =
            message_of<std::runtime_error>([&] { attempt("1001", kPin, at(0)); });
        EXPECT_NE(what.find("staff.json is damaged"), std::string::npos) << what;
        message_of<std::runtime_error>([&] { static_cast<void>(open().list()); });
        message_of<std::runtime_error>([&] { open().add(person("1003"), kPin, ""); });
        message_of<std::runtime_error>([&] { open().disable(PersonId{"1001"}); });
        EXPECT_EQ(bytes_of(state_ / "staff.json"), bytes);
    }
}

TEST_F(CredentialsTest, AMissingOrForeignPepperIsAnErrorAndNoNewOneIsMade) {
    enrol();
    fs::rename(state_ / "pepper.key", root_ / "kept");
    EXPECT_NE(message_of<std::runtime_error>([&] { attempt("1001", kPin, at(0)); }).find("missing"),
              std::string::npos);
    message_of<std::runtime_error>([&] { open().add(person("1003"), kPin, ""); });
    EXPECT_FALSE(fs::exists(state_ / "pepper.key"));
    write_bytes(state_ / "pepper.key", std::string(64, 'a') + "\n");
    EXPECT_NE(
        message_of<std::runtime_error>([&] { attempt("1001", kPin, at(0)); }).find("same backup"),
        std::string::npos);
    write_bytes(state_ / "pepper.key", "abc");
    EXPECT_NE(message_of<std::runtime_error>([&] { attempt("1001", kPin, at(0)); }).find("damaged"),
              std::string::npos);
    fs::rename(root_ / "kept", state_ / "pepper.key");
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(0))));
}

TEST_F(CredentialsTest, ThePepperMayComeFromTheServiceManager) {
    fs::create_directories(root_ / "given");
    write_bytes(root_ / "given" / "pepper", std::string(32, '\x5a'));
    ::setenv("CREDENTIALS_DIRECTORY", (root_ / "given").c_str(), 1);
    enrol();
    const bool with = accepted(attempt("1001", kPin, at(0)));
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_TRUE(with);
    EXPECT_FALSE(fs::exists(state_ / "pepper.key"));
    message_of<std::runtime_error>([&] { attempt("1001", kPin, at(0)); });
}

TEST_F(CredentialsTest, FilesAndFolderArePrivate) {
    enrol();
    attempt("1001", kWrong, at(0));
    const auto mode = [](const fs::path& file) {
        struct stat s {};
        return ::stat(file.c_str(), &s) == 0 ? s.st_mode & 0777U : 0U;
    };
    EXPECT_EQ(mode(state_), 0700U);
    for (const char* name : {"staff.json", "pepper.key", "lockouts.json"})
        EXPECT_EQ(mode(state_ / name), 0600U) << name;
}

/// The text without keys, salts and hashes: long runs in which any five digits may stand by chance.
std::string without_random_runs(const std::string& text) {
    std::string kept, run;
    for (const char c : text + " ") {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/') {
            run += c;
            continue;
        }
        if (run.size() < 20) kept += run;
        run.clear();
        kept += c;
    }
    return kept;
}

TEST_F(CredentialsTest, NoPinAndNoCardIsWrittenAnywhere) {
    enrol();
    attempt("1001", kWrong, at(0));
    attempt(kPin, kPin, at(0));  // typed into the wrong field
    open().check({"", "04FFEEDDCC", kPin}, "panel", at(0), kBoot);
    attempt("1001", kPin, at(0));
    open().set_pin(PersonId{"1002"}, "577215");
    const std::string all = without_random_runs(everything_written());
    EXPECT_NE(all.find("1001"), std::string::npos);
    for (const std::string secret : {kPin, kOtherPin, kWrong, "577215", kCard, "04FFEEDDCC"}) {
        EXPECT_EQ(all.find(secret), std::string::npos) << secret;
        EXPECT_EQ(all.find(secret.substr(0, 5)), std::string::npos) << secret;
    }
}

TEST_F(CredentialsTest, NobodyIsAcceptedWhenTheAttemptCannotBeCounted) {
    enrol();
    const auto old_action = ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit full{0, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
    std::string right, wrong;
    try {
        attempt("1001", kPin, at(0));
    } catch (const std::runtime_error& e) {
        right = e.what();
    }
    try {
        attempt("1001", kWrong, at(0));
    } catch (const std::runtime_error& e) {
        wrong = e.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old_action);
    EXPECT_FALSE(right.empty());
    EXPECT_EQ(right, wrong);
    EXPECT_EQ(right.find(kPin), std::string::npos);
    EXPECT_TRUE(accepted(attempt("1001", kPin, at(0))));
}

}  // namespace
}  // namespace hall
