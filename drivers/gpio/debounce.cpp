#include "drivers/gpio/debounce.hpp"

namespace hall::drivers::gpio {

std::optional<bool> Debounce::edge(const Edge& edge) {
    const auto before = settle(edge.at);
    level_ = edge.on;
    since_ = edge.at;
    return before;
}

std::optional<bool> Debounce::settle(Time now) {
    if (!since_ || now - *since_ < quiet_) return std::nullopt;
    since_.reset();
    if (level_ == settled_) return std::nullopt;
    settled_ = level_;
    return settled_;
}

std::optional<Debounce::Time> Debounce::settles_at() const {
    if (!since_) return std::nullopt;
    return *since_ + quiet_;
}

}  // namespace hall::drivers::gpio
