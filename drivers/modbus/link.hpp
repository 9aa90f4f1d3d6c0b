#pragma once
// One connection to a field bus: a request goes out, its answer or the reason why not comes back.
// Belongs to one thread. Serial lines, and the cutting of their bytes into frames, are libmodbus's;
// the connecting, the recovery and the decision what counts as an answer are ours.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/bus.hpp"
#include "drivers/modbus/frame.hpp"
#include "drivers/modbus/resolve.hpp"

extern "C" {
typedef struct _modbus modbus_t;  // NOLINT: libmodbus's own name
}

namespace hall::drivers::modbus {

enum class Reply : std::uint8_t {
    answer,
    exception,  ///< refused; see Exchange::exception
    timeout,    ///< sent, and nothing came
    garbage,    ///< sent, and what came was no answer to it
    broken      ///< the connection was lost after the request may have left
};

struct Exchange {
    Reply reply = Reply::timeout;
    std::uint8_t exception = 0;
    std::vector<std::uint8_t> pdu;         ///< the answer, without unit and check sum
    std::string why;                       ///< empty for an answer
    bool damaged = false;                  ///< garbage whose bytes do not even make a frame
    std::chrono::microseconds took{0};     ///< from the request to the end of the wait
    std::chrono::microseconds latency{0};  ///< the same without the time of the bytes on the wire
};

class Link {
  public:
    explicit Link(const BusConfig& config);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link();

    /// Connects within the configured timeout. False with the reason in `why`.
    bool open(std::string& why);
    void close();
    [[nodiscard]] bool is_open() const { return open_; }
    /// The peer has closed a connection on which nothing was outstanding.
    [[nodiscard]] bool peer_is_gone() const;
    [[nodiscard]] bool is_serial() const { return config_.host.empty(); }

    /// Needs an open link. After timeout or garbage a serial line is flushed, a TCP connection is
    /// closed: a late reply must not answer the next request.
    /// @param patience for the answer to begin, beside the time of the bytes on the wire
    Exchange exchange(const Request& request, std::chrono::milliseconds patience);
    /// Whether bytes came on the serial line, since this was last asked, that answered nothing.
    bool take_stray() { return std::exchange(stray_, false); }

  private:
    struct Free {
        void operator()(modbus_t* context) const;
    };
    using Clock = std::chrono::steady_clock;

    bool open_serial(std::string& why);
    bool open_tcp(std::string& why);
    void await_silence() const;
    /// What lies unread belongs to no request.
    void clear_line();
    [[nodiscard]] bool send(const Request& request);
    /// One frame's PDU, until `deadline`.
    Exchange receive_serial(const Request& request, Clock::time_point deadline);
    Exchange receive_tcp(const Request& request, Clock::time_point deadline) const;
    Exchange judge(const Request& request, const std::uint8_t* frame, std::size_t size) const;
    [[nodiscard]] std::chrono::microseconds character_time() const;
    [[nodiscard]] std::chrono::microseconds line_time(const Request& request) const;

    const BusConfig config_;
    std::unique_ptr<modbus_t, Free> context_;
    Resolver resolver_;
    bool open_ = false;
    bool stray_ = false;
    std::uint16_t transaction_ = 0;
    Clock::time_point quiet_since_;
};

}  // namespace hall::drivers::modbus
