#pragma once
// An evening whose daemon keeps a journal and a recording, as the loop keeps them.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "daemon/shell/journal_format.hpp"
#include "daemon/shell/recorder.hpp"
#include "daemon/shell/replay.hpp"
#include "daemon/shell/snapshot_json.hpp"
#include "tests/support/core_random.hpp"

namespace hall::test {

/// A folder that goes away with its files.
class TapeFolder {
  public:
    TapeFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "hall-tape-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
        path_ = name;
    }
    ~TapeFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TapeFolder(const TapeFolder&) = delete;
    TapeFolder& operator=(const TapeFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}
inline void write_lines(const std::filesystem::path& file, const std::vector<std::string>& lines) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    for (const auto& line : lines) out << line << '\n';
}

class TapedEvening {
  public:
    explicit TapedEvening(std::uint64_t bytes = std::uint64_t{64} << 20U,
                          HallConfig config = hasty_hall())
        : evening(std::move(config), november(24, 17, 34)), bytes_(bytes) {
        evening.observer = [this](const Event* event, const Effects& effects) {
            if (event != nullptr) {
                took(*event, effects);
            } else {
                born(effects);
            }
        };
        restart(0ms);
    }

    /// The daemon dies without a word, and another one starts.
    void restart(Millis down, Boot boot = Boot::same) {
        if (boot != Boot::same) ++boots_;
        recorder = std::make_unique<Recorder>(RecorderConfig{true, bytes_}, tape());
        evening.restart(down, boot);
    }

    [[nodiscard]] std::filesystem::path tape() const { return folder_.path() / "recorder"; }
    [[nodiscard]] std::vector<std::filesystem::path> files() const { return segments_in(tape()); }

    [[nodiscard]] ReplayOptions options() const {
        ReplayOptions o;
        o.journal = [this](std::uint64_t seq) -> std::optional<StoredRecord> {
            if (seq == 0 || seq > journal.size()) return std::nullopt;
            return journal[seq - 1];
        };
        o.version = "1.0";
        o.digest = test_digest;
        return o;
    }
    [[nodiscard]] ReplayResult replayed() const { return replay(files(), options()); }

    Evening evening;
    std::unique_ptr<Recorder> recorder;
    std::vector<StoredRecord> journal;
    bool full = false;  ///< the journal's disk

  private:
    static constexpr const char* kConfig = "-";
    [[nodiscard]] std::string boot_id() const { return "boot-" + std::to_string(boots_); }

    void header(bool birth) {
        recording::Header h;
        h.version = "1.0";
        h.hall = "small";
        h.boot_id = boot_id();
        h.config_sha256 = kConfig;
        h.config = config_image(evening.config);
        h.journal = {journal.size(),
                     journal.empty() ? journal_format::kNoHash : journal.back().hash, "0123456789"};
        h.at = evening.now();
        h.birth = birth;
        if (birth) {
            h.restored = last_snapshot_.empty()
                             ? snapshot_text(*evening.saved(), {boot_id(), kConfig})
                             : last_snapshot_;
        } else {
            h.image = evening.image();
        }
        recorder->begin(h);
    }
    void born(const Effects& effects) {
        header(true);
        recorder->born(evening.now());
        keep(effects);
    }
    void took(const Event& event, const Effects& effects) {
        recorder->took(evening.now(), event);
        keep(effects);
        // The loop does it before the next event; nothing happens in between.
        if (recorder->wants_segment(evening.now())) header(false);
    }
    void keep(const Effects& effects) {
        if (effects.journal.empty()) return;
        last_snapshot_ = snapshot_text(evening.snapshot(), {boot_id(), kConfig});
        const Now now = evening.now();
        const auto batch = journal_format::batch_of(
            {journal.size(), journal.empty() ? journal_format::kNoHash : journal.back().hash,
             "0123456789", evening.config.zone.offset_at(now.wall)},
            now, effects.journal, last_snapshot_);
        journal.insert(journal.end(), batch.begin(), batch.end());
        if (full) {
            recorder->stalled();
            recorder->retried(now);
        }
        recorder->kept(journal.size(), journal.back().hash);
    }

    TapeFolder folder_;
    std::uint64_t bytes_;
    int boots_ = 1;
    std::string last_snapshot_;
};

}  // namespace hall::test
