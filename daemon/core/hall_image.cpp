// The hall's state and its configuration as images.
#include "daemon/core/hall_state.hpp"
#include "daemon/core/image_fields.hpp"

namespace hall {

std::string Hall::image() const {
    ImageWriter out;
    state_->fields(out);
    return out.take();
}

std::optional<Hall> Hall::from_image(HallConfig config, std::string_view image) {
    Hall hall(std::move(config), std::nullopt, Now{});
    ImageReader in(image);
    hall.state_->fields(in);
    if (!in.complete()) return std::nullopt;
    return hall;
}

std::string config_image(const HallConfig& config) {
    ImageWriter out;
    HallConfig copy = config;
    each_field(out, copy);
    return out.take();
}

std::optional<HallConfig> config_from_image(std::string_view image, DigestFunction digest) {
    ImageReader in(image);
    HallConfig config;
    each_field(in, config);
    if (!in.complete()) return std::nullopt;
    config.digest = digest;
    return config;
}

}  // namespace hall
