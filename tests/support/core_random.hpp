#pragma once
// Random evenings: legal and illegal facts at random times, and a plant that fails at random. A
// seed fixes everything.
#include <cstdlib>
#include <random>

#include "tests/support/core_fixture.hpp"

namespace hall::test {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    /// 0 .. n-1
    int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
    bool one_in(int n) { return below(n) == 0; }
    template <class T>
    const T& of(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }

  private:
    std::mt19937_64 engine_;
};

/// The small hall with times so short that much happens in few steps; all of them are multiples of
/// 10 ms.
HallConfig hasty_hall();

/// One random thing happens: a person, a wire, a board, the plant.
void happen(Evening& e, Dice& dice);

}  // namespace hall::test
