#pragma once
// Every code that an answer, an alarm or a blocker can carry, as a sentence for a clerk: what is
// wrong and what to do.
#include <string_view>

namespace hall::telemetry {

/// `{what}` is what the code is about, `{detail}` what somebody wrote; the others are the answer's
/// arguments.
struct SentenceForm {
    std::string_view code, zh, en;
};

/// None: no such code.
const SentenceForm* find_sentence(std::string_view code);

}  // namespace hall::telemetry
