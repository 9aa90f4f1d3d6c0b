#pragma once
#include <chrono>

namespace hall::test {

/// No test waits longer than this for anything; what is waited for normally comes at once, and only
/// a failing test waits so long.
constexpr std::chrono::seconds kPatience{60};

}  // namespace hall::test
