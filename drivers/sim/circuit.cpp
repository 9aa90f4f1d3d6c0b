#include "drivers/sim/circuit.hpp"

#include <algorithm>
#include <utility>

namespace hall::sim {

Contactor::Contactor(std::string thing, bool closed, Trace& trace)
    : thing_(std::move(thing)), trace_(trace), commanded_(closed), closed_(closed) {}

void Contactor::command(bool closed, Instant at) {
    commanded_ = closed;
    if (fault_ != Fault::healthy || commanded_ == closed_) {
        moves_at_.reset();
    } else if (!moves_at_) {
        moves_at_ = at + kMoves;
    }
}

void Contactor::set_fault(Fault fault, Instant at) {
    if (fault == fault_) return;
    fault_ = fault;
    trace_.add(at, thing_, to_string(fault));
    switch (fault) {
        case Fault::healthy:
            return command(commanded_, at);
        case Fault::welded:
            return move(true, at);
        case Fault::stuck_open:
            return move(false, at);
    }
}

void Contactor::move(bool closed, Instant at) {
    moves_at_.reset();
    if (closed_ == closed) return;
    closed_ = closed;
    trace_.add(at, thing_, closed ? "closed" : "open");
}

void Contactor::advance(Instant now) {
    if (moves_at_ && *moves_at_ <= now) move(commanded_, *moves_at_);
}

double Circuit::watts(Instant now) const {
    return meter.kind == MeterFault::Kind::fixed ? meter.watts : pc.watts(now);
}

bool Circuit::feedback_level() const {
    switch (feedback) {
        case FeedbackFault::healthy:
            return contactor.closed();
        case FeedbackFault::inverted:
            return !contactor.closed();
        case FeedbackFault::silent:
            return false;
    }
    return false;
}

std::optional<Instant> Circuit::deadline() const {
    const auto of_contactor = contactor.deadline();
    const auto of_pc = pc.deadline();
    if (of_contactor && of_pc) return std::min(*of_contactor, *of_pc);
    return of_contactor ? of_contactor : of_pc;
}

void Circuit::advance(Instant now) {
    contactor.advance(now);
    pc.power(contactor.closed(), now);
    pc.advance(now);
}

const char* to_string(Contactor::Fault fault) {
    switch (fault) {
        case Contactor::Fault::healthy:
            return "healthy";
        case Contactor::Fault::welded:
            return "welded";
        case Contactor::Fault::stuck_open:
            return "stuck_open";
    }
    return "healthy";
}

const char* to_string(FeedbackFault fault) {
    switch (fault) {
        case FeedbackFault::healthy:
            return "healthy";
        case FeedbackFault::silent:
            return "silent";
        case FeedbackFault::inverted:
            return "inverted";
    }
    return "healthy";
}

}  // namespace hall::sim
