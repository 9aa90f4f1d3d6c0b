// The recorder's files: bounded, private, and no harm to the hall when they cannot be written.
#include "daemon/shell/recorder.hpp"

#include <sys/stat.h>

#include "tests/support/full_disk.hpp"
#include "tests/support/taped_evening.hpp"

namespace hall::test {
namespace {

namespace fs = std::filesystem;

Now at(std::int64_t ms) {
    return {Instant{Millis{ms}}, WallTime{Millis{1'795'512'902'000 + ms}}, true};
}

recording::Header header(std::int64_t ms) {
    recording::Header h;
    h.journal.hash = std::string(64, '0');
    h.at = at(ms);
    return h;
}

std::uint64_t size_of(const fs::path& folder) {
    std::uint64_t all = 0;
    for (const auto& entry : fs::directory_iterator(folder)) all += entry.file_size();
    return all;
}

TEST(Recorder, StaysWithinItsBoundWhateverComes) {
    const TapeFolder folder;
    constexpr std::uint64_t kBytes = 128U << 10U;
    Recorder r({true, kBytes}, folder.path());
    std::int64_t ms = 0;
    std::size_t files = 0;
    for (int i = 0; i < 4000; ++i) {
        if (r.wants_segment(at(ms))) {
            r.begin(header(ms));
            ASSERT_LE(size_of(folder.path()), kBytes);
            ++files;
        }
        r.took(at(++ms), MeterReported{{3}, 61.25});
    }
    EXPECT_LE(size_of(folder.path()), kBytes);
    EXPECT_GT(size_of(folder.path()), kBytes / 2);
    EXPECT_GT(files, 2 * Recorder::kSegments);
    // The newest are kept.
    const auto left = segments_in(folder.path());
    EXPECT_EQ(left.back().filename(), [&] {
        std::string digits = std::to_string(files);
        return "events-" + std::string(6 - digits.size(), '0') + digits + ".jsonl";
    }());
    EXPECT_EQ(r.fault(), "");
}

TEST(Recorder, ManySmallFilesOfManyStartsCountAsWell) {
    const TapeFolder folder;
    constexpr std::uint64_t kBytes = 64U << 10U;
    for (int i = 0; i < 500; ++i) {
        Recorder r({true, kBytes}, folder.path());
        r.begin(header(i));
        r.took(at(i), TimePassed{});
        ASSERT_LE(size_of(folder.path()), kBytes);
    }
    EXPECT_GT(segments_in(folder.path()).size(), 20U);
}

TEST(Recorder, FilesAreTheDaemonsOwn) {
    const TapeFolder folder;
    const fs::path inner = folder.path() / "recorder";
    Recorder r({true, 1U << 20U}, inner);
    r.begin(header(0));
    struct stat s {};
    ASSERT_EQ(::stat(inner.c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777U, 0700U);
    ASSERT_EQ(::stat(segments_in(inner).front().c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777U, 0600U);
}

TEST(Recorder, SwitchedOffItTouchesNothing) {
    const TapeFolder folder;
    Recorder r({false, 1U << 20U}, folder.path() / "recorder");
    EXPECT_FALSE(r.wants_segment(at(0)));
    r.begin(header(0));
    r.took(at(0), TimePassed{});
    r.stop();
    EXPECT_FALSE(fs::exists(folder.path() / "recorder"));
    EXPECT_EQ(r.fault(), "");
}

TEST(Recorder, AFullDiskIsAFaultAndEndsByItself) {
    const TapeFolder folder;
    Recorder r({true, 1U << 20U}, folder.path());
    r.begin(header(0));
    {
        const FullDisk full(2000);
        for (int i = 0; i < 40; ++i) r.took(at(i), MeterReported{{3}, 61.25});
        EXPECT_NE(r.fault(), "");
        // Tried again after half a minute, not sooner.
        EXPECT_FALSE(r.wants_segment(at(20'000)));
        EXPECT_TRUE(r.wants_segment(at(70'000)));
    }
    // Whole lines only.
    const auto first = segments_in(folder.path()).front();
    EXPECT_LE(fs::file_size(first), 2000U);
    for (const std::string& line : lines_of(first))
        EXPECT_NO_THROW(static_cast<void>(recording::parse(line))) << line;
    r.begin(header(70'000));
    EXPECT_EQ(r.fault(), "");
    r.took(at(70'001), TimePassed{});
    EXPECT_EQ(lines_of(segments_in(folder.path()).back()).size(), 2U);
}

TEST(Recorder, AHeaderThatDoesNotFitLeavesNoHalfFile) {
    const TapeFolder folder;
    Recorder r({true, 1U << 20U}, folder.path());
    {
        const FullDisk full(10);
        r.begin(header(0));
        EXPECT_NE(r.fault(), "");
    }
    EXPECT_TRUE(fs::is_empty(folder.path()));
    EXPECT_FALSE(r.wants_segment(at(29'999)));
    EXPECT_TRUE(r.wants_segment(at(30'000)));
}

TEST(Recorder, AFolderThatCannotBeIsAFault) {
    const TapeFolder folder;
    std::ofstream(folder.path() / "recorder") << "a file";
    Recorder r({true, 1U << 20U}, folder.path() / "recorder");
    r.begin(header(0));
    EXPECT_NE(r.fault().find("recorder"), std::string::npos);
    r.born(at(0));
    r.took(at(1), TimePassed{});
    r.kept(1, std::string(64, '0'));
    r.stop();
}

TEST(Recorder, FactsThatAreTakenAsOneAreOneLine) {
    const recording::Line scan =
        recording::Scanned{7,
                           {Instant{5s}, WallTime{9s}, true},
                           {MeterReported{CircuitIx{0}, 3.5}, CommandFinished{4, Outcome::failed}}};
    const std::string text = recording::text_of(scan);
    const auto back = std::get<recording::Scanned>(recording::parse(text));
    EXPECT_EQ(back.n, 7U);
    ASSERT_EQ(back.events.size(), 2U);
    EXPECT_EQ(std::get<MeterReported>(back.events[0]).watts, 3.5);
    EXPECT_EQ(std::get<CommandFinished>(back.events[1]).outcome, Outcome::failed);
    EXPECT_EQ(recording::text_of(recording::Line{back}), text);
    for (const char* broken :
         {R"({"n":1,"at":[1,2,1],"scan":3})", R"({"n":1,"at":[1,2,1],"scan":[3]})",
          R"({"n":1,"at":[1,2,1],"scan":[{"e":"time_passed","x":1}]})"})
        EXPECT_THROW(static_cast<void>(recording::parse(broken)), std::runtime_error) << broken;
}

TEST(Recorder, LeavesOtherFilesAlone) {
    const TapeFolder folder;
    const std::vector<std::string> others{"notes.txt", "events-.jsonl", "events-1x.jsonl",
                                          "events-000001.jsonl.new.txt"};
    for (const auto& name : others) std::ofstream(folder.path() / name) << "x";
    for (int i = 0; i < 300; ++i) {
        Recorder r({true, 16U << 10U}, folder.path());
        r.begin(header(i));
    }
    for (const auto& name : others) EXPECT_TRUE(fs::exists(folder.path() / name)) << name;
}

}  // namespace
}  // namespace hall::test
