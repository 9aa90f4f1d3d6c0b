#pragma once
// Lots that a seed fixes. SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every
// machine.
#include <cstdint>
#include <vector>

#include "daemon/simulation/facts.hpp"

namespace hall::simulation {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t roll() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    /// 0 .. n-1
    int below(int n) { return static_cast<int>(roll() % static_cast<std::uint64_t>(n)); }
    bool one_in(int n) { return below(n) == 0; }
    bool chance(double p) { return static_cast<double>(roll() >> 11U) * 0x1p-53 < p; }
    Ms between(Ms from, Ms to) {
        return from + static_cast<Ms>(roll() % static_cast<std::uint64_t>(to - from + 1));
    }
    template <class T>
    const T& of(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }

  private:
    std::uint64_t state_;
};

}  // namespace hall::simulation
