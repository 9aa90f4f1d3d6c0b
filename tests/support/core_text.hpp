#pragma once
// The text form of what goes into the rules and what comes out of them, for transcripts and for
// assertions that a person can read.
#include <string>
#include <vector>

#include "daemon/core/command.hpp"
#include "daemon/core/config.hpp"

namespace hall::test {

/// `confirmed 1001 plan=... attested=roof_hatch`
std::string text_of(const HallConfig& config, const Event& event);
/// `closing.cut_ordered R8 1001,1002 done circuit=pc1 ...`
std::string text_of(const Record& record);
/// The same without rule, digest and long texts: `closing.cut_ordered 1001,1002 circuit=pc1`;
/// `[refused]` and the like stand at the end when the outcome is not `done`.
std::string brief(const Record& record);
/// `off circuit.pc1`, `on lightbox`, `read circuit.pc1`, `stop pc1 by 0`
std::string text_of(const HallConfig& config, const Command& command);
/// `answer done`, `answer conflict plan_changed ids=west_door`
std::string text_of(const Answer& answer);
/// `circuit.pc1`, `window.1.lamp2`, `lightbox`, `buzzer`
std::string name_of(const HallConfig& config, const OutputRef& output);
/// `17:35:02.123`, local
std::string clock_text(const HallConfig& config, WallTime t);
/// The value of a record's detail; empty when it has none of that name.
std::string detail(const Record& record, const std::string& key);
/// `a,b,c` as a list
std::vector<std::string> split(const std::string& text, char separator = ',');

}  // namespace hall::test
