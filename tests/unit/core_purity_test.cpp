// The rules are a function: nothing in daemon/core reads a clock, does input or output, logs, looks
// at the environment, draws lots or starts a thread. Judged by the text of the files.
// GCC 12 takes the regular expressions of its own library for uninitialised under a sanitizer.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace hall::test {
namespace {

/// All that the rules may include besides their own headers.
const std::set<std::string> kAllowed{"algorithm",   "array",      "bit",     "chrono",
                                     "cmath",       "compare",    "cstddef", "cstdint",
                                     "cstdio",  // snprintf, for rfc3339
                                     "deque",       "functional", "map",     "memory",
                                     "numbers",     "optional",   "string",  "string_view",
                                     "type_traits", "utility",    "variant", "vector"};

/// Words that reach outside even where the header is allowed.
const std::vector<std::string> kForbidden{
    R"(\b(system_clock|steady_clock|high_resolution_clock|utc_clock|file_clock)\b)",
    R"(::now\s*\()",
    R"(\b(time|clock|clock_gettime|gettimeofday|localtime|gmtime|mktime|strftime)\s*\()",
    R"(\b(get_tzdb|locate_zone|current_zone|zoned_time)\b)",
    R"(\b(printf|fprintf|puts|fputs|putchar|scanf|fopen|fread|fwrite|perror|remove|rename)\s*\()",
    R"(\b(cout|cerr|clog|cin|ofstream|ifstream|fstream|filesystem)\b)",
    R"(\b(spdlog|syslog|sd_journal)\b)",
    R"(\b(getenv|secure_getenv|setenv|environ)\b)",
    R"(\b(rand|srand|random_device|mt19937|getrandom|arc4random)\b)",
    R"(\b(thread|jthread|async|mutex|atomic|condition_variable|sleep_for|sleep_until|usleep)\b)",
    R"(\b(socket|connect|ioctl|system|popen|fork|execve?)\s*\()",
    R"(\bstatic\s+(?!constexpr|const\b|_cast)[A-Za-z_:<>]+\s+[a-z_]+\s*(=|;|\{))",
    R"(\b(thread_local|volatile|extern|asm)\b)"};

std::string without_comments_and_texts(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 2, "//") == 0) {
            while (i < text.size() && text[i] != '\n') ++i;
            out += '\n';
        } else if (text.compare(i, 2, "/*") == 0) {
            i = std::min(text.find("*/", i + 2), text.size() - 2) + 1;
        } else if (text[i] == '"' && out.find("#include", out.rfind('\n') + 1) == out.npos) {
            for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1U : 0U;
            out += "\"\"";
        } else {
            out += text[i];
        }
    }
    return out;
}

std::vector<std::string> faults_of(const std::string& source) {
    std::vector<std::string> faults;
    const std::string text = without_comments_and_texts(source);
    const std::regex include(R"(#\s*include\s*([<"])([^>"]+)[>"])");
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
        const std::string name = (*it)[2];
        const bool own = (*it)[1] == "\"" && name.rfind("daemon/core/", 0) == 0;
        if (!own && ((*it)[1] == "\"" || kAllowed.count(name) == 0))
            faults.push_back("includes " + name);
    }
    for (const auto& word : kForbidden) {
        std::smatch found;
        if (std::regex_search(text, found, std::regex(word)))
            faults.push_back("says " + found.str());
    }
    return faults;
}

TEST(Purity, TheCoreReachesForNothingOutside) {
    std::size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(HALL_SOURCE_DIR) + "/daemon/core")) {
        const auto extension = entry.path().extension();
        if (extension != ".cpp" && extension != ".hpp") continue;
        ++files;
        std::stringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        for (const auto& fault : faults_of(text.str()))
            ADD_FAILURE() << entry.path().filename() << " " << fault;
    }
    EXPECT_GT(files, 30U);
}

TEST(Purity, TheTestSeesWhatItForbids) {
    for (const char* bad :
         {"#include <fstream>", "#include <thread>", "#include \"daemon/shell/clock.hpp\"",
          "#include <spdlog/spdlog.h>", "auto t = std::chrono::system_clock::now();",
          "auto t = BootClock::now();", "auto t = time(nullptr);", "std::printf(\"x\");",
          "const char* h = std::getenv(\"HOME\");", "int n = rand();", "static int calls = 0;",
          "std::mutex m;", "std::cout << 1;"})
        EXPECT_FALSE(faults_of(bad).empty()) << bad;
}

TEST(Purity, WordsInCommentsAndTextsAreNoFault) {
    for (const char* good :
         {"// reads the clock: system_clock", "/* std::cout */ int x = 0;",
          "record(\"thread rand getenv\");", "#include <vector>\n#include \"daemon/core/now.hpp\"",
          "static constexpr bool is_steady = true;", "static OutputRef lightbox() { return {}; }",
          "int offset = static_cast<int>(x);"})
        EXPECT_EQ(std::vector<std::string>{}, faults_of(good)) << good;
}

}  // namespace
}  // namespace hall::test
