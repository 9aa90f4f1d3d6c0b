#include "daemon/core/ids.hpp"

#include "daemon/core/view.hpp"

namespace hall {

const char* to_string(Outcome v) {
    switch (v) {
        case Outcome::done:
            return "done";
        case Outcome::failed:
            return "failed";
        case Outcome::unknown:
            return "unknown";
    }
    return "unknown";
}

const char* to_string(Level v) {
    switch (v) {
        case Level::off:
            return "off";
        case Level::on:
            return "on";
        case Level::unknown:
            return "unknown";
    }
    return "unknown";
}

const char* to_string(ContactState v) {
    switch (v) {
        case ContactState::closed:
            return "closed";
        case ContactState::open:
            return "open";
        case ContactState::unknown:
            return "unknown";
    }
    return "unknown";
}

const char* to_string(PcState v) {
    switch (v) {
        case PcState::running:
            return "running";
        case PcState::stopping:
            return "stopping";
        case PcState::off:
            return "off";
        case PcState::unknown:
            return "unknown";
    }
    return "unknown";
}

const char* to_string(WindowState v) {
    switch (v) {
        case WindowState::closed:
            return "closed";
        case WindowState::serving:
            return "serving";
        case WindowState::paused:
            return "paused";
        case WindowState::fault:
            return "fault";
    }
    return "fault";
}

const char* to_string(Responsible v) {
    switch (v) {
        case Responsible::none:
            return "none";
        case Responsible::primary:
            return "primary";
        case Responsible::backup:
            return "backup";
    }
    return "none";
}

const char* to_string(Phase v) {
    switch (v) {
        case Phase::open:
            return "open";
        case Phase::collecting:
            return "collecting";
        case Phase::countdown:
            return "countdown";
        case Phase::stopping:
            return "stopping";
        case Phase::cutting:
            return "cutting";
        case Phase::hold:
            return "hold";
        case Phase::closed:
            return "closed";
        case Phase::partial:
            return "partial";
        case Phase::opening:
            return "opening";
    }
    return "open";
}

const char* to_string(Step v) {
    switch (v) {
        case Step::none:
            return "none";
        case Step::waiting:
            return "waiting";
        case Step::asked:
            return "asked";
        case Step::cutting:
            return "cutting";
        case Step::proving:
            return "proving";
        case Step::cut:
            return "cut";
        case Step::held:
            return "held";
        case Step::excepted:
            return "excepted";
        case Step::failed:
            return "failed";
        case Step::switching_on:
            return "switching_on";
        case Step::on:
            return "on";
    }
    return "none";
}

}  // namespace hall
