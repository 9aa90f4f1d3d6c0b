#pragma once
// How the wires' side asks an agent on a PC, without knowing what carries the request.
#include <functional>
#include <string>

#include "daemon/core/ids.hpp"
#include "daemon/core/now.hpp"

namespace hall {

struct AgentRequest {
    std::string circuit;  ///< its id
    Millis timeout{30'000};
};
/// What became of it, and for the log why; empty when done.
using AgentEnded = std::function<void(Outcome outcome, const std::string& why)>;
/// `ended` is called once, later, on the loop's thread.
using AskAgent = std::function<void(const AgentRequest& request, AgentEnded ended)>;

}  // namespace hall
