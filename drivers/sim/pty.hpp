#pragma once
// A pseudo-terminal that stands for a serial line, reachable under a name of our choice.
#include <filesystem>
#include <string>

namespace hall::sim {

class Pty {
  public:
    /// Makes the pair, raw on both ends, and a symbolic link `link` to its far end. An old link is
    /// replaced; anything else of that name is left alone.
    /// @throws std::runtime_error naming the path and the remedy
    explicit Pty(std::filesystem::path link);
    /// Removes the link, if it is still ours.
    ~Pty();
    Pty(const Pty&) = delete;
    Pty& operator=(const Pty&) = delete;

    [[nodiscard]] int master() const { return master_; }
    [[nodiscard]] const std::filesystem::path& link() const { return link_; }

  private:
    void make_pair();
    void make_link();
    void close_both();

    std::filesystem::path link_;
    std::string far_end_;
    int master_ = -1;
    /// Held open, so that the near end never sees a hang-up between two masters.
    int slave_ = -1;
};

}  // namespace hall::sim
