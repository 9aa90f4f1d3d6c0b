#pragma once
// Who answers on a field bus: asks one unit after another, on the caller's thread, and only reads.
// For an engineer at work; the daemon polls through drivers/bus.hpp.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "drivers/bus.hpp"

namespace hall::drivers {

struct UnitAnswer {
    /// The unit said something that is an answer, be it a refusal: somebody is there.
    bool answers = false;
    /// It answered, but not with what was asked for: the sentence is in `why`.
    bool refused = false;
    std::chrono::microseconds took{0};  ///< from the request to the answer, or to giving up
    std::string why;                    ///< empty when it answered regularly
};

class Survey {
  public:
    virtual ~Survey() = default;
    /// Opens the bus if it is not open. False with the reason in `why`.
    virtual bool open(std::string& why) = 0;
    /// Reads one point. Takes at most the bus's timeout and the time of the bytes on the line.
    virtual UnitAnswer ask(const Point& point) = 0;
};

/// Serial lines admit one master: nobody else may have the bus open meanwhile.
std::unique_ptr<Survey> survey_modbus(BusConfig config);

/// What a unit that nobody described may answer to: reads of three kinds, at address 0. Some
/// boards are silent to a function that they do not know.
Point generic_question(std::uint8_t unit, int kind);
constexpr int kGenericQuestions = 3;

}  // namespace hall::drivers
