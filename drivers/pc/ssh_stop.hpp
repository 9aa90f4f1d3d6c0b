#pragma once
// Asks a PC to shut down over SSH (R7), with the system's own `ssh`: what to call it with, and what
// its end says of the PC.
#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "drivers/pc/command_hook.hpp"
#include "drivers/pc/ssh_settings.hpp"

namespace hall::drivers {

/// The call of `ssh` (ssh(1), ssh_config(5)): it asks nobody, trusts only the pinned key, offers
/// only this key, and reads no configuration of anybody.
std::vector<std::string> ssh_call(const SshSettings& settings);

/// What the end of that call means. `done`: the command ended with 0. `failed`: it certainly did
/// not run, or said itself that it failed. `unknown`: the connection ended while it ran, as it does
/// when a PC goes down.
CommandEnded ssh_verdict(CommandEnded ended);

/// Starts it; `ended` is called once on the loop's thread. `why` is one line for the log.
void ask_by_ssh(boost::asio::io_context& io, const SshSettings& settings,
                std::function<void(CommandEnded)> ended);

}  // namespace hall::drivers
