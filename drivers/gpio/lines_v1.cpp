// libgpiod 1.6 (Debian 12). https://git.kernel.org/pub/scm/libs/libgpiod/libgpiod.git,
// include/gpiod.h of that version, is the source. It speaks the kernel's older interface: a
// descriptor a line, no debounce.
#include <gpiod.h>

#include <array>
#include <cerrno>

#include "drivers/gpio/lines.hpp"

namespace hall::drivers::gpio {

namespace {

using ChipHandle = std::shared_ptr<gpiod_chip>;

int flags_of(const GpioLine& line) {
    int flags = line.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    switch (line.output ? GpioBias::as_is : line.bias) {
        case GpioBias::as_is:
            return flags;
        case GpioBias::none:
            return flags | GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
        case GpioBias::pull_up:
            return flags | GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
        case GpioBias::pull_down:
            return flags | GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    }
    return flags;
}

class LineV1 final : public Line {
  public:
    LineV1(ChipHandle chip, gpiod_line* line, bool edges)
        : chip_(std::move(chip)), line_(line), edges_(edges) {}
    LineV1(const LineV1&) = delete;
    LineV1& operator=(const LineV1&) = delete;
    ~LineV1() override { gpiod_line_release(line_); }

    [[nodiscard]] int descriptor() const override {
        return edges_ ? gpiod_line_event_get_fd(line_) : -1;
    }
    [[nodiscard]] bool debounced() const override { return false; }

    std::optional<bool> read() override {
        const int level = gpiod_line_get_value(line_);
        if (level < 0) return std::nullopt;
        return level != 0;
    }

    bool drive(bool on) override {
        const int level = on ? 1 : 0;
        if (driven_) return gpiod_line_set_value(line_, level) == 0;
        // Direction and level at once: the line is never driven with anything else.
        driven_ = gpiod_line_set_direction_output(line_, level) == 0;
        return driven_;
    }

    bool take_edges(std::vector<Edge>& edges) override {
        std::array<gpiod_line_event, 16> events{};
        const int count = gpiod_line_event_read_multiple(line_, events.data(), events.size());
        for (int i = 0; i < count; ++i) {
            const gpiod_line_event& event = events.at(static_cast<std::size_t>(i));
            edges.push_back({event.event_type == GPIOD_LINE_EVENT_RISING_EDGE,
                             std::chrono::seconds{event.ts.tv_sec} +
                                 std::chrono::nanoseconds{event.ts.tv_nsec}});
        }
        return count >= 0;
    }

  private:
    ChipHandle chip_;  ///< owns the line
    gpiod_line* line_;
    bool edges_;
    bool driven_ = false;
};

class ChipV1 final : public Chip {
  public:
    explicit ChipV1(ChipHandle chip) : chip_(std::move(chip)) {}

    [[nodiscard]] std::string name() const override { return gpiod_chip_name(chip_.get()); }
    [[nodiscard]] std::string label() const override { return gpiod_chip_label(chip_.get()); }
    [[nodiscard]] unsigned size() const override { return gpiod_chip_num_lines(chip_.get()); }

    std::optional<unsigned> find(const std::string& line) override {
        gpiod_line* found = gpiod_chip_find_line(chip_.get(), line.c_str());
        if (found == nullptr) return std::nullopt;
        return gpiod_line_offset(found);
    }

    std::string holder(unsigned offset) override {
        gpiod_line* line = gpiod_chip_get_line(chip_.get(), offset);
        if (line == nullptr || gpiod_line_update(line) != 0 || !gpiod_line_is_used(line)) return {};
        const char* consumer = gpiod_line_consumer(line);
        return consumer != nullptr && *consumer != '\0' ? consumer : "the kernel";
    }

    std::unique_ptr<Line> take(unsigned offset, const GpioLine& line,
                               const std::string& consumer) override {
        gpiod_line* handle = gpiod_chip_get_line(chip_.get(), offset);
        if (handle == nullptr) return nullptr;
        gpiod_line_request_config config{};
        config.consumer = consumer.c_str();
        config.flags = flags_of(line);
        config.request_type =
            line.output ? GPIOD_LINE_REQUEST_DIRECTION_AS_IS : GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
        if (gpiod_line_request(handle, &config, 0) == 0)
            return std::make_unique<LineV1>(chip_, handle, !line.output);
        if (line.output || errno == EBUSY || errno == EPERM) return nullptr;
        // A chip without interrupts.
        config.request_type = GPIOD_LINE_REQUEST_DIRECTION_INPUT;
        if (gpiod_line_request(handle, &config, 0) != 0) return nullptr;
        return std::make_unique<LineV1>(chip_, handle, false);
    }

  private:
    ChipHandle chip_;
};

}  // namespace

std::unique_ptr<Chip> KernelChips::open(const std::string& path) {
    ChipHandle chip(gpiod_chip_open(path.c_str()), [](gpiod_chip* c) {
        if (c != nullptr) gpiod_chip_close(c);
    });
    if (chip == nullptr) return nullptr;
    return std::make_unique<ChipV1>(std::move(chip));
}

}  // namespace hall::drivers::gpio
