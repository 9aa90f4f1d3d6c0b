#pragma once
// What the rules want done. The shell makes `journal` durable before it starts any of `commands`.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/now.hpp"

namespace hall {

/// Drive one output. Answered by CommandFinished.
struct SetOutput {
    OutputRef output;
    bool on = false;
    friend bool operator==(const SetOutput&, const SetOutput&) = default;
};
/// Read one output's real level now. Answered by OutputReported and CommandFinished.
struct ReadOutput {
    OutputRef output;
    friend bool operator==(const ReadOutput&, const ReadOutput&) = default;
};
/// Ask a PC to shut down normally, by the method of that index in its configuration. Answered by
/// CommandFinished.
struct StopPc {
    CircuitIx circuit;
    std::uint8_t method = 0;
    friend bool operator==(const StopPc&, const StopPc&) = default;
};

struct Command {
    CommandId id = 0;
    std::variant<SetOutput, ReadOutput, StopPc> action;
    friend bool operator==(const Command&, const Command&) = default;
};

/// One journal record as a rule writes it; the shell adds sequence number, id, time and the chain.
struct Record {
    std::string type;                 ///< e.g. `closing.authorised`
    std::string rule;                 ///< e.g. `R1`
    std::vector<std::string> actors;  ///< staff numbers, `mqtt`, or `halld`
    std::string outcome;              ///< `done`, `refused`, `failed`, `unknown`
    std::vector<std::pair<std::string, std::string>> detail;
    friend bool operator==(const Record&, const Record&) = default;
};

/// What the person who asked is told.
struct Answer {
    enum class Kind : std::uint8_t {
        done,       ///< HTTP 200, MQTT `done`
        malformed,  ///< HTTP 400
        forbidden,  ///< HTTP 403
        conflict    ///< HTTP 409: not now
    };
    RequestId request = 0;
    Kind kind = Kind::done;
    std::string code;  ///< a stable word: `plan_changed`, `same_person`, ...; empty when done
    std::vector<std::pair<std::string, std::string>>
        args;  ///< for the sentence that the panel shows
    friend bool operator==(const Answer&, const Answer&) = default;
};

struct Effects {
    std::vector<Record> journal;
    std::vector<Command> commands;
    std::vector<Answer> answers;
};

}  // namespace hall
