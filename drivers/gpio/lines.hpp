#pragma once
// Chips and lines as the worker uses them: the little that libgpiod 1.6 and 2.x have in common.
// Where something fails, errno says why. A chip and its lines belong to one thread.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/gpio/settings.hpp"

namespace hall::drivers::gpio {

/// A change of an input, with the kernel's time of it on the monotonic clock.
struct Edge {
    bool on = false;  ///< after the change, active_low taken into account
    std::chrono::nanoseconds at{};
};

/// A line that is ours until this is destroyed. Levels are logical: active_low is taken into
/// account.
class Line {
  public:
    virtual ~Line() = default;
    /// Readable while edges wait; -1: the kernel tells none (an output, or a chip without
    /// interrupts), the line must be read.
    [[nodiscard]] virtual int descriptor() const = 0;
    /// The kernel itself debounces, as long as the settings say.
    [[nodiscard]] virtual bool debounced() const = 0;
    virtual std::optional<bool> read() = 0;
    /// Drives an output. A line that the kernel had as an input becomes an output with this level.
    virtual bool drive(bool on) = 0;
    /// Adds the edges that wait. Only to be called while the descriptor is readable.
    virtual bool take_edges(std::vector<Edge>& edges) = 0;
};

class Chip {
  public:
    virtual ~Chip() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::string label() const = 0;
    [[nodiscard]] virtual unsigned size() const = 0;
    virtual std::optional<unsigned> find(const std::string& line) = 0;
    /// Who has the line; empty: nobody.
    virtual std::string holder(unsigned offset) = 0;
    /// Takes a line: an input with both its edges, an output as it is, without driving it (R14).
    virtual std::unique_ptr<Line> take(unsigned offset, const GpioLine& line,
                                       const std::string& consumer) = 0;
};

/// The machine's chips, or a test's.
class Chips {
  public:
    virtual ~Chips() = default;
    /// Paths of all chips.
    virtual std::vector<std::string> list() = 0;
    /// Null: there is none that can be opened.
    virtual std::unique_ptr<Chip> open(const std::string& path) = 0;
};

/// Through the libgpiod that this program was built with.
class KernelChips final : public Chips {
  public:
    std::vector<std::string> list() override;
    std::unique_ptr<Chip> open(const std::string& path) override;
};

/// A chip by path, name or label. Null: `why` says what there is instead.
std::unique_ptr<Chip> find_chip(Chips& chips, const std::string& wanted, std::string& why);

}  // namespace hall::drivers::gpio
