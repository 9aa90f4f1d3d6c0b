#pragma once
// Where log lines go: stderr, one line an event.
#include "daemon/shell/site.hpp"

namespace hall {

/// Whether stderr leads straight to journald: $JOURNAL_STREAM names its device and inode
/// (systemd.exec(5)). A stderr that was redirected since is somebody else's.
bool stderr_is_journal();

/// Makes stderr the default logger's only sink. For journald each line begins with its priority,
/// `<6>` for info, and has no time (sd-daemon(3)); elsewhere with time and level.
void log_to_stderr();

/// One fault of the configuration, as `file:line:column: message`, on stderr.
void print_fault(const ConfigFault& fault);

}  // namespace hall
