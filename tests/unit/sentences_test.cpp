// Every code that the sources can produce has a sentence in both languages.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <vector>

#include "daemon/telemetry/names.hpp"
#include "daemon/telemetry/sentence_table.hpp"
#include "daemon/telemetry/state_json.hpp"

namespace hall::telemetry {
namespace {

std::string source(const std::filesystem::path& file) {
    std::ifstream in(file);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::filesystem::path> sources(const std::string& folder) {
    std::vector<std::filesystem::path> list;
    const auto path = std::filesystem::path(HALL_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.path().extension() == ".cpp") list.push_back(entry.path());
    }
    return list;
}

/// First groups of all matches, with where the first of each was seen.
void collect(const std::filesystem::path& file, const std::vector<std::string>& patterns,
             std::map<std::string, std::string>& codes) {
    const std::string text = source(file);
    for (const std::string& pattern : patterns) {
        const std::regex expression(pattern);
        for (std::sregex_iterator m(text.begin(), text.end(), expression), end; m != end; ++m) {
            codes.emplace((*m)[1].str(), file.filename().string());
        }
    }
}

std::map<std::string, std::string> all_codes() {
    std::map<std::string, std::string> codes;
    const std::string word = R"re("([a-z_]+)")re";
    for (const auto& file : sources("daemon/core")) {
        collect(file,
                {R"(conflict\([\w.]+,\s*)" + word, R"(malformed\([\w.]+,\s*)" + word,
                 R"(Kind::forbidden,\s*)" + word, R"(refuse\(turn, event,\s*)" + word,
                 R"(alarms\.raise\([\w.]+,\s*)" + word, R"(alarms\.set\([^"]*?,\s*)" + word,
                 R"(hold\(w,\s*)" + word, R"(push_back\(\{)" + word + R"(, (?:id|""), \{\}\})",
                 R"(Kind\{)" + word, R"(void_reason_ = )" + word,
                 R"(void_confirmations\(turn,\s*)" + word},
                codes);
    }
    collect(std::filesystem::path(HALL_SOURCE_DIR) / "daemon/core/closing_confirm.cpp",
            {R"(return \w+\.reason\.empty\(\) \? )" + word, R"(return )" + word}, codes);
    for (const auto& folder : {"daemon/shell", "daemon/telemetry"}) {
        for (const auto& file : sources(folder)) {
            collect(
                file,
                {R"(refusal\(\w+,\s*)" + word, R"(\bno\(\d+,\s*)" + word, R"(Fault\{)" + word,
                 R"(\{std::nullopt, \{)" + word, R"(ConditionReported\{)" + word,
                 R"(reject\(asker,\s*)" + word, R"(reply\([^,"]*asker,\s*)" + word,
                 R"(record_refusal\(\{\},\s*)" + word, R"re(text\(body, "\w+", true\), )re" + word},
                codes);
        }
    }
    return codes;
}

TEST(SentencesTest, TheSearchFindsWhatItMustFind) {
    const auto codes = all_codes();
    for (const char* known : {"plan_changed",
                              "same_person",
                              "nothing_to_cancel",
                              "bad_value",
                              "welded_contact",
                              "closing_overdue",
                              "clock_untrusted",
                              "window_fault",
                              "inhibited",
                              "contact_unknown",
                              "restarted",
                              "reason_missing",
                              "busy",
                              "wrong_credential",
                              "locked",
                              "malformed",
                              "journal_damaged",
                              "duplicate",
                              "too_large",
                              "unknown_window",
                              "output_failed",
                              "journal_unavailable",
                              "rate_limited",
                              "unknown_command",
                              "unknown_circuit"}) {
        EXPECT_EQ(codes.count(known), 1U) << known;
    }
}

TEST(SentencesTest, EveryCodeHasASentenceInBothLanguages) {
    for (const auto& [code, where] : all_codes()) {
        const SentenceForm* form = find_sentence(code);
        ASSERT_NE(form, nullptr) << code << " in " << where;
        EXPECT_FALSE(form->zh.empty()) << code;
        EXPECT_FALSE(form->en.empty()) << code;
    }
}

