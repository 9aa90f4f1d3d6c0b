#pragma once
// TCP connections that never wait longer than they are told to, not even for a name server.
#include <chrono>
#include <memory>
#include <string>

namespace hall::drivers::modbus {

/// Connects to a host; remembers a name lookup that was too slow, so that none is started twice.
class Resolver {
  public:
    /// A connected, close-on-exec socket, or -1 with the reason in `why`.
    int connect(const std::string& host, int port, std::chrono::milliseconds timeout,
                std::string& why);

  private:
    struct Lookup;
    std::shared_ptr<Lookup> lookup_;
};

}  // namespace hall::drivers::modbus
