#pragma once
// GPIO chips without a kernel: levels, edges, holders and failures as a test wants them.
#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/gpio/lines.hpp"
#include "drivers/gpio/waker.hpp"

namespace hall::test {

/// What a test and the worker's thread share. All under one mutex.
class FakeGpio {
  public:
    struct Wire {
        bool level = false;
        bool output = false;
        bool taken = false;
        std::string holder;       ///< somebody else
        std::string name;         ///< the kernel's
        bool stuck = false;       ///< takes orders and does nothing
        int drive_error = 0;      ///< errno of the next order
        bool tells_edges = true;  ///< false: a chip without interrupts
        bool forgets = false;     ///< edges are lost
        std::vector<bool> driven;
        std::vector<drivers::gpio::Edge> edges;
        drivers::Waker waiting;  ///< readable while there are edges
    };
    struct Board {
        std::string name, label;
        bool there = true;
        std::map<unsigned, Wire> wires;
    };

    std::mutex mutex;
    std::map<std::string, Board> boards;  ///< by path

    /// The level changes now, or at a moment of the monotonic clock.
    void set(unsigned offset, bool level,
             std::chrono::nanoseconds at = std::chrono::steady_clock::now().time_since_epoch()) {
        const std::lock_guard lock(mutex);
        Wire& wire = boards.begin()->second.wires[offset];
        wire.level = level;
        if (!wire.taken || wire.output || wire.forgets || !wire.tells_edges) return;
        wire.edges.push_back({level, at});
        wire.waiting.wake();
    }
    /// One change of what is there, seen whole by the worker.
    void change(const std::function<void(Board&)>& make) {
        const std::lock_guard lock(mutex);
        make(boards.begin()->second);
    }
};

class FakeLine final : public drivers::gpio::Line {
  public:
    FakeLine(FakeGpio& gpio, std::string path, unsigned offset)
        : gpio_(gpio), path_(std::move(path)), offset_(offset) {}
    ~FakeLine() override {
        const std::lock_guard lock(gpio_.mutex);
        wire().taken = false;
        wire().edges.clear();
        wire().waiting.rest();
    }
    [[nodiscard]] int descriptor() const override {
        const std::lock_guard lock(gpio_.mutex);
        const auto& wire = gpio_.boards.at(path_).wires.at(offset_);
        return wire.output || !wire.tells_edges ? -1 : wire.waiting.descriptor();
    }
    [[nodiscard]] bool debounced() const override { return false; }
    std::optional<bool> read() override {
        const std::lock_guard lock(gpio_.mutex);
        if (!there()) return std::nullopt;
        return wire().level;
    }
    bool drive(bool on) override {
        const std::lock_guard lock(gpio_.mutex);
        if (!there()) return false;
        wire().driven.push_back(on);
        if (const int error = std::exchange(wire().drive_error, 0); error != 0) {
            errno = error;
            return false;
        }
        if (!wire().stuck) wire().level = on;
        return true;
    }
    bool take_edges(std::vector<drivers::gpio::Edge>& edges) override {
        const std::lock_guard lock(gpio_.mutex);
        edges.insert(edges.end(), wire().edges.begin(), wire().edges.end());
        wire().edges.clear();
        wire().waiting.rest();
        return there();
    }

  private:
    FakeGpio::Wire& wire() { return gpio_.boards.at(path_).wires[offset_]; }
    bool there() {
        errno = ENODEV;
        return gpio_.boards.at(path_).there;
    }

    FakeGpio& gpio_;
    std::string path_;
    unsigned offset_;
};

class FakeChip final : public drivers::gpio::Chip {
  public:
    FakeChip(FakeGpio& gpio, std::string path) : gpio_(gpio), path_(std::move(path)) {}
    [[nodiscard]] std::string name() const override { return board().name; }
    [[nodiscard]] std::string label() const override { return board().label; }
    [[nodiscard]] unsigned size() const override { return 8; }
    std::optional<unsigned> find(const std::string& line) override {
        const std::lock_guard lock(gpio_.mutex);
        for (const auto& [offset, wire] : board().wires) {
            if (wire.name == line) return offset;
        }
        return std::nullopt;
    }
    std::string holder(unsigned offset) override {
        const std::lock_guard lock(gpio_.mutex);
        return gpio_.boards.at(path_).wires[offset].holder;
    }
    std::unique_ptr<drivers::gpio::Line> take(unsigned offset, const drivers::GpioLine& line,
                                              const std::string&) override {
        const std::lock_guard lock(gpio_.mutex);
        auto& board = gpio_.boards.at(path_);
        auto& wire = board.wires[offset];
        errno = !board.there ? ENODEV : wire.taken || !wire.holder.empty() ? EBUSY : 0;
        if (errno != 0) return nullptr;
        wire.taken = true;
        wire.output = line.output;
        return std::make_unique<FakeLine>(gpio_, path_, offset);
    }

  private:
    [[nodiscard]] const FakeGpio::Board& board() const { return gpio_.boards.at(path_); }

    FakeGpio& gpio_;
    std::string path_;
};

class FakeChips final : public drivers::gpio::Chips {
  public:
    explicit FakeChips(FakeGpio& gpio) : gpio_(gpio) {}
    std::vector<std::string> list() override {
        const std::lock_guard lock(gpio_.mutex);
        std::vector<std::string> paths;
        for (const auto& [path, board] : gpio_.boards) {
            if (board.there) paths.push_back(path);
        }
        return paths;
    }
    std::unique_ptr<drivers::gpio::Chip> open(const std::string& path) override {
        const std::lock_guard lock(gpio_.mutex);
        const auto found = gpio_.boards.find(path);
        errno = ENOENT;
        if (found == gpio_.boards.end() || !found->second.there) return nullptr;
        return std::make_unique<FakeChip>(gpio_, path);
    }

  private:
    FakeGpio& gpio_;
};

}  // namespace hall::test
