#pragma once
// Runs a configured command (argv, no shell) that asks a PC to shut down, without blocking the
// loop.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drivers/bus.hpp"

namespace hall::drivers {

struct CommandEnded {
    Result result = Result::unknown;  ///< done: exit 0; failed: could not start or exit != 0;
                                      ///< unknown: killed at timeout
    std::string why;
    std::optional<int> exit_status;  ///< none: it did not start, or did not end by itself
    /// What it wrote to its standard error, at most 16 KiB: as it came, with line ends.
    std::string complaint;
};
/// Starts `argv` in a process group of its own, output to /dev/null, the beginning of its standard
/// error kept; after `timeout` the whole group is killed. `ended` is called once on the loop's
/// thread.
void run_command_hook(boost::asio::io_context& io, const std::vector<std::string>& argv,
                      std::chrono::milliseconds timeout, std::function<void(CommandEnded)> ended);

}  // namespace hall::drivers
