#include "daemon/simulation/faults.hpp"

namespace hall::simulation {

namespace {

struct Kind {
    std::string_view name;
    double usual;  ///< a day, or of a hundred orders for those that befall orders
};

/// In the order of Fault. How often is what makes most evenings bad and few of them hopeless.
constexpr std::array<Kind, kFaults> kKinds{{
    {"order refused", 4},
    {"order lost", 4},
    {"order done, answer lost", 4},
    {"order late", 2},
    {"order carried out twice", 2},
    {"end of an order never told", 1},
    {"end of an order told twice", 2},
    {"bus down", 0.7},
    {"bus slow", 0.4},
    {"board loses power", 0.3},
    {"relay switched by hand", 0.3},
    {"contactor welded", 0.15},
    {"contactor stuck open", 0.1},
    {"feedback stuck", 0.2},
    {"feedback silent", 0.2},
    {"meter silent", 0.4},
    {"meter noisy", 0.3},
    {"meter stuck", 0.2},
    {"power-good stuck", 0.1},
    {"contact flaps", 0.5},
    {"contact silent", 0.2},
    {"contact stuck", 0.1},
    {"PC hangs when asked to stop", 0.5},
    {"PC slow to stop", 0.5},
    {"PC crashes", 0.4},
    {"PC started by hand", 0.5},
    {"stop command fails", 0.5},
    {"daemon dies idle", 0.6},
    {"torn write", 1},
    {"crash between journal and commands", 1},
    {"crash in the middle of a batch", 1},
    {"machine reboots", 0.3},
    {"building without power", 0.15},
    {"journal full", 0.3},
    {"clock set forward", 0.15},
    {"clock set back", 0.15},
    {"clock not synchronised", 0.2},
    {"broker away", 0.5},
}};

}  // namespace

std::string_view name_of(Fault fault) {
    return kKinds[static_cast<std::size_t>(fault)].name;
}

Weather draw_weather(Dice& dice, double severity) {
    Weather weather;
    // Some halls know a few troubles only, some all of them: a fault in company hides what it does
    // alone.
    const int share = 1 + dice.below(4);
    const double storm = dice.one_in(6) ? 3.0 : 1.0;
    for (std::size_t i = 0; i < kFaults; ++i) {
        const bool known = dice.below(4) < share;
        if (known) weather.rate[i] = kKinds[i].usual * severity * storm;
    }
    weather.careless = severity <= 0 ? 0.0 : 0.02 + 0.05 * dice.below(5);
    return weather;
}

}  // namespace hall::simulation