TEST(SentencesTest, NoBracesAreLeftWhateverTheArguments) {
    for (const auto& [code, where] : all_codes()) {
        for (const char* locale : {"zh", "en"}) {
            const std::string bare = sentence(locale, code, {});
            EXPECT_EQ(bare.find_first_of("{}"), std::string::npos) << code << ": " << bare;
            EXPECT_GT(bare.size(), 10U) << code;
        }
    }
}

TEST(SentencesTest, ArgumentsStandWhereTheyBelong) {
    EXPECT_EQ(sentence("en", "contact_open", {{"ids", "a,b"}}), "a, b is open. Please shut it.");
    EXPECT_EQ(sentence("zh", "contact_open", {{"ids", "a,b"}}), "a、b还开着，请去关好。");
    EXPECT_EQ(sentence("zh", "wrong_credential", {{"attempts_left", "3"}}),
              "工号（卡）或密码不对，还可以试 3 次。请重新输入。");
    EXPECT_EQ(sentence("en", "locked", {{"seconds_left", "90"}}),
              "Too many wrong tries: locked. Wait 90 s, then try again.");
    EXPECT_EQ(sentence("en", "malformed", {{"field", "staff"}, {"id", "staff"}}),
              "The request is incomplete or wrong (staff). Correct it and send it again.");
    EXPECT_EQ(sentence("en", "pc_left_on", {{"name", "PC 1"}, {"detail", "update"}}),
              "PC 1 kept its power after closing (update). Facilities should look at it.");
    EXPECT_EQ(
        sentence("en", "pc_left_on", {{"name", "PC 1"}, {"detail", "authorisation_expired"}}),
        "PC 1 kept its power after closing (the authorisation had expired). Facilities should "
        "look at it.");
    EXPECT_EQ(sentence("en", "pc_left_on", {{"name", "PC 1"}, {"detail", ""}}),
              "PC 1 kept its power after closing. Facilities should look at it.");
}

TEST(SentencesTest, ArgumentsAreTextNotPatterns) {
    EXPECT_EQ(sentence("en", "contact_open", {{"ids", "{what}{field}"}}),
              "{what}{field} is open. Please shut it.");
}

TEST(SentencesTest, AnUnknownCodeStillSaysWhatToDo) {
    EXPECT_EQ(sentence("en", "from_mars", {}),
              "It did not work (from_mars). Try again; if it persists, call facilities.");
    EXPECT_NE(sentence("xx", "busy", {}).find("控制器"), std::string::npos);
}

TEST(SentencesTest, IdsBecomeTheNamesThatStaffUse) {
    SiteConfig site;
    site.locale = "en";
    site.hall.contacts = {{"west_door", "West door", true}};
    CircuitConfig circuit;
    circuit.id = "pc1";
    circuit.name = "PC of window 1";
    site.hall.circuits = {circuit};
    WindowConfig window;
    window.id = "5";
    window.name = "Window 5";
    site.hall.windows = {window};
    EXPECT_EQ(name_of(site, "west_door,pc1"), "West door,PC of window 1");
    EXPECT_EQ(name_of(site, "circuit pc1"), "PC of window 1");
    EXPECT_EQ(name_of(site, "lamp 2 of window 5"), "lamp 2 of Window 5");
    EXPECT_EQ(name_of(site, "lightbox"), "the night lightbox");
    for (const char* as_it_is :
         {"", "nothing", "lamp ", "lamp 2", "circuit ", "lamp 1 of window 9"})
        EXPECT_EQ(name_of(site, as_it_is), as_it_is);
    EXPECT_EQ(sentence(site, "contact_open", {{"ids", "west_door"}}),
              "West door is open. Please shut it.");
}

TEST(SentencesTest, NoCodeStandsTwice) {
    const std::string table =
        source(std::filesystem::path(HALL_SOURCE_DIR) / "daemon/telemetry/sentence_table.cpp");
    const std::regex entry(R"re(\n    \{"([a-z_.]+)",)re");
    std::set<std::string> seen;
    for (std::sregex_iterator m(table.begin(), table.end(), entry), end; m != end; ++m) {
        EXPECT_TRUE(seen.insert((*m)[1].str()).second) << (*m)[1].str();
    }
    EXPECT_GT(seen.size(), 50U);
}

}  // namespace
}  // namespace hall::telemetry
