#pragma once
// What a driver says of an order's end, in the rules' words.
#include "daemon/core/ids.hpp"
#include "drivers/bus.hpp"

namespace hall {

inline Outcome outcome_of(drivers::Result result) {
    switch (result) {
        case drivers::Result::done:
            return Outcome::done;
        case drivers::Result::failed:
            return Outcome::failed;
        case drivers::Result::unknown:
            return Outcome::unknown;
    }
    return Outcome::unknown;
}

}  // namespace hall
