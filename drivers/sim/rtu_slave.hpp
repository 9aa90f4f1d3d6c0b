#pragma once
// The Modbus RTU end of a bus: a pseudo-terminal with all units of the bus behind it.
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "drivers/sim/pty.hpp"
#include "drivers/sim/rtu_frames.hpp"
#include "drivers/sim/wires.hpp"

namespace hall::sim {

class RtuSlave {
  public:
    /// @throws std::runtime_error when the pseudo-terminal or its link cannot be made
    RtuSlave(boost::asio::io_context& io, const std::string& path, std::size_t bus, Wires& wires);
    RtuSlave(const RtuSlave&) = delete;
    RtuSlave& operator=(const RtuSlave&) = delete;

    [[nodiscard]] std::string address() const { return pty_.link().string(); }

  private:
    /// Between two frames the line is silent; what is left over then is no beginning.
    static constexpr std::chrono::milliseconds kSilence{50};

    void read();
    void arrived(std::size_t size);
    void watch_silence();
    void serve_next();
    void send(Wires::Reply reply, std::uint8_t unit);
    void write();

    std::size_t bus_;
    Wires& wires_;
    Pty pty_;
    boost::asio::posix::stream_descriptor line_;
    boost::asio::steady_timer silence_, delay_;
    RtuRequests requests_;
    std::array<std::uint8_t, 256> chunk_{};
    Bytes frame_;
    bool answering_ = false;
};

}  // namespace hall::sim
