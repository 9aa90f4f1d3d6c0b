#pragma once
// Modbus slaves for the drivers' tests, byte by byte: what they see is recorded, and each request's
// fate can be chosen. Over TCP (loopback, a free port) or over a pseudo terminal.
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/patience.hpp"

namespace hall::test {

using Bytes = std::vector<std::uint8_t>;

struct SeenRequest {
    Bytes frame;  ///< as on the wire
    std::uint8_t unit = 0;
    std::uint8_t function = 0;
    std::uint16_t address = 0;
    std::uint16_t value = 0;  ///< count or value
    std::size_t connection = 0;
};

/// What happens to a request.
struct Fate {
    enum class Kind : std::uint8_t {
        answer,
        silent,
        exception,          ///< with `code`
        wrong_unit,         ///< a good answer in another unit's name
        wrong_transaction,  ///< TCP only
        raw,                ///< `bytes` instead of an answer
        half,               ///< the first half of the answer
        pieces,             ///< TCP only: the answer, each byte when the one before has been read
        hang_up,            ///< TCP: closes the connection
        late                ///< the answer is kept and sent just before the next one
    };
    Kind kind = Kind::answer;
    std::uint8_t code = 0;
    Bytes bytes;
};

/// What the boards hold, and what was asked of them. Thread-safe.
class Plant {
  public:
    void set_bit(std::uint8_t unit, std::uint8_t function, std::uint16_t address, bool on);
    void set_register(std::uint8_t unit, std::uint8_t function, std::uint16_t address,
                      std::uint16_t value);
    [[nodiscard]] bool coil(std::uint8_t unit, std::uint16_t address);
    [[nodiscard]] std::uint16_t holding(std::uint8_t unit, std::uint16_t address);

    /// Decides the fate of each request from now on.
    void decide(std::function<Fate(const SeenRequest&)> fate);
    /// No request is answered while held; each is recorded when it arrives.
    void hold();
    void release();

    std::vector<SeenRequest> seen();
    /// Waits until `enough` of what was seen; false after the patience.
    bool await(const std::function<bool(const std::vector<SeenRequest>&)>& enough);
    bool await_count(std::size_t count);

    // The slaves' side.
    Fate take(SeenRequest request);
    Bytes answer_to(const SeenRequest& request);  ///< a PDU

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::array<int, 3>, std::uint16_t> cells_;  ///< unit, function, address
    std::function<Fate(const SeenRequest&)> fate_;
    std::vector<SeenRequest> seen_;
    bool held_ = false;
};

std::uint16_t crc16(const Bytes& bytes);

/// A Modbus TCP gateway. Destroying it closes the listener and all connections; a new one may take
/// the same port.
class TcpSlave {
  public:
    explicit TcpSlave(Plant& plant, int port = 0);
    TcpSlave(const TcpSlave&) = delete;
    TcpSlave& operator=(const TcpSlave&) = delete;
    ~TcpSlave();
    [[nodiscard]] int port() const { return port_; }

  private:
    struct Connection {
        int fd = -1;
        std::size_t number = 0;
        Bytes input;
        Bytes kept;
    };
    void run();
    bool serve(Connection& connection);
    bool answer(Connection& connection, const SeenRequest& request);

    Plant& plant_;
    int listener_ = -1;
    int port_ = 0;
    int stop_ = -1;
    std::vector<Connection> connections_;
    std::size_t accepted_ = 0;
    std::thread thread_;
};

/// Slaves on a serial line; `path()` is the master's end.
class SerialSlave {
  public:
    explicit SerialSlave(Plant& plant);
    SerialSlave(const SerialSlave&) = delete;
    SerialSlave& operator=(const SerialSlave&) = delete;
    ~SerialSlave();
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    void run();
    void answer(const SeenRequest& request);

    Plant& plant_;
    int master_ = -1;
    int keep_open_ = -1;  ///< the other end, so that the line survives a reopening master
    int stop_ = -1;
    std::string path_;
    Bytes kept_;
    std::thread thread_;
};

}  // namespace hall::test
