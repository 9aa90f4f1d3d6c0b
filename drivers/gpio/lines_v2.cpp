// libgpiod 2.x (Debian 13). https://libgpiod.readthedocs.io/ is the source. It speaks the kernel's
// newer interface, which debounces.
#include <gpiod.h>

#include <cerrno>

#include "drivers/gpio/lines.hpp"

namespace hall::drivers::gpio {

namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const {
        Free(handle);
    }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, Freed<Free>>;
using Settings = Handle<gpiod_line_settings, gpiod_line_settings_free>;
using Config = Handle<gpiod_line_config, gpiod_line_config_free>;
using RequestConfig = Handle<gpiod_request_config, gpiod_request_config_free>;
using Requested = Handle<gpiod_line_request, gpiod_line_request_release>;
using ChipHandle = Handle<gpiod_chip, gpiod_chip_close>;
using ChipInfo = Handle<gpiod_chip_info, gpiod_chip_info_free>;
using LineInfo = Handle<gpiod_line_info, gpiod_line_info_free>;
using EdgeBuffer = Handle<gpiod_edge_event_buffer, gpiod_edge_event_buffer_free>;

constexpr std::size_t kEdgesAtOnce = 16;

gpiod_line_bias bias_of(GpioBias bias) {
    switch (bias) {
        case GpioBias::as_is:
            return GPIOD_LINE_BIAS_AS_IS;
        case GpioBias::none:
            return GPIOD_LINE_BIAS_DISABLED;
        case GpioBias::pull_up:
            return GPIOD_LINE_BIAS_PULL_UP;
        case GpioBias::pull_down:
            return GPIOD_LINE_BIAS_PULL_DOWN;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

gpiod_line_value value_of(bool on) {
    return on ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
}

/// Null: out of memory.
Config config_of(unsigned offset, gpiod_line_settings* settings) {
    Config config(gpiod_line_config_new());
    if (config == nullptr ||
        gpiod_line_config_add_line_settings(config.get(), &offset, 1, settings) != 0)
        return nullptr;
    return config;
}

class LineV2 final : public Line {
  public:
    LineV2(Requested request, unsigned offset, Settings settings, EdgeBuffer buffer, bool debounced)
        : request_(std::move(request)),
          offset_(offset),
          settings_(std::move(settings)),
          buffer_(std::move(buffer)),
          debounced_(debounced) {}

    [[nodiscard]] int descriptor() const override {
        return buffer_ != nullptr ? gpiod_line_request_get_fd(request_.get()) : -1;
    }
    [[nodiscard]] bool debounced() const override { return debounced_; }

    std::optional<bool> read() override {
        const gpiod_line_value value = gpiod_line_request_get_value(request_.get(), offset_);
        if (value == GPIOD_LINE_VALUE_ERROR) return std::nullopt;
        return value == GPIOD_LINE_VALUE_ACTIVE;
    }

    bool drive(bool on) override {
        if (driven_) {
            return gpiod_line_request_set_value(request_.get(), offset_, value_of(on)) == 0;
        }
        // Direction and level at once: the line is never driven with anything else.
        gpiod_line_settings_set_direction(settings_.get(), GPIOD_LINE_DIRECTION_OUTPUT);
        gpiod_line_settings_set_output_value(settings_.get(), value_of(on));
        const Config config = config_of(offset_, settings_.get());
        driven_ = config != nullptr &&
                  gpiod_line_request_reconfigure_lines(request_.get(), config.get()) == 0;
        return driven_;
    }

    bool take_edges(std::vector<Edge>& edges) override {
        const int count =
            gpiod_line_request_read_edge_events(request_.get(), buffer_.get(), kEdgesAtOnce);
        for (int i = 0; i < count; ++i) {
            gpiod_edge_event* event =
                gpiod_edge_event_buffer_get_event(buffer_.get(), static_cast<unsigned long>(i));
            edges.push_back({gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
                             std::chrono::nanoseconds{gpiod_edge_event_get_timestamp_ns(event)}});
        }
        return count >= 0;
    }

  private:
    Requested request_;
    unsigned offset_;
    Settings settings_;
    EdgeBuffer buffer_;  ///< null: the kernel tells no edges
    bool debounced_;
    bool driven_ = false;
};

class ChipV2 final : public Chip {
  public:
    ChipV2(ChipHandle chip, ChipInfo info) : chip_(std::move(chip)), info_(std::move(info)) {}

    [[nodiscard]] std::string name() const override {
        return gpiod_chip_info_get_name(info_.get());
    }
    [[nodiscard]] std::string label() const override {
        return gpiod_chip_info_get_label(info_.get());
    }
    [[nodiscard]] unsigned size() const override {
        return static_cast<unsigned>(gpiod_chip_info_get_num_lines(info_.get()));
    }

    std::optional<unsigned> find(const std::string& line) override {
        const int offset = gpiod_chip_get_line_offset_from_name(chip_.get(), line.c_str());
        if (offset < 0) return std::nullopt;
        return static_cast<unsigned>(offset);
    }

    std::string holder(unsigned offset) override {
        const LineInfo info(gpiod_chip_get_line_info(chip_.get(), offset));
        if (info == nullptr || !gpiod_line_info_is_used(info.get())) return {};
        const char* consumer = gpiod_line_info_get_consumer(info.get());
        return consumer != nullptr && *consumer != '\0' ? consumer : "the kernel";
    }

    std::unique_ptr<Line> take(unsigned offset, const GpioLine& line,
                               const std::string& consumer) override {
        const auto wants = line.output ? std::chrono::microseconds{0} : line.debounce;
        auto taken = request(offset, line, consumer, !line.output, wants);
        const auto refused = [&] { return taken == nullptr && errno != EBUSY && errno != EPERM; };
        // The kernel may not be able to debounce this line, or to tell its edges.
        if (refused() && wants.count() > 0)
            taken = request(offset, line, consumer, true, std::chrono::microseconds{0});
        if (refused() && !line.output)
            taken = request(offset, line, consumer, false, std::chrono::microseconds{0});
        return taken;
    }

  private:
    std::unique_ptr<Line> request(unsigned offset, const GpioLine& line,
                                  const std::string& consumer, bool edges,
                                  std::chrono::microseconds debounce) {
        Settings settings(gpiod_line_settings_new());
        RequestConfig how(gpiod_request_config_new());
        EdgeBuffer buffer(edges ? gpiod_edge_event_buffer_new(kEdgesAtOnce) : nullptr);
        if (settings == nullptr || how == nullptr || (edges && buffer == nullptr)) return nullptr;
        gpiod_line_settings_set_active_low(settings.get(), line.active_low);
        gpiod_line_settings_set_direction(
            settings.get(), line.output ? GPIOD_LINE_DIRECTION_AS_IS : GPIOD_LINE_DIRECTION_INPUT);
        if (!line.output) gpiod_line_settings_set_bias(settings.get(), bias_of(line.bias));
        if (edges) {
            gpiod_line_settings_set_edge_detection(settings.get(), GPIOD_LINE_EDGE_BOTH);
            gpiod_line_settings_set_debounce_period_us(
                settings.get(), static_cast<unsigned long>(debounce.count()));
        }
        gpiod_request_config_set_consumer(how.get(), consumer.c_str());
        const Config config = config_of(offset, settings.get());
        if (config == nullptr) return nullptr;
        Requested requested(gpiod_chip_request_lines(chip_.get(), how.get(), config.get()));
        if (requested == nullptr) return nullptr;
        return std::make_unique<LineV2>(std::move(requested), offset, std::move(settings),
                                        std::move(buffer), debounce.count() > 0);
    }

    ChipHandle chip_;
    ChipInfo info_;
};

}  // namespace

std::unique_ptr<Chip> KernelChips::open(const std::string& path) {
    ChipHandle chip(gpiod_chip_open(path.c_str()));
    if (chip == nullptr) return nullptr;
    ChipInfo info(gpiod_chip_get_info(chip.get()));
    if (info == nullptr) return nullptr;
    return std::make_unique<ChipV2>(std::move(chip), std::move(info));
}

}  // namespace hall::drivers::gpio
